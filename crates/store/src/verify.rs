//! Whether the database agrees with itself: rows are the truth, and the journal tells how they came to be.

use std::fmt;

use crate::Store;
use crate::db::{Db, snapshot};
use crate::error::{StoreError, failed};
use crate::revision::Revision;

/// What does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// The file itself is damaged, as the database puts it.
    File(String),
    /// The journal has not one entry for each revision.
    Entries {
        /// How many there are.
        found: u64,
        /// The newest revision.
        newest: Revision,
    },
    /// An event of a revision that the journal does not have.
    Event(Revision),
    /// An event begins from another value of the fact than the event before it has left.
    Chain(Revision, String),
    /// A fact is not what the last event about it says, which is of this revision.
    Fact(Revision, String),
    /// A fact that no event has made.
    Unmade(String),
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(said) => write!(f, "the file of the database is damaged: {said}"),
            Self::Entries { found, newest } => {
                write!(f, "the journal has {found} entries for {newest} revisions")
            }
            Self::Event(revision) => write!(f, "revision {revision} has events and no entry in the journal"),
            Self::Chain(revision, fact) => {
                write!(f, "revision {revision} changes {fact} from another value than it had")
            }
            Self::Fact(revision, fact) => {
                write!(f, "{fact} is not what revision {revision}, the last to change it, has made of it")
            }
            Self::Unmade(fact) => write!(f, "{fact} is in no revision of the journal"),
        }
    }
}

const SOUND: &str = "PRAGMA quick_check(1)";
const ENTRIES: &str = "SELECT revision, (SELECT COUNT(*) FROM journal),
        (SELECT COUNT(*) FROM journal WHERE revision < 1 OR revision > organisation.revision)
    FROM organisation WHERE id = 1";
const EVENT: &str = "SELECT MIN(revision) FROM event
    WHERE NOT EXISTS (SELECT 1 FROM journal WHERE journal.revision = event.revision)";
const CHAIN: &str = "SELECT revision, kind, key FROM (
        SELECT revision, position, kind, key, before,
            LAG(after) OVER (PARTITION BY kind, key ORDER BY revision, position) AS left_behind
        FROM event
    ) AS chain
    WHERE before IS DISTINCT FROM left_behind ORDER BY revision, position LIMIT 1";
const FACT: &str = "SELECT last.revision, last.kind, last.key FROM (
        SELECT revision, kind, key, after,
            ROW_NUMBER() OVER (PARTITION BY kind, key ORDER BY revision DESC, position DESC) AS age
        FROM event
    ) AS last
    LEFT JOIN fact ON fact.kind = last.kind AND fact.key = last.key
    WHERE last.age = 1 AND fact.value IS DISTINCT FROM last.after ORDER BY last.revision LIMIT 1";
const UNMADE: &str = "SELECT kind, key FROM fact
    WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.kind = fact.kind AND event.key = fact.key) LIMIT 1";

const DOING: &str = "compare the journal with the facts";

type Found = Option<(i64, String, String)>;

impl Store {
    /// Everything in which the database does not agree with itself, the first of each kind; all of it as it
    /// is at one moment. It reads every row.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn disagreements(&self) -> Result<Vec<Disagreement>, StoreError> {
        let mut all = Vec::new();
        if let Db::Sqlite(sqlite) = &self.db {
            let said: String =
                sqlx::query_scalar(SOUND).fetch_one(&sqlite.readers).await.map_err(failed(DOING))?;
            all.extend((said != "ok").then_some(Disagreement::File(said)));
        }
        snapshot!(&self.db, DOING, |snapshot| {
            let (newest, entries, strays): (i64, i64, i64) =
                sqlx::query_as(ENTRIES).fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
            if newest != entries || strays != 0 {
                let newest = Revision::from_sql(newest, "organisation")?;
                all.push(Disagreement::Entries { found: entries.unsigned_abs(), newest });
            }
            let event: Option<i64> =
                sqlx::query_scalar(EVENT).fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
            if let Some(revision) = event {
                all.push(Disagreement::Event(Revision::from_sql(revision, "event")?));
            }
            let chain: Found =
                sqlx::query_as(CHAIN).fetch_optional(&mut *snapshot).await.map_err(failed(DOING))?;
            if let Some((revision, kind, key)) = chain {
                all.push(Disagreement::Chain(Revision::from_sql(revision, "event")?, fact(&kind, &key)));
            }
            let last: Found =
                sqlx::query_as(FACT).fetch_optional(&mut *snapshot).await.map_err(failed(DOING))?;
            if let Some((revision, kind, key)) = last {
                all.push(Disagreement::Fact(Revision::from_sql(revision, "event")?, fact(&kind, &key)));
            }
            let unmade: Option<(String, String)> =
                sqlx::query_as(UNMADE).fetch_optional(&mut *snapshot).await.map_err(failed(DOING))?;
            all.extend(unmade.map(|(kind, key)| Disagreement::Unmade(fact(&kind, &key))));
        });
        Ok(all)
    }
}

fn fact(kind: &str, key: &str) -> String {
    format!("the fact `{kind}` `{key}`")
}
