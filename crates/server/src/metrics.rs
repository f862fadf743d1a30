//! What is counted and measured, as Prometheus reads it (docs/guide/operating.md#metrics).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::task::spawn_blocking;

use crate::config::Token;
use crate::observed::Observed;
use crate::problem::{Kind, Problem};
use crate::routes::Routes;

/// In seconds: a decision takes a fraction of the first, an import some of the last.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// What a request came to. Each value has few possible ones, whatever clients send.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Told {
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Why a change was refused: a gate, or what else stood in its way.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Two outcomes, each counted without looking anything up.
#[derive(Debug)]
struct Outcomes {
    of: Family<Outcome, Counter>,
    good: Counter,
    bad: Counter,
}

impl Outcomes {
    fn new(good: &'static str, bad: &'static str) -> Self {
        let of = Family::<Outcome, Counter>::default();
        let each = |outcome| of.get_or_create(&Outcome { outcome }).clone();
        let (good, bad) = (each(good), each(bad));
        Self { of, good, bad }
    }

    fn count(&self, is_good: bool) {
        if is_good {
            self.good.inc()
        } else {
            self.bad.inc()
        };
    }
}

/// The changes of an organisation.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) made: Counter,
    refused: Family<Reason, Counter>,
}

impl Changes {
    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { reason }).inc();
    }
    pub(crate) fn refusals(&self) -> &impl prometheus_client::encoding::EncodeMetric {
        &self.refused
    }
}

/// What a server counts.
pub(crate) struct Metrics {
    requests: Family<Answered, Histogram>,
    under_way: Gauge,
    problems: Family<Told, Counter>,
    decisions: Outcomes,
    sign_ins: Outcomes,
    pub(crate) observed: Arc<Observed>,
    registry: Registry,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    pub(crate) fn new(observed: Observed) -> Arc<Self> {
        let requests = Family::<Answered, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let (under_way, problems) = (Gauge::default(), Family::<Told, Counter>::default());
        let decisions = Outcomes::new("allowed", "refused");
        let sign_ins = Outcomes::new("succeeded", "failed");
        let observed = Arc::new(observed);
        let mut registry = Registry::default();
        let said = "How long requests took, by route, method and class of status";
        registry.register_with_unit("bailiwick_http_request_duration", said, Unit::Seconds, requests.clone());
        registry.register("bailiwick_http_requests_in_flight", "Requests under way", under_way.clone());
        registry.register("bailiwick_http_problems", "Answers that were problems, by kind", problems.clone());
        registry.register("bailiwick_decisions", "Decisions asked for, by outcome", decisions.of.clone());
        registry.register("bailiwick_sign_ins", "Attempts to sign in, by outcome", sign_ins.of.clone());
        registry.register_collector(Box::new(Arc::clone(&observed)));
        Arc::new(Self { requests, under_way, problems, decisions, sign_ins, observed, registry })
    }

    /// A decision was asked for.
    pub(crate) fn decided(&self, allowed: bool) {
        self.decisions.count(allowed);
    }

    /// Somebody tried to sign in.
    pub(crate) fn signed_in(&self, succeeded: bool) {
        self.sign_ins.count(succeeded);
    }

    /// A request begins.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.under_way.inc();
        UnderWay { metrics: self, begun: Instant::now() }
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 << 10);
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A request that is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay<'m> {
    metrics: &'m Metrics,
    begun: Instant,
}

impl UnderWay<'_> {
    /// It was answered; answers how long that took.
    pub(crate) fn end(
        self,
        route: Option<&str>,
        method: &Method,
        status: StatusCode,
        problem: Option<Kind>,
    ) -> Duration {
        let took = self.begun.elapsed();
        let answered = Answered {
            // What leads nowhere is all one.
            route: route.unwrap_or("none").to_owned(),
            method: known(method),
            status: class(status),
        };
        self.metrics.requests.get_or_create(&answered).observe(took.as_secs_f64());
        if let Some(kind) = problem {
            self.metrics.problems.get_or_create(&Told { kind: kind.slug() }).inc();
        }
        took
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.metrics.under_way.dec();
    }
}

fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// For whoever knows the token, or for everybody if there is none.
pub(crate) type Shown = (Arc<Metrics>, Option<Token>);

pub(crate) fn routes() -> Routes<Shown> {
    Routes::new().get("/metrics", show)
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn show(State((metrics, token)): State<Shown>, headers: HeaderMap) -> Response {
    if !token.is_none_or(|token| is_told(&headers, &token)) {
        let problem =
            Problem::new(Kind::SignIn, "send the token of the metrics: `Authorization: Bearer TOKEN`");
        return ([(WWW_AUTHENTICATE, "Bearer realm=\"metrics\"")], problem).into_response();
    }
    // Facts are counted.
    match spawn_blocking(move || metrics.text()).await {
        Ok(Ok(text)) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        _ => Problem::internal().into_response(),
    }
}

fn is_told(headers: &HeaderMap, token: &Token) -> bool {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value
        .split_once(' ')
        .is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("bearer") && token.is(given.trim()))
}
