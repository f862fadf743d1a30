//! Components, configurations and contributions of a project area as tables that spreadsheets read
//! (docs/global-configurations.md#csv).

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use document::CsvTable;
use governance::View;
use serde_json::Value;

use super::beside_the_form;
use crate::api::csv_lines;
use crate::deadline;
use crate::pages::ability::Ability;
use crate::pages::failure::Failure;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::process::area::{Area, AreaPath};
use crate::pages::render;
use crate::pages::saving::Change;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/tables.html")]
struct TablesPage {
    frame: Frame,
    path: String,
    number: u32,
    tables: [&'static str; 3],
    what: Field,
    lines: Field,
    failure: Option<Failure>,
    outcome: Option<Outcome>,
    import: Ability,
}

/// What lines come to, or have come to.
struct Outcome {
    done: bool,
    /// On which revision.
    on: u64,
    digest: String,
    changes: Vec<(String, String, String)>,
    total: usize,
    impact: Option<Change>,
    more: usize,
}

/// So many lines are told of what changes.
const TOLD: usize = 100;

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    let area = Area::with_vocabulary(visitor.view(), &path)?;
    page(&visitor, &area, &Fields::default(), None, None)
}

fn page(
    visitor: &Visitor,
    area: &Area,
    sent: &Fields,
    failure: Option<Failure>,
    outcome: Option<Outcome>,
) -> Result<Response, Problem> {
    let what = sent.get("what");
    let choices = CsvTable::ALL.into_iter().map(|it| Choice::new(it.word(), it.word(), it.word() == what));
    let frame = area.frame(visitor, "vocabulary")?;
    let status = failure.as_ref().map(Failure::status);
    let page = render(&TablesPage {
        path: area.path(),
        number: area.id.number(),
        tables: CsvTable::ALL.map(CsvTable::word),
        what: Field::select("what", "What the lines tell", choices.collect()),
        lines: Field::lines("lines", "Lines", sent.get("lines"))
            .hint("As a spreadsheet saves them, the names of the columns first. What they do not mention stays as it is."),
        failure,
        outcome,
        import: visitor.only_in_earnest(Ability::Allowed),
        frame,
    });
    Ok(match status {
        Some(status) => (status, page).into_response(),
        None => page,
    })
}

/// Tells what lines come to and, once that was seen, does it.
pub(crate) async fn import(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    mut request: Request,
) -> Result<Response, Problem> {
    // Nothing is read for those who do not see where it goes.
    let area = Area::with_vocabulary(visitor.view(), &path)?;
    deadline::allow_import(&mut request);
    let fields = Fields::from_request(request, &server).await?;
    let what = CsvTable::ALL.into_iter().find(|it| it.word() == fields.get("what"));
    let what = what.ok_or_else(Problem::not_found)?;
    let agreed = fields.agreed("import");
    let preview = agreed.is_none();
    let lines = fields.get("lines").replace("\r\n", "\n");
    let imported = async {
        fields.readable()?;
        csv_lines(&server, &visitor.caller, area.id, (what, lines), agreed).await
    };
    match imported.await {
        Ok(plan) if preview => {
            let outcome = Outcome::of(visitor.view(), &plan, false, fields.digest());
            page(&visitor, &area, &fields, None, Some(outcome))
        }
        Ok(plan) => {
            let outcome = Outcome::of(visitor.view(), &plan, true, String::new());
            page(&visitor, &area, &Fields::default(), None, Some(outcome))
        }
        Err(problem) => {
            let failure = beside_the_form(&visitor, problem)?;
            page(&visitor, &area, &fields, Some(failure), None)
        }
    }
}

impl Outcome {
    fn of(view: &View, plan: &Value, done: bool, digest: String) -> Self {
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let changes = plan["changes"].as_array().map_or(&[][..], Vec::as_slice);
        let impact = serde_json::from_value(plan["impact"].clone()).ok();
        Self {
            done,
            on: plan["revision"].as_u64().unwrap_or(0),
            digest,
            changes: changes
                .iter()
                .take(TOLD)
                .map(|it| (text(it, "change"), text(it, "kind"), text(it, "name")))
                .collect(),
            total: changes.len(),
            more: changes.len().saturating_sub(TOLD),
            impact: impact.map(|it| Change::of(view, it, String::new())),
        }
    }
}
