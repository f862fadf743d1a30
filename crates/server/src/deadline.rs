//! How long a request may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::config::Limits;
use crate::problem::Problem;
use crate::transfer::Arrival;

/// When a request must have been answered.
#[derive(Clone, Debug)]
struct Deadline {
    at: watch::Sender<Instant>,
    limits: Limits,
    /// Whether a change was begun, so that nobody can say that nothing was changed.
    changing: Arc<AtomicBool>,
}

tokio::task_local! {
    /// That of the request under way. It is no argument, since what changes something lies far below what
    /// knows of requests, and each change counts.
    static DEADLINE: Deadline;
}

impl Deadline {
    async fn passed(&self) {
        loop {
            let at = *self.at.borrow();
            sleep_until(at).await;
            if *self.at.borrow() <= at {
                return;
            }
        }
    }
}

/// Answers within the time that a request has.
pub(crate) async fn keep(limits: Limits, request: Request, next: Next) -> Response {
    let at = watch::Sender::new(Instant::now() + limits.request_timeout);
    let deadline = Deadline { at, limits, changing: Arc::default() };
    let arrival = request.extensions().get::<Arrival>().cloned().unwrap_or_default();
    tokio::select! {
        response = DEADLINE.scope(deadline.clone(), next.run(request)) => response,
        () = deadline.passed() => {
            let problem = if arrival.is_awaited() {
                Problem::slow()
            } else if deadline.changing.load(Ordering::Relaxed) {
                Problem::outcome_unknown()
            } else {
                Problem::busy()
            };
            problem.into_response()
        },
    }
}

/// For a request that imports something, by somebody who may: its body may be larger, and it may take longer.
pub(crate) fn allow_import(request: &mut Request) {
    // INVARIANT: every request passes the edge, which keeps its deadline.
    DEADLINE.with(|deadline| {
        deadline.at.send_replace(Instant::now() + deadline.limits.import_timeout);
        DefaultBodyLimit::max(deadline.limits.import_body).apply(request);
    });
}

/// A change begins, and goes on even if nobody waits for it any more.
pub(crate) fn change_begins() {
    // A change that no request has asked for has no deadline.
    let _none = DEADLINE.try_with(|deadline| deadline.changing.store(true, Ordering::Relaxed));
}

/// What does several things ends in time by itself, and then tells what it has done: answers when, and gets a
/// moment more for telling it.
pub(crate) fn taken_over() -> Instant {
    DEADLINE.with(|deadline| {
        let at = *deadline.at.borrow();
        deadline.at.send_replace(at + TELLING);
        at
    })
}

const TELLING: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tokio::time::sleep;
    use tower::ServiceExt as _;

    use super::*;
    use crate::config::Config;
    use crate::problem::Kind;

    #[tokio::test]
    async fn what_has_begun_to_change_something_is_never_said_to_have_changed_nothing() {
        const SHORT: Duration = Duration::from_millis(50);
        async fn reads() {
            pending::<()>().await;
        }
        async fn changes() {
            change_begins();
            pending::<()>().await;
        }
        async fn takes_over() {
            change_begins();
            sleep_until(taken_over()).await;
            sleep(SHORT).await;
        }
        let limits = Limits { request_timeout: SHORT, ..Config::default().limits };
        let router = Router::new().route("/reads", get(reads)).route("/changes", get(changes));
        let router = router.route("/takes-over", get(takes_over));
        let router = router.layer(from_fn(move |request: Request, next| keep(limits, request, next)));
        let ask = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            response.extensions().get::<Problem>().map(|problem| problem.kind)
        };
        assert_eq!(ask("/reads").await, Some(Kind::Busy));
        assert_eq!(ask("/changes").await, Some(Kind::OutcomeUnknown));
        assert_eq!(ask("/takes-over").await, None);
    }
}
