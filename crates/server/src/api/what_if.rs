//! Changes that are only thought of: who would gain and who would lose by them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use governance::{Command, Event, Impact, Shift, View};
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::{self, NoParameters, parameters};
use super::bulk::{OneRequest, changes, steps, wanted};
use super::carry_out::Wanted;
use super::question::json_of;
use super::refused;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::{Asker, Caller};
use crate::handler::post;
use crate::in_turn::in_time;
use crate::problem::{Kind, Problem};
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Tell who would gain and who would lose by changes.";
    api.own::<NoParameters, WhatIf, Vec<Shift>>((Verb::Post, "/what-if"), summary, Scope::Decide, || {
        post(what_if)
    });
    let summary = "Tell the impact of changes that the caller may make.";
    let at = (Verb::Post, "/what-if/impact");
    api.own::<NoParameters, WhatIf, Impact>(at, summary, Scope::Write, || post(impact));
}

/// So long it may take to tell who would gain and who would lose.
const IMPACT: Duration = Duration::from_secs(10);
/// So long it may take to list all of it.
pub(super) const LISTED: Duration = Duration::from_secs(30);

/// What is not listed.
pub(super) fn too_much() -> Problem {
    let said =
        "so much differs that it is not listed: compare less, or ask `/what-if/impact`, which counts it";
    Problem::new(Kind::Busy, said)
}

/// Changes that are only thought of.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"requests": [{"method": "PATCH", "path": "/api/v1/components/3", "body": {"team_area": "Tuning Team"}}]}))]
#[serde(deny_unknown_fields, expecting = "an object with `requests`")]
pub(super) struct WhatIf {
    /// In order; each is thought of as things are after those before it. Who may make them does not matter,
    /// nor does `if_match`.
    requests: Vec<OneRequest>,
}

impl WhatIf {
    /// The changes of a body, as the table of routes has them.
    pub(super) fn read(headers: &HeaderMap, body: Sent) -> Result<Vec<Wanted>, Problem> {
        let Self { requests } = body::read(headers, body)?;
        changes(wanted(&requests, None)?)
    }
}

/// What was sent as a body.
pub(super) type Sent = Result<Bytes, BytesRejection>;

/// What changes that are only thought of mean, and what happens by them. Nothing is lost by them, whatever is
/// there now.
pub(super) fn thought_of(view: &View, wanted: &[Wanted]) -> Result<(Vec<Command>, Vec<Event>), Problem> {
    let mut wanted = wanted.to_vec();
    wanted.iter_mut().for_each(|wanted| wanted.conditions = None);
    let steps = steps(view, &wanted)?.into_iter();
    let (commands, events): (Vec<_>, Vec<_>) = steps.map(|step| (step.command, step.events)).unzip();
    Ok((commands, events.concat()))
}

/// What happens by changes that are only thought of, if the asker is allowed all of them.
pub(super) fn allowed(view: &View, wanted: &[Wanted]) -> Result<Vec<Event>, Problem> {
    let (commands, events) = thought_of(view, wanted)?;
    let allowed = view.may(&Command::together(commands));
    allowed.map_err(|refusal| refused::of_refusal(view, refusal))?;
    Ok(events)
}

async fn what_if(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let _: NoParameters = parameters("", &asked.pairs)?;
    let wanted = WhatIf::read(&headers, body)?;
    let view = caller.view;
    let shifts = in_time(&server, LISTED, move |go_on| {
        let (commands, _) = thought_of(&view, &wanted)?;
        view.what_if(&commands, go_on).map_err(|refusal| refused::of_refusal(&view, refusal))
    });
    let shifts: Vec<Shift> = shifts.await??.ok_or_else(too_much)?;
    json_of(&server, caller.revision, &shifts)
}

async fn impact(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, Problem> {
    caller.allows(Scope::Write)?;
    asked.only_now()?;
    let _: NoParameters = parameters("", &asked.pairs)?;
    let wanted = WhatIf::read(&headers, body)?;
    let view = caller.view;
    let impact = in_time(&server, IMPACT, move |go_on| {
        let events = allowed(&view, &wanted)?;
        Ok::<_, Problem>(view.impact_of(&events, go_on))
    });
    json_of(&server, caller.revision, &impact.await??)
}
