//! What this decision point offers, and where.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::{ACTIONS, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS};
use crate::client_address::{ClientAddress, Scheme};
use crate::router::Server;

pub(crate) async fn configuration(
    State(server): State<Arc<Server>>,
    client: ClientAddress,
    headers: HeaderMap,
) -> Response {
    // Whoever asks names the host: what is said then is for them alone.
    let cache = if server.config.base_uri.is_some() { "public, max-age=3600" } else { "no-store" };
    let scheme = match client.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let named = || host.map(|host| format!("{scheme}://{host}"));
    let configured = server.config.base_uri.as_ref().map(|uri| uri.as_str().to_owned());
    let base = configured.or_else(named).unwrap_or_default();
    let base = base.trim_end_matches('/');
    let at = |(name, path): (&str, &str)| (name.to_owned(), Value::from(format!("{base}{path}")));
    let offered: Map<String, Value> = [("policy_decision_point", ""), EVALUATION, EVALUATIONS, SUBJECTS]
        .into_iter()
        .chain([RESOURCES, ACTIONS])
        .map(at)
        .collect();
    let body = Value::Object(offered).to_string();
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, cache)], body).into_response()
}
