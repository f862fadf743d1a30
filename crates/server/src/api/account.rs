//! One's own account: access tokens, sessions and the password (docs/interfaces.md#access-tokens); and the
//! links with which those who manage users let others set theirs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{delete, get, post};
use governance::{IssuePasswordLink, View};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{AccessToken, Moment, Purpose, Session};

use super::body::{self, NoParameters, Nothing, bad_value};
use super::carry_out::{expect_json, refusal_of};
use super::idempotency;
use super::journal::instant;
use super::request::Asked;
use super::resolve::{found, texts, word};
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::access_token::{self, NewToken, NotMade};
use crate::caller::{Caller, Credential};
use crate::chance::now;
use crate::client_address::Scheme;
use crate::office::ChangeError;
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::Scopes;
use crate::secret::TokenHash;
use crate::session::later;
use crate::throttle::Marks;
use crate::{link, own_password, session};

pub(super) fn routes(api: &mut Api) {
    let (tokens, sessions) = ("/me/tokens", "/me/sessions");
    api.own::<NoParameters, Nothing, Tokens>(
        (Verb::Get, tokens),
        "List my access tokens.",
        Scope::Read,
        || get(list_tokens),
    );
    api.own::<NoParameters, NewTokenBody, MadeToken>(
        (Verb::Post, tokens),
        "Make an access token.",
        Scope::Write,
        || post(make_token),
    );
    api.own::<TokenPath, Nothing, Nothing>(
        (Verb::Delete, "/me/tokens/{token}"),
        "Revoke an access token.",
        Scope::Write,
        || delete(revoke_token),
    );
    api.own::<NoParameters, Nothing, Sessions>(
        (Verb::Get, sessions),
        "List my sessions.",
        Scope::Read,
        || get(list_sessions),
    );
    api.own::<NoParameters, Nothing, Nothing>(
        (Verb::Delete, sessions),
        "End my other sessions.",
        Scope::Write,
        || delete(end_other_sessions),
    );
    api.own::<SessionPath, Nothing, Nothing>(
        (Verb::Delete, "/me/sessions/{session}"),
        "End a session of mine.",
        Scope::Write,
        || delete(end_session),
    );
    api.own::<NoParameters, PasswordChange, Nothing>(
        (Verb::Post, "/me/password"),
        "Change my password.",
        Scope::Write,
        || post(change_password),
    );
    api.own::<UserPath, Nothing, PasswordLink>(
        (Verb::Post, LINK_PATH),
        LINK_SUMMARY,
        Scope::Administer,
        || post(make_link),
    );
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

/// One's own access tokens, the oldest first.
#[derive(Serialize, JsonSchema)]
struct Tokens {
    items: Vec<Token>,
}

async fn list_tokens(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    no_parameters(&asked)?;
    let found = server.office.store().access_tokens_of(caller.view.asker_number()).await?;
    let lasts = |(_, token): &&(String, AccessToken)| token.expires > now();
    json(&Tokens { items: found.iter().filter(lasts).map(|(hash, it)| token(hash, it)).collect() })
}

/// What a new access token shall be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with name, scopes and expires")]
struct NewTokenBody {
    /// No other of one's own is called so.
    name: String,
    /// What it is for: `read`, `decide`, `write`, `administer`.
    scopes: Vec<String>,
    /// The instant at which it ends, at most 366 days from now.
    expires: String,
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

async fn make_token(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    no_parameters(&asked)?;
    idempotency::refuse(&headers)?;
    caller.is_in_person()?;
    let new: NewTokenBody = read_body(&headers, body)?;
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
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
    let made = access_token::create(&server, caller.view.asker_number(), new).await;
    let (secret, hash, made) = made.map_err(|not_made| match not_made {
        NotMade::NameTaken => {
            let said =
                format!("another of your tokens is called `{name}`: revoke it, or choose another name");
            Problem::new(Kind::Conflict, said)
        }
        NotMade::TooMany => {
            let said = format!("you have {} tokens: revoke one first", access_token::MOST_OF_A_USER);
            Problem::new(Kind::Conflict, said)
        }
        NotMade::Store(error) => error.into(),
    })?;
    tracing::info!(user = %caller.view.asker().id, token = name, "made an access token");
    json(&MadeToken { token: token(hash.as_str(), &made), secret })
}

/// Which access token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TokenPath {
    /// The token's id.
    token: String,
}

async fn revoke_token(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: TokenPath = parameters("/me/tokens/{token}", &asked)?;
    caller.is_in_person()?;
    let store = server.office.store();
    let own = store.access_tokens_of(caller.view.asker_number()).await?;
    let (hash, token) = found(own.iter().find(|(hash, _)| TokenHash::kept(hash.clone()).id() == path.token))?;
    if !store.revoke_access_token(hash).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(user = %caller.view.asker().id, token = token.name, "revoked an access token");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A session of a browser.
#[derive(Serialize, JsonSchema)]
struct OneSession {
    id: String,
    created: String,
    /// When last used, give or take five minutes.
    last_used: String,
    /// When it ends, if it is not used before.
    expires: String,
    /// The network address from which it was begun.
    address: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

/// One's own sessions, the oldest first.
#[derive(Serialize, JsonSchema)]
struct Sessions {
    items: Vec<OneSession>,
}

fn current(caller: &Caller) -> Option<&TokenHash> {
    match &caller.credential {
        Credential::Session(hash) => Some(hash),
        Credential::Basic { .. } | Credential::Token { .. } => None,
    }
}

async fn list_sessions(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    no_parameters(&asked)?;
    let found = server.office.store().sessions_of(caller.view.asker_number()).await?;
    let one = |(hash, session): &(String, Session)| {
        let hash = TokenHash::kept(hash.clone());
        OneSession {
            id: hash.id(),
            created: instant(session.created),
            last_used: instant(session.last_used),
            expires: instant(session.expires),
            address: session.address.clone(),
            current: current(&caller) == Some(&hash),
        }
    };
    let lasts = |(_, session): &&(String, Session)| session.expires > now();
    json(&Sessions { items: found.iter().filter(lasts).map(one).collect() })
}

async fn end_other_sessions(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    no_parameters(&asked)?;
    caller.is_in_person()?;
    // No hash is empty: whoever has no session ends all.
    let kept = current(&caller).map_or("", TokenHash::as_str);
    server.office.store().end_other_sessions(caller.view.asker_number(), kept).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which session.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SessionPath {
    /// The session's id.
    session: String,
}

async fn end_session(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: SessionPath = parameters("/me/sessions/{session}", &asked)?;
    caller.is_in_person()?;
    let store = server.office.store();
    let own = store.sessions_of(caller.view.asker_number()).await?;
    let hashes = own.into_iter().map(|(hash, _)| TokenHash::kept(hash));
    let hash = found({ hashes }.find(|hash| hash.id() == path.session))?;
    store.end_session(hash.as_str()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
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
    no_parameters(&asked)?;
    idempotency::refuse(&headers)?;
    let change: PasswordChange = read_body(&headers, body)?;
    let client = place.client;
    let new = (change.new.as_str(), None);
    let changed =
        own_password::change(&server, &caller, place, Marks::NetworkAlone, &change.old, new).await?;
    // The session that asked has ended with the others, and goes on as another.
    let cookie = match current(&caller) {
        Some(_) => Some((SET_COOKIE, session::begin(&server, client, changed.user).await?)),
        None => None,
    };
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookie)).into_response())
}

const LINK_PATH: &str = "/users/{user}/password-link";
const LINK_SUMMARY: &str = "Make a link with which a user sets a password.";

/// A link with which a user sets a password.
#[derive(Serialize, JsonSchema)]
struct PasswordLink {
    /// It is told this once, and is good for one use.
    link: String,
    expires: String,
}

async fn make_link(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let path: UserPath = parameters(LINK_PATH, &asked)?;
    idempotency::refuse(&headers)?;
    let Nothing {} = read_body(&headers, body)?;
    let user = path.find(&caller.view)?;
    let summary = LINK_SUMMARY.trim_end_matches('.');
    let of = format!("{summary}: {}", caller.view.id_of(user));
    let compose = move |_: &View| Ok::<_, Problem>(IssuePasswordLink { user });
    let changed: Result<_, ChangeError<Problem>> =
        server.office.change_as(caller.author(), of, None, compose).await;
    if let Err(error) = changed {
        return Err(refusal_of(&server, &caller, summary, error).await);
    }
    let made = link::issue(server.office.store(), Purpose::SetPassword(user)).await?;
    let base = base(&server, &caller, &headers);
    json(&PasswordLink { link: format!("{base}{}", made.path), expires: instant(made.expires) })
}

/// The address by which clients know the server, or at least this one.
pub(super) fn base(server: &Server, caller: &Caller, headers: &HeaderMap) -> String {
    if let Some(base) = &server.config.base_uri {
        return base.as_str().trim_end_matches('/').to_owned();
    }
    let scheme = match caller.client.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.map_or_else(String::new, |host| format!("{scheme}://{host}"))
}

type Answer = Result<Response, Problem>;

fn json(answer: &impl Serialize) -> Answer {
    Ok(([(CONTENT_TYPE, "application/json")], body::json(answer)?).into_response())
}

fn parameters<P: DeserializeOwned>(path: &str, asked: &Asked) -> Result<P, Problem> {
    asked.only_now()?;
    body::parameters(path, &asked.pairs)
}

fn no_parameters(asked: &Asked) -> Result<(), Problem> {
    let NoParameters {} = parameters("", asked)?;
    Ok(())
}

fn read_body<B: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<B, Problem> {
    let body = body?;
    expect_json(headers, &body)?;
    body::parse(&body)
}
