//! Who asks: a session's cookie, HTTP Basic or a token says so, and every request is judged anew.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use governance::{Asking, Gate, UserId, View};
use store::{KeyState, Revision, StoreError};

use crate::chance::now;
use crate::client_address::ClientAddress;
use crate::negotiate::{Form, preferred};
use crate::oauth::Verified;
use crate::office::{Author, Office};
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::{Scope, Scopes};
use crate::secret::TokenHash;
use crate::sign_in::Proof;
use crate::{access_token, oauth, repeated_failure, session, sign_in};

/// Who asks, and what they see of the newest organisation. As an argument of a handler it needs, of a token,
/// `read` for what only reads and `write` for anything else; what a change needs besides, the office finds.
pub(crate) struct Caller {
    pub(crate) view: View,
    pub(crate) revision: Revision,
    pub(crate) credential: Credential,
    /// From where.
    pub(crate) client: ClientAddress,
}

/// Who asks a question, in whichever method: that needs `read` or `decide`.
pub(crate) struct Asker(pub(crate) Caller);

/// What has shown who asks.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// A session of a browser.
    Session(TokenHash),
    /// Id and password, sent with the request.
    Basic {
        /// What has shown that they belong together.
        proof: Proof,
    },
    /// A personal access token.
    Token {
        hash: TokenHash,
        /// As its owner calls it.
        name: Arc<str>,
        /// What it is for.
        scopes: Scopes,
    },
    /// A request that a consumer has signed.
    Consumer {
        key: Arc<str>,
        /// What it is called here.
        name: Arc<str>,
        /// With what it acts for a person; without it, it acts as its functional user.
        token: Option<TokenHash>,
    },
}

impl Credential {
    pub(crate) fn scopes(&self) -> Scopes {
        match self {
            Self::Session(_) | Self::Basic { .. } | Self::Consumer { token: None, .. } => Scopes::ALL,
            // Whoever approves of a program for a day gives it nothing that lasts longer.
            Self::Consumer { token: Some(_), .. } => {
                [Scope::Read, Scope::Decide, Scope::Write].into_iter().collect()
            }
            Self::Token { scopes, .. } => *scopes,
        }
    }

    /// About whom questions may be put.
    fn asking(&self) -> Asking {
        match self {
            Self::Session(_) | Self::Basic { .. } | Self::Consumer { .. } => Asking::ByRight,
            Self::Token { scopes, .. } if scopes.contains(Scope::Decide) => Asking::OfAnybody,
            Self::Token { .. } => Asking::OfOneself,
        }
    }
}

impl Caller {
    /// Whether what has been shown is for this.
    pub(crate) fn allows(&self, scope: Scope) -> Result<(), Problem> {
        self.allows_any(&[scope])
    }

    /// Keeps what was refused for those who look after the server.
    pub(crate) async fn log_refusal(&self, server: &Server, what: &str, gate: Gate) {
        let refused = store::Refused {
            at: now(),
            by: Some(self.view.asker().id.to_string()),
            address: Some(self.client.to_string()),
            what: what.to_owned(),
            gate: gate.word().to_owned(),
        };
        if let Err(error) = server.office.store().log_refusal(&refused).await {
            repeated_failure::log("cannot log that something was refused", &error);
        }
    }

    /// The same of a request that says nothing else of what it asks for.
    async fn allows_request(&self, server: &Server, scopes: &[Scope], parts: &Parts) -> Result<(), Problem> {
        let allowed = self.allows_any(scopes);
        if allowed.is_err() {
            let what = format!("{} {}", parts.method, parts.uri.path());
            self.log_refusal(server, &what, Gate::Auth).await;
        }
        allowed
    }

    fn allows_any(&self, scopes: &[Scope]) -> Result<(), Problem> {
        let has = self.credential.scopes();
        if scopes.iter().any(|scope| has.contains(*scope)) {
            return Ok(());
        }
        let needed: Vec<_> = scopes.iter().map(|scope| format!("`{}`", scope.id())).collect();
        let said = format!("this needs a token with the scope {}; this one has `{has}`", needed.join(" or "));
        Err(Problem::new(Kind::Scope, said))
    }

    /// Sees what is newest; answers whether the caller is still an active user.
    pub(crate) fn refresh(&mut self, office: &Office) -> bool {
        let Some((view, revision)) = office.view(self.view.asker_number()) else { return false };
        self.view = view.asking(self.credential.asking());
        self.revision = revision;
        true
    }

    /// Whether what has shown who asks still does: a session and a token end, and a password is changed.
    /// Using it in this way keeps no session alive.
    pub(crate) async fn is_still_known(&self, server: &Server) -> Result<bool, StoreError> {
        let (store, user) = (server.office.store(), self.view.asker_number());
        let known = match &self.credential {
            Credential::Session(hash) => {
                store.session(hash.as_str()).await?.is_some_and(|session| session.expires > now())
            }
            Credential::Basic { proof } => proof.still_holds(server, user).await?,
            Credential::Token { hash, .. } => {
                store.access_token(hash.as_str()).await?.is_some_and(|token| token.expires > now())
            }
            Credential::Consumer { key, token, .. } => {
                let consumer = store.consumer(key).await?;
                let consumer = consumer.filter(|consumer| consumer.state == KeyState::Authorized);
                let acts = match token {
                    None => consumer.is_some_and(|consumer| consumer.functional_user == Some(user)),
                    Some(token) => {
                        let token = store.oauth_token(token.as_str()).await?;
                        consumer.is_some() && token.is_some_and(|token| token.expires > now())
                    }
                };
                return Ok(acts && server.is_active(user));
            }
        };
        Ok(known && server.signs_in(user))
    }

    /// Whether it is a person, with a session or a password. No token makes others, or changes a password.
    pub(crate) async fn is_in_person(&self, server: &Server) -> Result<(), Problem> {
        match self.credential {
            Credential::Session(_) | Credential::Basic { .. } => Ok(()),
            Credential::Token { .. } | Credential::Consumer { .. } => {
                self.log_refusal(server, "do by a token what is for people in person", Gate::Auth).await;
                let said = "no token is for this; sign in, or send id and password";
                Err(Problem::new(Kind::Scope, said))
            }
        }
    }

    /// Whether it is no other server: how people and servers are let in is nothing for those.
    pub(crate) async fn is_no_consumer(&self, server: &Server) -> Result<(), Problem> {
        match self.credential {
            Credential::Session(_) | Credential::Basic { .. } | Credential::Token { .. } => Ok(()),
            Credential::Consumer { .. } => {
                self.log_refusal(server, "do by a signed request what is for people", Gate::Auth).await;
                let said = "no signed request is for this: it is for people, and for their own tokens";
                Err(Problem::new(Kind::Scope, said))
            }
        }
    }

    /// As whom the caller changes something.
    pub(crate) fn author(&self) -> Author {
        let via = match &self.credential {
            Credential::Session(_) | Credential::Basic { .. } => None,
            // Whatever its owner has called it, it looks like nothing else that a change may come by.
            Credential::Token { name, .. } => Some(format!("token {name}")),
            Credential::Consumer { name, .. } => Some(format!("consumer {name}")),
        };
        Author {
            user: self.view.asker_number(),
            via,
            address: Some(self.client.to_string()),
            scopes: self.credential.scopes(),
        }
    }
}

/// Why nobody was found who asks.
pub(crate) enum Nobody {
    /// A program is told to sign in.
    Problem(Problem),
    /// A browser is sent to the sign-in page, from where it comes back.
    SignInPage(String),
}

impl IntoResponse for Nobody {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::SignInPage(back) => {
                let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
                Redirect::to(&format!("/sign-in?next={back}")).into_response()
            }
        }
    }
}

impl From<Problem> for Nobody {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl FromRequestParts<Arc<Server>> for Caller {
    type Rejection = Nobody;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Nobody> {
        let caller = find(parts, server).await?;
        let scope = if parts.method.is_safe() { Scope::Read } else { Scope::Write };
        caller.allows_request(server, &[scope], parts).await?;
        Ok(caller)
    }
}

impl FromRequestParts<Arc<Server>> for Asker {
    type Rejection = Nobody;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Nobody> {
        let caller = find(parts, server).await?;
        caller.allows_request(server, &[Scope::Read, Scope::Decide], parts).await?;
        Ok(Self(caller))
    }
}

/// Who asks, whatever what they have shown is for.
pub(crate) async fn find(parts: &mut Parts, server: &Arc<Server>) -> Result<Caller, Nobody> {
    let place = match Place::from_request_parts(parts, server).await {
        Ok(place) => place,
        Err(never) => match never {},
    };
    let client = place.client;
    let signed = parts.extensions.get::<Arc<Verified>>();
    if let Some(verified) = signed {
        let (user, credential) = oauth::caller(server, verified)?;
        let Some((view, revision)) = server.office.view(user) else { return Err(Problem::sign_in().into()) };
        let view = view.asking(credential.asking());
        tracing::Span::current().record("user", user.number());
        return Ok(Caller { view, revision, credential, client });
    }
    let found = match authorization(&parts.headers)? {
        Some(Authorization::Basic { id, password }) => {
            let right = sign_in::by_basic(server, place, id, password).await.map_err(Problem::from)?;
            Some((right.user, Credential::Basic { proof: right.proof }))
        }
        Some(Authorization::Bearer(token)) => {
            Some(access_token::find(server, &place, &token).await.map_err(Problem::from)?)
        }
        None => by_session(server, client, &parts.headers).await?,
    };
    if let Some((user, credential)) = found
        && let Some((view, revision)) = server.office.view(user)
    {
        let view = view.asking(credential.asking());
        tracing::Span::current().record("user", user.number());
        return Ok(Caller { view, revision, credential, client });
    }
    match preferred(&parts.headers) {
        Form::Html if parts.method.is_safe() => {
            let back = parts.uri.path_and_query().map_or("/", |it| it.as_str());
            Err(Nobody::SignInPage(back.to_owned()))
        }
        Form::Html => {
            let said = "you are not signed in, or your session has ended: nothing was done";
            Err(Problem::new(Kind::SignIn, said).into())
        }
        Form::Json => Err(Problem::sign_in().into()),
    }
}

/// For pages that anybody gets, and that greet those whom they know.
impl OptionalFromRequestParts<Arc<Server>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Option<Self>, Infallible> {
        Ok(<Self as FromRequestParts<Arc<Server>>>::from_request_parts(parts, server).await.ok())
    }
}

async fn by_session(
    server: &Server,
    client: ClientAddress,
    headers: &HeaderMap,
) -> Result<Option<(UserId, Credential)>, Problem> {
    let Some(token) = session::of_request(&server.config, client, headers) else { return Ok(None) };
    let user = session::user_of(server, &token).await?;
    let user = user.filter(|user| server.signs_in(*user));
    Ok(user.map(|user| (user, Credential::Session(token))))
}

/// What a request shows in its header `Authorization`.
#[derive(Debug, PartialEq, Eq)]
enum Authorization {
    Basic { id: String, password: String },
    Bearer(String),
}

fn authorization(headers: &HeaderMap) -> Result<Option<Authorization>, Problem> {
    let wrong = |what: &str| Problem::new(Kind::SignIn, format!("the header `Authorization` {what}"));
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(wrong("is there twice; send it once"));
    }
    let text = value.to_str().map_err(|_| wrong("is no ASCII text"))?;
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        if rest.is_empty() || rest.contains(char::is_whitespace) {
            return Err(wrong("has no token after `Bearer`"));
        }
        return Ok(Some(Authorization::Bearer(rest.to_owned())));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(wrong("has another scheme than `Basic` and `Bearer`"));
    }
    let bytes = BASE64_STANDARD.decode(rest).map_err(|_| wrong("has no Base64 after `Basic`"))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("has no UTF-8 in the Base64 after `Basic`"))?;
    let (id, password) = text.split_once(':').ok_or_else(|| wrong("has no `:` between id and password"))?;
    Ok(Some(Authorization::Basic { id: id.to_owned(), password: password.to_owned() }))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &[u8]) -> Result<Option<Authorization>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        authorization(&headers).map_err(|problem| problem.detail)
    }

    #[test]
    fn credentials_are_read_or_it_is_said_what_is_wrong_with_them() {
        let basic = |id: &str, password: &str| {
            Ok(Some(Authorization::Basic { id: id.to_owned(), password: password.to_owned() }))
        };
        assert_eq!(read(b"Basic Ym9iOmE6Yg=="), basic("bob", "a:b"));
        assert_eq!(read(b"basic  Ym9iOg=="), basic("bob", ""));
        assert_eq!(read(b"bearer bwk_1 "), Ok(Some(Authorization::Bearer("bwk_1".to_owned()))));
        for (value, said) in [
            (&b""[..], "another scheme"),
            (b"bwk_1", "another scheme"),
            (b"Digest a=b", "another scheme"),
            (b"Bearer", "no token"),
            (b"Bearer a b", "no token"),
            (b"Basic", "no `:`"),
            (b"Basic bob:secret", "no Base64"),
            (b"Basic /////w==", "no UTF-8"),
            (b"Basic Ym9i", "no `:`"),
            (b"Basic \xff", "no ASCII"),
        ] {
            let detail = read(value).unwrap_err();
            assert!(detail.contains(said) && !detail.contains("secret"), "{detail}");
        }
    }

    #[test]
    fn two_credentials_are_none() {
        let mut headers = HeaderMap::new();
        for token in ["Bearer a", "Bearer b"] {
            headers.append(AUTHORIZATION, HeaderValue::from_static(token));
        }
        assert!(authorization(&headers).unwrap_err().detail.contains("twice"));
        assert_eq!(authorization(&HeaderMap::new()).unwrap(), None);
    }
}
