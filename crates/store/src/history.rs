//! What became of some facts: the revisions that changed them, and how.
//!
//! However many facts there are, one statement finds the revisions and one the changes: the facts are the
//! rows of a list that is bound as JSON, and each is a range of the index `event_of_fact`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use governance::Event;
use sqlx::AssertSqlSafe;

use crate::Store;
use crate::db::{Db, reading};
use crate::error::{StoreError, failed};
use crate::journal::{EntryRow, FactKey, JournalPage, entry};
use crate::revision::Revision;

/// The newest revisions before `$1` that changed any of the facts `$3`, no more than `$2`.
const REVISIONS: &str = "SELECT revision, at, by_user, via, address, basis, summary, impact FROM journal
    WHERE revision IN (SELECT DISTINCT event.revision FROM FACTS WHERE event.revision < $1
        ORDER BY event.revision DESC LIMIT $2)
    ORDER BY revision DESC";
/// What the revisions from `$1` to `$2` changed of the facts `$3`, the first `$4` changes of each.
const CHANGES: &str = "SELECT revision, kind, key, before, after FROM (
        SELECT event.revision, event.position, event.kind, event.key, event.before, event.after,
            ROW_NUMBER() OVER (PARTITION BY event.revision ORDER BY event.position) AS place
        FROM FACTS WHERE event.revision BETWEEN $1 AND $2) AS found
    WHERE place <= $4 ORDER BY revision, position";
const FACTS_IN_SQLITE: &str = "json_each($3) AS fact CROSS JOIN event ON event.kind = fact.value ->> 0
    AND event.key >= fact.value ->> 1 AND event.key <= fact.value ->> 2";
/// `OFFSET 0` has each fact's events looked up, where the planner would rather read all there are.
const FACTS_IN_POSTGRES: &str = "json_array_elements(CAST($3 AS JSON)) AS fact (value) CROSS JOIN LATERAL (
    SELECT * FROM event WHERE event.kind = fact.value ->> 0
        AND event.key >= fact.value ->> 1 AND event.key <= fact.value ->> 2 OFFSET 0) AS event";

/// The first `$2` changes of each of the revisions `$1`, but for what is too long to be told in a line.
const FIRST_CHANGES: &str = "SELECT revision, kind, key, before, after FROM event
    WHERE revision IN (REVISIONS) AND position < $2
        AND COALESCE(LENGTH(before), 0) + COALESCE(LENGTH(after), 0) < 65536
    ORDER BY revision, position";
const REVISIONS_IN_SQLITE: &str = "SELECT value FROM json_each($1)";
const REVISIONS_IN_POSTGRES: &str =
    "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) AS one (value)";

const DOING: &str = "read the history";

/// Whose history is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryOf {
    /// One fact.
    Fact(FactKey),
    /// Every fact of a kind whose key is a list that begins with this number.
    Numbered(&'static str, u32),
}

impl From<FactKey> for HistoryOf {
    fn from(fact: FactKey) -> Self {
        Self::Fact(fact)
    }
}

impl HistoryOf {
    /// The kind, and the first and the last key.
    fn range(&self) -> (&str, String, String) {
        match self {
            Self::Fact(fact) => (&fact.kind, fact.key.clone(), fact.key.clone()),
            // What comes after a comma: no key is that.
            Self::Numbered(kind, number) => (kind, format!("[{number},"), format!("[{number}-")),
        }
    }
}

fn ranges(facts: &[HistoryOf]) -> String {
    let ranges: Vec<_> = facts.iter().map(HistoryOf::range).collect();
    serde_json::json!(ranges).to_string()
}

type ChangeRow = (i64, String, String, Option<String>, Option<String>);

impl Store {
    /// A page of the revisions that changed any of these facts, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn history(
        &self,
        facts: &[HistoryOf],
        older_than: Option<Revision>,
        limit: u32,
    ) -> Result<JournalPage, StoreError> {
        let rows: Vec<EntryRow> = reading!(&self.db, |pool| {
            sqlx::query_as(AssertSqlSafe(self.of_facts(REVISIONS)))
                .bind(older_than.map_or(i64::MAX, Revision::to_sql))
                // One more tells whether there are more.
                .bind(i64::from(limit) + 1)
                .bind(ranges(facts))
                .fetch_all(pool)
                .await
                .map_err(failed(DOING))?
        });
        let entries = rows.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(JournalPage::of(entries, limit))
    }

    /// What the revisions of a page changed of these facts: the first changes of each, in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_of(
        &self,
        page: &JournalPage,
        facts: &[HistoryOf],
        limit_of_each: u32,
    ) -> Result<BTreeMap<Revision, Vec<Event>>, StoreError> {
        let Some(revisions) = page.revisions() else { return Ok(BTreeMap::new()) };
        let (oldest, newest) = revisions.into_inner();
        let rows: Vec<ChangeRow> = reading!(&self.db, |pool| {
            sqlx::query_as(AssertSqlSafe(self.of_facts(CHANGES)))
                .bind(oldest.to_sql())
                .bind(newest.to_sql())
                .bind(ranges(facts))
                .bind(i64::from(limit_of_each))
                .fetch_all(pool)
                .await
                .map_err(failed(DOING))?
        });
        by_revision(rows)
    }

    /// What each revision of a page begins with: its first changes, in their order, but for those whose
    /// values are very long.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn first_changes_of(
        &self,
        page: &JournalPage,
        limit_of_each: u32,
    ) -> Result<BTreeMap<Revision, Vec<Event>>, StoreError> {
        let revisions: Vec<_> = page.entries.iter().map(|(revision, _)| revision.number()).collect();
        let listed = match &self.db {
            Db::Sqlite(_) => REVISIONS_IN_SQLITE,
            Db::Postgres(_) => REVISIONS_IN_POSTGRES,
        };
        let statement = FIRST_CHANGES.replace("REVISIONS", listed);
        let rows: Vec<ChangeRow> = reading!(&self.db, |pool| {
            sqlx::query_as(AssertSqlSafe(statement.as_str()))
                .bind(serde_json::json!(revisions).to_string())
                .bind(i64::from(limit_of_each))
                .fetch_all(pool)
                .await
                .map_err(failed(DOING))?
        });
        by_revision(rows)
    }

    fn of_facts(&self, statement: &str) -> String {
        let facts = match &self.db {
            Db::Sqlite(_) => FACTS_IN_SQLITE,
            Db::Postgres(_) => FACTS_IN_POSTGRES,
        };
        statement.replace("FACTS", facts)
    }
}

fn by_revision(rows: Vec<ChangeRow>) -> Result<BTreeMap<Revision, Vec<Event>>, StoreError> {
    let mut changes: BTreeMap<Revision, Vec<Event>> = BTreeMap::new();
    for (revision, kind, key, before, after) in rows {
        let event = Event::from_row(&kind, &key, before.as_deref(), after.as_deref());
        let revision = Revision::from_sql(revision, "event")?;
        changes.entry(revision).or_default().push(event.map_err(StoreError::row("event"))?);
    }
    Ok(changes)
}

impl JournalPage {
    /// From the oldest revision on the page to its newest.
    fn revisions(&self) -> Option<RangeInclusive<Revision>> {
        let ((newest, _), (oldest, _)) = (self.entries.first()?, self.entries.last()?);
        Some(*oldest..=*newest)
    }
}
