//! The two databases, behind one enum: the same statements, and the few things in which they differ.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::timeout;

use crate::error::{StoreError, failed};
use crate::location::{Location, Place};

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Db {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

/// SQLite has one writer at a time; who else wants to write waits for its connection, in turn.
#[derive(Clone, Debug)]
pub(crate) struct Sqlite {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

/// How many connections to the database there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Those that are open.
    pub open: u32,
    /// Those of them that wait to be used.
    pub idle: u32,
    /// The most that may be open.
    pub most: u32,
}

impl Pool {
    /// The two numbers are not read at one moment.
    fn of(open: u32, idle: usize, most: u32) -> Self {
        Self { open, idle: u32::try_from(idle).unwrap_or(open).min(open), most }
    }
}

const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
/// So long is a connection waited for: a server that is away is to be noticed before whoever asks gives up.
const POSTGRES_PATIENCE: Duration = Duration::from_secs(4);
/// So long the answer to what asks for next to nothing is waited for.
const PROMPT: Duration = Duration::from_secs(5);
/// An import of millions of facts keeps the writer that long.
const PATIENCE: Duration = Duration::from_secs(120);
/// To this size the file of the log shrinks again after a large import.
const LOG_KEPT: &str = "67108864";
/// Negative: in KiB.
const WRITER_CACHE: &str = "-16384";

impl Db {
    pub(crate) async fn open(location: &Location) -> Result<Self, StoreError> {
        Self::open_or_make(location, true).await
    }

    /// Makes no file.
    pub(crate) async fn open_existing(location: &Location) -> Result<Self, StoreError> {
        Self::open_or_make(location, false).await
    }

    async fn open_or_make(location: &Location, make: bool) -> Result<Self, StoreError> {
        let opened = match &location.0 {
            Place::Sqlite(path) => open_sqlite(path, make).await.map(Self::Sqlite),
            Place::Postgres(options) => open_postgres(options).await.map(Self::Postgres),
        };
        opened.map_err(|error| cannot_open(location, error))
    }

    /// Neither makes nor changes anything.
    pub(crate) async fn open_to_read(location: &Location) -> Result<Self, StoreError> {
        let opened = match &location.0 {
            Place::Sqlite(path) => open_sqlite_to_read(path).await.map(Self::Sqlite),
            Place::Postgres(options) => {
                let options =
                    PgConnectOptions::clone(options).options([("default_transaction_read_only", "on")]);
                open_postgres(&options).await.map(Self::Postgres)
            }
        };
        opened.map_err(|error| cannot_open(location, error))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.readers.close().await;
                sqlite.writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn pool(&self) -> Pool {
        match self {
            Self::Sqlite(sqlite) => {
                let (writer, readers) = (&sqlite.writer, &sqlite.readers);
                let idle = writer.num_idle() + readers.num_idle();
                Pool::of(writer.size() + readers.size(), idle, READERS + 1)
            }
            Self::Postgres(pool) => Pool::of(pool.size(), pool.num_idle(), POSTGRES_CONNECTIONS),
        }
    }

    /// Brings what SQLite's log has into its file, and leaves the log empty; answers whether it could, which
    /// somebody who still reads can keep it from. PostgreSQL has logs of its own.
    pub(crate) async fn empty_log(&self) -> Result<bool, sqlx::Error> {
        const EMPTY: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
        match self {
            Self::Sqlite(sqlite) => {
                let kept: i64 = sqlx::query_scalar(EMPTY).fetch_one(&sqlite.writer).await?;
                Ok(kept == 0)
            }
            Self::Postgres(_) => Ok(true),
        }
    }

    /// The statement that tells other processes of a new revision, where there can be any.
    pub(crate) const fn notice(&self) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(_) => Some("SELECT pg_notify($1, $2)"),
        }
    }
}

async fn open_sqlite(path: &Path, make: bool) -> Result<Sqlite, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(make)
        .journal_mode(SqliteJournalMode::Wal)
        // A change that was acknowledged outlives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("journal_size_limit", LOG_KEPT);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(PATIENCE)
        // SQLite takes a transaction back by itself when the disk is full. The driver does not notice, and
        // such a connection would never begin another.
        .after_release(|connection, _| {
            Box::pin(async move {
                // What was dropped is taken back before this is answered.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        // What is erased is not left in the file.
        .connect_with(options.clone().pragma("cache_size", WRITER_CACHE).pragma("secure_delete", "on"))
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_lazy_with(options.pragma("query_only", "on"));
    Ok(Sqlite { writer, readers })
}

async fn open_sqlite_to_read(path: &Path) -> Result<Sqlite, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(10));
    let options = options.pragma("query_only", "on");
    let readers = match readers_of(options.clone()).await {
        // Even a reader needs the files of the log, which nobody has made when nothing was written since the
        // last one closed, and which cannot be made in a folder that is not to be written.
        Err(error) if lacks_log(&error) && !has_log(path) => readers_of(options.immutable(true)).await?,
        tried => tried?,
    };
    Ok(Sqlite { writer: readers.clone(), readers })
}

/// Opened and seen to be readable.
async fn readers_of(options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    const ANY_TABLE: &str = "SELECT COUNT(*) FROM sqlite_schema";
    let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?;
    sqlx::query(ANY_TABLE).execute(&readers).await?;
    Ok(readers)
}

fn lacks_log(error: &sqlx::Error) -> bool {
    const SQLITE_CANTOPEN: &str = "14";
    const SQLITE_READONLY_RECOVERY: &str = "264";
    const SQLITE_READONLY_CANTINIT: &str = "1288";
    const SQLITE_READONLY_DIRECTORY: &str = "1544";
    let codes =
        [SQLITE_CANTOPEN, SQLITE_READONLY_RECOVERY, SQLITE_READONLY_CANTINIT, SQLITE_READONLY_DIRECTORY];
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&&*code))
}

/// Whether there are changes that are not in the database's own file yet.
fn has_log(database: &Path) -> bool {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

async fn open_postgres(options: &PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    // A pool would go on trying for as long as it may before it said what is wrong.
    let first = timeout(POSTGRES_PATIENCE, PgConnection::connect_with(options));
    first.await.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await?;
    let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(POSTGRES_PATIENCE);
    pool.connect_with(options.clone()).await
}

fn cannot_open(location: &Location, error: sqlx::Error) -> StoreError {
    let not_a_database = |code: &str| code == "26";
    if let sqlx::Error::Database(cause) = &error
        && cause.code().is_some_and(|code| not_a_database(&code))
    {
        return StoreError::NotOurs(location.to_string());
    }
    StoreError::CannotOpen { at: location.to_string(), cause: error.into() }
}

/// What asks for next to nothing ends soon, even if the database has gone silent.
pub(crate) async fn promptly<T>(
    doing: &'static str,
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let late = |_| failed(doing)(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
    timeout(PROMPT, asked).await.map_err(late)?
}

/// The same code on either database: `$pool` is the pool to read from.
macro_rules! reading {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite($crate::db::Sqlite { readers: $pool, .. }) => $body,
            $crate::db::Db::Postgres($pool) => $body,
        }
    };
}

/// The same code on either database: `$pool` is the pool to write with.
macro_rules! writing {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite($crate::db::Sqlite { writer: $pool, .. }) => $body,
            $crate::db::Db::Postgres($pool) => $body,
        }
    };
}

/// The same code on either database: `$transaction` sees one moment of it, and can only read.
macro_rules! snapshot {
    ($db:expr, $doing:expr, |$transaction:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite($crate::db::Sqlite { readers, .. }) => {
                let mut $transaction =
                    readers.begin_with("BEGIN").await.map_err($crate::error::failed($doing))?;
                $body
            }
            $crate::db::Db::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                let mut $transaction = pool.begin_with(begin).await.map_err($crate::error::failed($doing))?;
                $body
            }
        }
    };
}

/// The same code on either database: `$transaction` is the one that writes; dropped, it is taken back.
macro_rules! change {
    ($db:expr, $doing:expr, |$transaction:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite($crate::db::Sqlite { writer, .. }) => {
                // At once, since a reading transaction cannot become a writing one when another was faster.
                let begun = writer.begin_with("BEGIN IMMEDIATE").await;
                let mut $transaction = begun.map_err($crate::error::failed($doing))?;
                $body
            }
            $crate::db::Db::Postgres(pool) => {
                let mut $transaction = pool.begin().await.map_err($crate::error::failed($doing))?;
                $body
            }
        }
    };
}

pub(crate) use {change, reading, snapshot, writing};

/// Text from outside as a column can hold it: PostgreSQL has no character 0.
pub(crate) fn storable(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}").into() } else { text.into() }
}

/// Between the columns of rows that are read as one text, and between the rows. JSON text that this program
/// writes has neither: it escapes control characters, and breaks no lines.
pub(crate) const TAB: &str = "\t";
pub(crate) const LINE: &str = "\n";

/// What stands for a value in such a text: nothing for none, since no JSON text is empty.
pub(crate) fn value(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
