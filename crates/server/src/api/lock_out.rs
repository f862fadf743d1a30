//! Who has failed too often to sign in, and letting them try again (docs/guide/operating.md#guessing).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use governance::{ReleaseLockOut, UserId, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Effect, LockOut as Kept, LockedOut, Revision};

use super::account::{key_of, manage, manages_users};
use super::body::{self, Answer, NoParameters, Nothing};
use super::journal::instant;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::{get, post};
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;
use crate::throttle;

const ALL: &str = "/lock-outs";
const ONE: &str = "/lock-outs/{lock_out}/release";
const OF_USER: &str = "/users/{user}/release";
/// In the journal.
const DONE: &str = "Release the lock-out of a user";

pub(super) fn routes(api: &mut Api) {
    let summary = "List who must wait until they may try again to sign in.";
    api.own::<NoParameters, Nothing, LockOuts>((Verb::Get, ALL), summary, Scope::Read, || get(list));
    let summary = "Let those try again whom one lock-out is of.";
    api.own::<LockOutPath, Nothing, Nothing>((Verb::Post, ONE), summary, Scope::Administer, || {
        post(release_one)
    })
    .once();
    let summary = "Let a user try again who has failed too often to sign in.";
    api.own::<UserPath, Nothing, Nothing>((Verb::Post, OF_USER), summary, Scope::Administer, || {
        post(release)
    })
    .once();
}

/// Those who must wait, first who waits longest; the first thousand.
#[derive(Serialize, JsonSchema)]
struct LockOuts {
    items: Vec<LockOut>,
}

/// Somebody who must wait.
#[derive(Serialize, JsonSchema)]
struct LockOut {
    /// By which it is released.
    id: String,
    /// `id`: those who come with an id; `network`: those who come from a network, and are not known there.
    of: &'static str,
    /// The user who has the id; null: nobody has it.
    user: Option<String>,
    /// From where they come; null: from everywhere that is not known.
    network: Option<String>,
    /// Until when, if nobody releases it.
    until: String,
}

impl LockOut {
    fn of(view: &View, kept: Kept) -> Self {
        let (of, user, network) = match kept.whom {
            LockedOut::Id { user, network } => ("id", user.map(|user| view.id_of(user).to_string()), network),
            LockedOut::Network(network) => ("network", None, Some(network)),
        };
        Self { id: kept.subject, of, user, network, until: instant(kept.until) }
    }
}

const MOST: u32 = 1000;

/// Who must wait, for those who manage users.
pub(crate) async fn locked_out(server: &Server, caller: &Caller) -> Result<Vec<Kept>, Problem> {
    manages_users(caller)?;
    Ok(server.office.store().locked_out(now(), MOST).await?)
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    let found = locked_out(&server, &caller).await?.into_iter();
    body::answer(&LockOuts { items: found.map(|kept| LockOut::of(&caller.view, kept)).collect() })
}

/// Which lock-out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LockOutPath {
    /// Its id.
    lock_out: String,
}

async fn release_one(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let LockOutPath { lock_out } = asked.parameters()?;
    let Nothing {} = body::read(&headers, body)?;
    let revision = let_those_try_again(&server, &caller, &headers, &lock_out).await?;
    Ok(with_revision(&server, revision, StatusCode::NO_CONTENT))
}

/// Releases one lock-out; answers the revision that tells of it.
pub(crate) async fn let_those_try_again(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    id: &str,
) -> Result<Revision, Problem> {
    manages_users(caller)?;
    let key = key_of(headers, caller, ONE, &[id])?;
    let kept = server.office.store().lock_out(id, now()).await?.ok_or_else(Problem::not_found)?;
    let (of, user, network) = match kept.whom {
        LockedOut::Id { user: Some(user), network } => {
            (caller.view.id_of(user).to_string(), Some(user), network)
        }
        // What was typed may have been a password.
        LockedOut::Id { user: None, network } => ("an id that nobody has".to_owned(), None, network),
        LockedOut::Network(network) => ("everybody".to_owned(), None, Some(network)),
    };
    let whom = network.map_or_else(|| of.clone(), |network| format!("{of} from {network}"));
    let (done, effect) = (("Release a lock-out", &[&*whom][..]), Effect::FillBudget(kept.subject));
    manage(server, caller, key, done, ReleaseLockOut { user }, effect).await
}

async fn release(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let path: UserPath = asked.parameters()?;
    let Nothing {} = body::read(&headers, body)?;
    let user = path.find(&caller.view)?;
    let revision = let_try_again(&server, &caller, &headers, user).await?;
    Ok(with_revision(&server, revision, StatusCode::NO_CONTENT))
}

/// Releases each lock-out of a user; answers the revision that tells of it.
pub(crate) async fn let_try_again(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
) -> Result<Revision, Problem> {
    let id = caller.view.id_of(user);
    let key = key_of(headers, caller, DONE, &[&*id])?;
    let effect = throttle::release(&id);
    manage(server, caller, key, (DONE, &[&*id]), ReleaseLockOut { user: Some(user) }, effect).await
}
