//! Whether the process lives, and whether it is of use.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use store::Revision;
use tokio::time::{Instant, interval, timeout};

use crate::office::Office;
use crate::routes::Routes;

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
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Readiness {
    /// Whether to send requests here.
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
        self.readiness(Instant::now()).ready
    }
    pub(crate) fn reaches_database(&self) -> bool {
        !self.followed().unreachable
    }

    /// Asks the database, for ever.
    pub(crate) async fn ask(self: Arc<Self>, office: Arc<Office>) {
        let mut every = interval(ASKED_EVERY);
        loop {
            every.tick().await;
            let newest = timeout(PATIENCE, office.store().newest_revision()).await.ok().and_then(Result::ok);
            self.note(newest, office.published().revision, office.is_followed(), Instant::now());
        }
    }

    /// Notes the newest revision of the database, if it could be reached, and the one that is published here.
    fn note(&self, newest: Option<Revision>, published: Revision, is_followed: bool, now: Instant) {
        if let Some(newest) = newest {
            self.newest.store(newest.number(), Ordering::Relaxed);
        }
        let current = self.lag(published) == 0 && is_followed;
        let mut followed = self.followed();
        let before = followed.unreachable;
        followed.unreachable = newest.is_none();
        followed.behind_since = if current { None } else { followed.behind_since.or(Some(now)) };
        match (before, followed.unreachable) {
            (false, true) => tracing::warn!("the database cannot be reached: this node is not ready"),
            (true, false) => tracing::info!("the database can be reached again"),
            (true, true) | (false, false) => {}
        }
    }

    pub(crate) fn readiness(&self, now: Instant) -> Readiness {
        let loaded = self.loaded.load(Ordering::Acquire);
        let stopping = self.stopping.load(Ordering::Acquire);
        let Followed { unreachable, behind_since } = *self.followed();
        let behind = behind_since.is_some_and(|since| now.duration_since(since) > BEHIND_FOR);
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
pub(crate) fn routes() -> Routes<Arc<Health>> {
    Routes::new().get("/health/live", live).get("/health/ready", ready)
}

/// The process answers.
async fn live() -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], "alive\n").into_response()
}

/// Whether to send requests here.
async fn ready(State(health): State<Arc<Health>>) -> Response {
    let readiness = health.readiness(Instant::now());
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::to_string(&readiness).unwrap_or_default() + "\n";
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_not_ready_when_it_has_been_behind_for_a_while() {
        let health = Health::default();
        let (begin, later) = (Instant::now(), Instant::now() + BEHIND_FOR * 2);
        let says = |now: Instant| {
            let readiness = health.readiness(now);
            (readiness.ready, readiness.changes)
        };
        let revision = Revision::new;
        health.loaded(revision(7));
        health.note(Some(revision(8)), revision(7), true, begin);
        assert_eq!(health.lag(revision(7)), 1);
        assert_eq!((says(begin), says(later)), ((true, "followed"), (false, "behind")));
        health.note(Some(revision(9)), revision(8), true, later);
        assert_eq!(says(later), (false, "behind"), "it has caught up, and fallen behind again");
        health.note(Some(revision(9)), revision(9), true, later);
        assert_eq!(says(later), (true, "followed"));
        // Nobody tells it of changes, so that it cannot know.
        health.note(Some(revision(9)), revision(9), false, begin);
        assert_eq!((says(begin), says(later)), ((true, "followed"), (false, "behind")));
        health.note(Some(revision(9)), revision(9), true, later);
        health.stopping();
        assert_eq!(says(later), (false, "followed"));
    }
}
