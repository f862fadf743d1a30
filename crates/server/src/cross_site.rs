//! Requests that another site makes somebody's browser send.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governance::Gate;
use store::Refused;

use crate::chance::now;
use crate::client_address::{ClientAddress, Scheme};
use crate::config::Config;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret::TokenHash;
use crate::{repeated_failure, session};

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
            let token = session::of_request(&server.config, client, request.headers());
            if let Some(token) = token {
                let what = format!("{} {} from another site", request.method(), request.uri().path());
                log(&server, client, &token, what).await;
            }
            problem.into_response()
        }
    }
}

/// Somebody is being misled: whoever looks after the server may want to know by whom.
async fn log(server: &Server, client: ClientAddress, token: &TokenHash, what: String) {
    let (now, store) = (now(), server.office.store());
    let logged = async {
        let session = store.recent_session(token.as_str()).await?.filter(|session| session.expires > now);
        let newest = server.office.published();
        let Some(user) = session.and_then(|session| newest.organisation.user(session.user)) else {
            return Ok(());
        };
        let (by, address) = (Some(user.id.to_string()), Some(client.to_string()));
        store.log_refusal(&Refused { at: now, by, address, what, gate: Gate::Auth.word().to_owned() }).await
    };
    if let Err(error) = logged.await {
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
