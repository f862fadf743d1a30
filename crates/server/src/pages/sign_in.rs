//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::{Frame, render};
use crate::caller::Caller;
use crate::chance::now;
use crate::config::Example;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::session::{self, TokenHash};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    next: &'a str,
    /// What was typed, when it was wrong.
    wrong: Option<&'a str>,
    examples: &'a [Example],
    has_users: bool,
}

impl<'a> SignInPage<'a> {
    fn new(server: &'a Server, next: &'a str, wrong: Option<&'a str>) -> Self {
        Self {
            frame: Frame::new("Sign in", None),
            next,
            wrong,
            examples: server.config.demo.as_ref().map_or(&[], |demo| &demo.users),
            has_users: server.has_users(),
        }
    }
}

pub(crate) async fn show(State(server): State<Arc<Server>>, caller: Option<Caller>, uri: Uri) -> Response {
    let next = field(uri.query().unwrap_or_default().as_bytes(), "next");
    let next = within(next.as_deref());
    if caller.is_some() {
        return Redirect::to(next).into_response();
    }
    render(&SignInPage::new(&server, next, None))
}

pub(crate) async fn sign_in(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = form(&headers, body)?;
    let id = field(&body, "user").unwrap_or_default();
    let password = field(&body, "password").unwrap_or_default();
    let next = field(&body, "next");
    let next = within(next.as_deref());
    let store = server.office.store();
    let user = server.user_who_signs_in(&id);
    let Some(user) = server.passwords.is_right(store, user, &password).await? else {
        tracing::info!("somebody could not sign in");
        let refused = store::Refused {
            at: now(),
            by: Some(id.chars().take(LONGEST_LOGGED).collect()),
            address: None,
            what: "sign in".to_owned(),
            gate: "AUTH".to_owned(),
        };
        if let Err(error) = store.log_refusal(&refused).await {
            tracing::warn!(%error, "cannot log that somebody could not sign in");
        }
        let page = render(&SignInPage::new(&server, next, Some(&id)));
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    let cookie = session::begin(&server, user).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

pub(crate) async fn sign_out(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = TokenHash::from_headers(&headers);
    let cookie = session::end(&server, token.as_ref()).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

/// What was typed as an id may be a password, or a novel.
const LONGEST_LOGGED: usize = 100;

fn form(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::new(Kind::MediaType, "send application/x-www-form-urlencoded"));
    }
    Ok(body?)
}

fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Where to go after signing in: a page of this server, whatever somebody's link says.
fn within(next: Option<&str>) -> &str {
    let ours = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|letter: char| letter == '\\' || letter.is_control() || !letter.is_ascii())
    };
    next.filter(ours).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        for (next, goes) in [
            (Some("/?user=bob"), "/?user=bob"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/a\r\nSet-Cookie: x"), "/"),
            (None, "/"),
        ] {
            assert_eq!(within(next), goes);
        }
    }
}
