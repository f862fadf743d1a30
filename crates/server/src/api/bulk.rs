//! Several requests in one: each with its own result, or all of them as one change.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use governance::{Command, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{NoParameters, bad_value, json, parameters, parse};
use super::carry_out::{Wanted, carry_out, expect_json, refusal_of};
use super::etag::Conditions;
use super::request::Asked;
use super::route::{Api, Scope, Verb, Work};
use super::{ROOT, api, read, refused};
use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Make several requests in one.";
    api.own::<NoParameters, BulkRequest, BulkAnswer>((Verb::Post, "/bulk"), summary, Scope::Write, || {
        post(bulk)
    });
}

/// So many requests a bulk takes.
const MOST: usize = 1000;
const LARGEST_RESULT: usize = 16 << 20;

/// Several requests.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"together": true, "requests": [{"method": "POST", "path": "/api/v1/users", "body": {"id": "bob"}}, {"method": "POST", "path": "/api/v1/users/bob/archive"}]}))]
#[serde(deny_unknown_fields, expecting = "an object with `requests`")]
struct BulkRequest {
    /// All or none, as one revision; each is judged as things are after those before it. Only changes then.
    #[serde(default)]
    together: bool,
    requests: Vec<OneRequest>,
}

/// One of several requests.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `method` and `path`")]
pub(super) struct OneRequest {
    method: Verb,
    /// The path and query of the request: `/api/v1/components/7`.
    path: String,
    /// What the header `If-Match` would say.
    if_match: Option<String>,
    body: Option<Value>,
}

/// What has come of several requests.
#[derive(Serialize, JsonSchema)]
struct BulkAnswer {
    /// In the order of the requests.
    results: Vec<OneResult>,
}

/// What has come of one of several requests.
#[derive(Serialize, JsonSchema)]
struct OneResult {
    /// The status that the request would have had by itself.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// The body: what was asked for, or a problem document.
    body: Value,
}

impl OneRequest {
    /// The request as the table of routes has it.
    pub(super) fn wanted(&self, at: usize) -> Result<Wanted, Problem> {
        let pointer = format!("/requests/{at}/path");
        let nothing = || bad_value(&pointer, format!("nothing takes {} there", self.method.method()));
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let path =
            path.strip_prefix(ROOT).ok_or_else(|| bad_value(&pointer, format!("expected `{ROOT}/…`")))?;
        let (route, pairs) = api().at(self.method, path).ok_or_else(nothing)?;
        if matches!(route.work, Work::Own(_)) {
            return Err(nothing());
        }
        let body = self.body.as_ref().map(json).transpose()?.unwrap_or_default();
        let conditions = Conditions { if_match: self.if_match.clone(), if_none_match: None };
        Ok(Wanted { route, asked: Asked::new(pairs, query)?, conditions, body: body.into(), key: None })
    }
}

/// Each request as a command, as somebody sees things after those before it.
pub(super) fn commands(view: &View, wanted: &[Wanted]) -> Result<Vec<Command>, Problem> {
    let mut view = view.clone();
    let mut commands = Vec::with_capacity(wanted.len());
    for (at, wanted) in wanted.iter().enumerate() {
        let of_this = |problem: Problem| problem.with("request", at);
        let command = wanted.compose(&view).map_err(of_this)?;
        view = view.after(&command).map_err(|refusal| of_this(refused::of_refusal(&view, refusal)))?;
        commands.push(command);
    }
    Ok(commands)
}

/// The requests of a body, each as the table of routes has it.
pub(super) fn wanted(requests: &[OneRequest]) -> Result<Vec<Wanted>, Problem> {
    if requests.len() > MOST {
        return Err(Problem::new(Kind::TooLarge, format!("a bulk takes at most {MOST} requests")));
    }
    requests.iter().enumerate().map(|(at, request)| request.wanted(at)).collect()
}

/// Whether all of them change something.
pub(super) fn expect_changes(wanted: &[Wanted]) -> Result<(), Problem> {
    match wanted.iter().position(|it| !matches!(it.route.work, Work::Change(_))) {
        Some(at) => Err(bad_value(format!("/requests/{at}/method"), "only changes can stand here")),
        None => Ok(()),
    }
}

async fn bulk(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let NoParameters {} = parameters("", &asked.pairs)?;
    let body = body?;
    expect_json(&headers, &body)?;
    let request: BulkRequest = parse(&body)?;
    let wanted = wanted(&request.requests)?;
    let results = if request.together {
        together(&server, &caller, wanted).await?
    } else {
        one_by_one(&server, caller, wanted).await?
    };
    let revision = server.office.published().revision;
    let answer = json(&BulkAnswer { results })?;
    let media_type = [(axum::http::header::CONTENT_TYPE, "application/json")];
    Ok(with_revision(&server, revision, (media_type, answer)))
}

async fn one_by_one(
    server: &Server,
    mut caller: Caller,
    wanted: Vec<Wanted>,
) -> Result<Vec<OneResult>, Problem> {
    let mut results = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let changes = matches!(wanted.route.work, Work::Change(_));
        let answered = if changes {
            carry_out(server, &caller, wanted).await
        } else {
            read::read(server, &caller, wanted.route, wanted.asked, &HeaderMap::new()).await
        };
        results.push(result(answered.unwrap_or_else(IntoResponse::into_response)).await?);
        // What was just changed is seen by what follows.
        if changes && !caller.refresh(&server.office) {
            return Err(Problem::sign_in());
        }
    }
    Ok(results)
}

async fn together(server: &Server, caller: &Caller, wanted: Vec<Wanted>) -> Result<Vec<OneResult>, Problem> {
    expect_changes(&wanted)?;
    let summaries: Vec<&str> = wanted.iter().map(|it| it.route.summary.trim_end_matches('.')).collect();
    let mut summary = summaries.first().copied().unwrap_or("Change nothing").to_owned();
    if summaries.len() > 1 {
        summary.push_str(&format!(", and {} more", summaries.len() - 1));
    }
    let count = wanted.len();
    let compose = move |view: &View| commands(view, &wanted).map(Command::together);
    match server.office.change_as(caller.author(), summary.clone(), None, compose).await {
        Ok(_) => {}
        Err(error) => return Err(refusal_of(server, caller, &summary, error).await),
    }
    let done = || OneResult { status: 204, etag: None, location: None, body: Value::Null };
    Ok(std::iter::repeat_with(done).take(count).collect())
}

async fn result(response: Response) -> Result<OneResult, Problem> {
    let (parts, body) = response.into_parts();
    let header =
        |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, etag, location) = (parts.status.as_u16(), header(&ETAG), header(&LOCATION));
    let body = to_bytes(body, LARGEST_RESULT).await;
    let body = body.map_err(|_| Problem::new(Kind::TooLarge, "an answer is too large for a bulk"))?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap_or_default() };
    Ok(OneResult { status, etag, location, body })
}
