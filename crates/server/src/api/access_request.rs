//! Access requests (docs/process.md#access-requests).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{QuestionText, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::RequestOutcome;

use super::body::{self, Answer, NoParameters, Nothing};
use super::carry_out::refusal_of;
use super::journal::instant;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::word::{Word, Worded};
use crate::access_request::{self, Asking, Decision, RequestState, Seen};
use crate::caller::Caller;
use crate::handler::{delete, get, post};
use crate::problem::Problem;
use crate::router::Server;

const ALL: &str = "/access-requests";
const ONE: &str = "/access-requests/{access_request}";

pub(super) fn routes(api: &mut Api) {
    let summary = "List my access requests, and those that I may grant.";
    api.own::<ListQuery, Nothing, Requests>((Verb::Get, ALL), summary, Scope::Read, || get(list));
    let summary = "Ask for what would allow something that was refused.";
    api.own::<NoParameters, RequestBody, Request>((Verb::Post, ALL), summary, Scope::Write, || post(ask));
    let summary = "Read an access request.";
    api.own::<RequestPath, Nothing, Request>((Verb::Get, ONE), summary, Scope::Read, || get(read));
    let summary = "Withdraw my access request.";
    api.own::<RequestPath, Nothing, Nothing>((Verb::Delete, ONE), summary, Scope::Write, || delete(withdraw));
    let summary = "Grant an access request.";
    let at = (Verb::Post, "/access-requests/{access_request}/accept");
    api.own::<RequestPath, NoteBody, Request>(at, summary, Scope::Write, || {
        post(|server, caller, asked, headers, body| {
            decide(Decision::Accept, server, caller, asked, headers, body)
        })
    });
    let summary = "Decline an access request.";
    let at = (Verb::Post, "/access-requests/{access_request}/decline");
    api.own::<RequestPath, NoteBody, Request>(at, summary, Scope::Write, || {
        post(|server, caller, asked, headers, body| {
            decide(Decision::Decline, server, caller, asked, headers, body)
        })
    });
}

/// Which ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only those that I have made, or only those of others that I may grant.
    mine: Option<bool>,
    /// Only those in this state.
    state: Option<Word<RequestState>>,
}

/// Which access request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestPath {
    /// Its id.
    access_request: String,
}

/// What was refused, and what would allow it.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({
    "operation": "gc.save-stream",
    "actions": ["modify-attributes"],
    "item": "gc:Electric Vehicle#Motor/stream:Motor 1.0",
    "remedy": "Assign Tuning Team to the stream Motor 1.0",
    "reason": "the tuning of the summer release",
}))]
#[serde(deny_unknown_fields, expecting = "an object with operation, actions, item, remedy and reason")]
struct RequestBody {
    /// The operation: `gc.save-stream`, `read` …
    operation: String,
    /// The actions: `modify-attributes` …
    #[serde(default)]
    actions: Vec<String>,
    /// The reference of the item.
    item: String,
    /// With `replace-contribution`: the configuration or URI contributed now.
    replace: Option<String>,
    /// With `replace-contribution`: the configuration or URI that takes its place.
    by: Option<String>,
    /// With `move`: the new parent.
    to: Option<String>,
    /// The `command` of one of the remedies that `explain` tells.
    remedy: String,
    /// Why, for those who decide.
    reason: String,
}

/// What is said of a decision.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the key `note`, or no body")]
struct NoteBody {
    /// For whoever has asked.
    note: Option<String>,
}

/// An access request.
#[derive(Serialize, JsonSchema)]
struct Request {
    id: String,
    /// The id of the user who asks.
    user: String,
    /// What was refused.
    question: QuestionText,
    /// The changes that are asked for, each in a sentence.
    changes: Vec<String>,
    /// Their name.
    remedy: String,
    reason: String,
    created: String,
    expires: String,
    /// What has become of it so far.
    state: Word<RequestState>,
    /// Whether what was refused is refused still.
    needed: bool,
    /// Whether the changes can be made as things are, and would allow it.
    possible: bool,
    /// Whether it is mine.
    mine: bool,
    /// Whether I may grant it.
    may_grant: bool,
    /// When it was decided, and the id of the user by whom.
    ended: Option<String>,
    ended_by: Option<String>,
    /// What was said of that.
    note: Option<String>,
    /// The revision that granted it.
    revision: Option<u64>,
}

impl Worded for RequestState {
    fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }
    fn word(self) -> &'static str {
        self.word()
    }
}

fn shown(view: &View, seen: Seen) -> Request {
    let state = seen.state();
    let Seen { request, text, mine, may_grant } = seen;
    let end = request.end.as_ref();
    let revision = end.and_then(|end| match end.how {
        RequestOutcome::Accepted(revision) => Some(revision.number()),
        RequestOutcome::Needless | RequestOutcome::Declined | RequestOutcome::Withdrawn => None,
    });
    Request {
        user: view.id_of(request.wish.user()).to_string(),
        question: text.question,
        remedy: text.changes.join("; "),
        changes: text.changes,
        created: instant(request.created),
        expires: instant(request.expires),
        state: Word(state),
        needed: text.is_needed,
        possible: text.is_possible,
        mine,
        may_grant,
        ended: end.map(|end| instant(end.at)),
        ended_by: end.map(|end| view.id_of(end.by).to_string()),
        note: end.and_then(|end| end.note.clone()),
        revision,
        id: request.id,
        reason: request.reason,
    }
}

/// Access requests, the newest first.
#[derive(Serialize, JsonSchema)]
struct Requests {
    items: Vec<Request>,
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let ListQuery { mine, state } = asked.parameters()?;
    let seen = access_request::list(&server, &caller).await?.into_iter();
    let wanted = |it: &Seen| {
        mine.is_none_or(|mine| it.mine == mine) && state.is_none_or(|Word(state)| it.state() == state)
    };
    let items = seen.filter(wanted).map(|it| shown(&caller.view, it)).collect();
    body::answer(&Requests { items })
}

async fn ask(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let RequestBody { operation, actions, item, replace, by, to, remedy, reason } =
        body::read(&headers, body)?;
    let user = caller.view.asker().id.to_string();
    let question = QuestionText { user, operation, actions, item, replace, by, to };
    let seen = access_request::ask(&server, &caller, Asking { question, remedy, reason }).await?;
    body::answer(&shown(&caller.view, seen))
}

async fn read(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let seen = one(&server, &caller, &asked).await?;
    body::answer(&shown(&caller.view, seen))
}

async fn one(server: &Server, caller: &Caller, asked: &Asked) -> Result<Seen, Problem> {
    let RequestPath { access_request: id } = asked.parameters()?;
    access_request::find(server, &caller.view, &id).await
}

async fn withdraw(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let seen = one(&server, &caller, &asked).await?;
    decided(&server, &caller, seen, Decision::Withdraw, "").await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn decide(
    decision: Decision,
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let seen = one(&server, &caller, &asked).await?;
    let NoteBody { note } = body::read(&headers, body)?;
    let seen = decided(&server, &caller, seen, decision, &note.unwrap_or_default()).await?;
    body::answer(&shown(&caller.view, seen))
}

/// The same for whichever interface: a refusal is logged.
pub(crate) async fn decided(
    server: &Server,
    caller: &Caller,
    seen: Seen,
    decision: Decision,
    note: &str,
) -> Result<Seen, Problem> {
    match access_request::decide(server, caller, seen, decision, note).await {
        Ok(seen) => Ok(seen),
        Err(error) => Err(refusal_of(server, caller, "Grant an access request", error).await),
    }
}
