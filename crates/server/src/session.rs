//! Sessions of browsers: a cookie holds a token that nobody can guess, the store its hash.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use governance::UserId;
use store::{Moment, Provided, Session, StoreError};

use crate::chance::now;
use crate::client_address::ClientAddress;
use crate::config::Config;
use crate::cookie::{SESSION, is_secure};
use crate::repeated_failure;
use crate::router::Server;
use crate::secret::{self, TokenHash};
use crate::sign_in::{NoEntry, Proof};

/// Its use is noted no more often.
const NOTED_EVERY: Duration = Duration::from_secs(5 * 60);

/// The moment so much after another.
pub(crate) fn later(moment: Moment, by: Duration) -> Moment {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Moment::new(moment.microseconds().saturating_add(by))
}

/// The moment so much before another.
pub(crate) fn earlier(moment: Moment, by: Duration) -> Moment {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Moment::new(moment.microseconds().saturating_sub(by))
}

/// What the session of a request is found by.
pub(crate) fn of_request(config: &Config, client: ClientAddress, headers: &HeaderMap) -> Option<TokenHash> {
    SESSION.value(headers, is_secure(config, client)).map(TokenHash::of)
}

/// By what somebody has got in.
pub(crate) enum By {
    /// What has shown who they are.
    Own(Proof),
    /// A provider of identities, and what it has said.
    Provider { name: String, provided: Provided },
}

/// Begins a session, if what it is begun by still holds; answers the cookie that holds its token.
pub(crate) async fn begin(
    server: &Server,
    client: ClientAddress,
    user: UserId,
    by: By,
) -> Result<HeaderValue, NoEntry> {
    let token = secret::fresh();
    let (created, lasts) = (now(), server.config.sessions);
    let session = Session {
        user,
        created,
        last_used: created,
        expires: later(created, lasts.idle.min(lasts.absolute)),
        address: Some(client.to_string()),
        registry: None,
    };
    let (hash, store) = (TokenHash::of(&token), server.office.store());
    let kept = match by {
        By::Own(Proof::Kept(password)) => {
            let is_it = |kept: &str| TokenHash::of(kept) == password;
            store.add_session_by_password(hash.as_str(), &session, is_it).await?
        }
        By::Own(Proof::Registry) => store.add_session(hash.as_str(), &session).await?,
        By::Provider { name, provided } => {
            let session = Session { registry: Some(name), ..session };
            store.add_provided_session(hash.as_str(), &session, &provided).await?
        }
    };
    if !kept {
        return Err(NoEntry::Wrong);
    }
    Ok(SESSION.set(&token, lasts.absolute.as_secs(), is_secure(&server.config, client)))
}

/// The user of a session that lasts. What cannot be noted about it, on a full disk say, keeps nobody from
/// reading.
pub(crate) async fn user_of(server: &Server, token: &TokenHash) -> Result<Option<UserId>, StoreError> {
    let store = server.office.store();
    let Some(session) = store.recent_session(token.as_str()).await? else { return Ok(None) };
    let now = now();
    if session.expires <= now {
        let forgotten = async {
            store.end_session(token.as_str()).await?;
            server.office.signed_out(session.user).await
        };
        if let Err(error) = forgotten.await {
            repeated_failure::log("cannot forget a session that has expired", &error);
        }
        return Ok(None);
    }
    if later(session.last_used, NOTED_EVERY.min(server.config.sessions.idle / 2)) <= now {
        let lasts = server.config.sessions;
        let expires = later(now, lasts.idle).min(later(session.created, lasts.absolute));
        if let Err(error) = store.touch_session(token.as_str(), now, expires).await {
            repeated_failure::log("cannot note that a session is used", &error);
        }
    }
    Ok(Some(session.user))
}

/// Ends a session; answers the cookie that makes the browser forget it.
pub(crate) async fn end(
    server: &Server,
    client: ClientAddress,
    token: Option<&TokenHash>,
) -> Result<HeaderValue, StoreError> {
    if let Some(token) = token {
        let store = server.office.store();
        let session = store.session(token.as_str()).await?;
        store.end_session(token.as_str()).await?;
        if let Some(session) = session {
            server.office.signed_out(session.user).await?;
        }
    }
    Ok(SESSION.set("", 0, is_secure(&server.config, client)))
}
