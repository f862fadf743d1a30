//! Access requests: one's own, and those that wait for one's decision.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::QuestionText;

use super::form::Fields;
use super::visitor::Visitor;
use super::{Frame, Person, Time, render};
use crate::access_request::{self, Asking, Decision, Seen};
use crate::api::decide_access_request;
use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "access_requests.html")]
struct RequestsPage {
    frame: Frame,
    waiting: Vec<Row>,
    mine: Vec<Row>,
}

struct Row {
    id: String,
    by: Person,
    question: QuestionText,
    changes: Vec<String>,
    reason: String,
    created: Time,
    state: &'static str,
    is_needed: bool,
    is_possible: bool,
    decided_by: Option<Person>,
    note: Option<String>,
}

pub(crate) const ADDRESS: &str = "/access-requests";

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    let (mut waiting, mut mine) = (Vec::new(), Vec::new());
    for seen in access_request::list(&server, caller).await? {
        let (waits, is_mine) = (seen.may_grant, seen.mine);
        let row = row(caller, seen);
        if is_mine {
            mine.push(row)
        } else if waits {
            waiting.push(row)
        }
    }
    let frame = visitor.frame("Access requests");
    Ok(render(&RequestsPage { frame, waiting, mine }))
}

fn row(caller: &Caller, seen: Seen) -> Row {
    let person = |user| caller.view.user(user).map(Person::from);
    let state = seen.state().word();
    let Seen { request, text, .. } = seen;
    let end = request.end.as_ref();
    Row {
        by: person(request.wish.user()).unwrap_or_else(|| Person { id: String::new(), name: String::new() }),
        question: text.question,
        changes: text.changes,
        created: request.created.into(),
        state,
        is_needed: text.is_needed,
        is_possible: text.is_possible,
        decided_by: end.and_then(|end| person(end.by)),
        note: end.and_then(|end| end.note.clone()),
        id: request.id,
        reason: request.reason,
    }
}

/// What the answer of a question offers.
pub(crate) async fn ask(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    let filled = |name: &str| Some(fields.get(name).to_owned()).filter(|text| !text.is_empty());
    let question = QuestionText {
        user: caller.view.asker().id.to_string(),
        operation: fields.get("operation").to_owned(),
        actions: fields.all("action").map(str::to_owned).collect(),
        item: fields.get("item").to_owned(),
        replace: filled("replace"),
        by: filled("by"),
        to: filled("to"),
    };
    let (remedy, reason) = (fields.get("remedy").to_owned(), fields.get("reason").to_owned());
    access_request::ask(&server, caller, Asking { question, remedy, reason }).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

pub(crate) async fn decide(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    let decision = match fields.get("decision") {
        "accept" => Decision::Accept,
        "decline" => Decision::Decline,
        "withdraw" => Decision::Withdraw,
        other => {
            let said = format!("`{other}` is not one of `accept`, `decline`, `withdraw`");
            return Err(Problem::new(Kind::BadValue, said));
        }
    };
    let seen = access_request::find(&server, &caller.view, fields.get("request")).await?;
    decide_access_request(&server, caller, seen, decision, fields.get("note")).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}
