//! One's own password, and the links with which those who manage users let others set theirs
//! (docs/interfaces.md#sessions).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _};
use governance::{Act, IssuePasswordLink, UserId, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Effect, Revision};

use super::body::{self, Answer, NoParameters, Nothing};
use super::carry_out::refusal_of;
use super::idempotency::{self, Key};
use super::journal::instant;
use super::refused::of_refusal;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::session::current;
use super::user::UserPath;
use crate::caller::Caller;
use crate::handler::post;
use crate::office::{Besides, ChangeError};
use crate::place::Place;
use crate::problem::Problem;
use crate::router::Server;
use crate::session::By;
use crate::throttle::Marks;
use crate::{link, own_password, session};

pub(super) fn routes(api: &mut Api) {
    api.own::<NoParameters, PasswordChange, Nothing>(
        (Verb::Post, "/me/password"),
        "Change my password.",
        Scope::Write,
        || post(change_password),
    );
    api.own::<UserPath, Nothing, PasswordLink>(
        (Verb::Post, "/users/{user}/password-link"),
        LINK_SUMMARY,
        Scope::Administer,
        || post(make_link),
    );
}

/// A change of one's own password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with old and new")]
struct PasswordChange {
    /// The password until now.
    old: String,
    /// The password from now on.
    new: String,
}

async fn change_password(
    State(server): State<Arc<Server>>,
    caller: Caller,
    place: Place,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    idempotency::refuse(&headers)?;
    let change: PasswordChange = body::read(&headers, body)?;
    let client = place.client;
    let new = (change.new.as_str(), None);
    let changed =
        own_password::change(&server, &caller, place, Marks::NetworkAlone, &change.old, new).await?;
    // The session that asked has ended with the others, and goes on as another.
    let cookie = match current(&caller) {
        Some(_) => {
            Some((SET_COOKIE, session::begin(&server, client, changed.user, By::Own(changed.proof)).await?))
        }
        None => None,
    };
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookie)).into_response())
}

const LINK_SUMMARY: &str = "Make a link with which a user sets a password.";

/// A link with which a user sets a password.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PasswordLink {
    /// It is told this once, and is good for one use.
    pub(crate) link: String,
    pub(crate) expires: String,
}

async fn make_link(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let path: UserPath = asked.parameters()?;
    idempotency::refuse(&headers)?;
    let Nothing {} = body::read(&headers, body)?;
    let user = path.find(&caller.view)?;
    body::answer(&password_link(&server, &caller, &headers, user).await?)
}

/// Makes a link with which a user sets a password.
pub(crate) async fn password_link(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
) -> Result<PasswordLink, Problem> {
    let (made, effect) = link::to_set_password(user);
    let id = caller.view.id_of(user);
    manage(server, caller, None, (LINK_SUMMARY, &[&*id]), IssuePasswordLink { user }, effect).await?;
    let base = base(server, caller, headers);
    Ok(PasswordLink { link: format!("{base}{}", made.path), expires: instant(made.expires) })
}

/// The address by which clients know the server, or at least this one.
pub(super) fn base(server: &Server, caller: &Caller, headers: &HeaderMap) -> String {
    caller.client.known_as(&server.config, headers).unwrap_or_default()
}

/// Whether the caller manages users.
pub(super) fn manages_users(caller: &Caller) -> Result<(), Problem> {
    caller.view.may_manage_users().map_err(|refusal| of_refusal(&caller.view, refusal))
}

/// The key under which something of this kind is done once to these, if the request has one.
pub(super) fn key_of(
    headers: &HeaderMap,
    caller: &Caller,
    summary: &str,
    of: &[&str],
) -> Result<Option<Key>, Problem> {
    let parts = || [summary].into_iter().chain(of.iter().copied());
    Ok(idempotency::named(headers)?.map(|key| Key::of(key, caller, parts())))
}

/// Lets the caller do something that changes no fact, together with the entry in the journal, which names of
/// what. Answers the revision that it made.
pub(super) async fn manage(
    server: &Server,
    caller: &Caller,
    key: Option<Key>,
    (summary, of): (&str, &[&str]),
    act: impl Act + Clone + Send + Sync + 'static,
    effect: Effect,
) -> Result<Revision, Problem> {
    let summary = summary.trim_end_matches('.');
    let summary = format!("{summary}: {}", of.join(", "));
    under_key(server, caller, key, summary, act, effect).await
}

/// The same, with a summary as the journal is to have it.
pub(crate) async fn do_besides(
    server: &Server,
    caller: &Caller,
    summary: String,
    act: impl Act + Clone + Send + Sync + 'static,
    effect: Effect,
) -> Result<(), Problem> {
    under_key(server, caller, None, summary, act, effect).await.map(drop)
}

async fn under_key(
    server: &Server,
    caller: &Caller,
    key: Option<Key>,
    summary: String,
    act: impl Act + Clone + Send + Sync + 'static,
    effect: Effect,
) -> Result<Revision, Problem> {
    caller.is_no_consumer(server).await?;
    // There is nothing to tell.
    let once = key.as_ref().map(|key| key.once(Arc::new(|_, _| String::new())));
    let besides = Besides { once, effect: Some(effect) };
    let compose = move |_: &View| Ok::<_, Problem>(act.clone());
    let changed: Result<_, ChangeError<Problem>> =
        server.office.change_with(caller.author(), summary.clone(), besides, compose).await;
    match (changed, key) {
        (Ok(changed), _) => Ok(changed.revision),
        (Err(ChangeError::Repeated(answered)), Some(key)) => {
            key.is_of(&answered)?;
            Ok(answered.revision)
        }
        (Err(error), _) => Err(refusal_of(server, caller, &summary, error).await),
    }
}
