//! Long answers a line at a time: made piece by piece while they are sent, so that none is ever held whole.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use futures_util::stream;
use tokio::task::spawn_blocking;

use super::route::JSON_LINES;

/// About so many bytes are made at once.
const PIECE: usize = 64 << 10;

/// A body of lines. `write` adds one, or tells by `false` that there are no more.
pub(super) fn body(write: impl FnMut(&mut Vec<u8>) -> bool + Send + 'static) -> Body {
    let pieces = stream::unfold(Some(write), |write| async move {
        let mut write = write?;
        // Each line may take its time: away from the threads that serve.
        let made = spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE);
            let mut more = true;
            while more && piece.len() < PIECE {
                more = write(&mut piece);
            }
            (Bytes::from(piece), more.then_some(write))
        });
        match made.await {
            Ok((piece, write)) => Some((Ok(piece), write)),
            Err(error) => {
                tracing::error!(%error, "an answer could not be brought to its end");
                Some((Err(error), None))
            }
        }
    });
    Body::from_stream(pieces)
}

/// Whether a client asks for lines.
pub(super) fn are_wanted(headers: &HeaderMap) -> bool {
    accepts(headers, JSON_LINES)
}

/// Whether a client names a media type among those that it accepts.
pub(super) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut names = accepted.flat_map(|it| it.split(',')).filter_map(|it| it.split(';').next());
    names.any(|name| name.trim().eq_ignore_ascii_case(media_type))
}
