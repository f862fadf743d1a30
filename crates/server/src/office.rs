//! The running organisation: everybody reads the newest one, and one at a time changes it.

mod change_error;
mod following;
mod keeping;
mod unasked;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use governance::{
    Act, Acted, AreaId, Ask, Event, Gate, Impact, LicenceSet, LicenceUse, Organisation, ProcessTemplate,
    Question, Refusal, UserId, View, impact,
};
use store::{Effect, Entry, IdempotencyKey, Revision, Store, StoreError, With};
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::task::spawn_blocking;

use crate::chance::now;
use crate::dates::LastChanges;
use crate::deadline;
use crate::leases::{LeaseBook, day_of};
use crate::metrics::Changes;
use crate::past::Pasts;
use crate::scope::{Scope, Scopes};

pub use change_error::ChangeError;
use keeping::Kept;

/// An organisation and its revision, which belong together.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) organisation: Arc<Organisation>,
    pub(crate) revision: Revision,
    /// The project areas whose process has changed since this node has begun, and by which revision last.
    pub(crate) processes_changed: Arc<HashMap<AreaId, Revision>>,
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

/// What belongs to a change besides what it changes.
#[derive(Default)]
pub(crate) struct Besides {
    /// Under which key it is made once.
    pub(crate) once: Option<Once>,
    /// What it does to what is no fact.
    pub(crate) effect: Option<Effect>,
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

/// What a change comes to: the licences that it uses, what is after it, and who gains and loses by it.
type Judged = (Acted, Vec<LicenceUse>, Organisation, Option<Impact>);

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
    pub(crate) leases: LeaseBook,
}

/// So long a change waits for who gains and who loses by it to be worked out for the journal.
const IMPACT: Duration = Duration::from_secs(5);
/// So long a lease of a licence lasts where nobody says otherwise.
const LEASE: Duration = Duration::from_secs(2 * 60 * 60);

impl Office {
    /// Loads the organisation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(store: Store) -> Result<Arc<Self>, StoreError> {
        Self::open_leasing(store, LEASE).await
    }

    /// The same, where a lease of a licence lasts so long after its last use.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_leasing(store: Store, lasting: Duration) -> Result<Arc<Self>, StoreError> {
        let loaded = store.load().await?;
        let leases = LeaseBook::open(&store, lasting).await?;
        // Before what has expired since midnight is forgotten.
        if let Err(error) = leases.note_day(&store, &loaded.organisation, day_of(now())).await {
            tracing::warn!(%error, "cannot note which leases have lasted past midnight; trying again");
        }
        let published = Published {
            organisation: Arc::new(loaded.organisation),
            revision: loaded.revision,
            processes_changed: Arc::default(),
        };
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
            leases,
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
        let view = view.with_leases(self.leases_of(&newest.organisation));
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
        self.change_with(author, summary, Besides { once, effect: None }, compose).await
    }

    /// The same, with what belongs to it besides.
    ///
    /// # Errors
    /// As [`Office::change_as`].
    pub(crate) async fn change_with<A, E>(
        self: &Arc<Self>,
        author: Author,
        summary: String,
        besides: Besides,
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
            let changed = office.carry_out(author, summary, besides, compose).await;
            match &changed {
                Ok(_) => {
                    office.changes.made.inc();
                }
                Err(error) => {
                    office.changes.refused(error.reason());
                    if let ChangeError::Refused(refusal) = error {
                        office.note_denials(refusal).await;
                    }
                }
            }
            changed
        });
        change.await.unwrap_or(Err(ChangeError::Broken))
    }

    async fn carry_out<A, E>(
        &self,
        author: Author,
        summary: String,
        Besides { once, effect }: Besides,
        compose: Arc<impl Fn(&View) -> Result<A, E> + Send + Sync + 'static>,
    ) -> Result<Changed, ChangeError<E>>
    where
        A: Act,
        E: std::error::Error + Send + Sync + 'static,
    {
        let _writer = self.writer.lock().await;
        let mut seats_read = !self.store.is_shared();
        loop {
            let newest = self.published();
            let begun = now();
            let leases = self.leases.now(&newest.organisation, begun);
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
            let judged_with = leases.clone();
            let judged = spawn_blocking(move || {
                // Whoever is archived meanwhile has no view, and nothing more to change.
                let view = View::of(Arc::clone(&organisation), author.user).ok_or(ChangeError::Archived)?;
                let leases = judged_with;
                let view = view.at_revision(revision).with_leases(leases.clone());
                let act = compose(&view).map_err(ChangeError::Composed)?;
                let acted = act.act(&organisation, author.user, leases.for_user(Some(author.user)));
                let acted = acted.map_err(ChangeError::Refused)?;
                let uses = leases.used(&organisation, author.user, &acted.asked);
                let uses = uses.map_err(ChangeError::Refused)?;
                let after = organisation.after(&acted.events);
                let until = Instant::now() + IMPACT;
                let impact = impact(&organisation, &after, &acted.events, || Instant::now() < until);
                Ok((acted, uses, after, impact))
            });
            let judged: Result<Judged, ChangeError<E>> = judged.await.map_err(|_| ChangeError::Broken)?;
            let (acted, uses, after, impact) = match judged {
                // Another node may have ended a lease, of which nobody has told yet.
                Err(ChangeError::Refused(refusal))
                    if !seats_read && refusal.gate() == Some(Gate::License) =>
                {
                    self.leases.read(&self.store).await?;
                    seats_read = true;
                    continue;
                }
                judged => judged?,
            };
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
            let view = View::of(Arc::clone(&after), author.user).map(|view| view.with_leases(leases));
            let key = once.as_ref().map(|once| {
                let answer = view.as_ref().map(|view| (once.told)(view, &acted.events));
                IdempotencyKey {
                    key: once.key.clone(),
                    request_hash: once.request_hash.clone(),
                    answer: answer.unwrap_or_default(),
                }
            });
            let used = if uses.is_empty() {
                None
            } else {
                let supply = newest.organisation.supply_on(day_of(begun));
                self.leases.to_keep(&supply, author.user, &uses, begun)
            };
            let with = With { once: key.as_ref(), used: used.as_ref(), effect: effect.as_ref() };
            let kept = Kept { entry: &entry, events: &acted.events, with };
            if let Some(revision) = self.keep(&newest, &after, kept).await? {
                return Ok(Changed { revision, events: acted.events, view });
            }
        }
    }

    /// The caller holds the writer.
    fn publish<'e>(
        &self,
        organisation: Arc<Organisation>,
        revision: Revision,
        events: impl IntoIterator<Item = (Revision, &'e Event)>,
    ) {
        let mut processes_changed = Arc::clone(&self.published().processes_changed);
        let mut erases = false;
        for (revision, event) in events {
            erases |= event.erases_user().is_some();
            if let Some(area) = ProcessTemplate::changed_by(event) {
                Arc::make_mut(&mut processes_changed).insert(area, revision);
            }
        }
        self.published.store(Arc::new(Published { organisation, revision, processes_changed }));
        if erases {
            self.pasts.forget();
        }
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
            if organisation.licence_pools().next().is_some() {
                self.leases.read(&self.store).await?;
            }
            let events =
                changes.iter().flat_map(|change| change.events.iter().map(|event| (change.revision, event)));
            self.publish(Arc::new(organisation), revision, events);
        }
    }

    /// Waits until the changes that are under way are kept or refused.
    pub(crate) async fn settle(&self) {
        drop(self.turn().await);
    }

    /// Waits until nobody changes anything, and keeps it so.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().await
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
