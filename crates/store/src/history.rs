//! What became of some facts: the revisions that changed them.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use crate::Store;
use crate::db::reading;
use crate::error::{StoreError, failed};
use crate::journal::{EntryRow, FactKey, JournalPage, entry};
use crate::revision::Revision;

const BEGIN: &str = "SELECT revision, at, by_user, via, address, basis, summary FROM journal
    WHERE revision IN (";
/// No more of each than are wanted of all, for a fact may have changed ever so often.
const OF_FACT: &str = "SELECT revision FROM (SELECT DISTINCT revision FROM event
    WHERE kind = $a AND key = $b AND revision < $1 ORDER BY revision DESC LIMIT $2) AS changes";
const AND: &str = " UNION ";
const END: &str = ") ORDER BY revision DESC LIMIT $2";

const DOING: &str = "read the history";

/// Bounds what the database has to plan at a time.
const FACTS_AT_A_TIME: usize = 32;

impl Store {
    /// A page of the revisions that changed any of these facts, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn history(
        &self,
        facts: &[FactKey],
        older_than: Option<Revision>,
        limit: u32,
    ) -> Result<JournalPage, StoreError> {
        // One more tells whether there are more.
        let wanted = limit as usize + 1;
        let mut found = BTreeMap::new();
        for facts in facts.chunks(FACTS_AT_A_TIME) {
            let statement = changes_of(facts.len());
            let rows: Vec<EntryRow> = reading!(&self.db, |pool| {
                let mut query = sqlx::query_as(AssertSqlSafe(statement))
                    .persistent(facts.len() == 1 || facts.len() == FACTS_AT_A_TIME)
                    .bind(older_than.map_or(i64::MAX, Revision::to_sql))
                    .bind(i64::from(limit) + 1);
                for fact in facts {
                    query = query.bind(fact.kind.as_str()).bind(fact.key.as_str());
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

/// The statement that asks about so many facts.
fn changes_of(facts: usize) -> String {
    let of_fact = |at: usize| {
        let first = 3 + at * 2;
        OF_FACT.replace("$a", &format!("${first}")).replace("$b", &format!("${}", first + 1))
    };
    let all: Vec<String> = (0..facts).map(of_fact).collect();
    format!("{BEGIN}{}{END}", all.join(AND))
}
