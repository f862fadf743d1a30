//! Requests that another site makes somebody's browser send.

use axum::extract::Request;
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};

use crate::client_address::{ClientAddress, Scheme};
use crate::config::Config;
use crate::problem::{Kind, Problem};
use crate::session;

/// In it browsers say from which site a request comes.
pub(crate) const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Browsers say from where a form comes. A program that says nothing and has a session must show that it is
/// no form: by a header, or a type of body, that no form can send.
pub(crate) fn refuse(config: &Config, client: ClientAddress, request: &Request) -> Result<(), Problem> {
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
