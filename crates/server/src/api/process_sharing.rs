//! Sharing processes with other servers (docs/cross-server.md#copies-of-a-provider): what servers ask one
//! another, and what people are told of it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use governance::text::Name;
use governance::{Application, Elsewhere, ProcessLink, Provider, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::area::ProjectAreaPath;
use super::body::{self, Answer, NoParameters, Nothing, bad_value};
use super::bulk::{OneRequest, changes, steps, wanted};
use super::documents::in_turn;
use super::etag::Tags;
use super::friend::by_key_alone;
use super::idempotency;
use super::journal::instant;
use super::keys::allowed;
use super::refused;
use super::request::Asked;
use super::resolve::found;
use super::route::{Api, JSON, Scope, Verb};
use super::word::Word;
use crate::caller::{Asker, Caller};
use crate::chance::now;
use crate::friends::{self, same_server};
use crate::oauth::Verified;
use crate::problem::{Kind, Problem};
use crate::process_sharing::{
    ConsumerImpact, ConsumerOutcome, Lag, ProcessName, Proposed, ToldProcesses, impact_here, impacts,
};
use crate::router::Server;

const USED: &str = "/project-areas/{project_area}/used-process";

pub(super) fn routes(api: &mut Api) {
    let summary = "Read whose process a project area uses, and how it follows that.";
    api.own::<ProjectAreaPath, Nothing, UsedProcess>((Verb::Get, USED), summary, Scope::Read, || get(used));
    let summary = "Have the process that a project area uses of another server asked for at once.";
    let at = (Verb::Post, "/project-areas/{project_area}/used-process/refresh");
    api.own::<ProjectAreaPath, Nothing, Nothing>(at, summary, Scope::Write, || post(refresh));
    let at = "/project-areas/{project_area}/process-difference";
    api.read(at, "Compare a project area's own process with the one that it uses.", difference);
    let summary = "List the processes that a friend shares, as it tells now.";
    let at = (Verb::Get, "/friends/{friend}/processes");
    api.own::<FriendQuery, Nothing, Processes>(at, summary, Scope::Read, || get(of_friend));
    let summary = "List who uses the processes of this server, and how far they are behind.";
    let at = (Verb::Get, "/process-consumers");
    api.own::<NoParameters, Nothing, ProcessConsumers>(at, summary, Scope::Read, || get(consumers));
    let summary = "Ask those who use the processes of this server what changes would do there.";
    let at = (Verb::Post, "/process-consumers/what-if");
    api.own::<NoParameters, WhatIf, Vec<ConsumerImpact>>(at, summary, Scope::Decide, || post(what_if));
    let summary = "List the processes that are shared, by a signed request.";
    let at = (Verb::Get, "/process-sharing/processes");
    api.own::<NoParameters, Nothing, Processes>(at, summary, Scope::Read, || get(list));
    let summary = "Read a process that is shared, by a signed request.";
    let at = (Verb::Get, "/process-sharing/processes/{application}/{project_area}");
    api.own::<ProcessPath, Nothing, Value>(at, summary, Scope::Read, || get(read));
    let summary = "Tell that a process has changed, by a signed request.";
    let at = (Verb::Post, "/process-sharing/changed");
    api.own::<NoParameters, ProcessName, Nothing>(at, summary, Scope::Write, || post(changed));
    let summary = "Tell what a process would do here if it became this, by a signed request.";
    let at = (Verb::Post, "/process-sharing/what-if");
    api.own::<NoParameters, Value, ConsumerOutcome>(at, summary, Scope::Decide, || post(proposed));
}

/// Processes that a server shares.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Processes {
    items: Vec<ProcessName>,
}

type Signed = Option<Extension<Arc<Verified>>>;

fn consumer(verified: Signed) -> Result<Arc<Verified>, Problem> {
    by_key_alone(verified.map(|Extension(verified)| verified))
}

async fn list(State(server): State<Arc<Server>>, _: Caller, verified: Signed, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    consumer(verified)?;
    let name = |(application, project_area): (Application, String)| ProcessName {
        application: application.id().to_owned(),
        project_area,
    };
    body::answer(&Processes { items: ToldProcesses::list(&server.office).into_iter().map(name).collect() })
}

/// Which process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProcessPath {
    /// The project area's application.
    application: Word<Application>,
    /// The project area's name.
    project_area: String,
}

/// A version that the consumer has costs no more than finding that out.
async fn read(
    State(server): State<Arc<Server>>,
    _: Caller,
    verified: Signed,
    headers: HeaderMap,
    asked: Asked,
) -> Answer {
    let ProcessPath { application: Word(application), project_area } = asked.parameters()?;
    let verified = consumer(verified)?;
    let sharing = &server.sharing;
    let shared = sharing.told.now(&server.office, application, &project_area);
    // What is not there and what is not shared are the same; another server's 404 says less.
    let shared = shared.ok_or_else(|| Problem::not_found().with("shared", false))?;
    sharing.consumers.has(&verified.consumer.key, application, &project_area, &shared);
    let tag = format!("\"{}\"", shared.version);
    let held = headers.get(IF_NONE_MATCH).and_then(|value| Tags::parse(value.to_str().ok()?));
    if held.is_some_and(|tags| tags.names(&tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    Ok(([(CONTENT_TYPE, JSON.to_owned()), (ETAG, tag)], shared.body.clone()).into_response())
}

/// Those of a server that are used here and have this name; of any server, where the key tells of none.
fn used_of(server: &Server, verified: &Verified, application: Application, name: &str) -> Vec<Elsewhere> {
    let used = server.office.published().organisation.used_elsewhere();
    let of_asker = |of: &Elsewhere| {
        let theirs = verified.consumer.root_services.as_deref();
        theirs.is_none_or(|theirs| same_server(theirs, &of.server))
    };
    used.into_keys()
        .filter(|of| of.application == application && *of.project_area == *name && of_asker(of))
        .collect()
}

fn application(word: &str) -> Result<Application, Problem> {
    let found = Application::ALL.into_iter().find(|application| application.id() == word);
    found.ok_or_else(|| bad_value("/application", "expected `gc`, `ccm`, `qm` or `rm`"))
}

async fn changed(
    State(server): State<Arc<Server>>,
    _: Caller,
    verified: Signed,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    idempotency::refuse(&headers)?;
    let verified = consumer(verified)?;
    let told: ProcessName = body::read(&headers, body)?;
    let used = used_of(&server, &verified, application(&told.application)?, &told.project_area);
    server.sharing.following.wake(used);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn proposed(
    State(server): State<Arc<Server>>,
    _: Caller,
    verified: Signed,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let verified = consumer(verified)?;
    let Proposed { application: word, project_area, process } = body::read(&headers, body)?;
    let used = used_of(&server, &verified, application(&word)?, &project_area);
    let outcome = match used.into_iter().next() {
        Some(of) => impact_here(&server, of, process).await?,
        None => ConsumerOutcome::Unused,
    };
    body::answer(&outcome)
}

/// Which processes of which friend.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FriendQuery {
    /// Its name.
    friend: String,
    /// Only those of this application.
    application: Option<Word<Application>>,
}

/// For whoever could have some project area use one.
async fn of_friend(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let FriendQuery { friend, application } = asked.parameters()?;
    let may = |of: &Application| caller.view.may_use_processes(*of);
    let useful: Vec<Application> = Application::ALL
        .into_iter()
        .filter(|of| application.is_none_or(|Word(wanted)| wanted == *of))
        .filter(may)
        .collect();
    if useful.is_empty() {
        return Err(Problem::not_found());
    }
    let friend = server.office.store().friend(&friend).await?.ok_or_else(Problem::not_found)?;
    let path = crate::process_sharing::PROCESSES;
    let answer = friends::get(&server, &friend, path, HeaderMap::new()).await?;
    if answer.status == StatusCode::UNAUTHORIZED {
        let said = format!(
            "`{}` does not let this server in: `bailiwick doctor --friend {}` says why",
            friend.name, friend.name
        );
        return Err(Problem::new(Kind::FriendAway, said));
    }
    let mut processes: Processes = answer.success()?.json()?;
    processes.items.retain(|it| useful.iter().any(|of| of.id() == it.application));
    body::answer(&processes)
}

/// The process that a project area uses.
#[derive(Serialize, JsonSchema)]
struct UsedProcess {
    /// The name of the project area that shares it; null where the reader may not know it.
    project_area: Option<String>,
    /// The public URI of its server; null for this one.
    server: Option<String>,
    /// Whether its iteration types come along.
    iteration_types: bool,
    /// `current`; `pending`: never fetched, so that the own process decides; `behind`: the last copy decides,
    /// and something keeps it from being followed; `frozen`: the provider does not tell of it any more.
    state: &'static str,
    /// `not-shared` or `not-let-in`, where it is frozen.
    frozen: Option<&'static str>,
    /// Which version is here.
    version: Option<String>,
    /// The provider's revision by which that came to be.
    revision: Option<u64>,
    /// Which history of the provider's that belongs to.
    history: Option<String>,
    /// When the provider last told which version there is.
    told: Option<String>,
    /// How many seconds ago that was.
    age: Option<i64>,
    /// When it was last asked.
    asked: Option<String>,
    /// What is in the way.
    trouble: Option<String>,
    trouble_since: Option<String>,
}

fn link_of<'v>(view: &'v View, path: &ProjectAreaPath) -> Result<(&'v ProcessLink, Application), Problem> {
    let project = found(found(view.see(path.find(view)?))?.project())?;
    let link = project.uses_process.as_ref();
    let none = || Problem::new(Kind::NotFound, "the project area uses nobody else's process");
    Ok((link.ok_or_else(none)?, project.application))
}

fn elsewhere(link: &ProcessLink, application: Application) -> Option<Elsewhere> {
    match &link.provider {
        Provider::Here(_) => None,
        Provider::Elsewhere { server, project_area, .. } => {
            let (server, project_area) = (server.clone(), project_area.clone());
            Some(Elsewhere { server, application, project_area })
        }
    }
}

async fn used(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: ProjectAreaPath = asked.parameters()?;
    let view = &caller.view;
    let (link, application) = link_of(view, &path)?;
    let of = elsewhere(link, application);
    let copy = view.process_copy(path.find(view)?);
    let became = of.as_ref().and_then(|of| server.sharing.following.asked(of));
    let frozen = copy.and_then(|copy| copy.frozen);
    let trouble = became.as_ref().and_then(|it| it.trouble.as_ref());
    let told = became.as_ref().and_then(|it| it.told);
    let (name, address): (Option<Name>, Option<Name>) = match &link.provider {
        Provider::Here(area) => (view.process_name(*area).cloned(), None),
        Provider::Elsewhere { server, project_area, .. } => {
            (Some(project_area.clone()), Some(server.clone()))
        }
    };
    body::answer(&UsedProcess {
        project_area: name.map(|it| it.to_string()),
        server: address.map(|it| it.to_string()),
        iteration_types: link.iteration_types,
        state: match () {
            () if of.is_some() && copy.is_none() => "pending",
            () if frozen.is_some() => "frozen",
            () if trouble.is_some() => "behind",
            () => "current",
        },
        frozen: frozen.map(governance::Frozen::word),
        version: copy.map(|copy| copy.version.to_string()),
        revision: copy.map(|copy| copy.revision),
        history: copy.map(|copy| copy.history.to_string()),
        told: told.map(instant),
        age: told.map(|told| (now().microseconds() - told.microseconds()).max(0) / 1_000_000),
        asked: became.as_ref().map(|it| instant(it.asked)),
        trouble: trouble.map(|it| it.said.clone()),
        trouble_since: trouble.map(|it| instant(it.since)),
    })
}

async fn refresh(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let path: ProjectAreaPath = asked.parameters()?;
    allowed(&caller.view, caller.view.may_modify_process(path.find(&caller.view)?))?;
    idempotency::refuse(&headers)?;
    let Nothing {} = body::read(&headers, body)?;
    let (link, application) = link_of(&caller.view, &path)?;
    server.sharing.following.wake(elsewhere(link, application));
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How a project area's own process lies over the one that it uses.
#[derive(Serialize, JsonSchema)]
struct ProcessDifference {
    /// The ids of roles that both define; the own definition counts.
    roles_of_both: Vec<String>,
    /// The ids of roles that the project area alone defines.
    own_roles: Vec<String>,
    /// The ids of roles that come from the process that is used.
    lent_roles: Vec<String>,
    /// The own entries, each with what it meets.
    own_entries: Vec<OwnEntry>,
    /// How many entries come from the process that is used.
    lent_entries: usize,
}

/// An entry of a project area that uses another's process.
#[derive(Serialize, JsonSchema)]
struct OwnEntry {
    role: String,
    operation: &'static str,
    actions: Vec<String>,
    /// What the process that is used says of the role and operation, always; null if nothing.
    lent_actions: Option<Vec<String>>,
    /// `adds`: nothing of the other process is hidden; `replaces` an entry of it; `without-effect`: that
    /// entry is final.
    effect: &'static str,
}

fn difference(view: &View, path: ProjectAreaPath) -> Result<ProcessDifference, Problem> {
    let area = path.find(view)?;
    let lent = view.lent(area);
    let none = || Problem::new(Kind::NotFound, "the project area uses nobody else's process yet");
    let lent = lent.ok_or_else(none)?;
    let texts = |permission: &governance::Permission| -> Vec<String> {
        permission.actions.iter().map(|it| it.path().to_owned()).collect()
    };
    let own_entry = |(key, permission): (&governance::PermissionKey, &governance::Permission)| {
        let met = lent.permissions.iter().find(|(other, _)| {
            (&other.role, other.operation) == (&key.role, key.operation)
                && other.slot == governance::Slot::Always
        });
        OwnEntry {
            role: key.role.to_string(),
            operation: key.operation.name(),
            actions: texts(permission),
            lent_actions: met.map(|(_, met)| texts(met)),
            effect: match met {
                None => "adds",
                Some((_, met)) if met.is_final => "without-effect",
                Some(_) => "replaces",
            },
        }
    };
    let ids = |roles: &[governance::Role]| -> Vec<String> {
        roles.iter().map(|role| role.id.to_string()).collect()
    };
    let (own, theirs) = (ids(view.roles(area)), ids(lent.roles));
    Ok(ProcessDifference {
        roles_of_both: own.iter().filter(|id| theirs.contains(id)).cloned().collect(),
        own_roles: own.iter().filter(|id| !theirs.contains(id)).cloned().collect(),
        lent_roles: theirs.iter().filter(|id| !own.contains(id)).cloned().collect(),
        own_entries: view.permissions(area).map(own_entry).collect(),
        lent_entries: lent.permissions.len(),
    })
}

/// Those that use processes of this server.
#[derive(Serialize, JsonSchema)]
struct ProcessConsumers {
    items: Vec<ProcessConsumer>,
}

/// One that uses a process of this server.
#[derive(Serialize, JsonSchema)]
struct ProcessConsumer {
    /// What it is called here; null once its key is gone.
    consumer: Option<String>,
    application: &'static str,
    /// The name of the project area that shares the process.
    project_area: String,
    /// Whether it has what there is.
    current: bool,
    /// The version that it has.
    version: String,
    /// The revision by which that came to be.
    revision: i64,
    /// The newest version, and its revision; null once it is not shared any more.
    newest_version: Option<String>,
    newest_revision: Option<u64>,
    /// When it last asked.
    asked: String,
    /// How many seconds ago that was.
    age: i64,
}

/// Of the project areas that the caller sees.
async fn consumers(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let view = &caller.view;
    let seen =
        |lag: &Lag| view.project_area_named(lag.consumer.application, &lag.consumer.project_area).is_some();
    let told = |lag: Lag| ProcessConsumer {
        current: lag.is_current(),
        consumer: lag.name,
        application: lag.consumer.application.id(),
        project_area: lag.consumer.project_area,
        version: lag.consumer.version,
        revision: lag.consumer.revision,
        newest_version: lag.newest.as_ref().map(|(version, _)| version.clone()),
        newest_revision: lag.newest.map(|(_, revision)| revision),
        asked: instant(lag.consumer.asked),
        age: (now().microseconds() - lag.consumer.asked.microseconds()).max(0) / 1_000_000,
    };
    let lags = server.sharing.consumers.lags(&server).await?;
    body::answer(&ProcessConsumers { items: lags.into_iter().filter(seen).map(told).collect() })
}

/// Changes that are only thought of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `requests`")]
struct WhatIf {
    /// In order; each is thought of as things are after those before it.
    requests: Vec<OneRequest>,
}

async fn what_if(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let WhatIf { requests } = body::read(&headers, body)?;
    let mut wanted = changes(wanted(&requests, None)?)?;
    wanted.iter_mut().for_each(|wanted| wanted.conditions = None);
    let view = caller.view;
    let changed = in_turn(&server, move || {
        let commands: Vec<_> = steps(&view, &wanted)?.into_iter().map(|step| step.command).collect();
        view.processes_after(&commands).map_err(|refusal| refused::of_refusal(&view, refusal))
    });
    let changed = changed.await??;
    body::answer(&impacts(&server, &changed).await?)
}
