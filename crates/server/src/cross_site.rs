//! Requests that another site makes somebody's browser send.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governance::Gate;
use store::{Refused, StoreError};

use crate::chance::now;
use crate::client_address::{ClientAddress, Scheme};
use crate::config::Config;
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret::TokenHash;
use crate::{repeated_failure, session, throttle};

/// In it browsers say from which site a request comes.
pub(crate) const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

pub(crate) async fn pass(
    State(server): State<Arc<Server>>,
    client: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    match refuse(&server.config, client, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            let what = format!("{} {} from another site", request.method(), request.uri().path());
            let token = session::of_request(&server.config, client, request.headers());
            match user_of(&server, token).await {
                Ok(by) => log(&server, client, by, what).await,
                Err(error) => repeated_failure::log("cannot log that something was refused", &error),
            }
            problem.into_response()
        }
    }
}

/// The id of whose session it is, if it lasts.
async fn user_of(server: &Server, token: Option<TokenHash>) -> Result<Option<String>, StoreError> {
    let Some(token) = token else { return Ok(None) };
    let session = server.office.store().recent_session(token.as_str()).await?;
    let newest = server.office.published();
    let user = session.filter(|it| it.expires > now()).and_then(|it| newest.organisation.user(it.user));
    Ok(user.map(|user| user.id.to_string()))
}

/// Somebody is being misled: whoever looks after the server may want to know by whom.
async fn log(server: &Server, client: ClientAddress, by: Option<String>, what: String) {
    let store = server.office.store();
    if by.is_none() {
        return throttle::log_of_nobody(store, &what, &Place::without_browser(client)).await;
    }
    let (address, gate) = (Some(client.to_string()), Gate::Auth.word().to_owned());
    if let Err(error) = store.log_refusal(&Refused { at: now(), by, address, what, gate }).await {
        repeated_failure::log("cannot log that something was refused", &error);
    }
}

/// Browsers say from where a form comes. A program that says nothing and has a session must show that it is
/// no form: by a header, or a type of body, that no form can send.
fn refuse(config: &Config, client: ClientAddress, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let ours = request.method().is_safe()
        || match (text(&FETCH_SITE), text(&ORIGIN)) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => {
                let (scheme, host) = origin.split_once("://").unwrap_or_default();
                // What came without TLS may be of anybody on the way.
                let weaker = scheme == "http" && client.scheme == Scheme::Https;
                // A proxy may ask by another name than its client.
                !weaker && !host.is_empty() && (Some(host) == text(&HOST) || Some(host) == known_as(config))
            }
            (None, None) => {
                headers.contains_key(AUTHORIZATION)
                    || session::of_request(config, client, headers).is_none()
                    || headers.contains_key(&REQUESTED_WITH)
                    || text(&CONTENT_TYPE).is_some_and(is_json)
            }
        };
    let remedy =
        "send it from a page of this server; a program with a session sends `X-Requested-With`, or JSON";
    if ours { Ok(()) } else { Err(Problem::new(Kind::CrossSite, remedy)) }
}

/// The host by which clients know the server, where it is configured.
fn known_as(config: &Config) -> Option<&str> {
    config.base_uri.as_ref()?.as_str().split_once("://")?.1.split('/').next()
}

fn is_json(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
        || media_type.eq_ignore_ascii_case("application/merge-patch+json")
}
