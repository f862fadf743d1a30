//! Changes that are only thought of: who would gain and who would lose by them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use governance::Shift;
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::{self, NoParameters, parameters};
use super::bulk::{OneRequest, changes, steps, wanted};
use super::documents::in_turn;
use super::question::json_of;
use super::refused;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Asker;
use crate::problem::Problem;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Tell who would gain and who would lose by changes.";
    api.own::<NoParameters, WhatIf, Vec<Shift>>((Verb::Post, "/what-if"), summary, Scope::Decide, || {
        post(what_if)
    });
}

/// Changes that are only thought of.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"requests": [{"method": "PATCH", "path": "/api/v1/components/3", "body": {"team_area": "Tuning Team"}}]}))]
#[serde(deny_unknown_fields, expecting = "an object with `requests`")]
struct WhatIf {
    /// In order; each is thought of as things are after those before it. Who may make them does not matter,
    /// nor does `if_match`.
    requests: Vec<OneRequest>,
}

async fn what_if(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let _: NoParameters = parameters("", &asked.pairs)?;
    let WhatIf { requests } = body::read(&headers, body)?;
    let mut wanted = changes(wanted(&requests, None)?)?;
    // Nothing is lost by what is only thought of.
    wanted.iter_mut().for_each(|wanted| wanted.conditions = None);
    let view = caller.view;
    let shifts = in_turn(&server, move || {
        let commands: Vec<_> = steps(&view, &wanted)?.into_iter().map(|step| step.command).collect();
        view.what_if(&commands).map_err(|refusal| refused::of_refusal(&view, refusal))
    });
    let shifts: Vec<Shift> = shifts.await??;
    json_of(&server, caller.revision, &shifts)
}
