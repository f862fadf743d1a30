//! What those are told whom no role grants an operation.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::{OperationId, View};
use serde_json::{Value as Json, json};

use super::area::{Area, AreaPath};
use super::permissions::page;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::saving::{Sent, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// To say what those are told whom something is not granted.
pub(super) struct Denial {
    pub(super) field: Field,
    pub(super) tag: String,
    pub(super) is_sent: bool,
}

impl Denial {
    /// In a project area; team areas say nothing of it.
    pub(super) fn of(view: &View, area: &Area, operation: OperationId, sent: &Sent) -> Option<Self> {
        if area.is_team {
            return None;
        }
        let (_, tag) = area.representation(view).ok()?;
        let now = view.denial_text(area.id, operation.name()).unwrap_or_default();
        let field =
            Field::prose("text", "What those are told whom no role grants it", sent.typed("text", now))
                .hint("Whom to ask, or where it is done instead. It follows the reason, in every interface.")
                .wrong(sent.wrong("/denial_texts"));
        Some(Self { field, tag, is_sent: sent.is_any() })
    }
}

/// Sets what those are told whom an operation is not granted.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let (now, _) = area.representation(visitor.view())?;
    let mut texts = now["denial_texts"].as_object().cloned().unwrap_or_default();
    match fields.get("text").trim() {
        "" => drop(texts.remove(fields.get("operation"))),
        text => drop(texts.insert(fields.get("operation").to_owned(), text.into())),
    }
    let keys = json!({"denial_texts": if texts.is_empty() { Json::Null } else { Json::Object(texts) }});
    let posted = area.change(&keys).and_then(|it| it.upon(fields.get("upon")));
    let to = visitor.here.at(&area.tab("permissions"));
    let again = |sent: Sent| page(&visitor, &area, None, [&Sent::default(), &sent]);
    save(&server, &visitor, fields, posted, |_| to, again).await
}
