//! Personal access tokens (docs/interfaces.md#access-tokens): one's own and, for those who manage users,
//! those of others, who may have lost them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{EndAccess, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{AccessToken, Effect, Moment};

use super::account::{key_of, manage, manages_users};
use super::body::{self, Answer, NoParameters, Nothing, bad_value};
use super::idempotency;
use super::journal::instant;
use super::request::Asked;
use super::resolve::{found, texts, word};
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::access_token::{self, NewToken, NotMade};
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::{delete, get, post};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::Scopes;
use crate::secret::TokenHash;
use crate::session::later;

const OF_USER: &str = "/users/{user}/tokens";
const ONE_OF_USER: &str = "/users/{user}/tokens/{token}";
const REVOKE: &str = "Revoke an access token of a user.";

pub(super) fn routes(api: &mut Api) {
    let own = "/me/tokens";
    api.own::<NoParameters, Nothing, Tokens>((Verb::Get, own), "List my access tokens.", Scope::Read, || {
        get(list_own)
    });
    api.own::<NoParameters, NewTokenBody, MadeToken>(
        (Verb::Post, own),
        "Make an access token.",
        Scope::Write,
        || post(make),
    );
    api.own::<TokenPath, Nothing, Nothing>(
        (Verb::Delete, "/me/tokens/{token}"),
        "Revoke an access token.",
        Scope::Write,
        || delete(revoke_own),
    );
    api.own::<UserPath, Nothing, Tokens>(
        (Verb::Get, OF_USER),
        "List the access tokens of a user.",
        Scope::Read,
        || get(list),
    );
    api.own::<UserTokenPath, Nothing, Nothing>(
        (Verb::Delete, ONE_OF_USER),
        REVOKE,
        Scope::Administer,
        || delete(revoke),
    )
    .once();
}

/// An access token, without its secret.
#[derive(Serialize, JsonSchema)]
struct Token {
    id: String,
    /// As its owner calls it.
    name: String,
    /// `read`, `decide`, `write`, `administer`: what it is for.
    scopes: Vec<String>,
    created: String,
    expires: String,
    /// When last used, give or take five minutes.
    last_used: Option<String>,
}

fn token(hash: &str, token: &AccessToken) -> Token {
    Token {
        id: TokenHash::kept(hash.to_owned()).id(),
        name: token.name.clone(),
        scopes: texts(access_token::scopes(token).iter().map(Scope::id)),
        created: instant(token.created),
        expires: instant(token.expires),
        last_used: token.last_used.map(instant),
    }
}

/// The access tokens of somebody, the oldest first.
#[derive(Serialize, JsonSchema)]
struct Tokens {
    items: Vec<Token>,
}

async fn list_own(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    list_of(&server, caller.view.asker_number()).await
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: UserPath = asked.parameters()?;
    let user = path.find(&caller.view)?;
    manages_users(&caller)?;
    list_of(&server, user).await
}

async fn list_of(server: &Server, user: UserId) -> Answer {
    let found = server.office.store().access_tokens_of(user).await?;
    let lasts = |(_, token): &&(String, AccessToken)| token.expires > now();
    body::answer(&Tokens { items: found.iter().filter(lasts).map(|(hash, it)| token(hash, it)).collect() })
}

/// What a new access token shall be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with name, scopes and expires")]
pub(crate) struct NewTokenBody {
    /// No other of one's own is called so.
    pub(crate) name: String,
    /// What it is for: `read`, `decide`, `write`, `administer`.
    pub(crate) scopes: Vec<String>,
    /// The instant at which it ends, at most 366 days from now.
    pub(crate) expires: String,
}

/// A new access token.
#[derive(Serialize, JsonSchema)]
struct MadeToken {
    #[serde(flatten)]
    token: Token,
    /// The token itself. It is told this once.
    secret: String,
}

const LONGEST_NAME: usize = 100;

async fn make(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    idempotency::refuse(&headers)?;
    caller.is_in_person(&server).await?;
    let (secret, hash, made) = make_mine(&server, &caller, body::read(&headers, body)?).await?;
    body::answer(&MadeToken { token: token(hash.as_str(), &made), secret })
}

/// Makes a token of the caller's own: the token itself, its hash, and what is kept of it.
pub(crate) async fn make_mine(
    server: &Server,
    caller: &Caller,
    new: NewTokenBody,
) -> Result<(String, TokenHash, AccessToken), Problem> {
    caller.is_in_person(server).await?;
    let name = new.name.trim().to_owned();
    if name.is_empty()
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(|it| it.is_control() || governance::text::is_unseen(it))
    {
        return Err(bad_value("/name", format!("expected 1 to {LONGEST_NAME} characters that can be seen")));
    }
    let scope = |(at, id): (usize, &String)| word(id, &format!("/scopes/{at}"), Scope::ALL, Scope::id);
    let scopes: Scopes = new.scopes.iter().enumerate().map(scope).collect::<Result<_, _>>()?;
    if new.scopes.is_empty() {
        return Err(bad_value("/scopes", "expected at least one of `read`, `decide`, `write`, `administer`"));
    }
    let expires: jiff::Timestamp = new
        .expires
        .parse()
        .map_err(|_| bad_value("/expires", "expected an instant such as 2026-12-31T12:00:00Z"))?;
    let expires = Moment::new(expires.as_microsecond());
    if expires <= now() || expires > later(now(), access_token::LONGEST) {
        return Err(bad_value("/expires", "expected an instant within the next 366 days"));
    }
    let new = NewToken { name: name.clone(), scopes, expires };
    let made = access_token::create(server, caller.view.asker_number(), new).await;
    let made = made.map_err(|not_made| match not_made {
        NotMade::NameTaken => {
            let said =
                format!("another of your tokens is called `{name}`: revoke it, or choose another name");
            Problem::new(Kind::Conflict, said)
        }
        NotMade::TooMany => {
            let said = format!("you have {} tokens: revoke one first", store::MOST_ACCESS_TOKENS);
            Problem::new(Kind::Conflict, said)
        }
        NotMade::Archived => Problem::sign_in(),
        NotMade::Store(error) => error.into(),
    })?;
    tracing::info!(user = %caller.view.asker().id, token = name, "made an access token");
    Ok(made)
}

/// Which access token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TokenPath {
    /// The token's id.
    token: String,
}

async fn revoke_own(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: TokenPath = asked.parameters()?;
    revoke_mine(&server, &caller, &path.token).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn revoke_mine(server: &Server, caller: &Caller, id: &str) -> Result<(), Problem> {
    caller.is_in_person(server).await?;
    let (hash, token) = found(find(server, caller.view.asker_number(), id).await?)?;
    if !server.office.store().revoke_access_token(&hash).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(user = %caller.view.asker().id, token = token.name, "revoked an access token");
    Ok(())
}

/// Which access token of whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserTokenPath {
    /// The user's id.
    user: String,
    /// The token's id.
    token: String,
}

async fn revoke(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    let UserTokenPath { user, token } = asked.parameters()?;
    let user = UserPath { user }.find(&caller.view)?;
    revoke_token_of(&server, &caller, &headers, user, &token).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn revoke_token_of(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
    token: &str,
) -> Result<(), Problem> {
    let id = caller.view.id_of(user);
    let key = key_of(headers, caller, REVOKE, &[&*id, token])?;
    if let Some(key) = &key
        && key.was_done(server, caller).await?
    {
        return Ok(());
    }
    let Some((hash, found)) = find(server, user, token).await? else {
        manages_users(caller)?;
        return Err(Problem::not_found());
    };
    let effect = Effect::RevokeToken(hash);
    manage(server, caller, key, (REVOKE, &[&*id, &*found.name]), EndAccess { user }, effect).await?;
    Ok(())
}

async fn find(server: &Server, user: UserId, id: &str) -> Result<Option<(String, AccessToken)>, Problem> {
    let all = server.office.store().access_tokens_of(user).await?;
    Ok(all.into_iter().find(|(hash, _)| TokenHash::kept(hash.clone()).id() == id))
}
