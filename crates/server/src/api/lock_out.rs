//! Letting somebody try again who has failed too often to sign in (docs/guide/operating.md#guessing).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use governance::{ReleaseLockOut, UserId, View};
use store::Revision;

use super::body::{Nothing, parameters, parse};
use super::carry_out::{expect_json, refusal_of};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::caller::Caller;
use crate::office::ChangeError;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;
use crate::throttle;

const PATH: &str = "/users/{user}/release";
const SUMMARY: &str = "Let a user try again who has failed too often to sign in.";

pub(super) fn routes(api: &mut Api) {
    api.own::<UserPath, Nothing, Nothing>((Verb::Post, PATH), SUMMARY, Scope::Administer, || post(release));
}

async fn release(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let path: UserPath = parameters(PATH, &asked.pairs)?;
    let body = body?;
    expect_json(&headers, &body)?;
    let Nothing {} = parse(&body)?;
    let user = path.find(&caller.view)?;
    let revision = let_try_again(&server, &caller, user).await?;
    Ok(with_revision(&server, revision, StatusCode::NO_CONTENT))
}

/// Releases the lock-out of a user; answers the revision that tells of it.
pub(crate) async fn let_try_again(
    server: &Server,
    caller: &Caller,
    user: UserId,
) -> Result<Revision, Problem> {
    let id = caller.view.id_of(user);
    let summary = format!("Release the lock-out of {id}");
    let compose = move |_: &View| Ok::<_, Problem>(ReleaseLockOut { user });
    let changed: Result<_, ChangeError<Problem>> =
        server.office.change_as(caller.author(), summary.clone(), None, compose).await;
    match changed {
        Ok(changed) => {
            throttle::release(server.office.store(), &id).await?;
            Ok(changed.revision)
        }
        Err(error) => Err(refusal_of(server, caller, &summary, error).await),
    }
}
