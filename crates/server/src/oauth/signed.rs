//! Finds out whether a request is signed as it says, before anything else looks at it.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use oauth1::{Authentic, Secrets, Signed};
use sha2::{Digest as _, Sha256};
use store::{Consumer, KeyState, Moment, OauthToken};

use super::refused::{RefusedHandshake, Step, of_problem, problem};
use crate::chance::{hex, now};
use crate::client_address::ClientAddress;
use crate::config::Token;
use crate::friends;
use crate::peer::short;
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret::TokenHash;

/// Clocks may differ by so many seconds, either way.
const WINDOW: u64 = 5 * 60;
/// So many bytes a form has at most that comes with a signature: all of its fields are put in order before
/// anything is known of who has sent it.
const LONGEST_FORM: usize = 16 << 10;

/// A request whose signature is right, and was never seen before.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) consumer: Consumer,
    pub(crate) claims: Authentic,
    /// The encrypted secret by which it was signed: after a rotation the one before is good for a while.
    pub(crate) signed_by: String,
    pub(crate) token: Option<(TokenHash, OauthToken)>,
    seen: Seen,
}

/// What is told of a request that is refused.
#[derive(Clone, Debug)]
struct Seen {
    method: String,
    path: String,
    client: String,
    base_string: String,
}

impl Verified {
    pub(super) fn refused(&self, step: Step, said: &str) -> RefusedHandshake {
        self.seen.refused(&self.consumer.key, Some(&self.consumer), step.word(), said)
    }
}

impl Seen {
    fn refused(
        &self,
        key: &str,
        consumer: Option<&Consumer>,
        word: &'static str,
        said: &str,
    ) -> RefusedHandshake {
        RefusedHandshake {
            at: now(),
            consumer_key: key.to_owned(),
            consumer: consumer.map(|consumer| consumer.name.clone()),
            method: self.method.clone(),
            path: self.path.clone(),
            client: self.client.clone(),
            word,
            said: said.to_owned(),
            base_string: self.base_string.clone(),
        }
    }
}

/// A request is signed, or goes on as it is.
pub(crate) async fn pass(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    if !may_be_signed(&request) {
        return next.run(request).await;
    }
    match read(&server, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// What has signed a request, for those that nobody else may send.
pub(crate) struct SignedRequest(pub(crate) Arc<Verified>);

impl FromRequestParts<Arc<Server>> for SignedRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self, Problem> {
        let verified = parts.extensions.get::<Arc<Verified>>().cloned();
        verified.map(Self).ok_or_else(|| of_problem(&oauth1::Problem::Unsigned))
    }
}

/// Parameters are in the header, in the query or, where tokens are asked for, in a form.
fn may_be_signed(request: &Request) -> bool {
    let by_header = has_scheme(request.headers());
    let by_query = request.uri().query().is_some_and(|query| query.contains("oauth_signature="));
    let path = request.uri().path();
    let by_form = request.method() == Method::POST
        && [super::REQUEST_TOKEN, super::ACCESS_TOKEN, super::EXPIRE_TOKEN].contains(&path)
        && is_form(request.headers());
    by_header || by_query || by_form
}

fn has_scheme(headers: &HeaderMap) -> bool {
    let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scheme = text.trim_start().split([' ', '\t']).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("oauth")
}

fn is_form(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

async fn read(server: &Server, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let body: Result<Bytes, BytesRejection> =
        Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let body = body?;
    if is_form(&parts.headers) && body.len() > LONGEST_FORM {
        let said = format!("a form that is signed has at most {LONGEST_FORM} bytes");
        return Err(Problem::new(Kind::TooLarge, said));
    }
    let verified = verify(server, &parts, &body).await?;
    if let Some(verified) = verified {
        parts.uri = without_protocol(&parts.uri);
        parts.extensions.insert(Arc::new(verified));
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

async fn verify(server: &Server, parts: &Parts, body: &[u8]) -> Result<Option<Verified>, Problem> {
    let client = *parts.extensions.get::<ClientAddress>().expect("the edge puts it into each request");
    // The address by which the client has come: that is what it has signed.
    let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let url = client.known_as(&server.config, &parts.headers).unwrap_or_default() + path;
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let authorization = headers.next().map(|value| value.to_str()).transpose();
    let authorization = authorization.map_err(|_| problem(Step::Form, "the header is no ASCII text"))?;
    if headers.next().is_some() {
        return Err(problem(Step::Form, "the header `Authorization` is there twice; send it once"));
    }
    let seen = |base_string: String| Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        client: client.to_string(),
        base_string,
    };
    let signed = Signed::read(&oauth1::Request {
        method: parts.method.as_str(),
        url: &url,
        authorization,
        body: if is_form(&parts.headers) { oauth1::Body::Form(body) } else { oauth1::Body::Other(body) },
    });
    let signed = match signed {
        // A form that has other fields.
        Err(oauth1::Problem::Unsigned) if !has_scheme(&parts.headers) => return Ok(None),
        Err(problem) => {
            // What must be signed is not known.
            let seen = seen(String::new());
            server.handshakes.note(seen.refused("", None, problem.word(), &problem.to_string()));
            return Err(of_problem(&problem));
        }
        Ok(signed) => signed,
    };
    let seen = seen(signed.base_string().to_owned());
    let (store, key) = (server.office.store(), signed.consumer_key().to_owned());
    let Some(mut consumer) = store.recent_consumer(&key).await? else {
        let said = "no consumer has this key here: it was never asked for, or was deleted";
        server.handshakes.note(seen.refused(&key, None, Step::KeyKnown.word(), said));
        return Err(problem(Step::KeyKnown, said));
    };
    let token = match signed.token() {
        None => None,
        Some(token) => {
            let hash = TokenHash::of(token);
            let found = store.oauth_token(hash.as_str()).await?;
            match found.filter(|token| token.consumer_key == key) {
                Some(token) => Some((hash, token)),
                None => {
                    let said = "this consumer has no such token, or it was used up";
                    server.handshakes.note(seen.refused(&key, Some(&consumer), Step::Token.word(), said));
                    return Err(problem(Step::Token, said));
                }
            }
        }
    };
    let place = format!("{key} {}", Place::without_browser(client).network());
    if let Some(wait) = server.guesses.wait(&place, Instant::now()) {
        let said = "too many signatures by this key were wrong; try again later";
        return Err(Problem::new(Kind::Throttled, said).retry_after(wait));
    }
    let mut checked = check(server, &consumer, token.as_ref(), &signed)?;
    // Another node may have replaced the secret within the time for which a consumer is remembered.
    if matches!(checked, Err(oauth1::Problem::Signature))
        && let Some(newest) = store.consumer(&key).await?.filter(|newest| newest.secret != consumer.secret)
    {
        checked = check(server, &newest, token.as_ref(), &signed)?;
        consumer = newest;
    }
    let refuse = |step: Step, said: &str| {
        server.handshakes.note(seen.refused(&key, Some(&consumer), step.word(), said));
        problem(step, said)
    };
    let (unspent, signed_by) = match checked {
        Ok(found) => found,
        Err(wrong) => {
            let mut said = wrong.to_string();
            if wrong == oauth1::Problem::Signature {
                server.guesses.note(place, Instant::now());
                if let Some(other) = asked_by_another_address(server, client, &parts.headers) {
                    said.push_str(&other);
                }
            }
            server.handshakes.note(seen.refused(&key, Some(&consumer), wrong.word(), &said));
            let mut problem = of_problem(&wrong);
            problem.detail = said;
            return Err(problem);
        }
    };
    // A friend whose key waits for approval has it all the same.
    if parts.uri.path() == friends::HANDSHAKE {
        server.keys_shown.note(&key);
    }
    match consumer.state {
        KeyState::Authorized => {}
        KeyState::Provisional => {
            let said = "the key waits for the approval of somebody who manages consumers";
            return Err(refuse(Step::KeyApproved, said));
        }
        KeyState::Rejected => return Err(refuse(Step::KeyRejected, "the key was rejected")),
    }
    let was_new =
        store.spend_nonce(&nonce_hash(&key, unspent.nonce()), forgotten(unspent.timestamp())).await?;
    let claims = unspent.spend(was_new).map_err(|used| refuse(Step::Nonce, &used.to_string()))?;
    if token.as_ref().is_some_and(|(_, token)| token.expires <= now()) {
        return Err(refuse(Step::TokenLasts, "the token has expired: ask the person to approve again"));
    }
    // Anybody on the way could have changed it, and TLS keeps them off.
    if !claims.covers_body && !url.starts_with("https://") {
        let said = "the body is not signed: send `oauth_body_hash`, or come by https";
        return Err(refuse(Step::Signature, said));
    }
    // Who has once used the secret that it was given needs the one before no more to ask for another.
    if consumer.renewed && signed_by == consumer.secret {
        store.change_consumer(&consumer, &Consumer { renewed: false, ..consumer.clone() }).await?;
    }
    Ok(Some(Verified { consumer, claims, signed_by, token, seen }))
}

/// What is signed has the address in it by which this server is known: whoever asks by another one signs
/// another text.
fn asked_by_another_address(server: &Server, client: ClientAddress, headers: &HeaderMap) -> Option<String> {
    let base = server.config.base_uri.as_ref()?;
    let asked = client.asked_by(headers)?;
    let is_same = friends::same_server(&asked, base.as_str());
    (!is_same).then(|| {
        format!(
            "; the request came to `{}`, and `base_uri` here is `{}`: what is signed has that address in it, so that without a proxy in between one of \
             the two is wrong",
            short(&asked),
            base.as_str()
        )
    })
}

type Checked = Result<(oauth1::Unspent, String), oauth1::Problem>;

/// Whether it is signed by the secret, or by the one before it while that is good.
fn check(
    server: &Server,
    consumer: &Consumer,
    token: Option<&(TokenHash, OauthToken)>,
    signed: &Signed,
) -> Result<Checked, Problem> {
    let token = match token {
        Some((hash, token)) => Some(server.vault.open(&of_token(hash), &token.secret)?),
        None => None,
    };
    let token = token.as_ref().map_or("", Token::text);
    let old = consumer.old_secret.as_ref().filter(|old| old.until > now()).map(|old| &old.secret);
    let seconds = u64::try_from(now().microseconds() / 1_000_000).unwrap_or_default();
    let mut checked = Err(oauth1::Problem::Signature);
    for sealed in [Some(&consumer.secret), old].into_iter().flatten() {
        let secret = server.vault.open(&of_consumer(&consumer.key), sealed)?;
        let secrets = Secrets { consumer: secret.text(), token };
        checked = signed.clone().verify(secrets, seconds, WINDOW).map(|unspent| (unspent, sealed.clone()));
        if !matches!(checked, Err(oauth1::Problem::Signature)) {
            break;
        }
    }
    Ok(checked)
}

/// Whose secret it is, for the vault.
pub(crate) fn of_consumer(key: &str) -> String {
    format!("consumer {key}")
}

pub(super) fn of_token(hash: &TokenHash) -> String {
    format!("token {}", hash.as_str())
}

fn nonce_hash(key: &str, nonce: &str) -> String {
    hex(&Sha256::digest(format!("{}:{key}:{nonce}", key.len())))
}

/// From then on the timestamp is refused anyway.
fn forgotten(timestamp: u64) -> Moment {
    let seconds = i64::try_from(timestamp.saturating_add(WINDOW + 1)).unwrap_or(i64::MAX);
    Moment::new(seconds.saturating_mul(1_000_000))
}

/// Without what is for the signature alone: routes take no parameters that they do not know.
fn without_protocol(uri: &Uri) -> Uri {
    let Some(query) = uri.query() else { return uri.clone() };
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("oauth_")).collect();
    let text = match kept.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), kept.join("&")),
    };
    text.parse().unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_sees_no_parameter_of_the_signature() {
        let check = |text: &str, expected: &str| {
            assert_eq!(without_protocol(&text.parse().unwrap()).to_string(), expected);
        };
        check("/a?oauth_nonce=1&limit=5&oauth_signature=x%3D", "/a?limit=5");
        check("/a?oauth_nonce=1", "/a");
        check("/a%2Fb?x=%26", "/a%2Fb?x=%26");
        check("/a", "/a");
    }

    #[test]
    fn a_nonce_belongs_to_its_key() {
        assert_ne!(nonce_hash("a", "b:c"), nonce_hash("a:b", "c"));
        assert_eq!(forgotten(u64::MAX), Moment::new(i64::MAX));
    }
}
