//! The process that a project area uses: whose it is, and how it is followed.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::text::Name;
use governance::{Application, Elsewhere, ProcessLink, Provider, View};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::area::ProjectAreaPath;
use crate::api::body::{self, Answer, Nothing};
use crate::api::idempotency;
use crate::api::journal::instant;
use crate::api::keys::allowed;
use crate::api::request::Asked;
use crate::api::resolve::found;
use crate::api::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::{get, post};
use crate::problem::{Kind, Problem};
use crate::router::Server;

const USED: &str = "/project-areas/{project_area}/used-process";

pub(super) fn routes(api: &mut Api) {
    let summary = "Read whose process a project area uses, and how it follows that.";
    api.own::<ProjectAreaPath, Nothing, UsedProcess>((Verb::Get, USED), summary, Scope::Read, || get(used));
    let summary = "Have the process that a project area uses of another server asked for at once.";
    let at = (Verb::Post, "/project-areas/{project_area}/used-process/refresh");
    api.own::<ProjectAreaPath, Nothing, Nothing>(at, summary, Scope::Write, || post(refresh));
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
    /// `not-shared`, `not-let-in` or `replaced`, where it is frozen.
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

pub(super) fn elsewhere(link: &ProcessLink, application: Application) -> Option<Elsewhere> {
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
