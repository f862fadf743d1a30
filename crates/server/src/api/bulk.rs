//! Several requests in one: each with its own result, or all of them as one change.

use std::iter;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Bytes, to_bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use governance::{Command, Event, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use super::body::{self, NoParameters, bad_value, json, parameters};
use super::carry_out::{Wanted, answer, carry_out, make, refusal_of};
use super::etag::{self, Conditions};
use super::idempotency::Key;
use super::picked::{picked, taking};
use super::request::Asked;
use super::route::{Api, Scope, Verb, Work};
use super::{ROOT, api, idempotency, read, refused};
use crate::caller::Caller;
use crate::deadline;
use crate::handler::post;
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
pub(super) const MOST: usize = 1000;
/// So many bytes the bodies of an answer have together.
const LARGEST: usize = 64 << 20;

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
    /// The body: what was asked for, or a problem document; null where there is none, or all of them together
    /// would have more than 64 MiB with it.
    #[schemars(with = "Value")]
    body: Option<Box<RawValue>>,
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
    /// What it does.
    pub(super) events: Vec<Event>,
}

pub(super) fn steps(view: &View, wanted: &[Wanted]) -> Result<Vec<Step>, Problem> {
    let mut view = view.clone();
    let mut steps = Vec::with_capacity(wanted.len());
    for (at, wanted) in wanted.iter().enumerate() {
        let of_this = |problem: Problem| problem.with(REQUEST, at);
        let command = wanted.compose(&view).map_err(of_this)?;
        let after = view.after(&command);
        let (after, events) = after.map_err(|refusal| of_this(refused::of_refusal(&view, refusal)))?;
        steps.push(Step { command, events });
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
    let key = idempotency::named(&headers)?;
    let request: BulkRequest = body::read(&headers, body)?;
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
    let mut results = Results::default();
    let mut over: Option<Problem> = None;
    for wanted in wanted {
        let answered = match (&over, wanted) {
            (Some(problem), _) => Err(problem.clone()),
            (None, Err(problem)) => Err(problem),
            (None, Ok(wanted)) => one(server, &mut caller, wanted, ends).await,
        };
        results.push(answered).await;
        if Instant::now() >= ends {
            let said = "the time was up before this was begun; send it again";
            over.get_or_insert_with(|| Problem::new(Kind::Busy, said));
        }
    }
    results.each
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
    let mut summary = wanted.first().map_or_else(|| "Change nothing".to_owned(), Wanted::summary);
    if wanted.len() > 1 {
        summary.push_str(&format!(", and {} more", wanted.len() - 1));
    }
    let key = key.map(|key| Key::of_changes(key, caller, &wanted));
    let wanted = Arc::new(wanted);
    // What each change of the last attempt does.
    let each = Arc::new(Mutex::new(Vec::<Vec<Event>>::new()));
    let (telling, doing) = (Arc::clone(&wanted), Arc::clone(&each));
    // Of each, as things are after all of them.
    let told: Told = Arc::new(move |view, _| {
        let each = doing.lock().unwrap_or_else(PoisonError::into_inner);
        let told = telling.iter().zip(&*each).map(|(wanted, events)| {
            wanted.change().map(|change| change.told(wanted, view, events)).unwrap_or_default()
        });
        serde_json::to_string(&told.collect::<Vec<_>>()).unwrap_or_default()
    });
    let composing = Arc::clone(&wanted);
    let people = picked(server, caller, &wanted).await?;
    let compose = move |view: &View| {
        taking(view, &people, |view| {
            let steps = steps(view, &composing)?.into_iter();
            let (commands, events): (Vec<_>, Vec<_>) = steps.map(|step| (step.command, step.events)).unzip();
            *each.lock().unwrap_or_else(PoisonError::into_inner) = events;
            Ok(Command::together(commands))
        })
    };
    let made = match make(server, caller, summary.clone(), key, told, compose).await {
        Ok(made) => made,
        Err(error) => return Err(refusal_of(server, caller, &summary, error).await),
    };
    // There is nothing where all was as it was wanted already.
    let each: Vec<String> = serde_json::from_str(&made.told).unwrap_or_default();
    let each = each.iter().map(String::as_str).chain(iter::repeat(""));
    let mut results = Results::default();
    for (wanted, told) in wanted.iter().zip(each) {
        results.push(answer(server, caller, wanted, &made, told)).await;
    }
    Ok(results.each)
}

/// Results so far, which bound what is held in memory.
struct Results {
    each: Vec<OneResult>,
    /// How many bytes there is room for.
    room: usize,
}

impl Default for Results {
    fn default() -> Self {
        Self { each: Vec::new(), room: LARGEST }
    }
}

impl Results {
    async fn push(&mut self, answered: Result<Response, Problem>) {
        let (parts, body) = answered.unwrap_or_else(IntoResponse::into_response).into_parts();
        let header = |name: &HeaderName| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (status, etag, location) = (parts.status.as_u16(), header(&ETAG), header(&LOCATION));
        // What has no room was done all the same: whoever wants to see it reads it by itself.
        let body = to_bytes(body, self.room).await.ok();
        let body: Option<Box<RawValue>> = body.and_then(|body| serde_json::from_slice(&body).ok());
        self.room -= body.as_ref().map_or(0, |body| body.get().len());
        self.each.push(OneResult { status, etag, location, body });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_there_is_no_room_for_is_null() {
        let mut results = Results { each: Vec::new(), room: 10 };
        for body in ["[12345]", "[1234]", "[]", "[]"] {
            results.push(Ok(body.into_response())).await;
        }
        let bodies = results.each.iter().map(|it| it.body.as_ref().map(|body| body.get()));
        assert_eq!(bodies.collect::<Vec<_>>(), [Some("[12345]"), None, Some("[]"), None]);
    }
}
