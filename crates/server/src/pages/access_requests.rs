//! Access requests: one's own, and those that wait for one's decision.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use governance::{QuestionText, View};
use store::RequestOutcome;

use super::ability::Ability;
use super::address::Address;
use super::done::done_to;
use super::failure::Failure;
use super::form::Fields;
use super::part::{Button, Mark};
use super::saving::{Change, Sent, Told};
use super::visitor::Visitor;
use super::{Frame, Person, Time, render, reverse, why};
use crate::access_request::{self, Asking, Decision, Seen};
use crate::api::decide_access_request;
use crate::in_turn::weighed;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "access_requests.html")]
struct RequestsPage<'a> {
    frame: Frame,
    told: Told<'a>,
    waiting: Vec<Row>,
    mine: Vec<Row>,
    is_preview: bool,
}

struct Row {
    id: String,
    by: Person,
    /// What was refused: `modify attributes`, of which item.
    deed: String,
    item: Mark,
    changes: Vec<String>,
    reason: String,
    created: Time,
    state: &'static str,
    is_needed: bool,
    accept: Button,
    decided_by: Option<Person>,
    /// What was said of the decision, or typed.
    note: Option<String>,
}

pub(crate) const ADDRESS: &str = "/access-requests";

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    page(&server, &visitor, &Sent::default()).await
}

async fn page(server: &Server, visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let (mut waiting, mut mine) = (Vec::new(), Vec::new());
    // What waits for somebody else is theirs.
    let is_preview = visitor.previewed().is_some();
    let seen = match is_preview {
        true => Vec::new(),
        false => access_request::list(server, &visitor.caller).await?,
    };
    for seen in seen {
        let (waits, is_mine) = (seen.may_grant, seen.mine);
        let mut row = row(visitor.view(), seen);
        if sent.is_any() && sent.fields.get("request") == row.id {
            row.note = Some(sent.fields.get("note").to_owned());
        }
        if is_mine {
            mine.push(row)
        } else if waits {
            waiting.push(row)
        }
    }
    let accept = Ability::Allowed.button("Accept");
    Ok(render(&RequestsPage {
        told: sent.review(accept, "/access-requests/decide", &Address::new(ADDRESS)),
        frame: visitor.frame("Access requests"),
        waiting,
        mine,
        is_preview,
    }))
}

fn row(view: &View, seen: Seen) -> Row {
    let person = |user| view.user(user).map(Person::from);
    let state = seen.state().word();
    let Seen { request, text, .. } = seen;
    let end = request.end.as_ref();
    let QuestionText { user, operation, actions, item, .. } = &text.question;
    let mark = view.item(item).map_or_else(|| Mark::new("", item.clone()), |it| Mark::of(&it));
    let asked = match actions.is_empty() {
        true => operation.clone(),
        false => format!("{operation}/{}", actions.join(" + ")),
    };
    let question = Address::new("/why").with("user", user).with("operation", asked).with("item", item);
    // What is allowed already is closed by it.
    let accept = match text.is_possible || !text.is_needed {
        true => Ability::Allowed,
        false => Ability::refused("as things are, this would not allow it any more", None),
    };
    Row {
        by: person(request.wish.user()).unwrap_or_else(|| Person { id: String::new(), name: String::new() }),
        deed: reverse::words(operation, actions),
        item: mark.at(question.to_string()),
        changes: text.changes,
        created: request.created.into(),
        state,
        is_needed: text.is_needed,
        accept: accept.button("Accept").primary().sends("decision", "accept"),
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
    let asking = Asking { question: question.clone(), remedy, reason };
    match access_request::ask(&server, caller, asking).await {
        Ok(_) => Ok(done_to(ADDRESS, "asked", "")),
        Err(problem) => {
            why::again(&server, &visitor, &question, &Sent::failed(&visitor, fields, problem)?).await
        }
    }
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
    if decision == Decision::Accept && seen.may_grant && fields.get("reviewed") != fields.digest() {
        let (view, wish, digest) = (caller.view.clone(), seen.request.wish.clone(), fields.digest());
        let change = weighed(&server, move |go_on| {
            let impact = view.impact_of_grant(&wish, go_on)?;
            Some(Change::of(&view, impact, digest))
        });
        if let Some(change) = change.await?.filter(Change::is_any) {
            return page(&server, &visitor, &Sent { fields, failure: None, change: Some(change) }).await;
        }
    }
    match decide_access_request(&server, caller, seen, decision, fields.get("note")).await {
        Ok(seen) => {
            let revision = match seen.request.end.as_ref().map(|end| end.how) {
                Some(RequestOutcome::Accepted(revision)) => revision.number().to_string(),
                _ => String::new(),
            };
            Ok(done_to(ADDRESS, seen.state().word(), &revision))
        }
        Err(problem) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            let status = sent.failure.as_ref().map(Failure::status).unwrap_or_default();
            Ok((status, page(&server, &visitor, &sent).await?).into_response())
        }
    }
}
