//! How a consumer comes to act for a person: a token to ask with, the person's approval, a token to act with
//! (RFC 5849 §2).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use form_urlencoded::Serializer;
use governance::UserId;
use reqwest::Url;
use store::{ActingConsumer, Consumer, KeyState, Moment, OauthToken, StoreError, TokenKind};

use super::refused::{Step, problem};
use super::signed::{SignedRequest, of_token};
use crate::caller::Caller;
use crate::chance::{hex, now, random};
use crate::config::is_loopback;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret::{self, TokenHash};
use crate::session::{earlier, later};

/// So long a person may take to approve.
const ASKING_LASTS: Duration = Duration::from_secs(60 * 60);
/// So long a consumer acts for a person, who is asked again then.
const ACTING_LASTS: Duration = Duration::from_secs(24 * 60 * 60);
/// So many tokens of a consumer wait at most.
const MOST_WAITING: i64 = 1_000;
/// A consumer without an address of its own: the person copies what is shown.
const OUT_OF_BAND: &str = "oob";

/// Gives a consumer a token with which it asks a person.
pub(super) async fn request(
    State(server): State<Arc<Server>>,
    SignedRequest(verified): SignedRequest,
) -> Result<Response, Problem> {
    if verified.token.is_some() {
        return Err(problem(Step::Token, "a token to ask with is asked for without one"));
    }
    let callback = verified.claims.callback.as_deref().filter(|text| *text != OUT_OF_BAND);
    let callback = callback.map(|text| callback_of(&verified.consumer, text)).transpose()?;
    let store = server.office.store();
    if store.count_waiting_tokens(&verified.consumer.key).await? >= MOST_WAITING {
        return Err(Problem::new(Kind::Throttled, "too many tokens of this consumer wait for approval"));
    }
    let kind = TokenKind::Request { callback: callback.map(String::from) };
    let told = [("oauth_callback_confirmed", "true")];
    give(&server, &verified.consumer, kind, ASKING_LASTS, &told).await
}

/// Gives a consumer a token with which it acts for the person who has approved.
pub(super) async fn access(
    State(server): State<Arc<Server>>,
    SignedRequest(verified): SignedRequest,
) -> Result<Response, Problem> {
    let Some((hash, OauthToken { kind: kind @ TokenKind::Approved { user, verifier_hash }, .. })) =
        &verified.token
    else {
        return Err(problem(Step::Token, "this needs a token that a person has approved"));
    };
    let verifier = verified.claims.verifier.as_deref().unwrap_or_default();
    if TokenHash::of(verifier).as_str() != verifier_hash {
        return Err(problem(Step::Token, "`oauth_verifier` is not what the person was given to bring back"));
    }
    if !server.office.store().end_oauth_token(hash.as_str(), kind).await? {
        return Err(problem(Step::Token, "the token was used already"));
    }
    give(&server, &verified.consumer, TokenKind::Access { user: *user }, ACTING_LASTS, &[]).await
}

/// Ends a token with which a consumer acts.
pub(super) async fn expire(
    State(server): State<Arc<Server>>,
    SignedRequest(verified): SignedRequest,
) -> Result<StatusCode, Problem> {
    let Some((hash, token)) = &verified.token else {
        return Err(problem(Step::Token, "name the token that is to end"));
    };
    server.office.store().end_oauth_token(hash.as_str(), &token.kind).await?;
    Ok(StatusCode::OK)
}

async fn give(
    server: &Server,
    consumer: &Consumer,
    kind: TokenKind,
    lasts: Duration,
    told: &[(&str, &str)],
) -> Result<Response, Problem> {
    let (text, secret) = (hex(&random::<16>()), secret::fresh());
    let hash = TokenHash::of(&text);
    let store = server.office.store();
    let token = OauthToken {
        consumer_key: consumer.key.clone(),
        secret: server.vault.seal(store, &of_token(&hash), &secret).await?,
        kind,
        expires: later(now(), lasts),
    };
    if !store.add_oauth_token(hash.as_str(), &token).await? {
        return Err(Problem::sign_in());
    }
    let mut form = Serializer::new(String::new());
    form.append_pair("oauth_token", &text).append_pair("oauth_token_secret", &secret).extend_pairs(told);
    Ok(([(CONTENT_TYPE, "application/x-www-form-urlencoded")], form.finish()).into_response())
}

/// The address to which people are sent back: of this machine, or of a host that was named with the key.
/// Otherwise anybody could be sent anywhere by an address of this server.
fn callback_of(consumer: &Consumer, text: &str) -> Result<Url, Problem> {
    let wrong = |said: String| Problem::new(Kind::BadValue, said);
    let expected =
        || wrong(format!("`oauth_callback` is `{text}`: expected an http or https address, or `oob`"));
    let url = Url::parse(text).map_err(|_| expected())?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(expected)?;
    if url.username() != "" || url.password().is_some() {
        return Err(expected());
    }
    let with_port = url.port().map(|port| format!("{host}:{port}"));
    let is_named = |named: &String| {
        named.eq_ignore_ascii_case(host)
            || with_port.as_ref().is_some_and(|it| named.eq_ignore_ascii_case(it))
    };
    if is_loopback(host) || consumer.callback_hosts.iter().any(is_named) {
        return Ok(url);
    }
    let said = format!(
        "people are not sent to `{host}`: somebody who manages consumers adds it to the callback hosts of `{}`",
        consumer.name
    );
    Err(wrong(said))
}

/// What a person is asked: which consumer may act for them.
pub(crate) struct Grant {
    hash: TokenHash,
    text: String,
    pub(crate) consumer: Consumer,
    /// Where the person is sent back to.
    pub(crate) callback: Option<Url>,
}

/// The request that waits for a person's approval.
pub(crate) async fn grant(server: &Server, token: &str, callback: &str) -> Result<Grant, Problem> {
    let (store, hash) = (server.office.store(), TokenHash::of(token));
    let found = store.oauth_token(hash.as_str()).await?.filter(|token| token.expires > now());
    let Some(OauthToken { consumer_key, kind: TokenKind::Request { callback: known }, .. }) = found else {
        return Err(Problem::link_gone());
    };
    let consumer = store.consumer(&consumer_key).await?;
    let consumer = consumer.filter(|it| it.state == KeyState::Authorized).ok_or_else(Problem::link_gone)?;
    // What was signed counts.
    let callback =
        known.or_else(|| Some(callback.to_owned()).filter(|it| !it.is_empty() && it != OUT_OF_BAND));
    let callback = callback.map(|text| callback_of(&consumer, &text)).transpose()?;
    Ok(Grant { hash, text: token.to_owned(), consumer, callback })
}

/// The person approves; answers what they bring back to the consumer, and with what address.
pub(crate) async fn allow(
    server: &Server,
    caller: &Caller,
    grant: Grant,
) -> Result<(String, Option<Url>), Problem> {
    caller.is_in_person(server).await?;
    let verifier = hex(&random::<16>());
    let (user, verifier_hash) = (caller.view.asker_number(), TokenHash::of(&verifier));
    let store = server.office.store();
    if !store.approve_oauth_token(grant.hash.as_str(), user, verifier_hash.as_str(), now()).await? {
        return Err(Problem::link_gone());
    }
    tracing::info!(user = %caller.view.asker().id, consumer = grant.consumer.name, "approved a consumer");
    let back = grant.callback.map(|mut url| {
        url.query_pairs_mut()
            .append_pair("oauth_token", &grant.text)
            .append_pair("oauth_verifier", &verifier);
        url
    });
    Ok((verifier, back))
}

/// The person does not approve; answers with what address they go back.
pub(crate) async fn deny(server: &Server, grant: Grant) -> Result<Option<Url>, Problem> {
    let kind = TokenKind::Request { callback: None };
    server.office.store().end_oauth_token(grant.hash.as_str(), &kind).await?;
    Ok(grant.callback.map(|mut url| {
        url.query_pairs_mut()
            .append_pair("oauth_token", &grant.text)
            .append_pair("oauth_problem", "user_refused");
        url
    }))
}

/// A consumer that acts for somebody.
pub(crate) struct Acting {
    pub(crate) consumer: ActingConsumer,
    pub(crate) since: Moment,
    pub(crate) until: Moment,
}

/// The consumers that act for a user, by name.
pub(crate) async fn acting_for(server: &Server, user: UserId) -> Result<Vec<Acting>, StoreError> {
    let all = server.office.store().consumers_acting_for(user, now()).await?;
    let acting = |consumer: ActingConsumer| Acting {
        // Each token lasts as long from when it was given, which is kept nowhere else.
        since: earlier(consumer.first_expires, ACTING_LASTS),
        until: consumer.last_expires,
        consumer,
    };
    Ok(all.into_iter().map(acting).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_back_to_this_machine_or_to_a_host_that_was_named() {
        let consumer = Consumer {
            key: "k".to_owned(),
            name: "Reports".to_owned(),
            state: KeyState::Authorized,
            secret: String::new(),
            old_secret: None,
            trusted: false,
            functional_user: None,
            callback_hosts: vec!["reports.example.org".to_owned(), "other.example.org:8443".to_owned()],
            root_services: None,
            asked_from: None,
            asks_trust: false,
            renewed: false,
            created: Moment::new(0),
            decided: None,
        };
        let fine = |text: &str| callback_of(&consumer, text).is_ok();
        for text in [
            "http://localhost:5000/back?x=1",
            "http://127.0.0.1/",
            "http://[::1]:80/",
            "https://reports.example.org/back",
            "https://REPORTS.example.org:444/",
            "https://other.example.org:8443/",
        ] {
            assert!(fine(text), "{text}");
        }
        for text in [
            "https://other.example.org/",
            "https://reports.example.org.evil.example/",
            "https://reports.example.org@evil.example/",
            "https://evil.example/reports.example.org",
            "javascript:alert(1)",
            "//reports.example.org/",
            "http://localhost.evil.example/",
            "file://localhost/etc/passwd",
            "",
        ] {
            assert!(!fine(text), "{text}");
        }
    }
}
