//! Whether the process lives, and whether it is of use.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use store::Revision;
use tokio::time::{Instant, interval, timeout};

use crate::office::Office;

/// What is known of this node's own state.
#[derive(Debug, Default)]
pub(crate) struct Health {
    loaded: AtomicBool,
    stopping: AtomicBool,
    /// The newest revision in the database, when it was last asked.
    newest: AtomicU64,
    followed: Mutex<Followed>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Followed {
    unreachable: bool,
    /// Since when this node is behind the database, or does not learn of its changes.
    behind_since: Option<Instant>,
}

const ASKED_EVERY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(3);
/// Others' changes take a moment to arrive. Who is behind for longer is no longer asked.
const BEHIND_FOR: Duration = Duration::from_secs(5);

/// What `/health/ready` answers.
#[derive(Clone, Copy, Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// `loading`, `loaded`.
    organisation: &'static str,
    /// `reachable`, `unreachable`.
    database: &'static str,
    /// `followed`, `behind`: whether changes by other nodes arrive.
    changes: &'static str,
    /// `running`, `stopping`.
    service: &'static str,
}

impl Health {
    pub(crate) fn loaded(&self, revision: Revision) {
        self.newest.store(revision.number(), Ordering::Relaxed);
        self.loaded.store(true, Ordering::Release);
    }
    pub(crate) fn stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// How many revisions this node is behind, as far as it knows.
    pub(crate) fn lag(&self, published: Revision) -> u64 {
        self.newest.load(Ordering::Relaxed).saturating_sub(published.number())
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.readiness().ready
    }
    pub(crate) fn reaches_database(&self) -> bool {
        !self.followed().unreachable
    }

    /// Asks the database, for ever.
    pub(crate) async fn ask(self: Arc<Self>, office: Arc<Office>) {
        let mut every = interval(ASKED_EVERY);
        loop {
            every.tick().await;
            let newest = timeout(PATIENCE, office.store().newest_revision()).await;
            let reached = newest.ok().and_then(Result::ok);
            if let Some(newest) = reached {
                self.newest.store(newest.number(), Ordering::Relaxed);
            }
            let current = self.lag(office.published().revision) == 0 && office.is_followed();
            let mut followed = self.followed();
            let before = followed.unreachable;
            followed.unreachable = reached.is_none();
            followed.behind_since =
                if current { None } else { followed.behind_since.or(Some(Instant::now())) };
            if before != followed.unreachable {
                tracing::warn!(reachable = !followed.unreachable, "the database");
            }
        }
    }

    fn readiness(&self) -> Readiness {
        let loaded = self.loaded.load(Ordering::Acquire);
        let stopping = self.stopping.load(Ordering::Acquire);
        let Followed { unreachable, behind_since } = *self.followed();
        let behind = behind_since.is_some_and(|since| since.elapsed() > BEHIND_FOR);
        let word = |is: bool, yes, no| if is { yes } else { no };
        Readiness {
            ready: loaded && !stopping && !unreachable && !behind,
            organisation: word(loaded, "loaded", "loading"),
            database: word(unreachable, "unreachable", "reachable"),
            changes: word(behind, "behind", "followed"),
            service: word(stopping, "stopping", "running"),
        }
    }

    fn followed(&self) -> std::sync::MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Anybody may ask.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(health: Arc<Health>) -> Router<S> {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready)).with_state(health)
}

/// The process answers.
async fn live() -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], "alive\n").into_response()
}

/// Whether to send requests here.
async fn ready(State(health): State<Arc<Health>>) -> Response {
    let readiness = health.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::to_string(&readiness).unwrap_or_default() + "\n";
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
