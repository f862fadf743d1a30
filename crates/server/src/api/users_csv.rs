//! Users as CSV, as ELM's tools write and read them (docs/process.md#users-as-csv).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use document::{Limits, LinesDone, UserLine, UsersExport, UsersImport, import_users};
use governance::{ChangeVerb, PeopleImpact, QuestionText, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Revision;

use super::body::{NoParameters, Nothing, parameters};
use super::carry_out::refusal_of;
use super::csv_import::{self, CsvFile, Import, NotWorkedOut};
use super::events::EVENTS;
use super::lines;
use super::request::Asked;
use super::resolve::texts;
use super::route::{Api, CSV, JSON, Scope, Verb};
use crate::caller::Caller;
use crate::handler::{get, post};
use crate::office::ChangeError;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

const PATH: &str = "/users.csv";
const SUMMARY: &str = "Import users from CSV";

pub(super) fn routes(api: &mut Api) {
    let summary = "Import users from CSV.";
    api.own::<ImportQuery, String, UsersPlan>((Verb::Post, PATH), summary, Scope::Administer, || {
        post(import)
    })
    .takes(&[CSV])
    .gives(&[JSON, EVENTS])
    .imports()
    .once();
    api.own::<NoParameters, Nothing, String>(
        (Verb::Get, PATH),
        "Export the users as CSV.",
        Scope::Read,
        || get(export),
    )
    .of_any_moment()
    .gives(&[CSV]);
}

/// How.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// True: nothing is changed.
    preview: Option<bool>,
    /// How messages and the journal call the file.
    name: Option<String>,
}

/// What the lines change, or would change.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct UsersPlan {
    /// The revision on which it would be made, or which it has made.
    pub(crate) revision: u64,
    /// What each line comes to.
    pub(crate) lines: Vec<LineRead>,
    /// Of a preview: who gains and who loses by what becomes of their groups, licences and accounts.
    pub(crate) impact: Option<PeopleImpact>,
}

/// What a line comes to.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct LineRead {
    /// Its number in the file.
    pub(crate) line: u32,
    /// The id of the user.
    pub(crate) user: String,
    /// `created`, `changed`, `archived`, `restored`; null: it is so already.
    pub(crate) change: Option<ChangeVerb>,
    /// What of a user who was there gets another value: `name`, `mail`, `groups`, `licences`.
    pub(crate) set: Vec<String>,
}

/// An import that somebody asks for.
#[derive(Clone)]
struct Wanted(CsvFile);

impl Import for Wanted {
    type Done = UsersImport;

    fn work_out(&self, view: &View, tell: &dyn Fn(LinesDone)) -> Result<UsersImport, NotWorkedOut> {
        let Self(file) = self;
        Ok(import_users(&file.source(), view, &file.limits, tell)?)
    }

    fn plan(&self, view: &View, import: &UsersImport, preview: bool) -> Result<Value, Problem> {
        let read = |it: &UserLine| {
            let UserLine { line, user, change, set } = it.clone();
            LineRead { line, user: user.to_string(), change, set: texts(set) }
        };
        let until = Instant::now() + LOOKING;
        let impact = preview.then(|| import.done.impact_on_people(LOOKED_AT, || Instant::now() < until));
        let lines = import.lines.iter().map(read).collect();
        let plan = UsersPlan { revision: view.revision(), lines, impact: impact.flatten() };
        serde_json::to_value(plan).map_err(|_| Problem::internal())
    }

    fn summary(&self) -> String {
        format!("imported {}", self.0.name)
    }

    fn parts(&self) -> Vec<&[u8]> {
        vec![PATH.as_bytes(), self.0.name.as_bytes(), &self.0.text]
    }
}

/// So many people are looked at for what they gain and lose, and for so long.
const LOOKED_AT: usize = 1000;
const LOOKING: Duration = Duration::from_secs(5);

async fn import(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let query: ImportQuery = parameters(PATH, &asked.pairs)?;
    // What is large is read for those alone of whom a line may be allowed.
    may_import(&server, &caller).await?;
    let name = query.name.unwrap_or_else(|| "users.csv".to_owned());
    let file = CsvFile::read(&server, &headers, name, request).await?;
    csv_import::answer(server, caller, &headers, Wanted(file), query.preview == Some(true)).await
}

/// Whether somebody may begin at all.
pub(crate) async fn may_import(server: &Server, caller: &Caller) -> Result<(), Problem> {
    caller.allows(Scope::Administer)?;
    match may_begin(&caller.view)? {
        Ok(()) => Ok(()),
        Err(refusal) => Err(refusal_of(server, caller, SUMMARY, ChangeError::Refused(refusal)).await),
    }
}

/// What a file of a form comes to, of somebody who may import; it is imported where somebody has agreed to
/// it, on a revision.
pub(crate) async fn users_from_csv(
    server: &Server,
    caller: &Caller,
    text: String,
    agreed: Option<Revision>,
) -> Result<UsersPlan, Problem> {
    let limits = Limits { bytes: server.config.limits.import_body, ..Limits::default() };
    let file = CsvFile { name: "users.csv".into(), text: text.into(), limits };
    let plan = csv_import::told(server, caller, Wanted(file), agreed).await?;
    serde_json::from_value(plan).map_err(|_| Problem::internal())
}

/// Whether a line of somebody's may be allowed: one that makes a user, or one that gives a licence.
fn may_begin(view: &View) -> Result<Result<(), Refusal>, Problem> {
    let mut refused = Ok(());
    for operation in ["repository.manage-users", "repository.manage-licenses"] {
        let question = QuestionText {
            user: view.asker().id.to_string(),
            operation: operation.to_owned(),
            item: "repository".to_owned(),
            ..QuestionText::default()
        };
        let answer = view.answer(&question)?;
        let Err(why) = answer.decision else { return Ok(Ok(())) };
        refused = refused.and(Err(Refusal::Decision { question: Box::new(answer.question), refused: why }));
    }
    Ok(refused)
}

async fn export(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    let NoParameters {} = parameters(PATH, &asked.pairs)?;
    let (view, revision) = asked.view(&server, &caller).await?;
    let mut export = UsersExport::new(view);
    let mut response = with_revision(&server, revision, StatusCode::OK);
    *response.body_mut() = lines::body(move |out| export.write(out));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    Ok(response)
}
