//! Requests that others have signed by OAuth 1.0a (docs/cross-server.md#signed-requests), and how they come
//! by keys and tokens.

mod guesses;
mod key_request;
mod refused;
mod signed;
mod token;

use std::sync::Arc;

use governance::UserId;

pub(crate) use guesses::Guesses;
pub(crate) use key_request::KeyRequests;
pub(crate) use refused::{Handshakes, RefusedHandshake, Step, problem};
pub(crate) use signed::{Verified, of_consumer, pass};
pub(crate) use token::{Acting, Grant, acting_for, allow, deny, grant};

use crate::caller::Credential;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;
use store::TokenKind;

/// Where consumers ask for keys and tokens.
pub(crate) const KEY_REQUEST: &str = "/jts/oauth-request-consumer";
pub(crate) const REQUEST_TOKEN: &str = "/jts/oauth-request-token";
pub(crate) const ACCESS_TOKEN: &str = "/jts/oauth-access-token";
pub(crate) const EXPIRE_TOKEN: &str = "/jts/oauth-expire-token";
/// Where people approve.
pub(crate) const AUTHORIZE: &str = "/jts/oauth-authorize";
pub(crate) const APPROVE_KEY: &str = "/jts/_ajax-modules/com.ibm.team.repository.AuthorizeOAuth";

const LARGEST_BODY: usize = 16 << 10;

pub(crate) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .post(KEY_REQUEST, key_request::request)
        .get(REQUEST_TOKEN, token::request)
        .post(REQUEST_TOKEN, token::request)
        .get(ACCESS_TOKEN, token::access)
        .post(ACCESS_TOKEN, token::access)
        .get(EXPIRE_TOKEN, token::expire)
        .post(EXPIRE_TOKEN, token::expire)
        .with_bodies_up_to(LARGEST_BODY)
}

/// Who has signed a request: the person who has approved, or else the key's functional user.
pub(crate) fn caller(server: &Server, verified: &Verified) -> Result<(UserId, Credential), Problem> {
    let consumer = &verified.consumer;
    let token = verified.token.as_ref();
    let user = match token.map(|(_, token)| &token.kind) {
        None => functional_user(server, verified)?,
        Some(TokenKind::Access { user }) if server.signs_in(*user) => *user,
        Some(_) => return Err(problem(Step::Token, "the token is not for this, or its user is archived")),
    };
    let credential = Credential::Consumer {
        key: consumer.key.as_str().into(),
        name: consumer.name.as_str().into(),
        token: token.map(|(hash, _)| hash.clone()),
    };
    Ok((user, credential))
}

fn functional_user(server: &Server, verified: &Verified) -> Result<UserId, Problem> {
    let said = match verified.consumer.functional_user {
        Some(user) if server.is_active(user) => return Ok(user),
        Some(_) => {
            "the functional user of the key is archived: somebody who manages consumers gives it another"
        }
        None => "the key has no functional user: somebody who manages consumers gives it one",
    };
    server.handshakes.note(verified.refused(Step::FunctionalUser, said));
    Err(problem(Step::FunctionalUser, said))
}
