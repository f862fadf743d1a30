//! Keeping one change.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;

use governance::{Event, EventRow};
use sqlx::AssertSqlSafe;
use thiserror::Error;

use crate::Store;
use crate::db::{change, storable};
use crate::effect::{Effect, query};
use crate::error::{Cause, StoreError, failed};
use crate::follow::CHANNEL;
use crate::idempotency::{Answered, IdempotencyKey, KEPT, TAKE_KEY, answered};
use crate::journal::Entry;
use crate::lease::{LicencesUsed, use_licences};
use crate::revision::Revision;
use crate::{access_token, chain, lease, link, oauth_token, session};

/// Why a change was not kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Somebody else has changed the organisation meanwhile: catch up, then decide again.
    #[error("revision {0} is not the newest any more; read the changes after it, then decide again")]
    Overtaken(Revision),
    /// The same user has sent a request with this key before, and this is what was kept of it: answer the
    /// same again.
    #[error("this was asked for before, and done as revision {}; ask under another key", .0.revision)]
    Repeated(Answered),
    /// A licence that the change uses cannot be had any more. Nothing was kept: see what is free, then decide
    /// again.
    #[error("a licence that the change needs was taken or ended meanwhile; decide again")]
    LicenceGone,
    /// What it does besides, to what is no fact, cannot be done any more. Nothing was kept: read it again.
    #[error("what is to be changed was changed, or is gone, meanwhile; read it again")]
    InVain,
    /// No space is left. Nothing was kept; reading goes on.
    #[error("no space left for the database ({0}); free some, then try again")]
    Full(#[source] Cause),
    /// It failed while committing: whether it was kept, the journal knows.
    #[error(transparent)]
    Uncertain(StoreError),
    /// Anything else. Nothing was kept.
    #[error(transparent)]
    Store(StoreError),
}

/// What belongs to a change besides its entry and its events, and is kept with them or not at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct With<'a> {
    /// A key under which the answer is kept, unless the author has used it before.
    pub once: Option<&'a IdempotencyKey>,
    /// What the change uses of licences.
    pub used: Option<&'a LicencesUsed>,
    /// What it does to what is no fact.
    pub effect: Option<&'a Effect>,
}

impl From<StoreError> for AppendError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full { cause, .. } => Self::Full(cause),
            other => Self::Store(other),
        }
    }
}

const NEXT_REVISION: &str = "UPDATE organisation SET revision = revision + 1 WHERE revision = $1";
const HASH: &str = "SELECT hash FROM journal WHERE revision = $1";
const NEW_ENTRY: &str =
    "INSERT INTO journal (revision, at, by_user, via, address, basis, summary, impact, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const NEW_EVENTS: &str = "INSERT INTO event (revision, position, kind, key, before, after) VALUES ";
/// Of which some have personal fields.
const NEW_PERSONAL_EVENTS: &str =
    "INSERT INTO event (revision, position, kind, key, before, after, salt, personal) VALUES ";
/// The events are there already: no value travels twice.
const SAVE_FACTS: &str = "INSERT INTO fact (kind, key, value)
    SELECT kind, key, after FROM event WHERE revision = $1 AND position >= $2 AND position < $3
    ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value";
const DROP_FACTS: &str = "DELETE FROM fact WHERE kind = $1 AND value IS NULL AND key IN (
    SELECT key FROM event
    WHERE revision = $2 AND position >= $3 AND position < $4 AND kind = $1 AND after IS NULL
)";
const DROP_FACT: &str = "DELETE FROM fact WHERE kind = $1 AND key = $2";
const EVENTS_OF_USER: &str = "SELECT revision, position, before, after FROM event
    WHERE kind = 'user' AND key = $1";
/// The digest stays: the chain holds by it.
const KEEP_ERASED: &str = "UPDATE event SET before = $3, after = $4, salt = NULL
    WHERE revision = $1 AND position = $2";

const DOING: &str = "keep the change";

/// Bounds of what is sent at a time. Few rows, since SQLite looks through all parameters for each that is
/// bound; more than one, since each statement is a journey.
const ROWS_AT_A_TIME: usize = 32;
const BYTES_AT_A_TIME: usize = 1 << 20;
/// Texts for so few rows are worth keeping prepared, as that for a full batch is.
const FEW: usize = 8;

impl Store {
    /// Keeps one change: moves the revision on from `expected`, writes entry and events, and makes the facts
    /// what the events say that they are; all of it or nothing. Users who are archived lose their sessions,
    /// access tokens, links and leases with it; the name and mail of users who are erased leave the past,
    /// too. Other processes on the same database are told.
    ///
    /// Let it run to its end: when its future is dropped while committing, nobody knows whether the change
    /// was kept.
    ///
    /// # Errors
    /// When somebody else was faster, when there is no space, or when the database fails.
    pub async fn append(
        &self,
        expected: Revision,
        entry: &Entry,
        events: &[Event],
    ) -> Result<Revision, AppendError> {
        self.append_with(expected, entry, events, With::default()).await
    }

    /// The same, with what belongs to the change besides.
    ///
    /// # Errors
    /// As [`Store::append`]; when the key is taken, whether or not somebody else was faster as well; and when
    /// a licence cannot be had.
    pub async fn append_with(
        &self,
        expected: Revision,
        entry: &Entry,
        events: &[Event],
        With { once, used, effect }: With<'_>,
    ) -> Result<Revision, AppendError> {
        let next = expected.next();
        let ends = |event: &Event| event.archives_user().or(event.regroups_user()).is_some();
        let ends_credentials = events.iter().any(ends) || effect.is_some_and(Effect::ends_credentials);
        let _forgotten = ends_credentials.then(|| self.recent.forgotten_after());
        change!(&self.db, DOING, |transaction| {
            if let Some(once) = once {
                let query = sqlx::query(TAKE_KEY)
                    .bind(storable(&entry.by))
                    .bind(storable(&once.key))
                    .bind(storable(&once.request_hash))
                    .bind(next.to_sql())
                    .bind(storable(&once.answer))
                    .bind(entry.at.microseconds());
                let taken = query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                if taken.rows_affected() == 0 {
                    let query = sqlx::query_as(KEPT).bind(storable(&entry.by)).bind(storable(&once.key));
                    let kept = query.fetch_one(&mut *transaction).await.map_err(failed(DOING))?;
                    return Err(AppendError::Repeated(answered(kept)?));
                }
            }
            let moved = sqlx::query(NEXT_REVISION).bind(expected.to_sql()).execute(&mut *transaction).await;
            if moved.map_err(failed(DOING))?.rows_affected() == 0 {
                return Err(AppendError::Overtaken(expected));
            }
            // Whoever moves the revision has the turn until the end: nobody else takes a seat meanwhile.
            if let Some(used) = used
                && !use_licences!(transaction, used, DOING)
            {
                return Err(AppendError::LicenceGone);
            }
            let query = sqlx::query_scalar(HASH).bind(expected.to_sql());
            let before: Option<Option<String>> =
                query.fetch_optional(&mut *transaction).await.map_err(failed(DOING))?;
            let before = before.flatten().unwrap_or(chain::BEGINNING.to_owned());
            let entry = stored(entry);
            let mut link = chain::Link::of(&before, next, &entry);

            let mut batches = Batches::of(events);
            while let Some(batch) = batches.next()? {
                let (first, end) = (batch.first, batch.first + batch.rows.len() as i64);
                let many = batch.rows.len();
                let personal = |(position, row): (i64, &EventRow)| {
                    chain::Row::from(row).personal(&self.salts, next, position)
                };
                let personal = (first..).zip(&batch.rows).map(personal).collect::<Result<Vec<_>, _>>()?;
                let some_are_personal = personal.iter().any(Option::is_some);
                let statement = if some_are_personal {
                    new_events(NEW_PERSONAL_EVENTS, 6, many)
                } else {
                    new_events(NEW_EVENTS, 4, many)
                };
                let mut query = sqlx::query(AssertSqlSafe(statement))
                    .persistent(many <= FEW || many == ROWS_AT_A_TIME)
                    .bind(next.to_sql())
                    .bind(first);
                for (row, personal) in batch.rows.iter().zip(&personal) {
                    query = query
                        .bind(row.kind)
                        .bind(row.key.as_str())
                        .bind(row.before.as_deref())
                        .bind(row.after.as_deref());
                    let digest = personal.as_ref().map(|it| it.digest.as_str());
                    if some_are_personal {
                        query = query.bind(personal.as_ref().and_then(|it| it.salt.as_deref())).bind(digest);
                    }
                    link.event(chain::Row::from(row), digest)?;
                }
                query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                match batch.fate() {
                    Fate::OneGone(row) => {
                        let query = sqlx::query(DROP_FACT).bind(row.kind).bind(row.key.as_str());
                        query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                    }
                    Fate::Several { gone } => {
                        let query = sqlx::query(SAVE_FACTS).bind(next.to_sql()).bind(first).bind(end);
                        query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                        for kind in gone {
                            let query = sqlx::query(DROP_FACTS).bind(kind);
                            let query = query.bind(next.to_sql()).bind(first).bind(end);
                            query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                        }
                    }
                }
            }
            let query = sqlx::query(NEW_ENTRY)
                .bind(next.to_sql())
                .bind(entry.at.microseconds())
                .bind(&entry.by)
                .bind(&entry.via)
                .bind(&entry.address)
                .bind(&entry.basis)
                .bind(&entry.summary)
                .bind(&entry.impact)
                .bind(link.finish());
            query.execute(&mut *transaction).await.map_err(failed(DOING))?;
            for user in events.iter().filter_map(Event::erases_user) {
                let query = sqlx::query_as(EVENTS_OF_USER).bind(user.number().to_string());
                let past: Vec<(i64, i64, Option<String>, Option<String>)> =
                    query.fetch_all(&mut *transaction).await.map_err(failed(DOING))?;
                for (revision, position, before, after) in past {
                    let [before, after] = [before, after].map(|it| it.as_deref().map(chain::erased));
                    let query = sqlx::query(KEEP_ERASED).bind(revision).bind(position);
                    let query = query.bind(before.transpose()?).bind(after.transpose()?);
                    query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                }
            }
            // Whoever comes back from the archive comes back without.
            for user in events.iter().filter_map(Event::archives_user) {
                let ends = [
                    session::END_OF_USER,
                    access_token::END_OF_USER,
                    oauth_token::END_OF_USER,
                    link::END_OF_USER,
                    lease::END_OF_USER,
                ];
                for end in ends {
                    let query = sqlx::query(end).bind(i64::from(user.number()));
                    query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                }
            }
            // Whoever may do something else signs in again: nobody with a copied cookie comes along.
            for user in events.iter().filter_map(Event::regroups_user) {
                let query = sqlx::query(session::END_OF_USER).bind(i64::from(user.number()));
                query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                let query = sqlx::query(lease::END_AT_SIGN_OUT).bind(i64::from(user.number()));
                let query = query.bind(entry.at.microseconds());
                query.execute(&mut *transaction).await.map_err(failed(DOING))?;
            }
            for statement in effect.iter().flat_map(|effect| effect.statements(entry.at)) {
                let needs_row = statement.needs_row;
                let done = query!(statement).execute(&mut *transaction).await.map_err(failed(DOING))?;
                if needs_row && done.rows_affected() == 0 {
                    return Err(AppendError::InVain);
                }
            }
            if let Some(notice) = self.db.notice() {
                let query = sqlx::query(notice).bind(CHANNEL).bind(next.to_string());
                query.execute(&mut *transaction).await.map_err(failed(DOING))?;
            }
            transaction.commit().await.map_err(|error| match failed(DOING)(error) {
                full @ StoreError::Full { .. } => AppendError::from(full),
                other => AppendError::Uncertain(other),
            })?;
        });
        self.newest.send_replace(next);
        if events.iter().any(|event| event.erases_user().is_some()) {
            self.log_has_erased.store(true, Ordering::Relaxed);
            self.forget_log().await;
        }
        Ok(next)
    }

    /// Leaves nothing in the database's log of what was erased, as soon as nobody reads it any more.
    pub(crate) async fn forget_log(&self) {
        if self.log_has_erased.load(Ordering::Relaxed) && self.db.empty_log().await.unwrap_or(false) {
            self.log_has_erased.store(false, Ordering::Relaxed);
        }
    }
}

/// The entry as the columns hold it.
fn stored(entry: &Entry) -> Entry {
    let text = |text: &String| storable(text).into_owned();
    Entry {
        at: entry.at,
        by: text(&entry.by),
        via: entry.via.as_ref().map(text),
        address: entry.address.as_ref().map(text),
        basis: text(&entry.basis),
        summary: text(&entry.summary),
        impact: entry.impact.as_ref().map(text),
    }
}

/// The statement that inserts so many events: the revision and the first position, then so many columns of
/// each.
fn new_events(begin: &str, columns: usize, rows: usize) -> String {
    let row = |at: usize| {
        let columns: Vec<String> =
            (0..columns).map(|column| format!("${}", 3 + at * columns + column)).collect();
        format!("($1, $2 + {at}, {})", columns.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("{begin}{}", rows.join(", "))
}

/// Events in pieces that one statement can take, no two of one piece about the same fact: PostgreSQL saves a
/// row only once in a statement.
struct Batches<'a> {
    events: std::slice::Iter<'a, Event>,
    /// A row that was read and did not fit.
    left: Option<EventRow>,
    position: i64,
}

struct Batch {
    first: i64,
    rows: Vec<EventRow>,
}

/// What becomes of the facts of a batch.
enum Fate<'a> {
    /// There is one, and its row goes.
    OneGone(&'a EventRow),
    /// They are saved; afterwards go the rows without a value of these kinds.
    Several { gone: BTreeSet<&'static str> },
}

impl<'a> Batches<'a> {
    fn of(events: &'a [Event]) -> Self {
        Self { events: events.iter(), left: None, position: 0 }
    }

    fn next(&mut self) -> Result<Option<Batch>, StoreError> {
        let mut batch = Batch { first: self.position, rows: Vec::new() };
        let mut facts = HashSet::new();
        let mut bytes = 0;
        while batch.rows.len() < ROWS_AT_A_TIME && bytes < BYTES_AT_A_TIME {
            let row = match self.left.take() {
                Some(row) => row,
                None => match self.events.next() {
                    Some(event) => event.to_row().map_err(StoreError::row("event"))?,
                    None => break,
                },
            };
            if !facts.insert((row.kind, row.key.clone())) {
                self.left = Some(row);
                break;
            }
            bytes += row.key.len() + row.before.as_deref().map_or(0, str::len);
            bytes += row.after.as_deref().map_or(0, str::len);
            batch.rows.push(row);
        }
        self.position += batch.rows.len() as i64;
        Ok((!batch.rows.is_empty()).then_some(batch))
    }
}

impl Batch {
    fn fate(&self) -> Fate<'_> {
        let is_gone = |row: &&EventRow| row.after.is_none() && !row.numbered;
        match self.rows.as_slice() {
            [row] if is_gone(&row) => Fate::OneGone(row),
            rows => Fate::Several { gone: rows.iter().filter(is_gone).map(|row| row.kind).collect() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Sqlite};
    use crate::location::Location;
    use crate::revision::Moment;

    fn entry() -> Entry {
        Entry {
            at: Moment::new(0),
            by: "ann".to_owned(),
            via: None,
            address: None,
            basis: String::new(),
            summary: "x".repeat(100_000),
            impact: None,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_database_keeps_nothing_more_and_can_still_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::folder(folder.path()), "history").await.unwrap();
        let limit = async |statement: &'static str| {
            let Db::Sqlite(Sqlite { writer, .. }) = &store.db else { unreachable!() };
            sqlx::query(statement).execute(writer).await.unwrap();
        };
        let first = store.append(Revision::NONE, &entry(), &[]).await.unwrap();
        limit("PRAGMA max_page_count = 60").await;
        let refused = store.append(first, &entry(), &[]).await.unwrap_err();
        assert!(matches!(refused, AppendError::Full(_)), "{refused}");
        assert_eq!(store.load().await.unwrap().revision, first);
        limit("PRAGMA max_page_count = 1000000").await;
        assert_eq!(store.append(first, &entry(), &[]).await.unwrap(), first.next());
    }

    #[test]
    fn a_batch_ends_before_the_same_fact_comes_again() {
        let listed = |area: u32, listed: bool| {
            let value = |there: bool| there.then_some("true");
            Event::from_row("access-list", &format!("[{area},0]"), value(!listed), value(listed)).unwrap()
        };
        let events = [listed(0, true), listed(1, true), listed(0, false), listed(2, true), listed(2, false)];
        let mut batches = Batches::of(&events);
        let mut found = Vec::new();
        while let Some(batch) = batches.next().unwrap() {
            found.push((batch.first, batch.rows.len(), matches!(batch.fate(), Fate::OneGone(_))));
        }
        assert_eq!(found, [(0, 2, false), (2, 2, false), (4, 1, true)]);
    }

    #[test]
    fn one_statement_takes_several_events() {
        assert!(
            new_events(NEW_EVENTS, 4, 2)
                .ends_with("VALUES ($1, $2 + 0, $3, $4, $5, $6), ($1, $2 + 1, $7, $8, $9, $10)")
        );
    }
}
