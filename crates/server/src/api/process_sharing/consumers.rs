//! Those that use processes of this server: how far they are behind, and what a change would do there.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use governance::{Application, ChangedProcess, Command, View};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::body::{self, Answer, NoParameters, Nothing};
use crate::api::journal::instant;
use crate::api::refused;
use crate::api::request::Asked;
use crate::api::route::{Api, Scope, Verb};
use crate::api::what_if::{Sent, WhatIf, thought_of};
use crate::caller::{Asker, Caller};
use crate::chance::now;
use crate::handler::{get, post};
use crate::in_turn::in_turn;
use crate::problem::Problem;
use crate::process_sharing::{ConsumerImpact, Lag, impacts};
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "List who uses the processes of this server, and how far they are behind.";
    let at = (Verb::Get, "/process-consumers");
    api.own::<NoParameters, Nothing, ProcessConsumers>(at, summary, Scope::Read, || get(consumers));
    let summary = "Ask those who use the processes of this server what changes would do there.";
    let at = (Verb::Post, "/process-consumers/what-if");
    api.own::<NoParameters, WhatIf, Vec<ConsumerImpact>>(at, summary, Scope::Decide, || post(what_if));
}

/// Those that use processes of this server.
#[derive(Serialize, JsonSchema)]
struct ProcessConsumers {
    items: Vec<ProcessConsumer>,
}

/// One that uses a process of this server.
#[derive(Serialize, JsonSchema)]
struct ProcessConsumer {
    /// What it is called here.
    consumer: String,
    /// The key by which it asks.
    consumer_key: String,
    application: &'static str,
    /// The name of the project area that shares the process.
    project_area: String,
    /// Whether it has what there is, or knows that there is nothing.
    current: bool,
    /// The version that it has, as far as it has said; null if it knows that it is not shared any more. One
    /// that says again and again that it has another than it was sent cannot keep that: its own state says
    /// why.
    version: Option<String>,
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

/// Which servers use a process is for those who look after it.
fn looks_after(view: &View, application: Application, project_area: &str) -> bool {
    let area = view.project_area_named(application, project_area);
    area.is_some_and(|area| view.may_modify_process(area).is_ok())
}

async fn consumers(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let view = &caller.view;
    let told_to_caller = |lag: &Lag| looks_after(view, lag.consumer.application, &lag.consumer.project_area);
    let told = |lag: Lag| ProcessConsumer {
        current: lag.is_current(),
        consumer: lag.name,
        consumer_key: lag.consumer.consumer_key,
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
    body::answer(&ProcessConsumers { items: lags.into_iter().filter(told_to_caller).map(told).collect() })
}

async fn what_if(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
    body: Sent,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let wanted = WhatIf::read(&headers, body)?;
    let view = caller.view;
    let changed = in_turn(&server, move || changed_processes(&view, &thought_of(&view, &wanted)?.0));
    let changed = changed.await??;
    body::answer(&impacts(&server, &changed).await?)
}

/// The processes that others may use and that commands change, of those that are the asker's to change.
pub(in crate::api) fn changed_processes(
    view: &View,
    commands: &[Command],
) -> Result<Vec<ChangedProcess>, Problem> {
    let changed = view.processes_after(commands);
    let mut changed = changed.map_err(|refusal| refused::of_refusal(view, refusal))?;
    changed.retain(|it| looks_after(view, it.application, &it.project_area));
    Ok(changed)
}
