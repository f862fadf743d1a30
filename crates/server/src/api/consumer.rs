//! Consumers (docs/cross-server.md#consumer-keys): those that ask this server, for those who manage them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{UserId, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{Consumer as Kept, KeyState};

use super::body::{self, Answer, Key, NoParameters, Nothing, bad_value};
use super::idempotency;
use super::journal::instant;
use super::keys::{allowed, span};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::word::{Word, Worded};
use crate::caller::Caller;
use crate::chance::hex;
use crate::consumers::{self, Change, LONGEST_OVERLAP, NewConsumer, OVERLAP};
use crate::handler::{delete, get, patch, post};
use crate::problem::Problem;
use crate::router::Server;

const ALL: &str = "/consumers";
const ONE: &str = "/consumers/{consumer}";

pub(super) fn routes(api: &mut Api) {
    let summary = "List the consumers.";
    api.own::<ListQuery, Nothing, Consumers>((Verb::Get, ALL), summary, Scope::Read, || get(list));
    let summary = "Register a consumer by hand.";
    api.own::<NoParameters, NewBody, MadeConsumer>((Verb::Post, ALL), summary, Scope::Administer, || {
        post(add)
    });
    let summary = "Read a consumer.";
    api.own::<ConsumerPath, Nothing, Consumer>((Verb::Get, ONE), summary, Scope::Read, || get(read));
    let summary = "Change a consumer.";
    api.own::<ConsumerPath, ChangeBody, Consumer>((Verb::Patch, ONE), summary, Scope::Administer, || {
        patch(change)
    });
    let summary = "Delete a consumer and its key.";
    api.own::<ConsumerPath, Nothing, Nothing>((Verb::Delete, ONE), summary, Scope::Administer, || {
        delete(remove)
    });
    let summary = "Approve a provisional key.";
    let at = (Verb::Post, "/consumers/{consumer}/approve");
    api.own::<ConsumerPath, ChangeBody, Consumer>(at, summary, Scope::Administer, || post(approve));
    let summary = "Reject a provisional key.";
    let at = (Verb::Post, "/consumers/{consumer}/reject");
    api.own::<ConsumerPath, Nothing, Consumer>(at, summary, Scope::Administer, || post(reject));
    let summary = "Replace the secret of a consumer; the one before stays good for a while.";
    let at = (Verb::Post, "/consumers/{consumer}/rotate");
    api.own::<ConsumerPath, RotateBody, MadeConsumer>(at, summary, Scope::Administer, || post(rotate));
    let summary = "List the signed requests that this node has refused of late.";
    let at = (Verb::Get, "/refused-handshakes");
    api.own::<NoParameters, Nothing, RefusedHandshakes>(at, summary, Scope::Read, || get(refused));
}

/// Which ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only those in this state.
    state: Option<Word<KeyState>>,
}

impl Worded for KeyState {
    fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }
    fn word(self) -> &'static str {
        self.word()
    }
}

/// Which consumer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConsumerPath {
    /// Its key.
    consumer: String,
}

/// One that asks this server, without its secret.
#[derive(Serialize, JsonSchema)]
struct Consumer {
    key: String,
    name: String,
    state: Word<KeyState>,
    /// Whether people are not asked for their approval.
    trusted: bool,
    /// As whom it acts where no person has approved.
    functional_user: Option<String>,
    /// Whether that user is archived, so that it does not act at all.
    functional_user_archived: bool,
    /// The functional user of the application that it seems to be.
    proposed_functional_user: Option<String>,
    /// Where people may be sent back to, besides this machine.
    callback_hosts: Vec<String>,
    /// The root services of the server that it is; of a key that waits, of the one that it says to be, which
    /// nobody has looked at and nothing depends on.
    root_services: Option<String>,
    /// The address from which the key was asked for; null of one that was registered by hand.
    asked_from: Option<String>,
    /// Whether it was asked that people need not approve: a proposal.
    asks_trust: bool,
    created: String,
    /// When it was approved or rejected.
    decided: Option<String>,
    /// Whether its secret has fewer than 16 bytes, as one that comes with a key request may; null where that
    /// cannot be known, since the key of secrets is not there.
    short_secret: Option<bool>,
    /// Until when the secret before the present one is good.
    old_secret_until: Option<String>,
    /// What tells the secret that is good now from those before and after it, and nothing of the secret
    /// itself.
    secret_version: String,
}

fn shown(server: &Server, view: &View, consumer: &Kept) -> Consumer {
    let user = consumer.functional_user.and_then(|user| view.user(user));
    let old = consumer.old_secret.as_ref().filter(|old| old.until > crate::chance::now());
    Consumer {
        key: consumer.key.clone(),
        name: consumer.name.clone(),
        state: Word(consumer.state),
        trusted: consumer.trusted,
        functional_user: user.map(|user| user.id.to_string()),
        functional_user_archived: user.is_some_and(|user| user.archived),
        proposed_functional_user: consumers::proposed(view, consumer),
        callback_hosts: consumer.callback_hosts.clone(),
        root_services: consumer.root_services.clone(),
        asked_from: consumer.asked_from.clone(),
        asks_trust: consumer.asks_trust,
        created: instant(consumer.created),
        decided: consumer.decided.map(instant),
        short_secret: consumers::has_short_secret(server, consumer),
        old_secret_until: old.map(|old| instant(old.until)),
        secret_version: hex(&Sha256::digest(&consumer.secret)[..8]),
    }
}

/// Consumers, the oldest first.
#[derive(Serialize, JsonSchema)]
struct Consumers {
    items: Vec<Consumer>,
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let ListQuery { state } = asked.parameters()?;
    let all = consumers::list(&server, &caller).await?;
    let wanted = |it: &&Kept| state.is_none_or(|Word(state)| it.state == state);
    body::answer(&Consumers {
        items: all.iter().filter(wanted).map(|it| shown(&server, &caller.view, it)).collect(),
    })
}

async fn read(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    body::answer(&shown(&server, &caller.view, &one(&server, &caller, &asked).await?))
}

async fn one(server: &Server, caller: &Caller, asked: &Asked) -> Result<Kept, Problem> {
    let ConsumerPath { consumer } = asked.parameters()?;
    consumers::find(server, caller, &consumer).await
}

/// A consumer that is registered by hand.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"name": "Vehicle Reports", "functional_user": "gc_user"}))]
#[serde(deny_unknown_fields, expecting = "an object with name")]
struct NewBody {
    name: String,
    /// Default: a new one.
    key: Option<String>,
    /// A phrase of at least 12 characters. Default: a new one, told in the answer.
    secret: Option<String>,
    #[serde(default)]
    trusted: bool,
    functional_user: Option<String>,
    #[serde(default)]
    callback_hosts: Vec<String>,
    root_services: Option<String>,
}

/// A consumer, and its secret if that is new.
#[derive(Serialize, JsonSchema)]
struct MadeConsumer {
    #[serde(flatten)]
    consumer: Consumer,
    /// It is told this once.
    secret: Option<String>,
}

async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    allowed(&caller.view, caller.view.may_manage_consumers())?;
    idempotency::refuse(&headers)?;
    let NewBody { name, key, secret, trusted, functional_user, callback_hosts, root_services } =
        body::read(&headers, body)?;
    let change = Change {
        name: Some(name.clone()),
        trusted: Some(trusted),
        functional_user: Some(functional_user.map(|id| user(&caller.view, &id)).transpose()?),
        callback_hosts: Some(callback_hosts),
        root_services: Some(root_services),
    };
    let new = NewConsumer { name, key, secret, change };
    let (consumer, secret) = consumers::add(&server, &caller, new).await?;
    body::answer(&MadeConsumer { consumer: shown(&server, &caller.view, &consumer), secret })
}

fn user(view: &View, id: &str) -> Result<UserId, Problem> {
    view.user_by_id(id).ok_or_else(|| bad_value("/functional_user", format!("there is no user `{id}`")))
}

/// What is to become of a consumer.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"functional_user": "ccm_user"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct ChangeBody {
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    trusted: Key<bool>,
    /// Null: none.
    #[serde(default)]
    functional_user: Key<Option<String>>,
    #[serde(default)]
    callback_hosts: Key<Vec<String>>,
    /// Null: unknown.
    #[serde(default)]
    root_services: Key<Option<String>>,
}

impl ChangeBody {
    fn of(self, view: &View) -> Result<Change, Problem> {
        let functional_user = self.functional_user.0;
        let functional_user =
            functional_user.map(|id| id.map(|id| user(view, &id)).transpose()).transpose()?;
        Ok(Change {
            name: self.name.0,
            trusted: self.trusted.0,
            functional_user,
            callback_hosts: self.callback_hosts.0,
            root_services: self.root_services.0,
        })
    }
}

async fn change(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let consumer = one(&server, &caller, &asked).await?;
    idempotency::refuse(&headers)?;
    let change: ChangeBody = body::read(&headers, body)?;
    let change = change.of(&caller.view)?;
    body::answer(&shown(&server, &caller.view, &consumers::change(&server, &caller, consumer, change).await?))
}

async fn approve(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let consumer = one(&server, &caller, &asked).await?;
    idempotency::refuse(&headers)?;
    let change: ChangeBody = body::read(&headers, body)?;
    let change = change.of(&caller.view)?;
    let decided = consumers::decide(&server, &caller, consumer, KeyState::Authorized, change).await?;
    body::answer(&shown(&server, &caller.view, &decided))
}

async fn reject(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let consumer = one(&server, &caller, &asked).await?;
    idempotency::refuse(&headers)?;
    let Nothing {} = body::read(&headers, body)?;
    let decided =
        consumers::decide(&server, &caller, consumer, KeyState::Rejected, Change::default()).await?;
    body::answer(&shown(&server, &caller.view, &decided))
}

/// How a secret is replaced.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with secret and overlap, or neither")]
struct RotateBody {
    /// A phrase of at least 12 characters. Default: a new one, told in the answer.
    secret: Option<String>,
    /// How long the secret before it stays good: `24h`, which is the default, `30m`, `7d` …
    overlap: Option<String>,
}

async fn rotate(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let consumer = one(&server, &caller, &asked).await?;
    idempotency::refuse(&headers)?;
    let RotateBody { secret, overlap } = body::read(&headers, body)?;
    let overlap = overlap.map_or(Ok(OVERLAP), |text| span(&text, "/overlap"))?;
    if overlap > LONGEST_OVERLAP {
        return Err(bad_value("/overlap", "expected at most `30d`"));
    }
    let (consumer, secret) = consumers::rotate(&server, &caller, consumer, secret, overlap).await?;
    body::answer(&MadeConsumer { consumer: shown(&server, &caller.view, &consumer), secret })
}

async fn remove(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let consumer = one(&server, &caller, &asked).await?;
    consumers::delete(&server, &caller, consumer).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A signed request that was refused.
#[derive(Serialize, JsonSchema)]
struct RefusedHandshake {
    at: String,
    consumer_key: String,
    /// What the consumer is called; null if no consumer has the key.
    consumer: Option<String>,
    method: String,
    path: String,
    /// From where it came.
    client: String,
    /// As `oauth_problem` has it: `signature_invalid`, `timestamp_refused` …
    problem: &'static str,
    /// Why.
    said: String,
    /// The text that must have been signed (RFC 5849 §3.4.1).
    base_string: String,
}

/// Those, the newest first.
#[derive(Serialize, JsonSchema)]
struct RefusedHandshakes {
    items: Vec<RefusedHandshake>,
}

async fn refused(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    allowed(&caller.view, caller.view.may_manage_consumers())?;
    let shown = |it: crate::oauth::RefusedHandshake| RefusedHandshake {
        at: instant(it.at),
        consumer_key: it.consumer_key,
        consumer: it.consumer,
        method: it.method,
        path: it.path,
        client: it.client,
        problem: it.word,
        said: it.said,
        base_string: it.base_string,
    };
    body::answer(&RefusedHandshakes { items: server.handshakes.list().into_iter().map(shown).collect() })
}
