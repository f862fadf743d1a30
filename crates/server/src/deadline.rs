//! How long a request may take.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::config::Limits;
use crate::problem::Problem;
use crate::transfer::Arrival;

/// When a request must have been answered; the edge puts it into each.
#[derive(Clone, Debug)]
struct Deadline {
    at: watch::Sender<Instant>,
    limits: Limits,
}

impl Deadline {
    fn put_off(&self, time: Duration) {
        self.at.send_replace(Instant::now() + time);
    }

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
pub(crate) async fn keep(limits: Limits, mut request: Request, next: Next) -> Response {
    let deadline = Deadline { at: watch::Sender::new(Instant::now() + limits.request_timeout), limits };
    let arrival = request.extensions().get::<Arrival>().cloned().unwrap_or_default();
    request.extensions_mut().insert(deadline.clone());
    tokio::select! {
        response = next.run(request) => response,
        () = deadline.passed() => if arrival.is_complete() {
            Problem::busy().into_response()
        } else {
            Problem::slow().into_response()
        },
    }
}

/// For a request that imports something, by somebody who may: its body may be larger, and it may take longer.
pub(crate) fn allow_import(request: &mut Request) {
    // INVARIANT: the edge puts it into each request.
    let deadline = request.extensions().get::<Deadline>().cloned().expect("every request has a deadline");
    deadline.put_off(deadline.limits.import_timeout);
    DefaultBodyLimit::max(deadline.limits.import_body).apply(request);
}
