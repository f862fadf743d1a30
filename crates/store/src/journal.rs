//! The journal: who changed what, when, and by what right.

use futures_util::TryStreamExt as _;
use governance::Event;
use sqlx::{AssertSqlSafe, Row as _};

use crate::Store;
use crate::db::{reading, snapshot};
use crate::error::{StoreError, failed};
use crate::revision::{Moment, Revision};
use crate::search::Search;

/// What the journal keeps of one revision, beside its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// The id of the user who did it.
    pub by: String,
    /// The consumer key or token through which, if any.
    pub via: Option<String>,
    /// The network address from which, if any.
    pub address: Option<String>,
    /// By what right: the role or override that permitted it.
    pub basis: String,
    /// What was done, for people.
    pub summary: String,
    /// Who gained and who lost by a change of what governs something, as JSON.
    pub impact: Option<String>,
}

/// One revision: its entry, and its events in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Which revision.
    pub revision: Revision,
    /// Who, when and why.
    pub entry: Entry,
    /// What changed.
    pub events: Vec<Event>,
}

/// Which fact: its kind and its key, as an event's row has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey {
    /// One of [`Event::KINDS`].
    pub kind: String,
    /// Its key, as JSON text.
    pub key: String,
}

/// What an entry is to have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Any fact of this kind.
    Kind(String),
    /// This fact.
    Fact(FactKey),
}

/// Which entries of the journal are wanted: those that all of it applies to. The default is the newest
/// hundred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFilter {
    /// Made at this moment or later.
    pub from: Option<Moment>,
    /// Made before this moment.
    pub to: Option<Moment>,
    /// Made by the user with exactly this id.
    pub by: Option<String>,
    /// Made through exactly this consumer key or token.
    pub via: Option<String>,
    /// Made from exactly this network address.
    pub address: Option<String>,
    /// Made by exactly this right.
    pub basis: Option<String>,
    /// With this text in the summary, in upper or lower case.
    pub text: Option<String>,
    /// That changed this.
    pub changed: Option<Changed>,
    /// Older than this revision: where the page before has ended.
    pub older_than: Option<Revision>,
    /// At most so many.
    pub limit: u32,
}

impl Default for JournalFilter {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            by: None,
            via: None,
            address: None,
            basis: None,
            text: None,
            changed: None,
            older_than: None,
            limit: 100,
        }
    }
}

/// Some entries of the journal, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPage {
    /// The entries.
    pub entries: Vec<(Revision, Entry)>,
    /// What to ask for next in [`JournalFilter::older_than`], if there are more.
    pub older_than: Option<Revision>,
}

const ENTRY_AFTER: &str = "SELECT revision, at, by_user, via, address, basis, summary, impact FROM journal
    WHERE revision > $1 ORDER BY revision LIMIT 1";
const LAST_AT: &str = "SELECT revision FROM journal WHERE at <= $1 ORDER BY revision DESC LIMIT 1";
const EVENTS: &str = "SELECT kind, key, before, after FROM event
    WHERE revision = $1 AND position >= $2 AND position < $3 ORDER BY position";

/// A reader who is behind gets about so many events at a time.
const EVENTS_AT_A_TIME: usize = 1 << 16;

pub(crate) type EntryRow = (i64, i64, String, Option<String>, Option<String>, String, String, Option<String>);

pub(crate) fn entry(
    (revision, at, by, via, address, basis, summary, impact): EntryRow,
) -> Result<(Revision, Entry), StoreError> {
    let revision = Revision::from_sql(revision, "journal")?;
    Ok((revision, Entry { at: Moment::new(at), by, via, address, basis, summary, impact }))
}

impl JournalPage {
    /// The first of these entries, which are one more than wanted if there are more.
    pub(crate) fn of(mut entries: Vec<(Revision, Entry)>, limit: u32) -> Self {
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        let older_than = entries.last().filter(|_| more).map(|(revision, _)| *revision);
        Self { entries, older_than }
    }
}

impl Store {
    /// A page of the journal, the newest entry first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn journal(&self, filter: &JournalFilter) -> Result<JournalPage, StoreError> {
        let search = Search::of(filter);
        let mut found = Vec::new();
        let mut older_than = filter.older_than;
        loop {
            // One more tells whether there are more.
            let wanted = filter.limit as usize + 1;
            let mut entries = self.search(&search, filter, older_than).await?;
            older_than = entries.last().map(|(revision, _)| *revision);
            let is_last = entries.len() < wanted;
            entries.retain(|(_, entry)| search.holds(&entry.summary));
            found.extend(entries);
            if is_last || found.len() >= wanted {
                return Ok(JournalPage::of(found, filter.limit));
            }
        }
    }

    async fn search(
        &self,
        search: &Search,
        filter: &JournalFilter,
        older_than: Option<Revision>,
    ) -> Result<Vec<(Revision, Entry)>, StoreError> {
        const DOING: &str = "read the journal";
        let rows: Vec<EntryRow> = reading!(&self.db, |pool| {
            let mut query = sqlx::query_as(AssertSqlSafe(search.statement.text.as_str()))
                .bind(filter.from.map_or(i64::MIN, Moment::microseconds))
                .bind(filter.to.map_or(i64::MAX, Moment::microseconds))
                .bind(older_than.map_or(i64::MAX, Revision::to_sql))
                .bind(i64::from(filter.limit) + 1);
            for parameter in &search.statement.parameters {
                query = query.bind(parameter.as_str());
            }
            query.fetch_all(pool).await.map_err(failed(DOING))?
        });
        rows.into_iter().map(entry).collect()
    }

    /// The events of a revision, in order, from the one at `first` on and at most `limit` of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events(&self, revision: Revision, first: u32, limit: u32) -> Result<Vec<Event>, StoreError> {
        const DOING: &str = "read events";
        let range = (i64::from(first), i64::from(first) + i64::from(limit));
        let rows: Vec<(String, String, Option<String>, Option<String>)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(EVENTS).bind(revision.to_sql()).bind(range.0).bind(range.1);
            query.fetch_all(pool).await.map_err(failed(DOING))?
        });
        let event = |(kind, key, before, after): &(String, String, Option<String>, Option<String>)| {
            Event::from_row(kind, key, before.as_deref(), after.as_deref()).map_err(StoreError::row("event"))
        };
        rows.iter().map(event).collect()
    }

    /// The revisions after this one, in order: all of them, or as many as make a good piece of work. Whoever
    /// follows asks again from the last one until nothing comes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_after(&self, revision: Revision) -> Result<Vec<Published>, StoreError> {
        const DOING: &str = "read the newest changes";
        snapshot!(&self.db, DOING, |snapshot| {
            let mut found = Vec::new();
            let mut events_found = 0;
            let mut after = revision;
            while events_found < EVENTS_AT_A_TIME {
                let query = sqlx::query_as::<_, EntryRow>(ENTRY_AFTER).bind(after.to_sql());
                let next = query.fetch_optional(&mut *snapshot).await.map_err(failed(DOING))?;
                let Some(next) = next else { break };
                let (revision, entry) = entry(next)?;
                let query = sqlx::query(EVENTS).bind(revision.to_sql()).bind(0_i64).bind(i64::MAX);
                let mut rows = query.fetch(&mut *snapshot);
                let mut events = Vec::new();
                while let Some(row) = rows.try_next().await.map_err(failed(DOING))? {
                    let column = |at| row.try_get::<Option<&str>, _>(at).map_err(failed(DOING));
                    let (kind, key) = (column(0)?.unwrap_or_default(), column(1)?.unwrap_or_default());
                    let event = Event::from_row(kind, key, column(2)?, column(3)?);
                    events.push(event.map_err(StoreError::row("event"))?);
                }
                events_found += events.len() + 1;
                after = revision;
                found.push(Published { revision, entry, events });
            }
            Ok(found)
        })
    }

    /// The last revision made at this moment or before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn revision_at(&self, moment: Moment) -> Result<Revision, StoreError> {
        const DOING: &str = "read the journal";
        let found: Option<i64> = reading!(&self.db, |pool| {
            let query = sqlx::query_scalar(LAST_AT).bind(moment.microseconds());
            query.fetch_optional(pool).await.map_err(failed(DOING))?
        });
        found.map_or(Ok(Revision::NONE), |number| Revision::from_sql(number, "journal"))
    }
}
