//! Reading: one thing with its entity tag, or a page of a list; now, or as it was.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use governance::View;
use serde::Serialize;
use serde_json::value::RawValue;
use store::Revision;
use tokio::task::spawn_blocking;

use super::body;
use super::etag::{self, Conditions};
use super::request::Asked;
use super::route::{Route, Work};
use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

/// A page of a list.
#[derive(Serialize)]
struct Page {
    items: Box<RawValue>,
    /// The `cursor` of the next page; null on the last.
    next: Option<String>,
}

pub(super) fn handler(route: &'static Route) -> MethodRouter<Arc<Server>> {
    route.method.router(
        move |State(server): State<Arc<Server>>, caller: Caller, headers: HeaderMap, asked: Asked| {
            async move { read(&server, &caller, route, asked, &headers).await }
        },
    )
}

/// Reads what a route shows.
pub(super) async fn read(
    server: &Server,
    caller: &Caller,
    route: &'static Route,
    asked: Asked,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    caller.allows(route.scope)?;
    let (view, revision) = asked.view(server, caller).await?;
    // A list may pass over much before it has its page.
    let read = spawn_blocking(move || bytes(route, &view, &asked));
    let bytes = read.await.map_err(|_| Problem::new(Kind::Internal, "the server's log says more"))??;
    let tag = etag::of(&bytes);
    if Conditions::of(headers)?.has(&tag) {
        let tag = header(&tag)?;
        return Ok(with_revision(server, revision, (StatusCode::NOT_MODIFIED, [(ETAG, tag)])));
    }
    representation(server, StatusCode::OK, &tag, bytes, revision)
}

/// The representation that a route gives.
pub(super) fn bytes(route: &Route, view: &View, asked: &Asked) -> Result<Vec<u8>, Problem> {
    match &route.work {
        Work::Read(read) => read(view, &asked.pairs),
        Work::List(list) => {
            let (items, next) = list(view, &asked.pairs, asked.place()?, asked.limit)?;
            let items = String::from_utf8(items).ok().and_then(|text| RawValue::from_string(text).ok());
            let items = items.ok_or_else(|| Problem::new(Kind::Internal, "the list has no JSON"))?;
            body::json(&Page { items, next: next.map(|place| asked.list().cursor(place)) })
        }
        Work::Change(_) | Work::Own(_) => Err(Problem::not_found()),
    }
}

/// An answer with a body that can be named by its entity tag.
pub(super) fn representation(
    server: &Server,
    status: StatusCode,
    tag: &str,
    bytes: Vec<u8>,
    revision: Revision,
) -> Result<Response, Problem> {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (ETAG, header(tag)?),
        // It may be kept, and must be asked for again: whoever reads it may not tomorrow.
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    Ok(with_revision(server, revision, (status, headers, bytes).into_response()))
}

fn header(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|_| Problem::new(Kind::Internal, "an entity tag is no header"))
}
