//! Questions: many at once, why, who may and what one may (docs/rest-api.md#questions).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use governance::{
    AnswerText, Ask, Explanation, ItemText, QuestionLines, QuestionText, View, WhoMay, write_answer_line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Revision;
use tokio::task::spawn_blocking;

use super::body::{NoParameters, Nothing, json, parameters};
use super::lines;
use super::request::Asked;
use super::route::{Api, JSON, JSON_LINES, Scope, Verb};
use crate::caller::{Asker, Caller};
use crate::explain;
use crate::handler::{get, post};
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let check = (Verb::Post, "/check");
    let summary = "Answer many questions, a line each.";
    api.own::<NoParameters, OneQuestion, OneAnswer>(check, summary, Scope::Decide, || post(self::check))
        .of_any_moment()
        .takes(&[JSON_LINES])
        .gives(&[JSON_LINES]);
    let explain = (Verb::Get, "/explain");
    let summary = "Explain why somebody may or may not.";
    api.own::<WhyQuery, Nothing, Explanation>(explain, summary, Scope::Decide, || get(self::explain))
        .of_any_moment();
    let who_can = (Verb::Get, "/who-can");
    let summary = "List who may do something to an item.";
    api.own_paged::<WhoQuery, Nothing, Page<WhoMay>>(who_can, summary, Scope::Decide, || get(self::who_can))
        .of_any_moment()
        .or_lines_of::<WhoMay>();
    let what_can = (Verb::Get, "/what-can");
    let summary = "List the items to which somebody may do something.";
    api.own_paged::<WhatQuery, Nothing, Page<ItemText>>(what_can, summary, Scope::Decide, || {
        get(self::what_can)
    })
    .of_any_moment()
    .or_lines_of::<ItemText>();
}

/// A question among many.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the schema tells it; lines are read without making anything of them")]
struct OneQuestion {
    /// Comes back with the answer, as it was written.
    id: Option<Value>,
    #[serde(flatten)]
    question: QuestionText,
}

/// An answer among many.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the schema tells it; lines are written without making anything of them")]
enum OneAnswer {
    /// The question was understood.
    Answered {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        #[serde(flatten)]
        answer: AnswerText,
    },
    /// It was not, or is not the caller's to put.
    Failed {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        /// Why.
        error: String,
    },
}

/// Each line is a question, as the command `check` takes them; each line of the answer is its answer.
async fn check(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let _: NoParameters = parameters("", &asked.pairs)?;
    let body = body?;
    expect_lines(&headers)?;
    let (view, revision) = asked.view(&server, &caller).await?;
    let (mut at, mut questions) = (0, QuestionLines::default());
    let counting = Arc::clone(&server);
    let answers = lines::body(move |out| {
        let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) else { return false };
        let end = rest.iter().position(|byte| *byte == b'\n');
        let line = &rest[..end.unwrap_or(rest.len())];
        at += line.len() + usize::from(end.is_some());
        let line = questions.read(Some(line));
        let answer = line.question.and_then(|question| match view.answer(question) {
            Ok(answer) => {
                counting.metrics.decided(answer.decision.is_ok());
                Ok(view.text_of(&answer))
            }
            Err(unanswered) => Err(unanswered.to_string()),
        });
        write_answer_line(line.id, answer.as_ref().map_err(String::as_str), out);
        true
    });
    Ok(with_revision(&server, revision, ([(CONTENT_TYPE, JSON_LINES)], answers)))
}

fn expect_lines(headers: &HeaderMap) -> Result<(), Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let known = [JSON_LINES, "application/x-ndjson", JSON];
    if known.iter().any(|known| media_type.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(Problem::new(Kind::MediaType, format!("send {JSON_LINES}: a question a line")))
}

/// What is asked about whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhyQuery {
    /// The user's id; default: the caller's own.
    user: Option<String>,
    /// The operation: `gc.save-stream`, `read` …
    operation: String,
    /// Each action: `modify-attributes` …
    #[serde(default)]
    action: Vec<String>,
    /// The reference of the item.
    item: String,
    /// With `replace-contribution`: the configuration or URI contributed now.
    replace: Option<String>,
    /// With `replace-contribution`: the configuration or URI that takes its place.
    by: Option<String>,
    /// With `move`: the new parent.
    to: Option<String>,
}

async fn explain(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
) -> Result<Response, Problem> {
    let WhyQuery { user, operation, action, item, replace, by, to } = parameters("", &asked.pairs)?;
    let user = user.unwrap_or_else(|| caller.view.asker().id.to_string());
    let text = QuestionText { user, operation, actions: action, item, replace, by, to };
    let asked = explain::Asked { text, as_of: asked.as_of };
    let (explanation, revision) =
        explain::explained(&server, (&caller.view, caller.revision), &asked).await?;
    json_of(&server, revision, &explanation)
}

/// What is asked, whoever may.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhoQuery {
    /// The operation: `gc.save-stream`, `read` …
    operation: String,
    /// Each action: `modify-attributes` …
    #[serde(default)]
    action: Vec<String>,
    /// The reference of the item.
    item: String,
    /// With `replace-contribution`: the configuration or URI contributed now.
    replace: Option<String>,
    /// With `replace-contribution`: the configuration or URI that takes its place.
    by: Option<String>,
    /// With `move`: the new parent.
    to: Option<String>,
}

async fn who_can(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let WhoQuery { operation, action, item, replace, by, to } = parameters("", &asked.pairs)?;
    let text = QuestionText { user: String::new(), operation, actions: action, item, replace, by, to };
    let list = Listing::of(&server, &caller, asked, &headers).await?;
    list.answer(
        &server,
        move |view| Ok(view.users_who_may(&text)?),
        |(user, _)| user.number().into(),
        |view, (user, allowed)| view.who_may(*user, allowed),
    )
    .await
}

/// What is asked about whom, on whatever item.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhatQuery {
    /// The user's id; default: the caller's own.
    user: Option<String>,
    /// The operation: `gc.save-stream`, `read` …
    operation: String,
    /// Each action: `modify-attributes` …
    #[serde(default)]
    action: Vec<String>,
    /// Only items of this kind: `stream`, `project-area` …
    kind: Option<String>,
    /// Only items of the project area with this reference.
    project_area: Option<String>,
}

async fn what_can(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let WhatQuery { user, operation, action, kind, project_area } = parameters("", &asked.pairs)?;
    let user = user.unwrap_or_else(|| caller.view.asker().id.to_string());
    let ask = Ask::named(&operation, action.iter().map(String::as_str))
        .map_err(|error| Problem::new(Kind::BadQuestion, error.to_string()))?;
    let list = Listing::of(&server, &caller, asked, &headers).await?;
    list.answer(
        &server,
        move |view| Ok(view.items_one_may(&user, &ask, kind.as_deref(), project_area.as_deref())?),
        |item| item.place(),
        |view, item| Some(view.item_text(*item)),
    )
    .await
}

/// A list that somebody asks for: a page of it, or all of it in lines.
struct Listing {
    view: View,
    revision: Revision,
    asked: Asked,
    in_lines: bool,
}

/// A page of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
struct Page<T> {
    items: Vec<T>,
    /// The `cursor` of the next page; null on the last.
    next: Option<String>,
}

impl Listing {
    async fn of(
        server: &Server,
        caller: &Caller,
        asked: Asked,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let (view, revision) = asked.view(server, caller).await?;
        Ok(Self { view, revision, asked, in_lines: lines::are_wanted(headers) })
    }

    /// Finds what is listed, in the order of its places, and tells it.
    async fn answer<T: Send + 'static, R: Serialize + 'static>(
        self,
        server: &Server,
        find: impl FnOnce(&View) -> Result<Vec<T>, Problem> + Send + 'static,
        place: fn(&T) -> u64,
        tell: fn(&View, &T) -> Option<R>,
    ) -> Result<Response, Problem> {
        let Self { view, revision, asked, in_lines } = self;
        let after = asked.place()?;
        let found = spawn_blocking(move || {
            let mut found = find(&view)?;
            found.retain(|it| after.is_none_or(|cursor| place(it) > cursor));
            Ok::<_, Problem>((view, found))
        });
        let found = found.await.map_err(|_| Problem::new(Kind::Internal, "the server's log says more"))?;
        let (view, mut found) = found?;
        if in_lines {
            let mut found = found.into_iter();
            let body = lines::body(move |out| {
                let Some(it) = found.next() else { return false };
                if let Some(row) = tell(&view, &it) {
                    serde_json::to_writer(&mut *out, &row).expect("texts have a JSON form");
                    out.push(b'\n');
                }
                true
            });
            return Ok(with_revision(server, revision, ([(CONTENT_TYPE, JSON_LINES)], body)));
        }
        let more = found.len() > asked.limit;
        found.truncate(asked.limit);
        let next = found.last().filter(|_| more).map(|it| asked.list().cursor(place(it)));
        let items = found.iter().filter_map(|it| tell(&view, it)).collect();
        json_of(server, revision, &Page { items, next })
    }
}

pub(super) fn json_of(
    server: &Server,
    revision: Revision,
    value: &impl Serialize,
) -> Result<Response, Problem> {
    let body = (StatusCode::OK, [(CONTENT_TYPE, JSON)], json(value)?).into_response();
    Ok(with_revision(server, revision, body))
}
