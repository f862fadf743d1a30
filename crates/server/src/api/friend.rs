//! Friends (docs/cross-server.md#friends-and-consumers): servers that this one asks, for those who manage
//! them; and what a friend asks this server.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{Application, Employer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Friend as Kept;

use super::account::base;
use super::body::{self, Answer, NoParameters, Nothing, bad_value};
use super::idempotency;
use super::journal::instant;
use super::keys::allowed;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::word::Word;
use crate::caller::Caller;
use crate::consumers;
use crate::friends::{self, Change, Check, Handshake, NewFriend, Reverse};
use crate::handler::{delete, get, patch, post};
use crate::oauth::Verified;
use crate::problem::{Kind, Problem};
use crate::root_services;
use crate::router::Server;

const ALL: &str = "/friends";
const ONE: &str = "/friends/{friend}";

pub(super) fn routes(api: &mut Api) {
    let summary = "List the friends.";
    api.own::<NoParameters, Nothing, Friends>((Verb::Get, ALL), summary, Scope::Read, || get(list));
    let summary = "Add a friend, and ask it for a key.";
    let route = (Verb::Post, ALL);
    api.own::<NoParameters, NewBody, Friend>(route, summary, Scope::Administer, || post(add)).asks_friends();
    let summary = "Read a friend.";
    api.own::<FriendPath, Nothing, Friend>((Verb::Get, ONE), summary, Scope::Read, || get(read));
    let summary = "Change a friend, here alone.";
    let route = (Verb::Patch, ONE);
    api.own::<FriendPath, ChangeBody, Friend>(route, summary, Scope::Administer, || patch(change))
        .asks_friends();
    let summary = "Remove a friend, with its key and secret.";
    api.own::<FriendPath, Nothing, Nothing>((Verb::Delete, ONE), summary, Scope::Administer, || {
        delete(remove)
    });
    let summary = "Replace the secret on both sides.";
    let route = (Verb::Post, "/friends/{friend}/rotate");
    api.own::<FriendPath, Nothing, Friend>(route, summary, Scope::Administer, || post(rotate)).asks_friends();
    let summary = "Find out which step is missing between this server and a friend.";
    let at = (Verb::Post, "/friends/{friend}/doctor");
    api.own::<FriendPath, Nothing, Diagnosis>(at, summary, Scope::Write, || post(doctor));
    let summary = "Tell a consumer, by a signed request, that it is let in.";
    api.own::<HandshakeQuery, Nothing, Handshake>((Verb::Get, "/handshake"), summary, Scope::Read, || {
        get(handshake)
    });
    let summary = "Replace a consumer's own secret, by a signed request.";
    let at = (Verb::Post, "/handshake/secret");
    api.own::<NoParameters, SecretBody, Nothing>(at, summary, Scope::Write, || post(renew));
}

/// Which friend.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FriendPath {
    /// Its name.
    friend: String,
}

/// A server that this one asks, without the secret.
#[derive(Serialize, JsonSchema)]
struct Friend {
    name: String,
    root_services: String,
    /// By which it knows this server.
    consumer_key: String,
    created: String,
    /// When the secret was last replaced.
    rotated: Option<String>,
}

fn shown(friend: &Kept) -> Friend {
    Friend {
        name: friend.name.clone(),
        root_services: friend.root_services.clone(),
        consumer_key: friend.consumer_key.clone(),
        created: instant(friend.created),
        rotated: friend.rotated.map(instant),
    }
}

/// Friends, by name.
#[derive(Serialize, JsonSchema)]
struct Friends {
    items: Vec<Friend>,
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let all = friends::list(&server, &caller).await?;
    body::answer(&Friends { items: all.iter().map(shown).collect() })
}

async fn one(server: &Server, caller: &Caller, asked: &Asked) -> Result<Kept, Problem> {
    let FriendPath { friend } = asked.parameters()?;
    friends::find(server, caller, &friend).await
}

async fn read(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    body::answer(&shown(&one(&server, &caller, &asked).await?))
}

/// A new friend.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({
    "name": "Development",
    "root_services": "https://development.example.org/ccm/rootservices",
}))]
#[serde(deny_unknown_fields, expecting = "an object with name and root_services")]
struct NewBody {
    /// As it is called here.
    name: String,
    /// The address of its root services.
    root_services: String,
    /// A phrase of at least 12 characters, which both servers keep. Default: a new one.
    secret: Option<String>,
    /// Whether to ask that people need not approve.
    #[serde(default)]
    trusted: bool,
    /// What this server is to be called there. Default: its address.
    called: Option<String>,
    /// The application of this server that asks; its functional user is proposed there. Default: the one in
    /// `root_services`.
    application: Option<Word<Application>>,
    /// The key by which it knows this server already. Default: it is asked for one.
    key: Option<String>,
}

async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    allowed(&caller.view, caller.view.may_manage_friends())?;
    idempotency::refuse(&headers)?;
    let NewBody { name, root_services, secret, trusted, called, application, key } =
        body::read(&headers, body)?;
    if key.as_deref().is_some_and(str::is_empty) {
        return Err(bad_value("/key", "expected a key"));
    }
    let base = base(&server, &caller, &headers);
    let (_, theirs) = governance::server_and_part(&root_services);
    let own = application.map_or(theirs, |Word(application)| Employer::Application(application));
    let called = called.unwrap_or_else(|| base.clone());
    let own_root_services = root_services::of(&base, own);
    let new = NewFriend { name, root_services, secret, trusted, called, key, own_root_services };
    body::answer(&shown(&friends::add(&server, &caller, new).await?))
}

/// What is to become of a friend.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct ChangeBody {
    root_services: Option<String>,
    /// The key by which it knows this server.
    key: Option<String>,
    /// The secret that it knows.
    secret: Option<String>,
}

async fn change(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let friend = one(&server, &caller, &asked).await?;
    idempotency::refuse(&headers)?;
    let ChangeBody { root_services, key, secret } = body::read(&headers, body)?;
    if key.as_deref().is_some_and(str::is_empty) {
        return Err(bad_value("/key", "expected a key"));
    }
    let change = Change { root_services, key, secret };
    body::answer(&shown(&friends::change(&server, &caller, friend, change).await?))
}

async fn remove(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let friend = one(&server, &caller, &asked).await?;
    friends::remove(&server, &caller, friend).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn rotate(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let friend = one(&server, &caller, &asked).await?;
    idempotency::refuse(&headers)?;
    let Nothing {} = body::read(&headers, body)?;
    body::answer(&shown(&friends::rotate(&server, &caller, friend).await?))
}

/// What was found out about a friend.
#[derive(Serialize, JsonSchema)]
struct Diagnosis {
    friend: String,
    /// Whether nothing is missing.
    works: bool,
    /// The first step that is missing, in words: what, where, and who can do it.
    missing: Option<String>,
    /// By how many seconds the friend's clock is ahead of this server's.
    clock_ahead: Option<i64>,
    /// The key by which the friend asks this server, if one is known to be its own.
    consumer_key: Option<String>,
    /// Each check, in order.
    checks: Vec<CheckTold>,
}

/// A check of one step.
#[derive(Serialize, JsonSchema)]
struct CheckTold {
    /// Which of the six steps of the guide does it.
    guide_step: u8,
    /// `outbound`: this server asks the friend; `inbound`: the friend asks this server.
    direction: &'static str,
    /// `root-services`, `key-known`, `signature`, `clock`, `key-approved` or `functional-user`.
    step: &'static str,
    /// `passed`, `failed`, or `unknown`: not reached.
    outcome: &'static str,
    /// The server on which it is done: a friend's name; null for this one.
    server: Option<String>,
    /// What was found.
    said: String,
    /// Whether it is of a key that says itself that it is of the friend, as anybody's may.
    claimed: bool,
    /// Who can do what about it.
    remedy: Option<String>,
}

async fn doctor(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let friend = one(&server, &caller, &asked).await?;
    let Nothing {} = body::read(&headers, body)?;
    let found = friends::diagnose(&server, &friend).await?;
    let told = |check: Check| CheckTold {
        guide_step: check.guide_step(),
        direction: check.direction.word(),
        step: check.step,
        outcome: check.outcome.word(),
        claimed: check.is_claimed(),
        server: check.server(&friend).map(str::to_owned),
        remedy: check.remedy(&caller.view, &friend, found.consumer.as_ref()),
        said: check.said,
    };
    let missing = found.missing(&friend);
    let checks: Vec<CheckTold> = found.checks.into_iter().map(told).collect();
    let remedy = checks.iter().find_map(|check| check.remedy.as_deref()).unwrap_or_default();
    let missing = missing.map(|missing| format!("{missing}. To do: {remedy}"));
    body::answer(&Diagnosis {
        works: checks.iter().all(|check| check.outcome == "passed"),
        friend: friend.name.clone(),
        missing,
        clock_ahead: found.clock_ahead,
        consumer_key: found.consumer.as_ref().map(|consumer| consumer.key.clone()),
        checks,
    })
}

/// Whether the way back is tried, too.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HandshakeQuery {
    /// `true`: if it is known which server has the key, and that is a friend, it is asked in turn.
    #[serde(default)]
    reverse: bool,
}

async fn handshake(
    State(server): State<Arc<Server>>,
    caller: Caller,
    verified: Option<Extension<Arc<Verified>>>,
    asked: Asked,
) -> Answer {
    let HandshakeQuery { reverse } = asked.parameters()?;
    let verified = by_key_alone(verified.map(|Extension(verified)| verified))?;
    let user = caller.view.asker().id.to_string();
    let reverse = if reverse { Reverse::Tried } else { Reverse::Left };
    body::answer(&friends::handshake(&server, &verified, user, reverse).await?)
}

/// For a consumer itself, not for one that acts for a person.
pub(super) fn by_key_alone(verified: Option<Arc<Verified>>) -> Result<Arc<Verified>, Problem> {
    verified.filter(|verified| verified.token.is_none()).ok_or_else(|| {
        Problem::new(
            Kind::Scope,
            "this is for consumers: sign the request with a consumer key, without a token",
        )
    })
}

/// A new secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with secret")]
struct SecretBody {
    /// A phrase of at least 12 characters.
    secret: String,
}

async fn renew(
    State(server): State<Arc<Server>>,
    caller: Caller,
    verified: Option<Extension<Arc<Verified>>>,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    idempotency::refuse(&headers)?;
    let verified = by_key_alone(verified.map(|Extension(verified)| verified))?;
    let SecretBody { secret } = body::read(&headers, body)?;
    consumers::renew(&server, &verified, secret).await?;
    tracing::info!(consumer = verified.consumer.name, user = %caller.view.asker().id, "replaced its secret");
    Ok(StatusCode::NO_CONTENT.into_response())
}
