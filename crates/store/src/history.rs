//! What became of some facts: the revisions that changed them.

use std::collections::BTreeMap;

use governance::Event;
use sqlx::AssertSqlSafe;

use crate::Store;
use crate::db::reading;
use crate::error::{StoreError, failed};
use crate::journal::{EntryRow, FactKey, JournalPage, entry};
use crate::revision::Revision;

const BEGIN: &str = "SELECT revision, at, by_user, via, address, basis, summary, impact FROM journal
    WHERE revision IN (";
/// No more of each than are wanted of all, for a fact may have changed ever so often.
const OF_FACT: &str = "SELECT revision FROM (SELECT DISTINCT revision FROM event
    WHERE kind = $a AND key = $b AND revision < $1 ORDER BY revision DESC LIMIT $2) AS changes";
/// Facts whose keys begin alike: those of one process area, whose number stands first.
const OF_FACTS: &str = "SELECT revision FROM (SELECT DISTINCT revision FROM event
    WHERE kind = $a AND key LIKE $b AND revision < $1 ORDER BY revision DESC LIMIT $2) AS changes";
/// What some revisions changed of a fact; `event_of_fact` finds it among a million others.
const CHANGES_OF_FACT: &str = "SELECT revision, position, kind, key, before, after FROM event
    WHERE kind = $a AND key = $b AND revision >= $1 AND revision <= $2";
const CHANGES_OF_FACTS: &str = "SELECT revision, position, kind, key, before, after FROM event
    WHERE kind = $a AND key LIKE $b AND revision >= $1 AND revision <= $2";
const AND_ALL: &str = " UNION ALL ";
const AND: &str = " UNION ";
const END: &str = ") ORDER BY revision DESC LIMIT $2";

const DOING: &str = "read the history";

/// Bounds what the database has to plan at a time.
const FACTS_AT_A_TIME: usize = 32;

/// Whose history is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryOf {
    /// One fact.
    Fact(FactKey),
    /// Every fact of a kind whose key is a list that begins with this number.
    Numbered(&'static str, u32),
}

impl HistoryOf {
    fn statement(&self) -> &'static str {
        match self {
            Self::Fact(_) => OF_FACT,
            Self::Numbered(..) => OF_FACTS,
        }
    }
    fn changes(&self) -> &'static str {
        match self {
            Self::Fact(_) => CHANGES_OF_FACT,
            Self::Numbered(..) => CHANGES_OF_FACTS,
        }
    }
    fn kind(&self) -> &str {
        match self {
            Self::Fact(fact) => &fact.kind,
            Self::Numbered(kind, _) => kind,
        }
    }
    fn key(&self) -> String {
        match self {
            Self::Fact(fact) => fact.key.clone(),
            Self::Numbered(_, number) => format!("[{number},%"),
        }
    }
}

impl From<FactKey> for HistoryOf {
    fn from(fact: FactKey) -> Self {
        Self::Fact(fact)
    }
}

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
        // One more tells whether there are more.
        let wanted = limit as usize + 1;
        let mut found = BTreeMap::new();
        for facts in facts.chunks(FACTS_AT_A_TIME) {
            let statement = format!("{BEGIN}{}{END}", of_each(facts, HistoryOf::statement, AND));
            let rows: Vec<EntryRow> = reading!(&self.db, |pool| {
                let mut query = sqlx::query_as(AssertSqlSafe(statement))
                    .persistent(facts.len() == 1 || facts.len() == FACTS_AT_A_TIME)
                    .bind(older_than.map_or(i64::MAX, Revision::to_sql))
                    .bind(i64::from(limit) + 1);
                for fact in facts {
                    query = query.bind(fact.kind()).bind(fact.key());
                }
                query.fetch_all(pool).await.map_err(failed(DOING))?
            });
            for row in rows {
                let (revision, entry) = entry(row)?;
                found.insert(revision, entry);
            }
            while found.len() > wanted {
                found.pop_first();
            }
        }
        Ok(JournalPage::of(found.into_iter().rev().collect(), limit))
    }
}

type ChangeColumns = (i64, i64, String, String, Option<String>, Option<String>);

impl Store {
    /// What the revisions of a page changed of the facts whose history it is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_of(
        &self,
        page: &JournalPage,
        facts: &[HistoryOf],
    ) -> Result<BTreeMap<Revision, Vec<Event>>, StoreError> {
        let (Some((newest, _)), Some((oldest, _))) = (page.entries.first(), page.entries.last()) else {
            return Ok(BTreeMap::new());
        };
        let mut found = BTreeMap::new();
        for facts in facts.chunks(FACTS_AT_A_TIME) {
            let statement = of_each(facts, HistoryOf::changes, AND_ALL);
            let rows: Vec<ChangeColumns> = reading!(&self.db, |pool| {
                let mut query = sqlx::query_as(AssertSqlSafe(statement))
                    .persistent(facts.len() == 1 || facts.len() == FACTS_AT_A_TIME)
                    .bind(oldest.to_sql())
                    .bind(newest.to_sql());
                for fact in facts {
                    query = query.bind(fact.kind()).bind(fact.key());
                }
                query.fetch_all(pool).await.map_err(failed(DOING))?
            });
            found.extend(rows.into_iter().map(|row| ((row.0, row.1), row)));
        }
        let mut changes: BTreeMap<Revision, Vec<Event>> = BTreeMap::new();
        for (revision, _, kind, key, before, after) in found.into_values() {
            let event = Event::from_row(&kind, &key, before.as_deref(), after.as_deref());
            let event = event.map_err(StoreError::row("event"))?;
            changes.entry(Revision::from_sql(revision, "event")?).or_default().push(event);
        }
        Ok(changes)
    }
}

/// What is asked about each of these facts, as one statement.
fn of_each(facts: &[HistoryOf], asked: fn(&HistoryOf) -> &'static str, and: &str) -> String {
    let of_fact = |(at, fact): (usize, &HistoryOf)| {
        let first = 3 + at * 2;
        asked(fact).replace("$a", &format!("${first}")).replace("$b", &format!("${}", first + 1))
    };
    facts.iter().enumerate().map(of_fact).collect::<Vec<_>>().join(and)
}
