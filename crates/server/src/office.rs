//! The running organisation: everybody reads the newest one, and one at a time changes it.

mod unasked;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use governance::{
    Act, Acted, Ask, Event, Gate, Impact, LicenceSet, Organisation, Question, Refusal, UserId, View, impact,
};
use store::{Answered, AppendError, Entry, IdempotencyKey, Revision, Store, StoreError};
use thiserror::Error;
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;

use crate::chance::now;
use crate::dates::LastChanges;
use crate::deadline;
use crate::metrics::Changes;
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

/// Why a change was not made; `E` is why there was none to make.
#[derive(Debug, Error)]
pub enum ChangeError<E: std::error::Error + 'static = Infallible> {
    /// There is no such command, as things are.
    #[error(transparent)]
    Composed(E),
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
    /// The database was lost while it kept the change, and cannot be asked whether it has.
    #[error("the database was lost while it kept the change")]
    Unknown,
    /// It was made before, under the same key; this is what was answered.
    #[error("this was done before, as revision {}", .0.revision.number())]
    Repeated(Answered),
    /// The author is no active user any more.
    #[error("the account is archived")]
    Archived,
    /// Deciding came to an unforeseen end; nothing was changed.
    #[error("the change could not be decided")]
    Broken,
}

impl<E: std::error::Error> ChangeError<E> {
    /// The gate that refuses it, or what else stands in its way.
    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::Rules(_)) => "rules",
            Self::Refused(refusal) => refusal.gate().map_or("precondition", Gate::word),
            Self::Composed(_) => "precondition",
            Self::Scope(_) => "scope",
            Self::Archived => Gate::Auth.word(),
            Self::Repeated(_) => "repeated",
            Self::Full => "disk-full",
            Self::Store(_) | Self::Unknown => "database",
            Self::Broken => "broken",
        }
    }
}

impl<E: std::error::Error> From<StoreError> for ChangeError<E> {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::Full } else { Self::Store(error) }
    }
}

/// What is told of a change that was made, and told again when it is asked for again.
pub(crate) type Told = Arc<dyn Fn(&View, &[Event]) -> String + Send + Sync>;

/// A change that is to be made once, however often it is asked for.
#[derive(Clone)]
pub(crate) struct Once {
    /// The key under which.
    pub(crate) key: String,
    /// A digest of the request: the same key means the same request.
    pub(crate) request_hash: String,
    /// What is kept with it.
    pub(crate) told: Told,
}

/// A change that was made.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The revision that it made.
    pub(crate) revision: Revision,
    /// What it consists of.
    pub(crate) events: Vec<Event>,
    /// What the author sees after it; `None` when it ended the author's own account.
    pub(crate) view: Option<View>,
}

/// The running organisation.
pub struct Office {
    store: Store,
    history_id: String,
    published: ArcSwap<Published>,
    /// Tells of each new revision.
    newest: watch::Sender<Revision>,
    // INVARIANT: whoever publishes holds it, so that revisions only go up.
    writer: Mutex<()>,
    /// Whether changes of other nodes arrive.
    followed: AtomicBool,
    pub(crate) changes: Changes,
    pub(crate) pasts: Pasts,
    pub(crate) last_changes: LastChanges,
}

/// How often a shared database is asked for changes when it tells of none.
const POLL: Duration = Duration::from_secs(5);
/// So long a change waits for who gains and who loses by it to be worked out for the journal.
const IMPACT: Duration = Duration::from_secs(5);
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
            history_id: loaded.history_id,
            newest: watch::Sender::new(published.revision),
            published: ArcSwap::from_pointee(published),
            writer: Mutex::new(()),
            followed: AtomicBool::new(true),
            changes: Changes::default(),
            pasts: Pasts::default(),
            last_changes: LastChanges::default(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Which history the revisions belong to: two databases with the same one are copies.
    pub(crate) fn history_id(&self) -> &str {
        &self.history_id
    }

    /// Tells of each new revision.
    pub(crate) fn revisions(&self) -> watch::Receiver<Revision> {
        self.newest.subscribe()
    }

    /// Waits until the newest organisation is of this revision or a later one.
    pub(crate) async fn reaches(&self, revision: Revision) {
        // The sender lives as long as this.
        if self.revisions().wait_for(|newest| *newest >= revision).await.is_err() {
            tracing::error!("nobody tells of revisions any more");
        }
    }

    /// The newest organisation; one atomic load.
    pub(crate) fn published(&self) -> Arc<Published> {
        self.published.load_full()
    }

    /// What an active user sees of the newest organisation, and its revision.
    pub(crate) fn view(&self, user: UserId) -> Option<(View, Revision)> {
        let newest = self.published.load();
        let view = View::of(Arc::clone(&newest.organisation), user)?;
        Some((view.at_revision(newest.revision.number()), newest.revision))
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
        act: impl Act + Clone + Send + Sync + 'static,
    ) -> Result<Revision, ChangeError> {
        let changed = self.change_as(author, summary, None, move |_| Ok(act.clone())).await?;
        Ok(changed.revision)
    }

    /// The same with a command that is made anew from what the author sees at each attempt: texts that name
    /// things, and conditions on what they are now, are judged with it.
    ///
    /// # Errors
    /// When there is no such command, it is refused, or it cannot be kept.
    pub(crate) async fn change_as<A, E>(
        self: &Arc<Self>,
        author: Author,
        summary: String,
        once: Option<Once>,
        compose: impl Fn(&View) -> Result<A, E> + Send + Sync + 'static,
    ) -> Result<Changed, ChangeError<E>>
    where
        A: Act,
        E: std::error::Error + Send + Sync + 'static,
    {
        let office = Arc::clone(self);
        let compose = Arc::new(compose);
        deadline::change_begins();
        let change = tokio::spawn(async move {
            let changed = office.carry_out(author, summary, once, compose).await;
            match &changed {
                Ok(_) => {
                    office.changes.made.inc();
                }
                Err(error) => office.changes.refused(error.reason()),
            }
            changed
        });
        change.await.unwrap_or(Err(ChangeError::Broken))
    }

    async fn carry_out<A, E>(
        &self,
        author: Author,
        summary: String,
        once: Option<Once>,
        compose: Arc<impl Fn(&View) -> Result<A, E> + Send + Sync + 'static>,
    ) -> Result<Changed, ChangeError<E>>
    where
        A: Act,
        E: std::error::Error + Send + Sync + 'static,
    {
        let _writer = self.writer.lock().await;
        loop {
            let newest = self.published();
            let by = newest.organisation.user(author.user).map(|user| user.id.to_string());
            let by = by.unwrap_or_default();
            // Before anything is judged: what it has made already may stand in its own way.
            if let Some(once) = &once
                && let Some(answered) = self.store.idempotent(&by, &once.key).await?
            {
                return Err(ChangeError::Repeated(answered));
            }
            let (organisation, compose) = (Arc::clone(&newest.organisation), Arc::clone(&compose));
            let revision = newest.revision.number();
            let judged = spawn_blocking(move || {
                // Whoever is archived meanwhile has no view, and nothing more to change.
                let view = View::of(Arc::clone(&organisation), author.user).ok_or(ChangeError::Archived)?;
                let view = view.at_revision(revision);
                let act = compose(&view).map_err(ChangeError::Composed)?;
                let acted = act.act(&organisation, author.user, organisation.leasable());
                let acted = acted.map_err(ChangeError::Refused)?;
                let after = organisation.after(&acted.events);
                let until = Instant::now() + IMPACT;
                let impact = impact(&organisation, &after, &acted.events, || Instant::now() < until);
                Ok((acted, after, impact))
            });
            let judged: Result<(Acted, Organisation, Option<Impact>), ChangeError<E>> =
                judged.await.map_err(|_| ChangeError::Broken)?;
            let (acted, after, impact) = judged?;
            let needed = scope_needed(&acted);
            if !author.scopes.contains(needed) {
                return Err(ChangeError::Scope(needed));
            }
            let entry = Entry {
                at: now(),
                by,
                via: author.via.clone(),
                address: author.address.clone(),
                basis: acted.basis.word().to_owned(),
                summary: summary.clone(),
                impact: impact.and_then(|impact| serde_json::to_string(&impact).ok()),
            };
            let after = Arc::new(after);
            let view = View::of(Arc::clone(&after), author.user);
            let kept = match &once {
                None => self.store.append(newest.revision, &entry, &acted.events).await,
                Some(once) => {
                    let answer = view.as_ref().map(|view| (once.told)(view, &acted.events));
                    let key = IdempotencyKey {
                        key: once.key.clone(),
                        request_hash: once.request_hash.clone(),
                        answer: answer.unwrap_or_default(),
                    };
                    self.store.append_once(newest.revision, &entry, &acted.events, &key).await
                }
            };
            if let Some(revision) = self.kept(kept, &newest, &entry, &after).await? {
                return Ok(Changed { revision, events: acted.events, view });
            }
        }
    }

    /// What has become of a change: its revision, which is published; none, if another node was faster.
    async fn kept<E: std::error::Error + 'static>(
        &self,
        kept: Result<Revision, AppendError>,
        before: &Published,
        entry: &Entry,
        after: &Arc<Organisation>,
    ) -> Result<Option<Revision>, ChangeError<E>> {
        match kept {
            Ok(revision) => {
                self.publish(Arc::clone(after), revision);
                Ok(Some(revision))
            }
            Err(AppendError::Repeated(answered)) => Err(ChangeError::Repeated(answered)),
            Err(AppendError::Overtaken(_)) => {
                self.catch_up().await?;
                Ok(None)
            }
            Err(AppendError::Full(_)) => Err(ChangeError::Full),
            Err(AppendError::Uncertain(error)) => {
                let revision = self.after_failure(before.revision, entry, error).await?;
                self.publish(Arc::clone(after), revision);
                Ok(Some(revision))
            }
            Err(AppendError::Store(error)) => Err(ChangeError::Store(error)),
            Err(error) => {
                tracing::error!(%error, "a change was not kept");
                Err(ChangeError::Broken)
            }
        }
    }

    /// A failure while committing leaves open whether the change was kept: the journal knows.
    async fn after_failure<E: std::error::Error + 'static>(
        &self,
        before: Revision,
        entry: &Entry,
        error: StoreError,
    ) -> Result<Revision, ChangeError<E>> {
        match self.store.changes_after(before).await {
            Ok(changes) if changes.first().is_some_and(|change| change.entry == *entry) => Ok(before.next()),
            Ok(_) => Err(ChangeError::Store(error)),
            Err(unknown) => {
                tracing::error!(%error, %unknown, "nobody knows whether a change was kept");
                Err(ChangeError::Unknown)
            }
        }
    }

    fn publish(&self, organisation: Arc<Organisation>, revision: Revision) {
        self.published.store(Arc::new(Published { organisation, revision }));
        self.newest.send_replace(revision);
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
            self.publish(Arc::new(organisation), revision);
        }
    }

    /// Whether changes of other nodes arrive.
    pub(crate) fn is_followed(&self) -> bool {
        self.followed.load(Ordering::Relaxed)
    }

    /// Waits until the changes that are under way are kept or refused.
    pub(crate) async fn settle(&self) {
        drop(self.writer.lock().await);
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

/// What was judged already, when the change was made up from what its author sees of the same organisation.
pub(crate) struct Decided(pub(crate) Result<Acted, Refusal>);

impl Act for Decided {
    fn act(&self, _: &Organisation, _: UserId, _: LicenceSet) -> Result<Acted, Refusal> {
        self.0.clone()
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
