//! Sessions of browsers: a cookie holds a token that nobody can guess, the store its hash.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use governance::UserId;
use sha2::{Digest as _, Sha256};
use store::{Moment, Session, Store, StoreError};

use crate::chance::{hex, now, random};
use crate::config::BaseUri;
use crate::router::Server;

const COOKIE_NAME: &str = "bailiwick_session";

const MINUTE: i64 = 60 * 1_000_000;
/// A session that is not used ends.
const IDLE: i64 = 8 * 60 * MINUTE;
/// Used or not, it ends.
const ABSOLUTE: i64 = 7 * 24 * 60 * MINUTE;
/// Its use is noted no more often.
const NOTED_EVERY: i64 = 5 * MINUTE;

/// What the store finds a session by.
#[derive(Clone, Debug)]
pub(crate) struct TokenHash(String);

impl TokenHash {
    fn of(token: &str) -> Self {
        Self(hex(&Sha256::digest(token)))
    }

    /// That of the request's cookie.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == COOKIE_NAME)?;
        Some(Self::of(token))
    }
}

fn later(moment: Moment, by: i64) -> Moment {
    Moment::new(moment.microseconds().saturating_add(by))
}

/// Begins a session; answers the cookie that holds its token.
pub(crate) async fn begin(server: &Server, user: UserId) -> Result<HeaderValue, StoreError> {
    let token = hex(&random::<32>());
    let created = now();
    let session = Session { user, created, last_used: created, expires: later(created, IDLE), address: None };
    server.office.store().add_session(&TokenHash::of(&token).0, &session).await?;
    Ok(cookie(server.config.base_uri.as_ref().map(BaseUri::as_str), &token, ABSOLUTE / 1_000_000))
}

/// The user of a session that lasts. What cannot be noted about it, on a full disk say, keeps nobody from
/// reading.
pub(crate) async fn user_of(store: &Store, token: &TokenHash) -> Result<Option<UserId>, StoreError> {
    let Some(session) = store.session(&token.0).await? else { return Ok(None) };
    let now = now();
    if session.expires <= now {
        if let Err(error) = store.end_session(&token.0).await {
            tracing::warn!(%error, "cannot forget a session that has expired");
        }
        return Ok(None);
    }
    if later(session.last_used, NOTED_EVERY) <= now {
        let expires = later(now, IDLE).min(later(session.created, ABSOLUTE));
        if let Err(error) = store.touch_session(&token.0, now, expires).await {
            tracing::warn!(%error, "cannot note that a session is used");
        }
    }
    Ok(Some(session.user))
}

/// Ends a session; answers the cookie that makes the browser forget it.
pub(crate) async fn end(server: &Server, token: Option<&TokenHash>) -> Result<HeaderValue, StoreError> {
    if let Some(token) = token {
        server.office.store().end_session(&token.0).await?;
    }
    Ok(cookie(server.config.base_uri.as_ref().map(BaseUri::as_str), "", 0))
}

/// Where others know the server by TLS, the token never travels without.
fn cookie(base_uri: Option<&str>, token: &str, seconds: i64) -> HeaderValue {
    let scheme = base_uri.and_then(|uri| uri.split_once(':')).map(|(scheme, _)| scheme);
    let secure = if scheme.is_some_and(|it| it.eq_ignore_ascii_case("https")) { "; Secure" } else { "" };
    let text = format!("{COOKIE_NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("a cookie of hexadecimal digits is a header value")
}

#[cfg(test)]
mod tests {
    use super::cookie;

    #[test]
    fn a_cookie_needs_tls_where_the_server_is_known_by_it() {
        for (base_uri, secure) in [
            (None, false),
            (Some("http://jazz.example.com"), false),
            (Some("https://jazz.example.com"), true),
            (Some("HTTPS://jazz.example.com/"), true),
        ] {
            let text = cookie(base_uri, "0a", 60);
            assert_eq!(text.to_str().unwrap().ends_with("; SameSite=Lax; Secure"), secure, "{text:?}");
        }
    }
}
