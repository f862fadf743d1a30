//! Answers are sent compressed to those who take it, and not where a stranger could measure secrets by their
//! length (docs/pages.md#compression).

use std::io::{self, Write as _};
use std::mem::take;
use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};

use crate::client_address::ClientAddress;
use crate::cookie::is_secure;
use crate::cross_site::FETCH_SITE;
use crate::problem::Problem;
use crate::router::Server;
use crate::session;

/// What is smaller goes in one packet either way.
const SMALLEST: u64 = 1024;
/// So much is compressed at a time, before others have their turn.
const PIECE: usize = 64 << 10;
/// For what is made for one request; more takes longer than it saves.
const QUICK: Compression = Compression::new(4);

/// Compresses what comes of a request, if that is worth it and safe.
pub(crate) async fn compress(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let wanted = takes_gzip(request.headers()) && is_safe(&server, &request);
    let mut response = next.run(request).await;
    if !is_worth_it(&response) {
        return response;
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    if !wanted {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, compressed(body))
}

/// Whether a client takes gzip.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut named = accepted.flat_map(|value| value.split(',')).filter_map(|coding| {
        let (name, parameter) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = parameter.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        name.trim().eq_ignore_ascii_case("gzip").then_some(quality.is_ok_and(|quality| quality > 0.0))
    });
    named.next().unwrap_or(false)
}

/// Whether nobody else has made the browser ask. Whoever chooses a part of the request, and sees how long the
/// encrypted answer is, would learn by many tries what else stands in it (BREACH).
fn is_safe(server: &Server, request: &Request) -> bool {
    let (config, headers) = (&server.config, request.headers());
    let Some(client) = request.extensions().get::<ClientAddress>().copied() else { return false };
    match headers.get(&FETCH_SITE).map(HeaderValue::as_bytes) {
        Some(site) => matches!(site, b"same-origin" | b"none"),
        // Browsers say so wherever there is something encrypted to be measured. Nobody makes a program ask.
        None => !is_secure(config, client) || session::of_request(config, client, headers).is_none(),
    }
}

/// Whether something is text of some length that nobody waits for piece by piece.
fn is_worth_it(response: &Response) -> bool {
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_text = match media_type.split_once('/') {
        Some(("text", "event-stream")) => false,
        Some(("text", _)) => true,
        Some((_, kind)) => ["json", "jsonl", "xml", "yaml", "javascript", "x-ndjson"]
            .iter()
            .any(|it| kind == *it || kind.rsplit_once('+').is_some_and(|(_, base)| base == *it)),
        None => false,
    };
    is_text
        && response.body().size_hint().upper().is_none_or(|size| size >= SMALLEST)
        && !response.headers().contains_key(CONTENT_ENCODING)
        // The edge tells a problem anew.
        && response.extensions().get::<Problem>().is_none()
}

/// A body that is compressed while it is sent. What was made by then goes out at once.
fn compressed(body: Body) -> Body {
    let begin = (body.into_data_stream(), Bytes::new(), GzEncoder::new(Vec::new(), QUICK));
    Body::from_stream(stream::try_unfold(Some(begin), |state| async {
        let Some((mut body, mut waiting, mut encoder)) = state else { return Ok(None) };
        while encoder.get_ref().is_empty() {
            if waiting.is_empty() {
                let Some(made) = body.next().await.transpose()? else {
                    return Ok(Some((encoder.finish().map_err(axum::Error::new)?, None)));
                };
                waiting = made;
            }
            let piece = waiting.split_to(waiting.len().min(PIECE));
            encoder.write_all(&piece).and_then(|()| encoder.flush()).map_err(axum::Error::new)?;
        }
        Ok::<_, axum::Error>(Some((take(encoder.get_mut()), Some((body, waiting, encoder)))))
    }))
}

/// A text that stays as it is as long as the program runs: compressed once, and well, since nobody waits.
#[derive(Debug)]
pub(crate) struct Lasting {
    text: &'static str,
    compressed: OnceLock<Bytes>,
}

impl Lasting {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, compressed: OnceLock::new() }
    }
    /// It, as a client takes it. It tells of nobody, so that anybody may measure it.
    pub(crate) fn to(&self, headers: &HeaderMap) -> Response {
        let vary = (VARY, "accept-encoding");
        match takes_gzip(headers) {
            true => ([(CONTENT_ENCODING, "gzip"), vary], self.compressed()).into_response(),
            false => ([vary], self.text).into_response(),
        }
    }
    fn compressed(&self) -> Bytes {
        let compress = || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(self.text.as_bytes())?;
            Ok::<_, io::Error>(encoder.finish()?.into())
        };
        self.compressed.get_or_init(|| compress().expect("nothing fails to be kept in memory")).clone()
    }
}
