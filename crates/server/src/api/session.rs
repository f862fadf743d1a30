//! Sessions of browsers (docs/interfaces.md#sessions): one's own, and, for those who manage users, those of
//! others.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{EndAccess, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Effect, Session};

use super::account::{key_of, manage, manages_users};
use super::body::{self, Answer, NoParameters, Nothing};
use super::journal::instant;
use super::request::Asked;
use super::resolve::found;
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::caller::{Caller, Credential};
use crate::chance::now;
use crate::handler::{delete, get};
use crate::problem::Problem;
use crate::router::Server;
use crate::secret::TokenHash;

const OF_USER: &str = "/users/{user}/sessions";
const ONE_OF_USER: &str = "/users/{user}/sessions/{session}";
const END_ALL: &str = "End the sessions of a user.";
const END: &str = "End a session of a user.";

pub(super) fn routes(api: &mut Api) {
    let own = "/me/sessions";
    api.own::<NoParameters, Nothing, Sessions>((Verb::Get, own), "List my sessions.", Scope::Read, || {
        get(list_own)
    });
    api.own::<NoParameters, Nothing, Nothing>(
        (Verb::Delete, own),
        "End my other sessions.",
        Scope::Write,
        || delete(end_others),
    );
    api.own::<SessionPath, Nothing, Nothing>(
        (Verb::Delete, "/me/sessions/{session}"),
        "End a session of mine.",
        Scope::Write,
        || delete(end_own),
    );
    api.own::<UserPath, Nothing, Sessions>(
        (Verb::Get, OF_USER),
        "List the sessions of a user.",
        Scope::Read,
        || get(list),
    );
    api.own::<UserPath, Nothing, Nothing>((Verb::Delete, OF_USER), END_ALL, Scope::Administer, || {
        delete(end_all)
    })
    .once();
    api.own::<UserSessionPath, Nothing, Nothing>((Verb::Delete, ONE_OF_USER), END, Scope::Administer, || {
        delete(end)
    })
    .once();
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
    /// The provider of identities by which it was begun, if any.
    registry: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

/// The sessions of somebody, the oldest first.
#[derive(Serialize, JsonSchema)]
struct Sessions {
    items: Vec<OneSession>,
}

pub(crate) fn current(caller: &Caller) -> Option<&TokenHash> {
    match &caller.credential {
        Credential::Session(hash) => Some(hash),
        Credential::Basic { .. } | Credential::Token { .. } | Credential::Consumer { .. } => None,
    }
}

async fn list_own(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    list_of(&server, &caller, caller.view.asker_number()).await
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: UserPath = asked.parameters()?;
    let user = path.find(&caller.view)?;
    manages_users(&caller)?;
    list_of(&server, &caller, user).await
}

async fn list_of(server: &Server, caller: &Caller, user: UserId) -> Answer {
    let found = server.office.store().sessions_of(user).await?;
    let one = |(hash, session): &(String, Session)| {
        let hash = TokenHash::kept(hash.clone());
        OneSession {
            id: hash.id(),
            created: instant(session.created),
            last_used: instant(session.last_used),
            expires: instant(session.expires),
            address: session.address.clone(),
            registry: session.registry.clone(),
            current: current(caller) == Some(&hash),
        }
    };
    let lasts = |(_, session): &&(String, Session)| session.expires > now();
    body::answer(&Sessions { items: found.iter().filter(lasts).map(one).collect() })
}

async fn end_others(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    end_my_other_sessions(&server, &caller).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn end_my_other_sessions(server: &Server, caller: &Caller) -> Result<(), Problem> {
    caller.is_in_person(server).await?;
    // No hash is empty: whoever has no session ends all.
    let kept = current(caller).map_or("", TokenHash::as_str);
    let user = caller.view.asker_number();
    server.office.store().end_other_sessions(user, kept).await?;
    Ok(server.office.signed_out(user).await?)
}

async fn end_all(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    let path: UserPath = asked.parameters()?;
    let user = path.find(&caller.view)?;
    end_sessions_of(&server, &caller, &headers, user).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn end_sessions_of(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
) -> Result<(), Problem> {
    let id = caller.view.id_of(user);
    let key = key_of(headers, caller, END_ALL, &[&*id])?;
    let effect = Effect::EndSessions(user);
    manage(server, caller, key, (END_ALL, &[&*id]), EndAccess { user }, effect).await?;
    Ok(())
}

/// Which session.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SessionPath {
    /// The session's id.
    session: String,
}

async fn end_own(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: SessionPath = asked.parameters()?;
    end_my_session(&server, &caller, &path.session).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn end_my_session(server: &Server, caller: &Caller, session: &str) -> Result<(), Problem> {
    caller.is_in_person(server).await?;
    let hash = found(find(server, caller.view.asker_number(), session).await?)?;
    server.office.store().end_session(hash.as_str()).await?;
    Ok(server.office.signed_out(caller.view.asker_number()).await?)
}

/// Which session of whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserSessionPath {
    /// The user's id.
    user: String,
    /// The session's id.
    session: String,
}

async fn end(State(server): State<Arc<Server>>, caller: Caller, asked: Asked, headers: HeaderMap) -> Answer {
    let UserSessionPath { user, session } = asked.parameters()?;
    let user = UserPath { user }.find(&caller.view)?;
    end_session_of(&server, &caller, &headers, user, &session).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn end_session_of(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
    session: &str,
) -> Result<(), Problem> {
    let id = caller.view.id_of(user);
    let key = key_of(headers, caller, END, &[&*id, session])?;
    if let Some(key) = &key
        && key.was_done(server, caller).await?
    {
        return Ok(());
    }
    let Some(hash) = find(server, user, session).await? else {
        manages_users(caller)?;
        return Err(Problem::not_found());
    };
    let effect = Effect::EndSession(user, hash.as_str().to_owned());
    manage(server, caller, key, (END, &[&*id]), EndAccess { user }, effect).await?;
    Ok(())
}

async fn find(server: &Server, user: UserId, id: &str) -> Result<Option<TokenHash>, Problem> {
    let all = server.office.store().sessions_of(user).await?;
    Ok(all.into_iter().map(|(hash, _)| TokenHash::kept(hash)).find(|hash| hash.id() == id))
}
