//! Users as CSV, as ELM's tools write and read them (docs/process.md#users-as-csv).

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use document::{Limits, Source, UserLine, UsersExport, UsersImport, import_users};
use futures_util::stream;
use governance::{ChangeVerb, PeopleImpact, QuestionText, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Revision;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::body::{self, NoParameters, Nothing, bad_query, parameters};
use super::carry_out::refusal_of;
use super::documents::in_turn;
use super::lines;
use super::question::json_of;
use super::request::Asked;
use super::route::{Api, CSV, JSON_LINES, Scope, Verb};
use crate::caller::Caller;
use crate::deadline;
use crate::documents::wrong;
use crate::office::ChangeError;
use crate::problem::{Kind, Problem};
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
    .or_lines_of::<ImportLine>();
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
#[derive(Serialize, JsonSchema)]
struct UsersPlan {
    /// The revision on which it would be made, or which it has made.
    revision: u64,
    /// What each line comes to.
    lines: Vec<LineRead>,
    /// Of a preview: who gains and who loses by what becomes of their groups, licences and accounts.
    impact: Option<PeopleImpact>,
}

/// What a line comes to.
#[derive(Serialize, JsonSchema)]
struct LineRead {
    /// Its number in the file.
    line: u32,
    /// The id of the user.
    user: String,
    /// `created`, `changed`, `archived`, `restored`; null: it is so already.
    change: Option<ChangeVerb>,
    /// What of a user who was there gets another value: `name`, `mail`, `groups`, `licences`.
    set: Vec<&'static str>,
}

impl UsersPlan {
    fn of(revision: Revision, lines: Vec<UserLine>, impact: Option<PeopleImpact>) -> Self {
        let read = |it: UserLine| {
            let UserLine { line, user, change, set } = it;
            LineRead { line, user: user.to_string(), change, set }
        };
        Self { revision: revision.number(), lines: lines.into_iter().map(read).collect(), impact }
    }
}

/// What is told while an import is under way, and at its end, where lines are asked for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ImportLine {
    /// How far it is.
    Progress(Progress),
    /// What would otherwise be the answer.
    Plan(UsersPlan),
    /// The problem document that would otherwise be the answer.
    Problem(Value),
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Progress {
    doing: Doing,
    /// So many lines are judged.
    done: usize,
    /// Of so many.
    of: usize,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Doing {
    /// Lines are judged.
    Judging,
    /// Who gains and who loses is worked out.
    Comparing,
    /// The change is kept.
    Keeping,
}

/// An import that somebody asks for.
#[derive(Clone)]
struct Wanted {
    name: Arc<str>,
    text: Bytes,
    limits: Limits,
    tell: Arc<watch::Sender<Progress>>,
}

impl Wanted {
    /// What it comes to, as somebody sees things.
    fn work_out(&self, view: &View) -> Result<UsersImport, Problem> {
        let source = Source { name: Arc::clone(&self.name), text: &self.text };
        let told = |done, of| _ = self.tell.send_replace(Progress { doing: Doing::Judging, done, of });
        import_users(&source, view, &self.limits, told).map_err(|report| wrong(&report))
    }
    fn begins(&self, doing: Doing) {
        self.tell.send_modify(|progress| progress.doing = doing);
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
    mut request: Request,
) -> Result<Response, Problem> {
    asked.only_now()?;
    caller.allows(Scope::Administer)?;
    let query: ImportQuery = parameters(PATH, &asked.pairs)?;
    // What is large is read for those alone of whom a line may be allowed.
    if let Err(refusal) = may_begin(&caller.view)? {
        return Err(refusal_of(&server, &caller, SUMMARY, ChangeError::Refused(refusal)).await);
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(CSV) {
        return Err(Problem::new(Kind::MediaType, format!("send the lines as {CSV}")));
    }
    let name = query.name.unwrap_or_else(|| "users.csv".to_owned());
    if name.is_empty() || name.len() > 255 || name.contains(char::is_control) {
        return Err(bad_query("name", "expected 1 to 255 bytes of text on one line"));
    }
    deadline::allow_import(&mut request);
    let (tell, told) = watch::channel(Progress { doing: Doing::Judging, done: 0, of: 0 });
    let wanted = Wanted {
        name: name.into(),
        text: Bytes::from_request(request, &()).await?,
        limits: Limits { bytes: server.config.limits.import_body, ..Limits::default() },
        tell: Arc::new(tell),
    };
    let (revision, preview) = (caller.revision, query.preview == Some(true));
    let running = run(Arc::clone(&server), caller, wanted, preview);
    if lines::are_wanted(&headers) {
        let body = told_on_the_way(told, tokio::spawn(running));
        return Ok(with_revision(&server, revision, ([(CONTENT_TYPE, JSON_LINES)], body)));
    }
    let plan = running.await?;
    json_of(&server, Revision::new(plan.revision), &plan)
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

async fn run(
    server: Arc<Server>,
    caller: Caller,
    wanted: Wanted,
    preview: bool,
) -> Result<UsersPlan, Problem> {
    if preview {
        let (view, revision) = (caller.view.clone(), caller.revision);
        let worked_out = in_turn(&server, move || {
            let import = wanted.work_out(&view)?;
            wanted.begins(Doing::Comparing);
            let until = Instant::now() + LOOKING;
            let impact = import.done.impact_on_people(LOOKED_AT, || Instant::now() < until);
            Ok::<_, Problem>(UsersPlan::of(revision, import.lines, impact))
        });
        return worked_out.await?;
    }
    let summary = format!("imported {}", wanted.name);
    // What the last attempt comes to.
    let kept: Arc<Mutex<Vec<UserLine>>> = Arc::default();
    let telling = Arc::clone(&kept);
    // Judged in the writer's turn, on what is newest then.
    let compose = move |view: &View| {
        let import = wanted.work_out(view)?;
        wanted.begins(Doing::Keeping);
        *telling.lock().unwrap_or_else(PoisonError::into_inner) = import.lines;
        Ok::<_, Problem>(import.done)
    };
    let changed = server.office.change_as(caller.author(), summary.clone(), None, compose).await;
    let lines = mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
    match changed {
        Ok(changed) => Ok(UsersPlan::of(changed.revision, lines, None)),
        Err(ChangeError::Refused(Refusal::Nothing)) => Ok(UsersPlan::of(caller.revision, lines, None)),
        Err(error) => Err(refusal_of(&server, &caller, &summary, error).await),
    }
}

const TOLD_EVERY: Duration = Duration::from_millis(250);

/// A line now and then, and one at the end.
fn told_on_the_way(told: watch::Receiver<Progress>, running: JoinHandle<Result<UsersPlan, Problem>>) -> Body {
    let lines = stream::unfold(Some((told, running)), |state| async {
        let (told, mut running) = state?;
        let (line, state) = tokio::select! {
            done = &mut running => match done.unwrap_or_else(|_| Err(Problem::internal())) {
                Ok(plan) => (ImportLine::Plan(plan), None),
                Err(problem) => (ImportLine::Problem(problem.json()), None),
            },
            () = sleep(TOLD_EVERY) => {
                let progress = *told.borrow();
                (ImportLine::Progress(progress), Some((told, running)))
            }
        };
        let line = body::json(&line).map(|mut line| {
            line.push(b'\n');
            Bytes::from(line)
        });
        Some((line, state))
    });
    Body::from_stream(lines)
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
