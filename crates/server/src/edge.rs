//! What every request passes: an identification, whom it comes from, the cross-site check, a time limit,
//! headers, one line of log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::chance::{hex, random};
use crate::client_address::{ClientAddress, Peer};
use crate::negotiate::{Form, preferred};
use crate::pages;
use crate::problem::{Kind, Problem};
use crate::router::Server;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
const LONGEST_ID: usize = 128;
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

pub(crate) async fn pass(State(server): State<Arc<Server>>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let peer = *request.extensions().get::<Peer>().expect("the listener puts it into each request");
    let client = ClientAddress::of(peer, request.headers(), &server.config.trusted_proxies);
    request.extensions_mut().insert(client);
    let id = request_id(request.headers());
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        // Not the query: it tells who asks about whom.
        path = request.uri().path(),
        client = %client,
    );
    let form = preferred(request.headers());
    let answer = async {
        let response = match refuse_cross_site(&request) {
            Err(problem) => problem.into_response(),
            Ok(()) => {
                let handled = timeout(LONGEST_REQUEST, next.run(request)).await;
                handled.unwrap_or_else(|_| Problem::busy().into_response())
            }
        };
        let mut response = for_people(response, form);
        put_headers(response.headers_mut(), id);
        tracing::info!(
            status = response.status().as_u16(),
            milliseconds = begun.elapsed().as_millis() as u64
        );
        response
    };
    answer.instrument(span).await
}

/// The client's own identification of the request, if it can be repeated; otherwise one that is unique here.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    static PROCESS: LazyLock<String> = LazyLock::new(|| hex(&random::<4>()));
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let given = headers.get(&REQUEST_ID).filter(|id| id.len() <= LONGEST_ID && id.to_str().is_ok());
    given.cloned().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number}", *PROCESS);
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("-"))
    })
}

/// Browsers say from where a form comes; programs, which say nothing, have no cookies that another site
/// could use.
fn refuse_cross_site(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let ours = request.method().is_safe()
        || match (text(&FETCH_SITE), text(&ORIGIN)) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => {
                let host = origin.split_once("://").map(|(_, host)| host);
                host.is_some() && host == text(&HOST)
            }
            (None, None) => true,
        };
    if ours { Ok(()) } else { Err(Problem::new(Kind::CrossSite, "send it from a page of this server")) }
}

/// A page in place of a problem document, for those who read pages.
fn for_people(mut response: Response, form: Form) -> Response {
    if form == Form::Html
        && let Some(problem) = response.extensions_mut().remove::<Problem>()
    {
        let (mut parts, _) = response.into_parts();
        let page = pages::problem::page(&problem);
        parts.headers.remove(axum::http::header::CONTENT_TYPE);
        parts.headers.remove(axum::http::header::CONTENT_LENGTH);
        let mut shown = page.into_response();
        *shown.status_mut() = parts.status;
        shown.headers_mut().extend(parts.headers);
        return shown;
    }
    response
}

fn put_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    // What is somebody's stays in nobody's cache, unless a handler knows better.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
