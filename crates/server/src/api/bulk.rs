//! Several requests in one: each with its own result, or all of them as one change.

use std::iter;
use std::sync::{Arc, Mutex, PoisonError};

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
use tokio::time::{Instant, timeout_at};

use super::body::{NoParameters, bad_value, json, parameters, parse};
use super::carry_out::{Wanted, answer, carry_out, expect_json, make, refusal_of};
use super::etag::{self, Conditions};
use super::idempotency::Key;
use super::picked::{picked, taking};
use super::request::Asked;
use super::route::{Api, Scope, Verb, Work};
use super::{ROOT, api, idempotency, read, refused};
use crate::caller::Caller;
use crate::deadline;
use crate::office::Told;
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Make several requests in one.";
    api.own::<NoParameters, BulkRequest, BulkAnswer>((Verb::Post, "/bulk"), summary, Scope::Write, || {
        post(bulk)
    })
    .once();
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
    /// The body: what was asked for, or a problem document; null where there is none, or it is larger than 16
    /// MiB.
    body: Value,
}

impl OneRequest {
    /// The request as the table of routes has it.
    fn wanted(&self, at: usize, key: Option<&str>) -> Result<Wanted, Problem> {
        let pointer = |member: &str| format!("/requests/{at}/{member}");
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let path = path.strip_prefix(ROOT);
        let path = path.ok_or_else(|| bad_value(pointer("path"), format!("expected `{ROOT}/…`")))?;
        let (route, pairs) = api().at(self.method, path).ok_or_else(|| match api().has(path) {
            true => Problem::new(Kind::Method, format!("nothing takes {} there", self.method.method())),
            false => Problem::not_found(),
        })?;
        if matches!(route.work, Work::Own(_)) {
            return Err(bad_value(pointer("path"), "this is asked for by itself, and not in a bulk"));
        }
        let body = self.body.as_ref().map(json).transpose()?.unwrap_or_default();
        let if_match = self.if_match.as_deref().map(|text| etag::sent(text, &pointer("if_match")));
        let conditions = Some(Conditions { if_match: if_match.transpose()?, if_none_match: None });
        let key = key.map(|key| format!("{key}/{at}"));
        let asked = Asked::new(&format!("{ROOT}{}", route.path), pairs, query)?;
        Ok(Wanted { route, asked, conditions, body: body.into(), key })
    }
}

/// One of several changes, as somebody sees things after those before it.
pub(super) struct Step {
    pub(super) command: Command,
    /// The path of what it makes, if it does.
    pub(super) created: Option<String>,
}

pub(super) fn steps(view: &View, wanted: &[Wanted]) -> Result<Vec<Step>, Problem> {
    let mut view = view.clone();
    let mut steps = Vec::with_capacity(wanted.len());
    for (at, wanted) in wanted.iter().enumerate() {
        let of_this = |problem: Problem| problem.with(REQUEST, at);
        let command = wanted.compose(&view).map_err(of_this)?;
        let after = view.after(&command);
        let (after, events) = after.map_err(|refusal| of_this(refused::of_refusal(&view, refusal)))?;
        let created = wanted.change()?.created.and_then(|created| (created.path)(&after, &events));
        steps.push(Step { command, created });
        view = after;
    }
    Ok(steps)
}

/// Where a problem tells which request it is of.
const REQUEST: &str = "request";

/// The requests of a body, each as the table of routes has it; each has a key of its own if all have one.
pub(super) fn wanted(
    requests: &[OneRequest],
    key: Option<&str>,
) -> Result<Vec<Result<Wanted, Problem>>, Problem> {
    if requests.len() > MOST {
        return Err(Problem::new(Kind::TooLarge, format!("a bulk takes at most {MOST} requests")));
    }
    Ok(requests.iter().enumerate().map(|(at, request)| request.wanted(at, key)).collect())
}

/// All of them, if each can be meant and changes something.
pub(super) fn changes(wanted: Vec<Result<Wanted, Problem>>) -> Result<Vec<Wanted>, Problem> {
    let change = |(at, wanted): (usize, Result<Wanted, Problem>)| match wanted {
        Ok(wanted) if matches!(wanted.route.work, Work::Change(_)) => Ok(wanted),
        Ok(_) => Err(bad_value(format!("/requests/{at}/method"), "only changes can stand here")),
        Err(problem) => Err(problem.with(REQUEST, at)),
    };
    wanted.into_iter().enumerate().map(change).collect()
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
    let key = idempotency::named(&headers)?;
    let request: BulkRequest = parse(&body)?;
    let wanted = wanted(&request.requests, key.as_deref())?;
    let results = if request.together {
        together(&server, &caller, changes(wanted)?, key).await?
    } else {
        one_by_one(&server, caller, wanted).await
    };
    let revision = server.office.published().revision;
    let answer = json(&BulkAnswer { results })?;
    let media_type = [(axum::http::header::CONTENT_TYPE, "application/json")];
    Ok(with_revision(&server, revision, (media_type, answer)))
}

/// Whatever ends it, what was done before is told.
async fn one_by_one(
    server: &Server,
    mut caller: Caller,
    wanted: Vec<Result<Wanted, Problem>>,
) -> Vec<OneResult> {
    let ends = deadline::taken_over();
    let mut results = Vec::with_capacity(wanted.len());
    let mut over: Option<Problem> = None;
    for wanted in wanted {
        let answered = match (&over, wanted) {
            (Some(problem), _) => Err(problem.clone()),
            (None, Err(problem)) => Err(problem),
            (None, Ok(wanted)) => one(server, &mut caller, wanted, ends).await,
        };
        results.push(result(answered.unwrap_or_else(IntoResponse::into_response)).await);
        if Instant::now() >= ends {
            let said = "the time was up before this was begun; send it again";
            over.get_or_insert_with(|| Problem::new(Kind::Busy, said));
        }
    }
    results
}

async fn one(
    server: &Server,
    caller: &mut Caller,
    wanted: Wanted,
    ends: Instant,
) -> Result<Response, Problem> {
    if !matches!(wanted.route.work, Work::Change(_)) {
        let no_headers = HeaderMap::new();
        let reading = read::read(server, caller, wanted.route, wanted.asked, &no_headers);
        return timeout_at(ends, reading).await.unwrap_or_else(|_| Err(Problem::busy()));
    }
    // What was changed before is seen by what follows, be it that somebody has archived themselves.
    if !caller.refresh(&server.office) {
        return Err(Problem::sign_in());
    }
    let changed = timeout_at(ends, carry_out(server, caller, wanted)).await;
    caller.refresh(&server.office);
    changed.unwrap_or_else(|_| Err(Problem::outcome_unknown()))
}

async fn together(
    server: &Server,
    caller: &Caller,
    wanted: Vec<Wanted>,
    key: Option<String>,
) -> Result<Vec<OneResult>, Problem> {
    let mut summary = wanted.first().map_or("Change nothing", Wanted::summary).to_owned();
    if wanted.len() > 1 {
        summary.push_str(&format!(", and {} more", wanted.len() - 1));
    }
    let key = key.map(|key| Key::of_changes(key, caller, &wanted));
    let wanted = Arc::new(wanted);
    // The paths of what the last attempt makes, as JSON.
    let paths = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&paths);
    let told: Told = Arc::new(move |_, _| told.lock().unwrap_or_else(PoisonError::into_inner).clone());
    let composing = Arc::clone(&wanted);
    let people = picked(server, caller, &wanted).await?;
    let compose = move |view: &View| {
        taking(view, &people, |view| {
            let (commands, created): (Vec<_>, Vec<_>) =
                steps(view, &composing)?.into_iter().map(|step| (step.command, step.created)).unzip();
            let created = serde_json::to_string(&created).unwrap_or_default();
            *paths.lock().unwrap_or_else(PoisonError::into_inner) = created;
            Ok(Command::together(commands))
        })
    };
    let made = match make(server, caller, summary.clone(), key, told, compose).await {
        Ok(made) => made,
        Err(error) => return Err(refusal_of(server, caller, &summary, error).await),
    };
    let paths: Vec<Option<String>> = serde_json::from_str(&made.told).unwrap_or_default();
    let paths = paths.iter().map(Option::as_deref).chain(iter::repeat(None));
    let mut results = Vec::with_capacity(wanted.len());
    for (wanted, path) in wanted.iter().zip(paths) {
        let answered = answer(server, caller, wanted, &made, path);
        results.push(result(answered.unwrap_or_else(IntoResponse::into_response)).await);
    }
    Ok(results)
}

async fn result(response: Response) -> OneResult {
    let (parts, body) = response.into_parts();
    let header =
        |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, etag, location) = (parts.status.as_u16(), header(&ETAG), header(&LOCATION));
    let body = to_bytes(body, LARGEST_RESULT).await;
    // It was done all the same: whoever wants to see it reads it by itself.
    let body = body.ok().and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
    OneResult { status, etag, location, body }
}
