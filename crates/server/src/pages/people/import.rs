//! Users from a file, as ELM's tools write it: first what each line comes to, then it is done.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use governance::{ChangeVerb, View};

use crate::api::users_csv::{LineRead, UsersPlan, may_import, users_from_csv};
use crate::deadline;
use crate::pages::ability::Ability;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::user_page;
use crate::pages::render;
use crate::pages::saving::Change;
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "people/import.html")]
struct ImportPage {
    frame: Frame,
    import: Ability,
    lines: Field,
    /// What is wrong with the file, a line each.
    wrong: Vec<String>,
    came_to: Option<CameTo>,
}

/// What a file comes to.
struct CameTo {
    is_done: bool,
    revision: u64,
    /// Of the lines, as they were looked at.
    digest: String,
    counts: String,
    lines: Vec<Line>,
    more: usize,
    /// Who of those who were there gains and who loses; of a large file, whether that could be told.
    impact: Option<Change>,
}

struct Line {
    number: u32,
    user: String,
    page: String,
    what: &'static str,
    set: String,
}

/// So many lines are shown.
const SHOWN: usize = 200;

fn page(visitor: &Visitor, text: &str) -> ImportPage {
    let frame = visitor
        .frame("Import users")
        .by_way_of([("/users".to_owned(), "Users".to_owned())])
        .in_part("/users");
    let import = visitor.may("repository.manage-users", "repository");
    let lines = Field::lines("lines", "Lines", text).hint(
        "As ELM’s repotools -exportUsers writes it: user id, name, mail, [licences], [groups], archived (0 or 1). \
         Whoever is not mentioned stays as they are.",
    );
    ImportPage { frame, import, lines, wrong: Vec::new(), came_to: None }
}

pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    Ok(render(&page(&visitor, "")))
}

pub(crate) async fn take(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    mut request: Request,
) -> Result<Response, Problem> {
    may_import(&server, &visitor.caller).await?;
    deadline::allow_import(&mut request);
    let fields = Fields::from_request(request, &server).await?;
    let text = fields.get("lines").to_owned();
    let agreed = fields.agreed("import");
    let is_done = agreed.is_some();
    let read = fields.readable();
    if read.is_ok() && text.trim().is_empty() {
        let mut shown = page(&visitor, "");
        shown.wrong.push("Paste the lines of a file, or choose one.".to_owned());
        return Ok((Kind::BadValue.status(), render(&shown)).into_response());
    }
    let came_to = async {
        read?;
        users_from_csv(&server, &visitor.caller, text.clone(), agreed).await
    };
    match came_to.await {
        Ok(plan) => {
            // What is done is not sent once more.
            let mut shown = page(&visitor, if is_done { "" } else { &text });
            shown.came_to = Some(CameTo::of(visitor.view(), plan, is_done, fields.digest()));
            Ok(render(&shown))
        }
        Err(problem) if matches!(problem.kind, Kind::BadDocument | Kind::Overtaken) => {
            let mut shown = page(&visitor, &text);
            shown.wrong = mistakes(&problem);
            Ok((problem.kind.status(), render(&shown)).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn mistakes(problem: &Problem) -> Vec<String> {
    let listed = problem.member("problems").and_then(serde_json::Value::as_array).into_iter().flatten();
    let one = |it: &serde_json::Value| {
        let said = it["message"].as_str().unwrap_or_default();
        match it["line"].as_u64() {
            Some(line) => format!("Line {line}: {said}"),
            None => said.to_owned(),
        }
    };
    let told: Vec<_> = listed.map(one).collect();
    if told.is_empty() { vec![problem.detail.clone()] } else { told }
}

impl CameTo {
    fn of(view: &View, plan: UsersPlan, is_done: bool, digest: String) -> Self {
        let count = |verb: ChangeVerb| plan.lines.iter().filter(|it| it.change == Some(verb)).count();
        let counts = [
            ("made", count(ChangeVerb::Created)),
            ("changed", count(ChangeVerb::Changed)),
            ("archived", count(ChangeVerb::Archived)),
            ("taken out of the archive", count(ChangeVerb::Restored)),
            ("as they are", plan.lines.iter().filter(|it| it.change.is_none()).count()),
        ];
        let counts = counts.iter().filter(|(_, number)| *number > 0);
        let counts = counts.map(|(verb, number)| format!("{number} {verb}")).collect::<Vec<_>>().join(", ");
        let more = plan.lines.len().saturating_sub(SHOWN);
        let changes_first = plan.lines.iter().filter(|it| it.change.is_some());
        let lines = changes_first.take(SHOWN).map(line).collect();
        let impact = plan.impact.map(|it| Change::of(view, it.impact, String::new()));
        Self { is_done, revision: plan.revision, digest, counts, lines, more, impact }
    }
}

fn line(it: &LineRead) -> Line {
    let what = match it.change {
        None => "as it is",
        Some(ChangeVerb::Created) => "made",
        Some(ChangeVerb::Changed) => "changed",
        Some(ChangeVerb::Archived) => "archived",
        Some(ChangeVerb::Restored) => "taken out of the archive",
        Some(ChangeVerb::Removed) => "removed",
    };
    Line { number: it.line, page: user_page(&it.user), user: it.user.clone(), what, set: it.set.join(", ") }
}
