//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use governance::UserId;

use super::form::Fields;
use super::{Frame, provider, render, with_status_of};
use crate::caller::Caller;
use crate::client_address::ClientAddress;
use crate::config::Example;
use crate::cookie::{BROWSER, CONTEXT, PREVIEW, is_secure};
use crate::password::Right;
use crate::place::Place;
use crate::problem::Problem;
use crate::router::Server;
use crate::session::{self, By};
use crate::sign_in::{NoEntry, by_password};
use crate::throttle::{Marks, mark_lasts};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    next: &'a str,
    /// What was typed as the id, and what is wrong.
    id: &'a str,
    wrong: Option<String>,
    examples: &'a [Example],
    /// The name and title of each provider of identities.
    providers: Vec<(String, String)>,
    is_administered: bool,
}

/// The page once more, for somebody who did not get in.
pub(super) fn again(server: &Server, next: &str, wrong: String) -> Response {
    render(&SignInPage::new(server, within(next), "", Some(wrong)))
}

impl<'a> SignInPage<'a> {
    fn new(server: &'a Server, next: &'a str, id: &'a str, wrong: Option<String>) -> Self {
        Self {
            frame: Frame::plain("Sign in"),
            next,
            id,
            wrong,
            examples: server.config.demo.as_ref().map_or(&[], |demo| &demo.users),
            providers: server.providers.offered(),
            is_administered: server.is_administered(),
        }
    }
}

pub(crate) async fn show(State(server): State<Arc<Server>>, caller: Option<Caller>, uri: Uri) -> Response {
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let next = within(query.get("next"));
    if caller.is_some() {
        return Redirect::to(next).into_response();
    }
    render(&SignInPage::new(&server, next, "", None))
}

pub(crate) async fn sign_in(
    State(server): State<Arc<Server>>,
    place: Place,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let (id, password, next) = (fields.get("user"), fields.get("password"), within(fields.get("next")));
    let (owned, client) = ((id.to_owned(), password.to_owned()), place.client);
    match by_password(&server, "sign in", place, Marks::Browser, owned.0, owned.1).await {
        Ok(entered) => {
            let (who, by) = ((entered.user, entered.browser), By::Own(entered.proof));
            enter(&server, client, &headers, who, by, next).await
        }
        Err(NoEntry::Wrong) => {
            let wrong = "User id and password do not match, or this user cannot sign in.";
            let page = render(&SignInPage::new(&server, next, id, Some(wrong.to_owned())));
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(no_entry @ (NoEntry::Wait(_) | NoEntry::Busy | NoEntry::Away(_))) => {
            let problem = Problem::from(no_entry);
            let page = render(&SignInPage::new(&server, next, id, Some(sentence(&problem.detail))));
            Ok(with_status_of(problem, page))
        }
        Err(no_entry) => Err(no_entry.into()),
    }
}

/// Begins a session in place of the one that the browser has, and goes on.
pub(super) async fn enter(
    server: &Server,
    client: ClientAddress,
    headers: &HeaderMap,
    (user, browser): (UserId, Option<String>),
    by: By,
    next: &str,
) -> Result<Response, Problem> {
    let mut cookies = vec![(SET_COOKIE, session::begin(server, client, user, by).await?)];
    if let Some(old) = session::of_request(&server.config, client, headers) {
        session::end(server, client, Some(&old)).await?;
    }
    // What somebody was looking at is not for whoever comes next.
    let secure = is_secure(&server.config, client);
    cookies.extend([PREVIEW, CONTEXT].map(|kept| (SET_COOKIE, kept.set("", 0, secure))));
    if let Some(mark) = browser {
        cookies.push((SET_COOKIE, BROWSER.set(&mark, mark_lasts().as_secs(), secure)));
    }
    Ok((AppendHeaders(cookies), Redirect::to(next)).into_response())
}

/// The same for somebody who has just set a password.
pub(super) async fn enter_anew(
    server: &Server,
    client: ClientAddress,
    headers: &HeaderMap,
    Right { user, proof }: Right,
    next: &str,
) -> Result<Response, Problem> {
    enter(server, client, headers, (user, None), By::Own(proof), next).await
}

pub(crate) async fn sign_out(
    State(server): State<Arc<Server>>,
    client: ClientAddress,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let next = match query.get("next") {
        "" => "/sign-in",
        next => within(next),
    };
    let token = session::of_request(&server.config, client, &headers);
    let there = match &token {
        Some(token) => provider::where_to_sign_out(&server, token).await?,
        None => None,
    };
    let cookie = session::end(&server, client, token.as_ref()).await?;
    let went = match there {
        Some(there) => render(&there),
        None => Redirect::to(next).into_response(),
    };
    // What somebody was looking at is not for whoever comes next.
    let secure = is_secure(&server.config, client);
    let forgotten = [cookie, PREVIEW.set("", 0, secure), CONTEXT.set("", 0, secure)];
    Ok((AppendHeaders(forgotten.map(|cookie| (SET_COOKIE, cookie))), went).into_response())
}

/// What a problem says, as a sentence.
pub(super) fn sentence(detail: &str) -> String {
    let mut letters = detail.trim_end_matches('.').chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Where to go after signing in: a page of this server, whatever somebody's link says.
pub(super) fn within(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|letter: char| letter == '\\' || letter.is_control() || !letter.is_ascii());
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::{sentence, within};

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        for (next, goes) in [
            ("/?user=bob", "/?user=bob"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("", "/"),
        ] {
            assert_eq!(within(next), goes);
        }
    }

    #[test]
    fn pages_speak_in_sentences() {
        assert_eq!(sentence("try again"), "Try again.");
        assert_eq!(sentence("Try again."), "Try again.");
        assert_eq!(sentence(""), ".");
    }
}
