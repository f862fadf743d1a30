//! Pages of friends and consumers (docs/cross-server.md#friends-and-consumers): the keys between this server
//! and others, and what is missing between them.

pub(super) mod at_home;
mod checklist;
mod consumer;
mod consumers;
mod friend;
mod list;
mod new_consumer;
mod settings;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use serde_json::Value;
use store::Moment;
use tokio::time::timeout;

use super::ability::Ability;
use super::address::{Address, segment};
use super::form::Fields;
use super::part::{Time, Wrong};
use super::saving::Sent;
use super::sign_in::sentence;
use super::visitor::Visitor;
use crate::api::allowed;
use crate::oauth;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::routes::Routes;

pub(super) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/friends", list::show)
        .get("/new-friend", list::new)
        .post("/new-friend", list::add)
        .get("/friends/{friend}", friend::show)
        .get("/friends/{friend}/processes", friend::processes)
        .get("/friends/{friend}/settings", settings::show)
        .post("/friends/{friend}/settings", settings::change)
        .get("/consumers", consumers::show)
        .get("/new-consumer", new_consumer::show)
        .post("/new-consumer", new_consumer::add)
        .get("/consumers/{consumer}", consumer::show)
        .post("/consumers/{consumer}", consumer::change)
        .get(oauth::APPROVE_KEY, consumer::lead)
        .get("/refused-handshakes", trace::show)
}

/// Friends are shown to those alone who manage them, in a preview to those as whom they are looked at.
fn manages_friends(visitor: &Visitor) -> Result<Ability, Problem> {
    visitor.both(|view| allowed(view, view.may_manage_friends()))?;
    Ok(visitor.may("repository.manage-friends", "repository"))
}

/// So are consumers.
fn manages_consumers(visitor: &Visitor) -> Result<Ability, Problem> {
    visitor.both(|view| allowed(view, view.may_manage_consumers()))?;
    Ok(visitor.may("repository.manage-consumers", "repository"))
}

/// The path of a friend, on pages as by REST.
pub(super) fn friend_path(name: &str) -> String {
    format!("/friends/{}", segment(name))
}

/// The path of a consumer, on pages as by REST.
pub(super) fn consumer_path(key: &str) -> String {
    format!("/consumers/{}", segment(key))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value["items"].as_array().into_iter().flatten()
}

/// A moment that the API tells.
pub(super) fn time(value: &Value) -> Option<Time> {
    let instant: Timestamp = value.as_str()?.parse().ok()?;
    Some(Moment::new(instant.as_microsecond()).into())
}

/// What another server was asked for in vain, in place of what it would have told.
pub(super) fn away(problem: Problem) -> Result<Wrong, Problem> {
    match problem.kind {
        Kind::FriendAway | Kind::Busy | Kind::Conflict | Kind::BadValue => {
            Ok(Wrong { words: sentence(&problem.detail) })
        }
        _ => Err(problem),
    }
}

/// So long a page waits for another server.
const PATIENCE: Duration = Duration::from_secs(5);

/// What another server is asked for a page, which does not wait for long.
pub(super) async fn patiently<T>(asking: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    timeout(PATIENCE, asking).await.unwrap_or_else(|_| {
        let said = format!("nothing has come within {} seconds: try again in a moment", PATIENCE.as_secs());
        Err(Problem::new(Kind::FriendAway, said))
    })
}

/// Whether somebody has ticked that the end of something is meant.
fn is_meant(fields: &Fields) -> bool {
    fields.get("agreed") == "yes"
}
fn not_meant() -> Problem {
    Problem::new(Kind::BadValue, "it cannot be undone: tick that it is meant")
}

/// The page of a form that was not carried out, with the status that says so.
pub(super) fn again(sent: &Sent, page: Response) -> Response {
    match &sent.failure {
        Some(failure) => (failure.status(), page).into_response(),
        None => page,
    }
}

/// Goes to a page after something was done.
pub(super) fn done(server: &Server, to: &str) -> Response {
    let revision = server.office.published().revision.number();
    Redirect::to(&Address::new(to).with("done", revision).to_string()).into_response()
}
