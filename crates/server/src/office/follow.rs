//! Following what other nodes change.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use governance::Organisation;
use store::{Revision, StoreError};

use super::Office;

/// How often a shared database is asked for changes when it tells of none.
const POLL: Duration = Duration::from_secs(5);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

impl Office {
    /// Makes up for what other nodes have changed. The caller holds the writer.
    pub(super) async fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let newest = self.published();
            let changes = self.store.changes_after(newest.revision).await?;
            let Some(last) = changes.last() else { return Ok(()) };
            let revision = last.revision;
            let mut organisation = Organisation::clone(&newest.organisation);
            organisation.apply(changes.iter().flat_map(|change| &change.events));
            if organisation.licence_pools().next().is_some() {
                self.leases.read(&self.store).await?;
            }
            self.publish(Arc::new(organisation), revision);
        }
    }

    /// Whether changes of other nodes arrive.
    pub(crate) fn is_followed(&self) -> bool {
        self.followed.load(Ordering::Relaxed)
    }

    /// Follows what other nodes change, for ever.
    pub(crate) async fn follow(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow_until_failure().await {
                self.followed.store(false, Ordering::Relaxed);
                tracing::warn!(%error, "cannot follow the changes of other nodes; trying again");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }

    async fn follow_until_failure(&self) -> Result<(), StoreError> {
        let mut follower = self.store.follower(POLL).await?;
        let mut newest = Revision::NONE;
        loop {
            let writer = self.writer.lock().await;
            self.catch_up().await?;
            drop(writer);
            let is_followed = self.published().revision >= newest;
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
