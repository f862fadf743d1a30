//! Letting somebody try again who has failed too often to sign in (docs/guide/operating.md#guessing).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use governance::{ReleaseLockOut, UserId};
use store::Revision;

use super::account::{key_of, manage};
use super::body::{self, Nothing};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;
use crate::throttle;

const PATH: &str = "/users/{user}/release";
const SUMMARY: &str = "Let a user try again who has failed too often to sign in.";
/// In the journal.
const DONE: &str = "Release the lock-out of a user";

pub(super) fn routes(api: &mut Api) {
    api.own::<UserPath, Nothing, Nothing>((Verb::Post, PATH), SUMMARY, Scope::Administer, || post(release))
        .once();
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

/// Releases the lock-out of a user; answers the revision that tells of it.
pub(crate) async fn let_try_again(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
) -> Result<Revision, Problem> {
    let id = caller.view.id_of(user);
    let key = key_of(headers, caller, DONE, &[&*id])?;
    let effect = throttle::release(&id);
    manage(server, caller, key, (DONE, &[&*id]), ReleaseLockOut { user }, effect).await
}
