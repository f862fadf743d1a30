//! The running organisation: everybody reads the newest one, and one at a time changes it.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use governance::{Act, Acted, Ask, Organisation, Question, Refusal, UserId, View};
use store::{AppendError, Entry, Revision, Store, StoreError};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::chance::now;
use crate::past::Pasts;
use crate::scope::{Scope, Scopes};

/// An organisation and its revision, which belong together.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) organisation: Arc<Organisation>,
    pub(crate) revision: Revision,
}

/// Who changes something, and how it reached us.
#[derive(Clone, Debug)]
pub struct Author {
    /// The user.
    pub user: UserId,
    /// The consumer key or token through which, if any.
    pub via: Option<String>,
    /// The network address from which, if any.
    pub address: Option<String>,
    /// What the token is for; sessions and passwords are for everything.
    pub scopes: Scopes,
}

/// Why a change was not made.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// The organisation, as it is now, does not take it.
    #[error(transparent)]
    Refused(Refusal),
    /// The user may, and the token is not for it.
    #[error("the token lacks the scope `{}`", .0.id())]
    Scope(Scope),
    /// No space is left; reading goes on.
    #[error("no space left for the database; nothing was changed")]
    Full,
    /// The database fails.
    #[error(transparent)]
    Store(StoreError),
    /// Deciding came to an unforeseen end; nothing was changed.
    #[error("the change could not be decided")]
    Broken,
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::Full } else { Self::Store(error) }
    }
}

/// The running organisation.
pub struct Office {
    store: Store,
    published: ArcSwap<Published>,
    // INVARIANT: whoever publishes holds it, so that revisions only go up.
    writer: Mutex<()>,
    pub(crate) pasts: Pasts,
}

/// How often a shared database is asked for changes when it tells of none.
const POLL: Duration = Duration::from_secs(5);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

impl Office {
    /// Loads the organisation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(store: Store) -> Result<Arc<Self>, StoreError> {
        let loaded = store.load().await?;
        let published = Published { organisation: Arc::new(loaded.organisation), revision: loaded.revision };
        Ok(Arc::new(Self {
            store,
            published: ArcSwap::from_pointee(published),
            writer: Mutex::new(()),
            pasts: Pasts::default(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The newest organisation; one atomic load.
    pub(crate) fn published(&self) -> Arc<Published> {
        self.published.load_full()
    }

    /// What an active user sees of the newest organisation, and its revision.
    pub(crate) fn view(&self, user: UserId) -> Option<(View, Revision)> {
        let newest = self.published.load();
        Some((View::of(Arc::clone(&newest.organisation), user)?, newest.revision))
    }

    /// Makes a change: it is judged against the newest organisation, and again whenever another node was
    /// faster. Once begun it is brought to its end, even if nobody waits for it any more.
    ///
    /// # Errors
    /// When it is refused, or cannot be kept.
    pub async fn change(
        self: &Arc<Self>,
        author: Author,
        summary: String,
        act: impl Act + Send + Sync + 'static,
    ) -> Result<Revision, ChangeError> {
        let office = Arc::clone(self);
        let change = tokio::spawn(async move { office.carry_out(author, summary, Arc::new(act)).await });
        change.await.unwrap_or(Err(ChangeError::Broken))
    }

    async fn carry_out(
        &self,
        author: Author,
        summary: String,
        act: Arc<impl Act + Send + Sync + 'static>,
    ) -> Result<Revision, ChangeError> {
        let _writer = self.writer.lock().await;
        loop {
            let newest = self.published();
            let (organisation, act) = (Arc::clone(&newest.organisation), Arc::clone(&act));
            let judged = spawn_blocking(move || {
                let acted = act.act(&organisation, author.user, organisation.leasable())?;
                let after = organisation.after(&acted.events);
                Ok((acted, after))
            });
            let judged: Result<(Acted, Organisation), Refusal> =
                judged.await.map_err(|_| ChangeError::Broken)?;
            let (acted, after) = judged.map_err(ChangeError::Refused)?;
            let needed = scope_needed(&acted);
            if !author.scopes.contains(needed) {
                return Err(ChangeError::Scope(needed));
            }
            let by = newest.organisation.user(author.user).map(|user| user.id.to_string());
            let entry = Entry {
                at: now(),
                by: by.unwrap_or_default(),
                via: author.via.clone(),
                address: author.address.clone(),
                basis: acted.basis.word().to_owned(),
                summary: summary.clone(),
            };
            match self.store.append(newest.revision, &entry, &acted.events).await {
                Ok(revision) => {
                    self.publish(after, revision);
                    return Ok(revision);
                }
                Err(AppendError::Overtaken(_)) => self.catch_up().await?,
                Err(AppendError::Full(_)) => return Err(ChangeError::Full),
                Err(AppendError::Store(error)) => {
                    return self.after_failure(newest.revision, &entry, error).await;
                }
                Err(error) => {
                    tracing::error!(%error, "a change was not kept");
                    return Err(ChangeError::Broken);
                }
            }
        }
    }

    /// A connection lost while committing leaves open whether the change was kept: the journal knows.
    async fn after_failure(
        &self,
        before: Revision,
        entry: &Entry,
        error: StoreError,
    ) -> Result<Revision, ChangeError> {
        let kept = self.store.changes_after(before).await;
        let kept = kept.is_ok_and(|changes| changes.first().is_some_and(|change| change.entry == *entry));
        if !kept {
            return Err(ChangeError::Store(error));
        }
        self.catch_up().await?;
        Ok(before.next())
    }

    fn publish(&self, organisation: Organisation, revision: Revision) {
        self.published.store(Arc::new(Published { organisation: Arc::new(organisation), revision }));
    }

    /// Makes up for what other nodes have changed. The caller holds the writer.
    async fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let newest = self.published();
            let changes = self.store.changes_after(newest.revision).await?;
            let Some(last) = changes.last() else { return Ok(()) };
            let revision = last.revision;
            let mut organisation = Organisation::clone(&newest.organisation);
            organisation.apply(changes.iter().flat_map(|change| &change.events));
            self.publish(organisation, revision);
        }
    }

    /// Follows what other nodes change, for ever.
    pub(crate) async fn follow(self: Arc<Self>) {
        loop {
            if let Err(error) = self.follow_until_failure().await {
                tracing::warn!(%error, "cannot follow the changes of other nodes; trying again");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }

    async fn follow_until_failure(&self) -> Result<(), StoreError> {
        let mut follower = self.store.follower(POLL).await?;
        loop {
            follower.after(self.published().revision).await?;
            let _writer = self.writer.lock().await;
            self.catch_up().await?;
        }
    }
}

/// Process operations and repository operations administer; whatever else is changed is written.
fn scope_needed(acted: &Acted) -> Scope {
    let administers = |question: &Question| match &question.ask {
        Ask::Repository(_) => true,
        Ask::Perform(operation, ..) => operation.is_process(),
        Ask::Read | Ask::SetContext => false,
    };
    if acted.asked.iter().any(administers) { Scope::Administer } else { Scope::Write }
}
