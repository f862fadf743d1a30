//! The organisation as a document, and documents that change it: first what they come to, then it is done
//! (docs/organisation-document.md).

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use document::Mode;
use governance::{ChangeVerb, ChangedFact, ImportPlan, View};

use crate::api::{ImportPlanned, document_told, may_exchange};
use crate::deadline;
use crate::documents::Document;
use crate::in_words::thousands;
use crate::pages::ability::Ability;
use crate::pages::failure::Failure;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::Change;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "administration/documents.html")]
struct DocumentsPage {
    frame: Frame,
    exchange: Ability,
    fields: [Field; 3],
    failure: Option<Failure>,
    outcome: Option<Outcome>,
}

/// What a document comes to, or has come to.
struct Outcome {
    is_done: bool,
    revision: u64,
    /// Of what was sent, as it was looked at.
    digest: String,
    counts: String,
    changes: Vec<ChangedFact>,
    more: usize,
    impact: Change,
}

impl DocumentsPage {
    /// What was looked at and can be imported.
    fn looked_at(&self) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|it| !it.is_done && !it.counts.is_empty())
    }
}

/// So many changes are shown.
const SHOWN: usize = 200;
/// What a document is called that nobody has called anything.
const NAME: &str = "document.yaml";
const REPLACE: &str = "replace";

pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    Ok(page(&visitor, &Fields::default(), None, None))
}

fn page(visitor: &Visitor, sent: &Fields, failure: Option<Failure>, outcome: Option<Outcome>) -> Response {
    let replaces = sent.get("mode") == REPLACE;
    let name = if sent.get("name").is_empty() { NAME } else { sent.get("name") };
    let modes = vec![
        Choice::new(
            "overlay",
            "Areas, users and items that it does not mention stay; a list that it gives takes the place of the one that is there",
            !replaces,
        ),
        Choice::new(REPLACE, "They are archived, or removed", replaces),
    ];
    let status = failure.as_ref().map(Failure::status);
    let page = render(&DocumentsPage {
        frame: visitor.frame("Documents"),
        exchange: visitor.may("repository.manage-server", "repository"),
        fields: [
            Field::document("text", "Document", sent.get("text"))
                .required()
                .hint("YAML or JSON; what it says is laid over what is there."),
            Field::line("name", "Its name", name).hint("The journal and messages call it so."),
            Field::radios("mode", "What it does not mention", modes),
        ],
        failure,
        outcome,
    });
    match status {
        Some(status) => (status, page).into_response(),
        None => page,
    }
}

/// Tells what a document comes to and, once that was seen, imports it.
pub(crate) async fn take(
    State(server): State<Arc<Server>>,
    mut visitor: Visitor,
    mut request: Request,
) -> Result<Response, Problem> {
    may_exchange(&server, &visitor.caller).await?;
    deadline::allow_import(&mut request);
    let fields = Fields::from_request(request, &server).await?;
    if let Err(problem) = fields.readable() {
        return Ok(page(&visitor, &fields, Some(Failure::of(problem)?), None));
    }
    let mode = if fields.get("mode") == REPLACE { Mode::Replace } else { Mode::Overlay };
    let name = Some(fields.get("name").trim()).filter(|it| !it.is_empty()).unwrap_or(NAME);
    // A document is the same, whatever ends its lines on the way.
    let text = fields.get("text").replace("\r\n", "\n").into_bytes();
    let document = Document { name: name.into(), text };
    let agreed = fields.agreed("import");
    match document_told(&server, &mut visitor.caller, document, mode, agreed).await {
        Ok(plan) if agreed.is_some() => {
            let outcome = Outcome::of(visitor.view(), plan, None);
            Ok(page(&visitor, &Fields::default(), None, Some(outcome)))
        }
        Ok(plan) => {
            let outcome = Outcome::of(visitor.view(), plan, Some(fields.digest()));
            Ok(page(&visitor, &fields, None, Some(outcome)))
        }
        Err(problem) => {
            let failure = Failure::of(problem)?;
            Ok(page(&visitor, &fields, Some(failure), None))
        }
    }
}

impl Outcome {
    /// Of what is planned, with the digest of what was sent, or of what was done.
    fn of(view: &View, told: ImportPlanned, planned: Option<String>) -> Self {
        let ImportPlanned { plan: ImportPlan { revision, mut changes, impact }, consumers } = told;
        let count = |(verb, words): (ChangeVerb, &str)| {
            let number = changes.iter().filter(|it| it.change == verb).count();
            (number > 0).then(|| format!("{} {words}", thousands(number)))
        };
        let counts = [
            (ChangeVerb::Created, "made"),
            (ChangeVerb::Changed, "changed"),
            (ChangeVerb::Archived, "archived"),
            (ChangeVerb::Restored, "taken out of the archive"),
            (ChangeVerb::Removed, "removed"),
        ];
        let counts = counts.into_iter().filter_map(count).collect::<Vec<_>>().join(", ");
        let more = changes.len().saturating_sub(SHOWN);
        changes.truncate(SHOWN);
        Self {
            is_done: planned.is_none(),
            revision,
            digest: planned.unwrap_or_default(),
            counts,
            more,
            changes,
            impact: Change::of(view, impact, String::new()).with(consumers),
        }
    }
}
