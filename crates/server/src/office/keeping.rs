//! Keeping a change that was judged.

use std::sync::Arc;
use std::time::Duration;

use governance::{Event, Organisation};
use store::{AppendError, Effect, Entry, Revision, StoreError, With};
use tokio::time::timeout;

use super::{ChangeError, Office, Published};
use crate::repeated_failure;

/// A change that was not kept for so long, and as long again for each thousand of its events, is given up: a
/// database that has gone silent would keep the writer until TCP gives it up.
const KEEPING: Duration = Duration::from_secs(60);

/// What is kept of a change, all of it or nothing.
pub(super) struct Kept<'a> {
    pub(super) entry: &'a Entry,
    pub(super) events: &'a [Event],
    pub(super) with: With<'a>,
}

impl Office {
    /// Keeps a change; answers its revision, which is published, or none, if another node was faster.
    pub(super) async fn keep<E: std::error::Error + 'static>(
        &self,
        before: &Published,
        after: &Arc<Organisation>,
        change: Kept<'_>,
    ) -> Result<Option<Revision>, ChangeError<E>> {
        let Kept { entry, events, with } = change;
        let keeping = KEEPING * u32::try_from(1 + events.len() / 1000).unwrap_or(u32::MAX);
        let kept = self.store.append_with(before.revision, entry, events, with);
        // It may yet be kept: then the next change finds that it was overtaken.
        let kept = timeout(keeping, kept).await.map_err(|_| {
            tracing::error!("the database has not said in time whether it has kept a change");
            ChangeError::Unknown
        })?;
        let revision = match kept {
            Ok(revision) => revision,
            Err(AppendError::Repeated(answered)) => return Err(ChangeError::Repeated(answered)),
            Err(AppendError::Overtaken(_)) => {
                self.catch_up().await?;
                return Ok(None);
            }
            Err(AppendError::LicenceGone) => {
                self.leases.read(&self.store).await?;
                return Ok(None);
            }
            Err(AppendError::InVain) => return Err(ChangeError::InVain),
            Err(AppendError::Full(_)) => return Err(ChangeError::Full),
            Err(AppendError::Uncertain(error)) => self.after_failure(before.revision, entry, error).await?,
            Err(AppendError::Store(error)) => return Err(ChangeError::Store(error)),
            Err(error) => {
                tracing::error!(%error, "a change was not kept");
                return Err(ChangeError::Broken);
            }
        };
        self.publish(Arc::clone(after), revision, events.iter().map(|event| (revision, event)));
        with.used.iter().for_each(|used| self.leases.kept(used));
        let archived: Vec<_> = events.iter().filter_map(Event::archives_user).collect();
        self.leases.ended(&archived);
        let signs_out = events.iter().any(|event| event.regroups_user().is_some());
        if (signs_out || with.effect.is_some_and(Effect::ends_leases))
            && let Err(error) = self.leases.read(&self.store).await
        {
            // It is read again within seconds.
            repeated_failure::log("cannot read who has leased which licence", &error);
        }
        Ok(Some(revision))
    }

    /// A failure while committing leaves open whether the change was kept: the journal knows.
    async fn after_failure<E: std::error::Error + 'static>(
        &self,
        before: Revision,
        entry: &Entry,
        error: StoreError,
    ) -> Result<Revision, ChangeError<E>> {
        let changes = timeout(KEEPING, self.store.changes_after(before)).await;
        match changes.map_err(|_| ChangeError::Unknown)? {
            Ok(changes) if changes.first().is_some_and(|change| change.entry == *entry) => Ok(before.next()),
            Ok(_) => Err(ChangeError::Store(error)),
            Err(unknown) => {
                tracing::error!(%error, %unknown, "nobody knows whether a change was kept");
                Err(ChangeError::Unknown)
            }
        }
    }
}
