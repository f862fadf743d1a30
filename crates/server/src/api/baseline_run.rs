//! Baselining a hierarchy: what it would come to, and the runs that do it
//! (docs/global-configurations.md#runs).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures_util::Stream;
use governance::{BaselineLine, ConfigurationId, Item, QuestionText, RepositoryOperation, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as object};
use store::BaselineRun;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::body::{self, Answer, NoParameters, Nothing, parameters};
use super::carry_out::refusal_of;
use super::configuration::ConfigurationPath;
use super::events::sent;
use super::idempotency::{self, Key};
use super::journal::instant;
use super::request::Asked;
use super::resolve::{found, name_pattern};
use super::route::{Api, Scope, Verb};
use crate::baseline_run::{Counts, Progress, Report, RunState};
use crate::caller::Caller;
use crate::chance::{hex, now, random};
use crate::handler::{get, post};
use crate::office::{Author, ChangeError};
use crate::problem::Problem;
use crate::router::Server;

const PLAN: &str = "/configurations/{configuration}/baseline-plan";
const BEGIN: &str = "/configurations/{configuration}/baseline-hierarchy";
const RUN: &str = "/baseline-runs/{run}";
const EVENTS: &str = "/baseline-runs/{run}/events";
const RESUME: &str = "/baseline-runs/{run}/resume";

pub(super) fn routes(api: &mut Api) {
    let summary = "Read what baselining a hierarchy would come to.";
    api.own::<PlanParameters, Nothing, Plan>((Verb::Get, PLAN), summary, Scope::Read, || get(plan));
    let summary = "Baseline a hierarchy.";
    api.own::<ConfigurationPath, Baselining, Run>((Verb::Post, BEGIN), summary, Scope::Write, || post(begin))
        .once();
    let summary = "List my runs that baseline a hierarchy.";
    api.own::<NoParameters, Nothing, Runs>((Verb::Get, "/baseline-runs"), summary, Scope::Read, || get(list));
    let summary = "Read a run that baselines a hierarchy.";
    api.own::<RunPath, Nothing, Run>((Verb::Get, RUN), summary, Scope::Read, || get(read));
    let summary = "Follow a run that baselines a hierarchy, as server-sent events.";
    api.own::<RunPath, Nothing, ProgressTold>((Verb::Get, EVENTS), summary, Scope::Read, || get(follow));
    let summary = "Go on with a run that was interrupted.";
    api.own::<RunPath, Nothing, Run>((Verb::Post, RESUME), summary, Scope::Write, || post(resume));
}

/// What is planned.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanParameters {
    /// Its number or its reference, such as `gc:Electric Vehicle#Motor/stream:Motor 1.0`.
    configuration: String,
    /// The names of the new baselines: `{name}` is that of the stream, `{date}` the day. Default: both.
    names: Option<String>,
}

/// How a hierarchy is baselined.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the key `names`, or no body")]
struct Baselining {
    /// The names of the new baselines: `{name}` is that of the stream, `{date}` the day. Default: both.
    names: Option<String>,
}

/// What baselining would come to, if every application did as it is asked.
#[derive(Serialize, JsonSchema)]
struct Plan {
    /// Whether anything would change.
    changes: bool,
    /// How many configurations have which outcome.
    counts: Counts,
    /// Each configuration that is no baseline already, bottom up.
    lines: Vec<BaselineLine>,
}

/// Which run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunPath {
    /// Its id.
    run: String,
}

/// A run that baselines a hierarchy.
#[derive(Serialize, JsonSchema)]
struct Run {
    id: String,
    /// The reference of what is baselined.
    configuration: String,
    /// The id of the user for whom it acts.
    by: String,
    names: String,
    /// `running`, `interrupted`, `finished` or `refused`.
    state: &'static str,
    /// An instant (RFC 3339).
    begun: String,
    /// An instant (RFC 3339); null while it has not ended.
    ended: Option<String>,
    /// The revision that it made; null: none.
    revision: Option<u64>,
    /// How far it is, while this server goes on with it.
    progress: Option<ProgressTold>,
    /// The reference of the baseline, or staging stream, that stands for the configuration.
    result: Option<String>,
    /// Why nothing was changed, if that was refused.
    refusal: Option<String>,
    counts: Counts,
    /// Each configuration that was no baseline already, bottom up; of a list of runs none.
    lines: Vec<BaselineLine>,
}

/// The newest hundred runs.
#[derive(Serialize, JsonSchema)]
struct Runs {
    items: Vec<Run>,
}

/// How far a run is: the data of an event `progress`. The last event is `run`, whose data is the run.
#[derive(Serialize, JsonSchema)]
struct ProgressTold {
    done: usize,
    of: usize,
    /// The URI of the local configuration whose application is asked.
    current: Option<String>,
    /// How many applications have refused.
    refusals: usize,
}

impl From<Progress> for ProgressTold {
    fn from(Progress { done, of, current, refusals }: Progress) -> Self {
        Self { done, of, current, refusals }
    }
}

const USUAL_NAMES: &str = "{name} {date}";

async fn plan(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    asked.only_now()?;
    let query: PlanParameters = parameters(PLAN, &asked.pairs)?;
    let root = ConfigurationPath::of(query.configuration).find(&caller.view)?;
    let names = name_pattern(query.names.as_deref().unwrap_or(USUAL_NAMES), now(), "names")?;
    let (runs, view) = (Arc::clone(&server.baseline_runs), caller.view.clone());
    let planned = spawn_blocking(move || runs.plan(&view, root, &names)).await;
    let plan = found(planned.map_err(|_| Problem::internal())?)?;
    let changes = plan.changes && plan.root.is_some();
    let report = Report::of(plan);
    body::answer(&Plan { changes, counts: report.counts(), lines: report.lines })
}

async fn begin(
    State(server): State<Arc<Server>>,
    caller: Caller,
    headers: HeaderMap,
    asked: Asked,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    asked.only_now()?;
    let path: ConfigurationPath = parameters(BEGIN, &asked.pairs)?;
    let root = path.find(&caller.view)?;
    let wanted: Baselining = body::read(&headers, body)?;
    let pattern = wanted.names.as_deref().unwrap_or(USUAL_NAMES);
    let id = match idempotency::named(&headers)? {
        None => hex(&random::<16>()),
        Some(key) => {
            let key = Key::of(key, &caller, [BEGIN]);
            // Under a key that made something else before, no run is begun.
            key.told_before(&server, &caller).await?;
            let id = key.id();
            if let Some(run) = server.office.store().baseline_run(&id).await? {
                return begun_before(&server, &caller.view, run, root, pattern);
            }
            id
        }
    };
    let names = name_pattern(pattern, now(), "/names")?;
    refuse_idle(&server, &caller, root, &names).await?;
    match server.baseline_runs.begin(&server.office, id.clone(), caller.author(), root, names).await? {
        Some((run, _)) => body::answer(&told(&server, &caller.view, run, true)?),
        None => {
            let run = found(server.office.store().baseline_run(&id).await?)?;
            begun_before(&server, &caller.view, run, root, pattern)
        }
    }
}

/// Who may do nothing of it is told at once.
async fn refuse_idle(
    server: &Server,
    caller: &Caller,
    root: ConfigurationId,
    names: &str,
) -> Result<(), Problem> {
    let (runs, view, planned) = (Arc::clone(&server.baseline_runs), caller.view.clone(), names.to_owned());
    let planned = spawn_blocking(move || runs.plan(&view, root, &planned)).await;
    let plan = found(planned.map_err(|_| Problem::internal())?)?;
    match plan.refusal {
        None => Ok(()),
        Some(refusal) => {
            let refused = ChangeError::Refused(refusal);
            Err(refusal_of(server, caller, "Baseline a hierarchy", refused).await)
        }
    }
}

/// What baselining would come to, as the API tells it.
pub(crate) async fn planned(
    server: &Server,
    view: &View,
    root: ConfigurationId,
    pattern: &str,
) -> Result<Value, Problem> {
    let names = name_pattern(pattern, now(), "/names")?;
    let (runs, view) = (Arc::clone(&server.baseline_runs), view.clone());
    let planned = spawn_blocking(move || runs.plan(&view, root, &names)).await;
    let plan = found(planned.map_err(|_| Problem::internal())?)?;
    let changes = plan.changes && plan.root.is_some();
    let refusal = plan.refusal.as_ref().map(ToString::to_string);
    let report = Report::of(plan);
    Ok(object!({
        "changes": changes,
        "counts": report.counts(),
        "lines": report.lines,
        "refusal": refusal,
    }))
}

/// Begins a run for the caller, and tells its id.
pub(crate) async fn begin_run(
    server: &Server,
    caller: &Caller,
    root: ConfigurationId,
    pattern: &str,
) -> Result<String, Problem> {
    let names = name_pattern(pattern, now(), "/names")?;
    refuse_idle(server, caller, root, &names).await?;
    let run = server
        .baseline_runs
        .begin(&server.office, hex(&random::<16>()), caller.author(), root, names)
        .await?;
    run.map(|(run, _)| run.id).ok_or_else(Problem::internal)
}

/// A run as the API tells it.
pub(crate) async fn run_told(server: &Server, view: &View, id: &str) -> Result<Value, Problem> {
    let run = run(server, view, id).await?;
    serde_json::to_value(told(server, view, run, true)?).map_err(|_| Problem::internal())
}

/// A run that was begun under the same key, if what is asked for is the same.
fn begun_before(
    server: &Server,
    view: &View,
    run: BaselineRun,
    root: ConfigurationId,
    pattern: &str,
) -> Answer {
    // On the day on which it was begun the pattern came to the same.
    if run.root != root || run.names != name_pattern(pattern, run.begun, "/names")? {
        return Err(idempotency::taken());
    }
    body::answer(&told(server, view, run, true)?)
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    asked.only_now()?;
    let NoParameters {} = parameters("", &asked.pairs)?;
    let whose = (!looks_after(&caller.view)).then(|| caller.view.asker_number());
    let runs = server.office.store().baseline_runs(whose).await?.into_iter();
    let items = runs.filter_map(|run| told(&server, &caller.view, run, false).ok());
    body::answer(&Runs { items: items.collect() })
}

async fn read(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    asked.only_now()?;
    let run = run(&server, &caller.view, &parameters::<RunPath>(RUN, &asked.pairs)?.run).await?;
    body::answer(&told(&server, &caller.view, run, true)?)
}

async fn resume(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    asked.only_now()?;
    let run = resumed(&server, &caller, &parameters::<RunPath>(RESUME, &asked.pairs)?.run).await?;
    body::answer(&told(&server, &caller.view, run, true)?)
}

/// Goes on with a run that was interrupted. Whoever asks twice is told how the run is.
async fn resumed(server: &Server, caller: &Caller, id: &str) -> Result<BaselineRun, Problem> {
    let run = run(server, &caller.view, id).await?;
    if server.baseline_runs.state(&server.office, &run) != RunState::Interrupted {
        return Ok(run);
    }
    let by = &caller.view.asker().id;
    let author =
        Author { user: run.user, via: Some(format!("baseline run resumed by {by}")), ..caller.author() };
    server.baseline_runs.resume(&server.office, &run, author).await?;
    found(server.office.store().baseline_run(&run.id).await?)
}

/// The same, for a page.
pub(crate) async fn resume_run(server: &Server, caller: &Caller, id: &str) -> Result<(), Problem> {
    resumed(server, caller, id).await.map(drop)
}

/// Whether somebody looks after the server, and so sees everybody's runs.
fn looks_after(view: &View) -> bool {
    let question = QuestionText {
        user: view.asker().id.to_string(),
        operation: RepositoryOperation::manage_server().name().to_owned(),
        item: "repository".to_owned(),
        ..QuestionText::default()
    };
    view.answer(&question).is_ok_and(|answer| answer.decision.is_ok())
}

/// The run, if it is the caller's or the caller looks after the server.
async fn run(server: &Server, view: &View, id: &str) -> Result<BaselineRun, Problem> {
    let run = found(server.office.store().baseline_run(id).await?)?;
    found((run.user == view.asker_number() || looks_after(view)).then_some(run))
}

fn told(server: &Server, view: &View, run: BaselineRun, whole: bool) -> Result<Run, Problem> {
    found(view.see(run.root))?;
    let state = server.baseline_runs.state(&server.office, &run);
    let report = run.end.as_ref().map(|end| Report::from_text(&end.report)).unwrap_or_default();
    let state = match state {
        RunState::Running => "running",
        RunState::Interrupted => "interrupted",
        RunState::Ended if report.refusal.is_some() => "refused",
        RunState::Ended => "finished",
    };
    // The task that went on with it is there for a moment after its end.
    let live = if run.end.is_none() { server.baseline_runs.progress(&run.id) } else { None };
    let progress = live.map(|it| it.borrow().clone().into());
    Ok(Run {
        configuration: view.reference(Item::Configuration(run.root)),
        by: view.id_of(run.user).to_string(),
        names: run.names,
        state,
        begun: instant(run.begun),
        ended: run.end.as_ref().map(|end| instant(end.at)),
        revision: run.end.as_ref().and_then(|end| Some(end.revision?.number())),
        progress,
        counts: report.counts(),
        result: report.result,
        refusal: report.refusal,
        lines: if whole { report.lines } else { Vec::new() },
        id: run.id,
    })
}

/// Comes back with a new session or token then, and is judged anew.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// So often a run is looked at with which another process goes on.
const LOOK: Duration = Duration::from_secs(1);

async fn follow(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    asked.only_now()?;
    let run = run(&server, &caller.view, &parameters::<RunPath>(EVENTS, &asked.pairs)?.run).await?;
    found(caller.view.see(run.root))?;
    let stream = events(server, caller.view, run.id);
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()).into_response())
}

fn events(server: Arc<Server>, view: View, id: String) -> impl Stream<Item = Result<Sent, Infallible>> {
    let end = Instant::now() + LONGEST;
    let progress = server.baseline_runs.progress(&id);
    let state = Some((server, view, id, progress, true));
    futures_util::stream::unfold(state, move |state| async move {
        let (server, view, id, mut progress, mut first) = state?;
        loop {
            if Instant::now() >= end {
                return None;
            }
            if let Some(live) = &mut progress {
                let changed = std::mem::take(&mut first) || live.changed().await.is_ok();
                if changed {
                    let data = ProgressTold::from(live.borrow_and_update().clone());
                    let sent = sent("progress", &data)?;
                    return Some((Ok(sent), Some((server, view, id, progress, false))));
                }
                progress = None;
            }
            let run = server.office.store().baseline_run(&id).await.ok()??;
            if server.baseline_runs.state(&server.office, &run) == RunState::Running {
                sleep(LOOK).await;
                continue;
            }
            let sent = sent("run", &told(&server, &view, run, true).ok()?)?;
            return Some((Ok(sent), None));
        }
    })
}
