//! What every request passes: an identification, whom it comes from, a time limit, headers, one line of
//! log.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERER,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use percent_encoding::percent_decode_str;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::chance::{hex, random};
use crate::client_address::{ClientAddress, Peer, Scheme};
use crate::config::Config;
use crate::metrics::Metrics;
use crate::negotiate::{Form, is_by_browser, preferred};
use crate::pages::frame::Frame;
use crate::pages::unsent::Unsent;
use crate::problem::{Kind, Problem};
use crate::transfer::refuse_longer;
use crate::{api, deadline, pages};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// What pages may load, and where their forms lead.
pub(crate) const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
     img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const LONGEST_ID: usize = 128;

/// What the edge is told.
#[derive(Debug)]
pub(crate) struct Edge {
    config: Config,
    /// What browsers are told that come by TLS.
    transport_security: Option<HeaderValue>,
    metrics: Arc<Metrics>,
}

impl Edge {
    pub(crate) fn new(config: &Config, metrics: Arc<Metrics>) -> Self {
        let seconds = Some(config.hsts.as_secs()).filter(|seconds| *seconds > 0);
        let transport_security = seconds.map(|seconds| format!("max-age={seconds}"));
        let transport_security = transport_security.and_then(|text| HeaderValue::from_str(&text).ok());
        Self { config: config.clone(), transport_security, metrics }
    }
}

pub(crate) async fn pass(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let under_way = edge.metrics.begin();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let peer = *request.extensions().get::<Peer>().expect("the listener puts it into each request");
    let client = ClientAddress::of(peer, request.headers(), &edge.config.trusted_proxies);
    request.extensions_mut().insert(client);
    let id = request_id(request.headers());
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        // Not the query: it tells who asks about whom.
        path = request.uri().path(),
        client = %client,
        user = Empty,
    );
    let form = preferred(request.headers());
    let by_browser = is_by_browser(request.headers());
    let back = came_from(&request);
    let answer = async {
        let response = match edge.refuse(&request) {
            Err(problem) => problem.into_response(),
            Ok(()) => {
                let handled = AssertUnwindSafe(deadline::keep(edge.config.limits, request, next));
                // The panic itself has been logged where it was.
                handled.catch_unwind().await.unwrap_or_else(|_| Problem::internal().into_response())
            }
        };
        let problem = response.extensions().get::<Problem>().map(|problem| problem.kind);
        let mut response = with_id(response, form, back, &id);
        put_headers(response.headers_mut(), id);
        if by_browser {
            ask_for_no_password(response.headers_mut());
        }
        if let (Scheme::Https, Some(value)) = (client.scheme, &edge.transport_security) {
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, value.clone());
        }
        let status = response.status();
        let took = under_way.end(route.as_ref().map(MatchedPath::as_str), &method, status, problem);
        // Of pages: what programs read is the same byte for byte.
        let is_page =
            response.headers().get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
        if is_page
            && let Ok(value) = HeaderValue::from_str(&format!("app;dur={}", took.as_secs_f64() * 1000.0))
        {
            response.headers_mut().insert(SERVER_TIMING, value);
        }
        tracing::info!(status = status.as_u16(), milliseconds = took.as_millis() as u64);
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

impl Edge {
    fn refuse(&self, request: &Request) -> Result<(), Problem> {
        // RFC 9112 §3.2.
        let hosts: Vec<_> = request.headers().get_all(HOST).iter().collect();
        let may_lack = request.version() != Version::HTTP_11;
        if !(hosts.len() == 1 && is_host(hosts[0]) || hosts.is_empty() && may_lack) {
            let said = "expected one header `Host`, with a name or address and perhaps a port";
            return Err(Problem::new(Kind::Malformed, said));
        }
        refuse_longer(self.longest_body(request), request.headers())?;
        // RFC 9110 §8.4: nothing that is read here may be encoded.
        let encoding = request.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        let is_encoded = encoding.is_some_and(|it| !it.is_empty() && !it.eq_ignore_ascii_case(b"identity"));
        if is_encoded && !request.body().is_end_stream() {
            return Err(Problem::new(
                Kind::MediaType,
                "the body is encoded; send it without `Content-Encoding`",
            ));
        }
        // No name of anything has a character 0, and what is no text names nothing.
        let path = percent_decode_str(request.uri().path()).decode_utf8();
        match path {
            Ok(path) if !path.contains('\0') => Ok(()),
            _ => Err(Problem::new(Kind::Malformed, "the path is no text: expected percent-encoded UTF-8")),
        }
    }

    fn longest_body(&self, request: &Request) -> usize {
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let by_rest = |path: &str| path.strip_prefix(api::ROOT).is_some_and(|it| api::api().imports(it));
        if route.is_some_and(|path| by_rest(path) || pages::imports(path)) {
            self.config.limits.import_body
        } else {
            self.config.limits.body
        }
    }
}

fn is_host(value: &HeaderValue) -> bool {
    let authority = value.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
    authority.is_some_and(|it| {
        let port = it.as_str().strip_prefix(it.host()).filter(|_| !it.host().is_empty());
        port.is_some_and(|port| matches!(port, "" | ":") || it.port_u16().is_some())
    })
}

/// The page of this server on which a form was sent, as the browser says.
fn came_from(request: &Request) -> Option<String> {
    let headers = request.headers();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (_, at) = text(REFERER).filter(|_| !request.method().is_safe())?.split_once("://")?;
    let path = at.strip_prefix(text(HOST)?).filter(|path| path.starts_with('/'))?;
    Some(path.to_owned())
}

/// A problem says which request it was; those who read pages get a page.
fn with_id(mut response: Response, form: Form, back: Option<String>, id: &HeaderValue) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let id = id.to_str().unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    let frame = parts.extensions.remove::<Frame>();
    let unsent = parts.extensions.remove::<Unsent>();
    let mut shown = match form {
        Form::Html => pages::problem::page(&problem, frame, unsent, (back, id)),
        Form::Json => problem.with("request_id", id).into_response(),
    };
    *shown.status_mut() = parts.status;
    shown.headers_mut().extend(parts.headers);
    shown
}

/// A browser that is asked for a password by itself goes on sending it until it is closed, whether or not
/// somebody signs out. Pages have a form for that.
fn ask_for_no_password(headers: &mut HeaderMap) {
    let asked: Vec<_> = headers.get_all(WWW_AUTHENTICATE).iter().cloned().collect();
    if asked.iter().any(is_basic) {
        headers.remove(WWW_AUTHENTICATE);
        headers.extend(asked.into_iter().filter(|it| !is_basic(it)).map(|it| (WWW_AUTHENTICATE, it)));
    }
}

fn is_basic(challenge: &HeaderValue) -> bool {
    challenge.as_bytes().starts_with(b"Basic ")
}

fn put_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CONTENT_POLICY));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    // What is somebody's stays in nobody's cache, unless a handler knows better.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::connections::Connections;
    use crate::observed::Observed;

    async fn answer(path: &str) -> (u16, serde_json::Value) {
        async fn panics() -> &'static str {
            panic!("a handler came to an unforeseen end")
        }
        let observed = Observed::new(Arc::default(), Connections::new(1), None);
        let edge = Arc::new(Edge::new(&Config::default(), Metrics::new(observed)));
        let router = Router::new().route("/panic", get(panics)).route("/{name}", get(async || "found"));
        let router = router.layer(from_fn_with_state(edge, pass));
        let request = Request::builder().uri(path).header("host", "x").header("x-request-id", "r-1");
        let mut request = request.body(Body::empty()).unwrap();
        let peer = Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), scheme: Scheme::Http };
        request.extensions_mut().insert(peer);
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["x-request-id"], "r-1");
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_with_the_requests_id() {
        let (status, problem) = answer("/panic").await;
        assert_eq!((status, &problem["type"]), (500, &"urn:bailiwick:problem:internal".into()));
        assert_eq!(problem["request_id"], "r-1");
        assert!(!problem.to_string().contains("unforeseen"));
    }

    #[tokio::test]
    async fn a_path_that_is_no_text_is_told_so() {
        assert_eq!(answer("/a%20b").await.0, 200);
        for path in ["/%00", "/a%00b", "/%ff", "/%c3%28"] {
            let (status, problem) = answer(path).await;
            assert_eq!(
                (status, &problem["type"]),
                (400, &"urn:bailiwick:problem:malformed".into()),
                "{path}"
            );
        }
    }
}
