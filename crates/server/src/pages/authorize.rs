//! A person is asked whether a consumer may act for them (docs/cross-server.md#signed-requests).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use reqwest::Url;

use super::form::Fields;
use super::set_password::private;
use super::visitor::Visitor;
use super::{Frame, render};
use crate::edge::CONTENT_POLICY;
use crate::oauth::{self, Grant};
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "authorize.html")]
struct AuthorizePage<'a> {
    frame: Frame,
    consumer: &'a str,
    token: &'a str,
    /// As the consumer has given it, where it was not signed.
    typed: &'a str,
    /// Where the person goes back to.
    host: Option<String>,
}

#[derive(Template)]
#[template(path = "authorized.html")]
struct AuthorizedPage {
    frame: Frame,
    /// What the person copies, where there is no address to go back to.
    verifier: Option<String>,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    caller.is_in_person(&server).await?;
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let (token, typed) = (query.get("oauth_token"), query.get("oauth_callback"));
    let grant = oauth::grant(&server, token, typed).await?;
    if grant.consumer.trusted {
        return allowed(&server, &visitor, grant).await;
    }
    let page = AuthorizePage {
        frame: visitor.frame(format!("{} asks for your approval", grant.consumer.name)),
        consumer: &grant.consumer.name,
        token,
        typed,
        host: grant.callback.as_ref().and_then(|url| url.host_str().map(str::to_owned)),
    };
    let mut page = private(render(&page));
    // The answer to the form leads there.
    if let Some(policy) = grant.callback.as_ref().and_then(policy) {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(page)
}

fn policy(callback: &Url) -> Option<HeaderValue> {
    // The policy has no form for addresses of IPv6.
    let to = match callback.host_str().is_some_and(|host| host.starts_with('[')) {
        true => format!("{}:", callback.scheme()),
        false => callback.origin().ascii_serialization(),
    };
    let policy = CONTENT_POLICY.replace("form-action 'self'", &format!("form-action 'self' {to}"));
    HeaderValue::from_str(&policy).ok()
}

pub(crate) async fn decide(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    caller.is_in_person(&server).await?;
    let grant = oauth::grant(&server, fields.get("oauth_token"), fields.get("oauth_callback")).await?;
    match fields.get("decision") {
        "allow" => allowed(&server, &visitor, grant).await,
        "deny" => {
            let back = oauth::deny(&server, grant).await?;
            let frame = visitor.frame("Not approved");
            Ok(match back {
                Some(url) => Redirect::to(url.as_str()).into_response(),
                None => private(render(&AuthorizedPage { frame, verifier: None })),
            })
        }
        other => Err(Problem::new(Kind::BadValue, format!("`{other}` is not one of `allow`, `deny`"))),
    }
}

async fn allowed(server: &Server, visitor: &Visitor, grant: Grant) -> Result<Response, Problem> {
    let (verifier, back) = oauth::allow(server, &visitor.caller, grant).await?;
    let frame = visitor.frame("Approved");
    Ok(match back {
        // What is in the address is a secret for some minutes.
        Some(url) => private(
            (axum::http::StatusCode::FOUND, [(axum::http::header::LOCATION, url.to_string())])
                .into_response(),
        ),
        None => private(render(&AuthorizedPage { frame, verifier: Some(verifier) })),
    })
}
