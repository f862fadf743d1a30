//! What servers ask one another of the processes that they share, by requests that they sign.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{Application, Elsewhere};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Processes;
use crate::api::body::{self, Answer, NoParameters, Nothing, bad_value};
use crate::api::etag::Tags;
use crate::api::friend::by_key_alone;
use crate::api::idempotency;
use crate::api::request::Asked;
use crate::api::route::{Api, JSON, Scope, Verb};
use crate::api::word::Word;
use crate::caller::Caller;
use crate::friends::same_server;
use crate::handler::{get, post};
use crate::oauth::Verified;
use crate::problem::Problem;
use crate::process_sharing::{ConsumerOutcome, ProcessName, Proposed, ToldProcesses, impact_here};
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "List the processes that are shared, by a signed request.";
    let at = (Verb::Get, "/process-sharing/processes");
    api.own::<NoParameters, Nothing, Processes>(at, summary, Scope::Read, || get(list));
    let summary = "Read a process that is shared, by a signed request.";
    let at = (Verb::Get, "/process-sharing/processes/{application}/{project_area}");
    api.own::<ProcessPath, Nothing, Value>(at, summary, Scope::Read, || get(read));
    let summary = "Tell that a process has changed, by a signed request.";
    let at = (Verb::Post, "/process-sharing/changed");
    api.own::<NoParameters, ProcessName, Nothing>(at, summary, Scope::Write, || post(changed));
    let summary = "Tell that a process is used here no more, by a signed request.";
    let at = (Verb::Post, "/process-sharing/unused");
    api.own::<NoParameters, ProcessName, Nothing>(at, summary, Scope::Write, || post(unused));
    let summary = "Tell what a process would do here if it became this, by a signed request.";
    let at = (Verb::Post, "/process-sharing/what-if");
    api.own::<NoParameters, Value, ConsumerOutcome>(at, summary, Scope::Decide, || post(proposed));
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
    /// Whether whoever asks wants no more than to look at it: who uses it is told, and it is none of those.
    #[serde(default)]
    only_look: bool,
}

/// A version that the consumer has costs no more than finding that out.
async fn read(
    State(server): State<Arc<Server>>,
    _: Caller,
    verified: Signed,
    headers: HeaderMap,
    asked: Asked,
) -> Answer {
    let ProcessPath { application: Word(application), project_area, only_look } = asked.parameters()?;
    let verified = consumer(verified)?;
    let sharing = &server.sharing;
    let shared = sharing.told.now(&server.office, application, &project_area).await?;
    let key = &verified.consumer.key;
    let Some(shared) = shared else {
        if !only_look {
            sharing.consumers.has_none(key, application, &project_area, server.office.published().revision);
        }
        // What is not there and what is not shared are the same; another server's 404 says less.
        return Err(Problem::not_found().with("shared", false));
    };
    let tag = format!("\"{}\"", shared.version);
    let said = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if !only_look {
        let held = said.map(|text| text.trim_matches('"')).filter(|text| text.len() <= 200);
        sharing.consumers.is_sent((key, application, &project_area), &shared, held);
    }
    let held = said.and_then(Tags::parse);
    if held.is_some_and(|tags| tags.names(&tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    Ok(([(CONTENT_TYPE, JSON.to_owned()), (ETAG, tag)], shared.body.clone()).into_response())
}

/// Those that are used here and have this name.
fn used(server: &Server, application: Application, name: &str) -> impl Iterator<Item = Elsewhere> {
    let used = server.office.published().organisation.used_elsewhere();
    used.into_keys().filter(move |of| of.application == application && *of.project_area == *name)
}

fn application(word: &str) -> Result<Application, Problem> {
    Application::from_id(word).ok_or_else(|| bad_value("/application", "expected `gc`, `ccm`, `qm` or `rm`"))
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
    // A key of which it is not known which server has it may wake those of any: they are asked, no more.
    let theirs = verified.consumer.root_services.as_deref();
    let is_theirs = |of: &Elsewhere| theirs.is_none_or(|theirs| same_server(theirs, &of.server));
    let used = used(&server, application(&told.application)?, &told.project_area);
    let used: Vec<Elsewhere> = used.filter(is_theirs).collect();
    if used.is_empty() {
        // Whoever tells need not do so again; another server's 404 says less.
        return Err(Problem::not_found().with("used", false));
    }
    server.sharing.following.wake(used);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is not known to be used is not either.
async fn unused(
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
    let ProcessName { application: word, project_area } = body::read(&headers, body)?;
    let (consumers, key) = (&server.sharing.consumers, &verified.consumer.key);
    consumers.forget(&server, key, application(&word)?, &project_area).await?;
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
    let application = application(&word)?;
    let Some(theirs) = &verified.consumer.root_services else {
        let said =
            "it cannot tell which server has the key: somebody there sets its root services".to_owned();
        return body::answer(&ConsumerOutcome::Unknown { said });
    };
    let (own, others): (Vec<_>, Vec<_>) =
        used(&server, application, &project_area).partition(|of| same_server(theirs, &of.server));
    let outcome = match own.into_iter().next() {
        Some(of) => impact_here(&server, of, process).await?,
        None if others.is_empty() => ConsumerOutcome::Unused,
        // A process of this name is used, of a server that the key may be of.
        None => ConsumerOutcome::Unknown {
            said: format!(
                "the key is there said to be of `{theirs}`, of which nothing is used: if that is wrong, somebody there \
                 sets its root services"
            ),
        },
    };
    body::answer(&outcome)
}
