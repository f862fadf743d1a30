//! Who asks: a session's cookie or HTTP Basic says so, and every request is judged anew.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use governance::{Asking, UserId, View};
use store::Revision;

use crate::negotiate::{Form, preferred};
use crate::office::{Author, Office};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::{Scope, Scopes};
use crate::session::{self, TokenHash};

/// Who asks, and what they see of the newest organisation. As an argument of a handler it needs, of a token,
/// `read` for what only reads and `write` for anything else; what a change needs besides, the office finds.
pub(crate) struct Caller {
    pub(crate) view: View,
    pub(crate) revision: Revision,
    pub(crate) credential: Credential,
    /// The network address from which, if it is known.
    pub(crate) address: Option<IpAddr>,
}

/// Who asks a question, in whichever method: that needs `read` or `decide`.
pub(crate) struct Asker(pub(crate) Caller);

/// What has shown who asks.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// A session of a browser.
    #[expect(dead_code, reason = "the REST interface reads it")]
    Session(TokenHash),
    /// Id and password, sent with the request.
    Basic,
    /// A personal access token.
    Token {
        /// As its owner calls it.
        name: Arc<str>,
        /// What it is for.
        scopes: Scopes,
    },
}

impl Credential {
    pub(crate) fn scopes(&self) -> Scopes {
        match self {
            Self::Session(_) | Self::Basic => Scopes::ALL,
            Self::Token { scopes, .. } => *scopes,
        }
    }

    /// About whom questions may be put.
    fn asking(&self) -> Asking {
        match self {
            Self::Session(_) | Self::Basic => Asking::ByRight,
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

    /// As whom the caller changes something.
    pub(crate) fn author(&self) -> Author {
        let via = match &self.credential {
            Credential::Session(_) | Credential::Basic => None,
            Credential::Token { name, .. } => Some(name.to_string()),
        };
        Author {
            user: self.view.asker_number(),
            via,
            address: self.address.map(|address| address.to_string()),
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
        caller.allows(if parts.method.is_safe() { Scope::Read } else { Scope::Write })?;
        Ok(caller)
    }
}

impl FromRequestParts<Arc<Server>> for Asker {
    type Rejection = Nobody;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Nobody> {
        let caller = find(parts, server).await?;
        caller.allows_any(&[Scope::Read, Scope::Decide])?;
        Ok(Self(caller))
    }
}

async fn find(parts: &Parts, server: &Server) -> Result<Caller, Nobody> {
    let found = match parts.headers.get(AUTHORIZATION) {
        Some(value) => Some((by_basic(server, value).await?, Credential::Basic)),
        None => by_session(server, &parts.headers).await?,
    };
    if let Some((user, credential)) = found
        && let Some((view, revision)) = server.office.view(user)
    {
        let view = view.asking(credential.asking());
        return Ok(Caller { view, revision, credential, address: None });
    }
    match preferred(&parts.headers) {
        Form::Html if parts.method.is_safe() => {
            let back = parts.uri.path_and_query().map_or("/", |it| it.as_str());
            Err(Nobody::SignInPage(back.to_owned()))
        }
        Form::Html | Form::Json => Err(Problem::sign_in().into()),
    }
}

/// For pages that anybody gets, and that greet those whom they know.
impl OptionalFromRequestParts<Arc<Server>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Option<Self>, Infallible> {
        Ok(<Self as FromRequestParts<Arc<Server>>>::from_request_parts(parts, server).await.ok())
    }
}

async fn by_session(server: &Server, headers: &HeaderMap) -> Result<Option<(UserId, Credential)>, Problem> {
    let Some(token) = TokenHash::from_headers(headers) else { return Ok(None) };
    let user = session::user_of(server.office.store(), &token).await?;
    let user = user.filter(|user| server.signs_in(*user));
    Ok(user.map(|user| (user, Credential::Session(token))))
}

async fn by_basic(server: &Server, value: &HeaderValue) -> Result<UserId, Problem> {
    let wrong = || Problem::new(Kind::SignIn, "these are not the credentials of a user who can sign in");
    let (id, password) = credentials(value).ok_or_else(wrong)?;
    let user = server.user_who_signs_in(&id);
    let right = server.passwords.is_right_again(server.office.store(), &id, user, &password).await?;
    right.ok_or_else(wrong)
}

fn credentials(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, password) = text.split_once(':')?;
    Some((id.to_owned(), password.to_owned()))
}
