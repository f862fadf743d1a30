//! Who asks: a session's cookie or HTTP Basic says so, and every request is judged anew.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use governance::{UserId, View};
use store::Revision;

use crate::negotiate::{Form, preferred};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::session::{self, TokenHash};

/// Who asks, and what they see of the newest organisation.
pub(crate) struct Caller {
    pub(crate) view: View,
    pub(crate) revision: Revision,
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
        let user = match parts.headers.get(AUTHORIZATION) {
            Some(value) => Some(by_basic(server, value).await?),
            None => by_session(server, &parts.headers).await?,
        };
        if let Some((view, revision)) = user.and_then(|user| server.office.view(user)) {
            return Ok(Self { view, revision });
        }
        match preferred(&parts.headers) {
            Form::Html if parts.method.is_safe() => {
                let back = parts.uri.path_and_query().map_or("/", |it| it.as_str());
                Err(Nobody::SignInPage(back.to_owned()))
            }
            Form::Html | Form::Json => Err(Problem::sign_in().into()),
        }
    }
}

/// For pages that anybody gets, and that greet those whom they know.
impl OptionalFromRequestParts<Arc<Server>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Option<Self>, Infallible> {
        Ok(<Self as FromRequestParts<Arc<Server>>>::from_request_parts(parts, server).await.ok())
    }
}

async fn by_session(server: &Server, headers: &HeaderMap) -> Result<Option<UserId>, Problem> {
    match TokenHash::from_headers(headers) {
        Some(token) => {
            let user = session::user_of(server.office.store(), &token).await?;
            Ok(user.filter(|user| server.signs_in(*user)))
        }
        None => Ok(None),
    }
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
