//! What somebody sent who is not signed in any more: it is kept on the page that says so, to be sent again
//! (docs/pages.md#forms).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use hyper::body::{Frame, SizeHint};

use super::LARGEST_TABLE;
use super::form::{Fields, is_form};

/// A form that was not carried out.
#[derive(Clone, Debug)]
pub(crate) struct Unsent {
    /// Where it goes.
    pub(super) action: String,
    pub(super) fields: Fields,
}

/// The body of a form, which can still be read where the handler has not begun to.
pub(super) struct Kept(Shared);

impl Kept {
    /// The same body for the handler, and once more for the page that may have to carry it.
    pub(super) fn of(parts: &Parts, body: Body) -> (Body, Option<Self>) {
        if parts.method.is_safe() || !is_form(parts.headers.get(CONTENT_TYPE)) {
            return (body, None);
        }
        let shared = Shared(Arc::new(Mutex::new(body)));
        (Body::new(shared.clone()), Some(Self(shared)))
    }

    /// What it says; nothing where it was read, or cannot be carried: a password is in no page.
    pub(super) async fn unsent(self, parts: &Parts) -> Option<Unsent> {
        let bytes = to_bytes(Body::new(self.0), LARGEST_TABLE).await.ok()?;
        let fields = Fields::read(&bytes);
        let is_secret = |(name, _): (&str, &str)| name.contains("password") || name == "secret";
        let can_be_carried = !bytes.is_empty() && !fields.pairs().any(is_secret);
        let action = parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        can_be_carried.then_some(Unsent { action, fields })
    }
}

/// A body with two owners, of whom one reads it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }
    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
