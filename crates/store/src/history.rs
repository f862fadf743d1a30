//! What became of some facts: the revisions that changed them.

use std::collections::{BTreeMap, BTreeSet};

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
/// One revision's changes of a fact; `event_of_fact` finds them among a million others.
const EVENTS_OF_FACT: &str = "SELECT kind, key, before, after FROM event
    WHERE kind = $1 AND revision = $2 AND key = $3 ORDER BY position";
const EVENTS_OF_FACTS: &str = "SELECT kind, key, before, after FROM event
    WHERE kind = $1 AND revision = $2 AND key LIKE $3 ORDER BY position";
const EVENTS_OF_KIND: &str = "SELECT kind, key, before, after FROM event
    WHERE kind = $1 AND revision = $2 ORDER BY position";
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
    fn events(&self) -> &'static str {
        match self {
            Self::Fact(_) => EVENTS_OF_FACT,
            Self::Numbered(..) => EVENTS_OF_FACTS,
        }
    }
    fn kind(&self) -> &str {
        match self {
            Self::Fact(fact) => &fact.kind,
            Self::Numbered(kind, _) => kind,
        }
    }
    fn is(&self, kind: &str, key: &str) -> bool {
        match self {
            Self::Fact(fact) => fact.kind == kind && fact.key == key,
            Self::Numbered(wanted, number) => *wanted == kind && key.starts_with(&format!("[{number},")),
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
            let statement = statement(facts);
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

type EventColumns = (String, String, Option<String>, Option<String>);

/// Of more facts than these everything that the revision changed of their kinds is read.
const FEW: usize = 8;

impl Store {
    /// What a revision changed of some facts.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_of(
        &self,
        revision: Revision,
        facts: &[HistoryOf],
    ) -> Result<Vec<Event>, StoreError> {
        let mut events = Vec::new();
        if facts.len() <= FEW {
            for fact in facts {
                let rows = self.events_where(fact.events(), fact.kind(), Some(fact.key()), revision).await?;
                events.extend(rows);
            }
            return Ok(events.into_iter().map(|(_, event)| event).collect());
        }
        let kinds: BTreeSet<&str> = facts.iter().map(HistoryOf::kind).collect();
        for kind in kinds {
            let rows = self.events_where(EVENTS_OF_KIND, kind, None, revision).await?;
            events.extend(rows.into_iter().filter(|(key, _)| facts.iter().any(|fact| fact.is(kind, key))));
        }
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }

    /// The events of a revision that a statement finds, each with its fact's key.
    async fn events_where(
        &self,
        statement: &'static str,
        kind: &str,
        key: Option<String>,
        revision: Revision,
    ) -> Result<Vec<(String, Event)>, StoreError> {
        let rows: Vec<EventColumns> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(statement).bind(kind).bind(revision.to_sql());
            let query = if let Some(key) = key { query.bind(key) } else { query };
            query.fetch_all(pool).await.map_err(failed(DOING))?
        });
        let event = |(kind, key, before, after): EventColumns| {
            let event = Event::from_row(&kind, &key, before.as_deref(), after.as_deref());
            Ok((key, event.map_err(StoreError::row("event"))?))
        };
        rows.into_iter().map(event).collect()
    }
}

/// The statement that asks about so many facts.
fn statement(facts: &[HistoryOf]) -> String {
    let of_fact = |(at, fact): (usize, &HistoryOf)| {
        let first = 3 + at * 2;
        fact.statement().replace("$a", &format!("${first}")).replace("$b", &format!("${}", first + 1))
    };
    let all: Vec<String> = facts.iter().enumerate().map(of_fact).collect();
    format!("{BEGIN}{}{END}", all.join(AND))
}
