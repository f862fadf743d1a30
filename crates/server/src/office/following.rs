//! Learning of what other nodes change.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::{Revision, StoreError};

use super::Office;
use crate::repeated_failure;

/// How often a shared database is asked for changes when it tells of none.
const POLL: Duration = Duration::from_secs(5);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

impl Office {
    /// Whether changes of other nodes arrive.
    pub(crate) fn is_followed(&self) -> bool {
        self.followed.load(Ordering::Relaxed)
    }

    /// Follows what other nodes change, for ever.
    pub(crate) async fn follow(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow_until_failure().await {
                self.followed.store(false, Ordering::Relaxed);
                repeated_failure::log("cannot follow the changes of other nodes; trying again", &error);
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }

    async fn follow_until_failure(&self) -> Result<(), StoreError> {
        let mut follower = self.store.follower(POLL).await?;
        let mut newest = Revision::NONE;
        loop {
            // A database that is silent must keep nobody from the writer.
            self.store.ping().await?;
            let writer = self.writer.lock().await;
            self.catch_up().await?;
            drop(writer);
            let is_followed = self.published().revision >= newest;
            if is_followed && !self.followed.swap(is_followed, Ordering::Relaxed) {
                tracing::info!("the changes of other nodes arrive again");
            }
            self.followed.store(is_followed, Ordering::Relaxed);
            newest = if is_followed {
                follower.after(self.published().revision).await?
            } else {
                tracing::error!(revision = %newest, "the journal lacks a revision that the database has");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                self.store.newest_revision().await?
            };
        }
    }
}
