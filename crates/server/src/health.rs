//! Whether the process lives, and whether it is of use.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// The process answers.
pub(crate) async fn live() -> Response {
    said("alive\n")
}

/// The organisation is loaded: the listener opens only then.
pub(crate) async fn ready() -> Response {
    said("ready\n")
}

fn said(word: &'static str) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")], word).into_response()
}
