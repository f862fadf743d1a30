//! Nesting a team area elsewhere, once it was told who gains and who loses by it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::AreaId;
use serde_json::json;

use super::area::{Area, AreaPath};
use super::overview::{Forms, page};
use crate::api::{Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::part::Button;
use crate::pages::saving::{Sent, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// To move a team area.
pub(super) struct Moving {
    pub(super) field: Field,
    /// Whether it can be moved anywhere.
    pub(super) may: Ability,
}

impl Moving {
    /// Of a team area in a project area that has another place for it.
    pub(super) fn of(visitor: &Visitor, area: &Area, sent: &Sent) -> Option<Self> {
        let view = visitor.view();
        let parent = view.see(area.id).filter(|it| !it.archived)?.team()?.parent;
        let within = view.areas_in(area.id);
        let is_place = |it: &AreaId| {
            *it != parent && !within.contains(it) && view.see(*it).is_some_and(|place| !place.archived)
        };
        let mut places: Vec<(String, AreaId)> = { view.areas_in(area.project).into_iter().filter(is_place) }
            .map(|it| if it == area.project { (String::new(), it) } else { (view.team_path(it), it) })
            .collect();
        places.sort();
        let number = |to: &AreaId| to.number().to_string();
        let wanted = sent.fields.get("to");
        let choice = |(path, it): &(String, AreaId)| {
            let words = if path.is_empty() { "The project area itself" } else { path };
            Choice::new(number(it), words, number(it) == wanted)
        };
        if places.is_empty() {
            return None;
        }
        let (may, _) = Ability::of_any(&places, |(_, to)| Ability::to_make(view, moved(area, &number(to))));
        let field = Field::select("to", "Nested in", places.iter().map(choice).collect());
        Some(Self { field: field.wrong(sent.wrong("/to")), may: visitor.only_in_earnest(may) })
    }
    pub(super) fn button(&self) -> Button {
        self.may.button("Move the team area")
    }
}

/// The request that moves it to what has this number.
fn moved(area: &Area, to: &str) -> Result<Posted, Problem> {
    Posted::new(Verb::Post, &format!("{}/move", area.path()), &json!({"to": to}))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let posted = moved(&area, fields.get("to"));
    let to = area.address("");
    let again = |sent: Sent| page(&visitor, &area, &Forms { moving: sent, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}
