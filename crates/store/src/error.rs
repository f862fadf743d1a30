//! What can go wrong with a database, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use governance::CorruptRow;
use thiserror::Error;

use crate::revision::Revision;

/// Why the database could not be opened, read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The text names no database.
    #[error("{0}; write `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    BadLocation(String),
    /// The folder or file cannot be used.
    #[error("cannot use `{path}`: {cause}; check the path, its owner and the free space")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        cause: std::io::Error,
    },
    /// The operating system takes no handler for the signal at a limit on the size of files.
    #[error("cannot prepare for a limit on the size of files: {0}; check the limits of this process")]
    Signal(#[source] std::io::Error),
    /// Another process has the file open.
    #[error(
        "`{0}` is locked: another process has this database open; stop it, or choose another data folder"
    )]
    Locked(PathBuf),
    /// There is no database, or it lets nobody in.
    #[error("cannot open the database `{at}`: {cause}; check that it runs, its name, user and password")]
    CannotOpen {
        /// Where, without the password.
        at: String,
        /// What the database says.
        #[source]
        cause: Cause,
    },
    /// The database holds somebody else's tables.
    #[error("`{0}` holds something else than an organisation; choose an empty database, or the right one")]
    NotOurs(String),
    /// There are no tables, and reading makes none.
    #[error("`{0}` is empty; make the tables with `bailiwick migrate`")]
    Empty(String),
    /// An older program has made the tables, and reading changes none.
    #[error(
        "the database is at schema {found}, this program reads schema {known}; bring it up to date with \
         `bailiwick migrate`, or start the server of this release"
    )]
    Older {
        /// The last migration that was applied.
        found: i64,
        /// The last one that this program has.
        known: i64,
    },
    /// A newer program has changed the tables.
    #[error(
        "the database is at schema {found}, this program knows schema {known}; use the newer program that wrote it"
    )]
    Newer {
        /// The last migration that was applied.
        found: i64,
        /// The last one that this program has.
        known: i64,
    },
    /// A migration is not what it was when it was applied.
    #[error(
        "migration {version} (`{name}`) was applied in another wording; use the program that wrote the database"
    )]
    Edited {
        /// Its number.
        version: i64,
        /// Its name.
        name: String,
    },
    /// A row that this program cannot read.
    #[error("table `{table}` is corrupt: {cause}; restore a backup, or use the program that wrote the row")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// Which row, and what is wrong with it.
        cause: String,
    },
    /// A revision that is not there.
    #[error("there is no revision {asked}; known are 0 to {newest}")]
    UnknownRevision {
        /// The one asked for.
        asked: Revision,
        /// The newest one.
        newest: Revision,
    },
    /// The database is full; see [`StoreError::is_full`].
    #[error("cannot {doing}: no space left for the database ({cause}); free some, then try again")]
    Full {
        /// What was tried.
        doing: &'static str,
        /// What the database says.
        #[source]
        cause: Cause,
    },
    /// The database does not answer, or not any more; see [`StoreError::is_unreachable`].
    #[error("cannot {doing}: the database cannot be reached ({cause}); see that it runs, then try again")]
    Unreachable {
        /// What was tried.
        doing: &'static str,
        /// What happened instead of an answer.
        #[source]
        cause: Cause,
    },
    /// Anything else that the database refuses or fails to do.
    #[error("cannot {doing}: {cause}; see the database's own log")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// What the database says.
        #[source]
        cause: Cause,
    },
}

impl StoreError {
    pub(crate) fn corrupt(table: &'static str, cause: impl ToString) -> Self {
        Self::Corrupt { table, cause: cause.to_string() }
    }
    /// What the row of a fact or event that cannot be read comes to.
    pub(crate) fn row(table: &'static str) -> impl Fn(CorruptRow) -> Self {
        move |cause| Self::corrupt(table, cause)
    }
    /// Whether there is no space left, so that reading goes on while nothing can be written.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
    /// Whether the database is away, so that the same may be tried again: it is found by itself when it is
    /// back.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// What the database itself says.
pub struct Cause(Box<sqlx::Error>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            sqlx::Error::Database(error) => f.write_str(error.message()),
            sqlx::Error::PoolTimedOut => f.write_str("no connection was to be had in time"),
            other => other.fmt(f),
        }
    }
}
impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }
}

/// What a failed statement comes to, when it was run in order to do this.
pub(crate) fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let cause = Cause::from(error);
        if is_full(&cause.0) {
            StoreError::Full { doing, cause }
        } else if is_away(&cause.0) {
            StoreError::Unreachable { doing, cause }
        } else {
            StoreError::Database { doing, cause }
        }
    }
}

fn is_full(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_full_code(&code)),
        sqlx::Error::Io(error) => is_full_kind(error.kind()),
        _ => false,
    }
}

fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_away_code(&code)),
        // A connection that is cut while it is made looks like an answer out of place.
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::PoolTimedOut => true,
        _ => false,
    }
}

/// PostgreSQL's class of connection exceptions, and what it says when it stops, starts, or has no connection
/// left.
fn is_away_code(code: &str) -> bool {
    let is_connection_exception = code.len() == 5 && code.starts_with("08");
    is_connection_exception || ["57P01", "57P02", "57P03", "53300"].contains(&code)
}

/// SQLite's extended result codes have up to four digits, PostgreSQL's SQLSTATE has five characters.
fn is_full_code(code: &str) -> bool {
    const SQLITE_FULL: &str = "13";
    /// A write, or a growth of the shared memory file, that the system refuses for size (EFBIG, EDQUOT).
    const SQLITE_IOERR_WRITE: &str = "778";
    const SQLITE_IOERR_SHMSIZE: &str = "4874";
    const POSTGRES_DISK_FULL: &str = "53100";
    [SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE, POSTGRES_DISK_FULL].contains(&code)
}

fn is_full_kind(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    [FileTooLarge, QuotaExceeded, StorageFull].contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_told_from_one_that_refuses() {
        for code in ["08006", "57P01", "57P03", "53300"] {
            assert!(is_away_code(code), "{code}");
        }
        for code in ["8", "0800", "53100", "57014", "42601"] {
            assert!(!is_away_code(code), "{code}");
        }
        assert!(failed("append")(std::io::Error::from_raw_os_error(32).into()).is_unreachable());
        assert!(!failed("append")(std::io::Error::from_raw_os_error(28).into()).is_unreachable());
    }

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        for code in ["13", "778", "4874", "53100"] {
            assert!(is_full_code(code), "{code}");
        }
        for code in ["5", "10", "1555", "23505", "53300"] {
            assert!(!is_full_code(code), "{code}");
        }
        let full = |errno| failed("append")(std::io::Error::from_raw_os_error(errno).into()).is_full();
        // ENOSPC, EFBIG; EPIPE, which is a connection that was cut.
        assert!(full(28) && full(27) && !full(32));
    }
}
