//! Routes that answer by themselves, asked by pages as programs ask them (docs/pages.md#forms). What changes
//! facts is [`Posted`](super::Posted) instead, whose impact is told before.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use serde_json::Value;
use tower::ServiceExt as _;

use super::route::{JSON, Verb};
use super::{ROOT, api, body, handler};
use crate::client_address::ClientAddress;
use crate::oauth::Verified;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;

/// The API, as whoever asks for a page may use it: what they have shown is shown again.
pub(crate) struct Rest {
    server: Arc<Server>,
    headers: HeaderMap,
    client: ClientAddress,
    verified: Option<Arc<Verified>>,
}

/// So many bytes an answer has at most.
const LARGEST: usize = 16 << 20;

impl FromRequestParts<Arc<Server>> for Rest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Infallible> {
        let client = ClientAddress::from_request_parts(parts, server).await?;
        let mut headers = HeaderMap::new();
        for name in [AUTHORIZATION, COOKIE, HOST] {
            for value in parts.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        let verified = parts.extensions.get::<Arc<Verified>>().cloned();
        Ok(Self { server: Arc::clone(server), headers, client, verified })
    }
}

impl Rest {
    /// What is at a path below the API's, with its query.
    pub(crate) async fn read(&self, path: &str) -> Result<Value, Problem> {
        self.ask(Verb::Get, path, &Value::Null).await
    }

    /// Sends a request; answers what the answer says, or the problem.
    pub(crate) async fn ask(&self, method: Verb, path: &str, sent: &Value) -> Result<Value, Problem> {
        let at = path.split_once('?').map_or(path, |(path, _)| path);
        let (route, _) = api().at(method, at).ok_or_else(Problem::not_found)?;
        let text = if sent.is_null() { Vec::new() } else { body::json(sent)? };
        let request = Request::builder().method(method.method()).uri(format!("{ROOT}{path}"));
        let mut request = request.body(Body::from(text)).map_err(|_| Problem::not_found())?;
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        request.extensions_mut().insert(self.client);
        if let Some(verified) = &self.verified {
            request.extensions_mut().insert(Arc::clone(verified));
        }
        let routes = Routes::new().on(method.method(), &format!("{ROOT}{}", route.path), handler(route));
        let answering = routes.into_router().with_state(Arc::clone(&self.server)).oneshot(request);
        let (mut parts, answer) = match answering.await {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        if let Some(problem) = parts.extensions.remove::<Problem>() {
            return Err(problem);
        }
        let bytes = to_bytes(answer, LARGEST).await.map_err(|_| Problem::internal())?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|_| Problem::internal())
    }
}
