//! When components and configurations were made and changed: read from the journal when it is first asked,
//! and kept up from then on.

use std::ops::Range;
use std::sync::Arc;

use governance::{Dates, SearchCriteria};
use store::{Moment, Revision, Store, StoreError};
use tokio::sync::Mutex;

/// The revision that changed each of a kind last, by its number.
#[derive(Clone, Debug, Default)]
struct Changes {
    components: Vec<u32>,
    configurations: Vec<u32>,
}

impl Changes {
    async fn follow(&mut self, store: &Store, after: Revision, up_to: Revision) -> Result<(), StoreError> {
        let tell = |kind: &str, number: u32, revision: Revision| {
            let all = if kind == "component" { &mut self.components } else { &mut self.configurations };
            let at = number as usize;
            if all.len() <= at {
                all.resize(at + 1, 0);
            }
            all[at] = bounded(revision);
        };
        store.changed_after(after, up_to, tell).await
    }
}

/// What was changed last when, up to the newest revision that somebody has asked for.
#[derive(Debug)]
pub(crate) struct LastChanges(Mutex<(Revision, Arc<Changes>)>);

impl Default for LastChanges {
    fn default() -> Self {
        Self(Mutex::new((Revision::NONE, Arc::default())))
    }
}

impl LastChanges {
    /// Reads all that was changed up to a revision, which takes seconds for a million configurations:
    /// nobody has to wait for it then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn prepare(&self, store: &Store, revision: Revision) -> Result<(), StoreError> {
        self.at(store, revision, false).await.map(drop)
    }

    /// As it was at this revision.
    async fn at(&self, store: &Store, revision: Revision, is_past: bool) -> Result<Arc<Changes>, StoreError> {
        if is_past {
            let mut changes = Changes::default();
            changes.follow(store, Revision::NONE, revision).await?;
            return Ok(Arc::new(changes));
        }
        let mut kept = self.0.lock().await;
        if kept.0 < revision {
            let after = kept.0;
            Arc::make_mut(&mut kept.1).follow(store, after, revision).await?;
            kept.0 = revision;
        }
        Ok(Arc::clone(&kept.1))
    }
}

/// What is searched for by date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dated {
    Components,
    Configurations,
}

/// The dates that a search asks for, looked up.
#[derive(Clone, Debug)]
pub(crate) struct DatesFound {
    what: Dated,
    created: Option<Range<u32>>,
    modified_in: Option<Range<u32>>,
    changes: Option<Arc<Changes>>,
}

/// From this instant on, and before that one.
pub(crate) type Period = (Option<Moment>, Option<Moment>);

/// The periods that criteria name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Periods {
    pub(crate) created: Period,
    pub(crate) modified: Period,
}

impl DatesFound {
    /// Looks up what the criteria ask for, at a revision.
    pub(crate) async fn of(
        store: &Store,
        last: &LastChanges,
        what: Dated,
        criteria: &SearchCriteria,
        periods: Periods,
        (revision, is_past): (Revision, bool),
    ) -> Result<Self, StoreError> {
        let mut found = Self { what, created: None, modified_in: None, changes: None };
        if periods.created != (None, None) {
            let (from, to) = periods.created;
            let first = first_made(store, what, from, 0).await?;
            found.created = Some(first..first_made(store, what, to, u32::MAX).await?);
        }
        if criteria.need_modified() {
            found.changes = Some(last.at(store, revision, is_past).await?);
            let (from, to) = periods.modified;
            let from = first_revision(store, from, 0).await?;
            found.modified_in = Some(from..first_revision(store, to, u32::MAX).await?);
        }
        Ok(found)
    }

    pub(crate) fn dates(&self) -> Dates<'_> {
        let modified = self.changes.as_deref().map_or(&[][..], |changes| match self.what {
            Dated::Components => &changes.components,
            Dated::Configurations => &changes.configurations,
        });
        Dates { created: self.created.clone(), modified, modified_in: self.modified_in.clone() }
    }
}

/// The last revision made before an instant.
async fn before(store: &Store, moment: Moment) -> Result<Revision, StoreError> {
    store.revision_at(Moment::new(moment.microseconds().saturating_sub(1))).await
}

/// The first revision that was made at an instant or later.
async fn first_revision(store: &Store, moment: Option<Moment>, otherwise: u32) -> Result<u32, StoreError> {
    let Some(moment) = moment else { return Ok(otherwise) };
    Ok(bounded(before(store, moment).await?).saturating_add(1))
}

/// The number of the first that was made at an instant or later.
async fn first_made(
    store: &Store,
    what: Dated,
    moment: Option<Moment>,
    otherwise: u32,
) -> Result<u32, StoreError> {
    let Some(moment) = moment else { return Ok(otherwise) };
    let kind = match what {
        Dated::Components => "component",
        Dated::Configurations => "configuration",
    };
    let first = store.first_made_after(kind, before(store, moment).await?).await?;
    Ok(first.unwrap_or(u32::MAX))
}

fn bounded(revision: Revision) -> u32 {
    u32::try_from(revision.number()).unwrap_or(u32::MAX)
}
