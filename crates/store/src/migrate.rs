//! The tables, and how those of an older program become ours.
//!
//! Each migration is applied once, in order, all of them in one transaction. What was applied is remembered
//! with a checksum of its text, so that a migration that somebody has edited afterwards is noticed rather
//! than trusted.

use crate::db::{Db, change, snapshot};
use crate::error::{StoreError, failed};
use crate::location::Location;

/// One step of the tables.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every step. Only ever add one at the end; where one text serves both databases, give it twice.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "facts",
        sqlite: include_str!("../migrations/0001_facts.sqlite.sql"),
        postgres: include_str!("../migrations/0001_facts.postgres.sql"),
    },
    Migration {
        version: 2,
        name: "searching",
        sqlite: include_str!("../migrations/0002_searching.sql"),
        postgres: include_str!("../migrations/0002_searching.sql"),
    },
    Migration {
        version: 3,
        name: "sign_in",
        sqlite: include_str!("../migrations/0003_sign_in.sql"),
        postgres: include_str!("../migrations/0003_sign_in.sql"),
    },
    Migration {
        version: 4,
        name: "chain",
        sqlite: include_str!("../migrations/0004_chain.sql"),
        postgres: include_str!("../migrations/0004_chain.sql"),
    },
    Migration {
        version: 5,
        name: "impact",
        sqlite: include_str!("../migrations/0005_impact.sql"),
        postgres: include_str!("../migrations/0005_impact.sql"),
    },
    Migration {
        version: 6,
        name: "baseline_runs",
        sqlite: include_str!("../migrations/0006_baseline_runs.sql"),
        postgres: include_str!("../migrations/0006_baseline_runs.sql"),
    },
    Migration {
        version: 7,
        name: "lock_outs",
        sqlite: include_str!("../migrations/0007_lock_outs.sql"),
        postgres: include_str!("../migrations/0007_lock_outs.sql"),
    },
    Migration {
        version: 8,
        name: "licences",
        sqlite: include_str!("../migrations/0008_licences.sql"),
        postgres: include_str!("../migrations/0008_licences.sql"),
    },
    Migration {
        version: 9,
        name: "registry_sessions",
        sqlite: include_str!("../migrations/0009_registry_sessions.sql"),
        postgres: include_str!("../migrations/0009_registry_sessions.sql"),
    },
    Migration {
        version: 10,
        name: "requests",
        sqlite: include_str!("../migrations/0010_requests.sql"),
        postgres: include_str!("../migrations/0010_requests.sql"),
    },
    Migration {
        version: 11,
        name: "keys",
        sqlite: include_str!("../migrations/0011_keys.sql"),
        postgres: include_str!("../migrations/0011_keys.sql"),
    },
    Migration {
        version: 12,
        name: "sharing",
        sqlite: include_str!("../migrations/0012_sharing.sql"),
        postgres: include_str!("../migrations/0012_sharing.sql"),
    },
    Migration {
        version: 13,
        name: "ranges_of_facts",
        sqlite: include_str!("../migrations/0013_ranges_of_facts.sqlite.sql"),
        postgres: include_str!("../migrations/0013_ranges_of_facts.postgres.sql"),
    },
    Migration {
        version: 14,
        name: "process_failures",
        sqlite: include_str!("../migrations/0014_process_failures.sql"),
        postgres: include_str!("../migrations/0014_process_failures.sql"),
    },
    Migration {
        version: 15,
        name: "locked_out",
        sqlite: include_str!("../migrations/0015_locked_out.sql"),
        postgres: include_str!("../migrations/0015_locked_out.sql"),
    },
    Migration {
        version: 16,
        name: "asked_from",
        sqlite: include_str!("../migrations/0016_asked_from.sql"),
        postgres: include_str!("../migrations/0016_asked_from.sql"),
    },
];

pub(crate) const CREATE_RECORD: &str = "CREATE TABLE migration (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
)";
const APPLIED: &str = "SELECT version, name, checksum FROM migration ORDER BY version";
pub(crate) const RECORD: &str = "INSERT INTO migration (version, name, checksum) VALUES ($1, $2, $3)";
const BEGIN_HISTORY: &str = "INSERT INTO organisation (id, revision, history_id) VALUES (1, 0, $1)";

const SQLITE_TABLES: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
const POSTGRES_TABLES: &str = "SELECT table_name::TEXT FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";

/// Nodes that start together take turns; the number is nothing but ours.
const POSTGRES_TURN: &str = "SELECT pg_advisory_xact_lock(7521969416274501)";

/// Tables that ours and nobody else's database has, whatever its age.
const MARKS: [&str; 3] = ["migration", "organisation", "fact"];

pub(crate) const DOING: &str = "bring the tables up to date";

impl Db {
    pub(crate) const fn tables(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => SQLITE_TABLES,
            Self::Postgres(_) => POSTGRES_TABLES,
        }
    }
    /// SQLite gives the turn with the transaction.
    pub(crate) const fn turn(&self) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(_) => Some(POSTGRES_TURN),
        }
    }
    pub(crate) const fn text(&self, migration: &Migration) -> &'static str {
        match self {
            Self::Sqlite(_) => migration.sqlite,
            Self::Postgres(_) => migration.postgres,
        }
    }
}

/// Applies migrations within a transaction, and remembers them.
macro_rules! apply {
    ($db:expr, $transaction:ident, $migrations:expr) => {
        for migration in $migrations {
            let text = $db.text(migration);
            let apply = sqlx::raw_sql(text).execute(&mut *$transaction).await;
            apply.map_err($crate::error::failed($crate::migrate::DOING))?;
            let record = sqlx::query($crate::migrate::RECORD).bind(migration.version).bind(migration.name);
            let record = record.bind($crate::migrate::checksum(text)).execute(&mut *$transaction).await;
            record.map_err($crate::error::failed($crate::migrate::DOING))?;
        }
    };
}
pub(crate) use apply;

/// Brings the tables up to date, or refuses the database and leaves it as it is.
pub(crate) async fn run(
    db: &Db,
    location: &Location,
    migrations: &[Migration],
    fresh_history_id: &str,
) -> Result<(), StoreError> {
    change!(db, DOING, |transaction| {
        if let Some(turn) = db.turn() {
            sqlx::query(turn).execute(&mut *transaction).await.map_err(failed(DOING))?;
        }
        let tables: Vec<String> =
            sqlx::query_scalar(db.tables()).fetch_all(&mut *transaction).await.map_err(failed(DOING))?;
        let fresh = tables.is_empty();
        let applied: Vec<(i64, String, String)> = if fresh {
            sqlx::query(CREATE_RECORD).execute(&mut *transaction).await.map_err(failed(DOING))?;
            Vec::new()
        } else if are_ours(&tables) {
            sqlx::query_as(APPLIED).fetch_all(&mut *transaction).await.map_err(failed(DOING))?
        } else {
            return Err(StoreError::NotOurs(location.to_string()));
        };
        apply!(db, transaction, missing(migrations, applied, |migration| checksum(db.text(migration)))?);
        if fresh {
            let begin = sqlx::query(BEGIN_HISTORY).bind(fresh_history_id);
            begin.execute(&mut *transaction).await.map_err(failed(DOING))?;
        }
        transaction.commit().await.map_err(failed(DOING))
    })
}

/// Refuses a database whose tables are not those of this program; changes nothing.
pub(crate) async fn check(db: &Db, location: &Location, migrations: &[Migration]) -> Result<(), StoreError> {
    const DOING: &str = "look at the tables";
    snapshot!(db, DOING, |snapshot| {
        let tables: Vec<String> =
            sqlx::query_scalar(db.tables()).fetch_all(&mut *snapshot).await.map_err(failed(DOING))?;
        if tables.is_empty() {
            return Err(StoreError::Empty(location.to_string()));
        }
        if !are_ours(&tables) {
            return Err(StoreError::NotOurs(location.to_string()));
        }
        let applied: Vec<(i64, String, String)> =
            sqlx::query_as(APPLIED).fetch_all(&mut *snapshot).await.map_err(failed(DOING))?;
        let found = applied.last().map_or(0, |(version, ..)| *version);
        match missing(migrations, applied, |migration| checksum(db.text(migration)))? {
            [] => Ok(()),
            [.., last] => Err(StoreError::Older { found, known: last.version }),
        }
    })
}

fn are_ours(tables: &[String]) -> bool {
    MARKS.iter().all(|mark| tables.iter().any(|table| table == mark))
}

/// The migrations still to be applied, if those that were are ours and unchanged.
fn missing(
    migrations: &[Migration],
    applied: Vec<(i64, String, String)>,
    checksum: impl Fn(&Migration) -> String,
) -> Result<&[Migration], StoreError> {
    let mut known = migrations.iter();
    for (version, name, sum) in applied {
        match known.next() {
            None => {
                let newest = migrations.last().map_or(0, |migration| migration.version);
                return Err(StoreError::Newer { found: version, known: newest });
            }
            Some(migration) if migration.version != version || checksum(migration) != sum => {
                return Err(StoreError::Edited { version, name });
            }
            Some(_) => {}
        }
    }
    Ok(known.as_slice())
}

/// FNV-1a of the text, whatever its line ends: against slips, not against malice.
pub(crate) fn checksum(text: &str) -> String {
    let bytes = text.bytes().filter(|byte| *byte != b'\r');
    let sum = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Migration; 2] = [
        Migration { version: 1, name: "a", sqlite: "A", postgres: "A" },
        Migration { version: 2, name: "b", sqlite: "B", postgres: "B" },
    ];

    fn still_to_apply(applied: &[(i64, &str)]) -> Result<usize, String> {
        let applied =
            applied.iter().map(|(version, sum)| (*version, "x".to_owned(), (*sum).to_owned())).collect();
        let left = missing(&STEPS, applied, |migration| migration.sqlite.to_owned());
        left.map(<[Migration]>::len).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_missing_is_applied_and_what_is_unknown_or_edited_is_refused() {
        assert_eq!(still_to_apply(&[]), Ok(2));
        assert_eq!(still_to_apply(&[(1, "A")]), Ok(1));
        assert_eq!(still_to_apply(&[(1, "A"), (2, "B")]), Ok(0));
        assert!(still_to_apply(&[(1, "A"), (2, "B"), (3, "C")]).unwrap_err().contains("schema 3"));
        assert!(still_to_apply(&[(1, "edited")]).unwrap_err().contains("another wording"));
        assert!(still_to_apply(&[(2, "B")]).is_err());
    }

    #[test]
    fn a_checksum_depends_on_the_words_and_not_on_line_ends() {
        assert_eq!(checksum("a\nb"), checksum("a\r\nb"));
        assert_ne!(checksum("a\nb"), checksum("a\nc"));
        assert_eq!(checksum("a"), "af63dc4c8601ec8c");
    }

    #[test]
    fn versions_are_consecutive() {
        assert!(MIGRATIONS.iter().map(|migration| migration.version).eq(1..=MIGRATIONS.len() as i64));
    }
}
