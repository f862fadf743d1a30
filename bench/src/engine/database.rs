//! SQLite and PostgreSQL: filling, and asking.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::runtime::Runtime;

use super::query::{CONFIGURATIONS, CONTRIBUTIONS, INDEXES, Query, SCHEMA};
use super::tables::Table;
use crate::measure::{Nanoseconds, nanoseconds, now};

/// A database with a name, and what runs its futures.
pub(crate) struct Database {
    pub(crate) name: &'static str,
    runtime: Runtime,
    connection: Connection,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

const ROWS_AT_A_TIME: usize = 20_000;
/// As much of the database as there is stays in memory.
const SQLITE_CACHE_KIB: &str = "-1000000";

/// The same on either connection.
macro_rules! on {
    ($connection:expr, $it:ident => $work:expr) => {
        match $connection {
            Connection::Sqlite($it) => $work,
            Connection::Postgres($it) => $work,
        }
    };
}

impl Database {
    pub(crate) fn sqlite(folder: &Path, tables: &[Table]) -> Result<Self> {
        let runtime = runtime()?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("compared.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("cache_size", SQLITE_CACHE_KIB);
        let connection = Connection::Sqlite(runtime.block_on(options.connect())?);
        Self { name: "SQLite", runtime, connection }.filled(tables)
    }

    /// In a schema of its own, made anew.
    pub(crate) fn postgres(url: &str, tables: &[Table]) -> Result<Self> {
        let runtime = runtime()?;
        let options: PgConnectOptions = url.parse()?;
        let connection = runtime.block_on(async {
            let mut connection = options.connect().await.context("cannot reach PostgreSQL")?;
            let anew = [
                "DROP SCHEMA IF EXISTS compared CASCADE",
                "CREATE SCHEMA compared",
                "SET search_path TO compared",
                // The queries are too short for it to pay.
                "SET jit TO off",
                // Plans are made once; with scans of whole tables the lists would take six times as long.
                "SET plan_cache_mode TO force_generic_plan",
                "SET random_page_cost TO 1",
                "SET enable_hashjoin TO off",
                "SET enable_mergejoin TO off",
            ];
            for text in anew {
                connection.execute(text).await?;
            }
            anyhow::Ok(connection)
        })?;
        Self { name: "PostgreSQL", runtime, connection: Connection::Postgres(connection) }.filled(tables)
    }

    fn filled(mut self, tables: &[Table]) -> Result<Self> {
        let name = self.name;
        self.runtime.block_on(async {
            let connection = &mut self.connection;
            for text in SCHEMA.into_iter().chain([CONFIGURATIONS, CONTRIBUTIONS]) {
                on!(connection, it => it.execute(text).await.map(drop)).context(text)?;
            }
            for table in tables {
                crate::progress(&format!("filling {name}: {}", table.name));
                match connection {
                    Connection::Sqlite(it) => fill_sqlite(it, table).await?,
                    Connection::Postgres(it) => fill_postgres(it, table).await?,
                }
            }
            crate::progress(&format!("filling {name}: indexes"));
            for text in INDEXES {
                on!(connection, it => it.execute(text).await.map(drop)).context(text)?;
            }
            // SQLite is told the order of its joins. With samples of values it would prepare a statement
            // anew for each value bound, which takes twenty times as long as running it.
            if let Connection::Postgres(it) = connection {
                it.execute("VACUUM ANALYZE").await?;
            }
            anyhow::Ok(())
        })?;
        Ok(self)
    }

    /// The booleans that the queries answer with, one after the other, and the nanoseconds that each took.
    pub(crate) fn checks<'a>(
        &mut self,
        queries: impl IntoIterator<Item = &'a Query>,
    ) -> Result<Vec<(bool, Nanoseconds)>> {
        let connection = &mut self.connection;
        self.runtime.block_on(async {
            let mut answers = Vec::new();
            for query in queries {
                let start = now();
                let allowed = on!(connection, it => {
                    let mut asked = sqlx::query_scalar::<_, bool>(query.text);
                    for number in &query.numbers {
                        asked = asked.bind(*number);
                    }
                    asked.fetch_one(&mut *it).await
                });
                answers.push((allowed.context(query.text)?, nanoseconds(start.elapsed())));
            }
            Ok(answers)
        })
    }

    /// Carries a statement out by itself, with a commit of its own; the nanoseconds that it took.
    pub(crate) fn write(&mut self, query: &Query) -> Result<Nanoseconds> {
        let connection = &mut self.connection;
        self.runtime.block_on(async {
            let start = now();
            let written = on!(connection, it => {
                let mut asked = sqlx::query(query.text);
                for number in &query.numbers {
                    asked = asked.bind(*number);
                }
                asked.execute(&mut *it).await.map(drop)
            });
            let time = nanoseconds(start.elapsed());
            written.context(query.text)?;
            Ok(time)
        })
    }

    /// The numbers that a query answers with, sorted, and the nanoseconds that it took without the sorting.
    pub(crate) fn list(&mut self, query: &Query) -> Result<(Vec<i32>, Nanoseconds)> {
        let connection = &mut self.connection;
        self.runtime.block_on(async {
            let start = now();
            let found = on!(connection, it => {
                let mut asked = sqlx::query_scalar::<_, i32>(query.text);
                for number in &query.numbers {
                    asked = asked.bind(*number);
                }
                asked.fetch_all(&mut *it).await
            });
            let time = nanoseconds(start.elapsed());
            let mut found = found.context(query.text)?;
            found.sort_unstable();
            Ok((found, time))
        })
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

async fn fill_sqlite(connection: &mut SqliteConnection, table: &Table) -> Result<()> {
    let columns: Vec<String> = (0..table.width).map(|at| format!("value ->> {at}")).collect();
    let insert = format!("INSERT INTO {} SELECT {} FROM json_each($1)", table.name, columns.join(", "));
    let insert: &'static str = Box::leak(insert.into_boxed_str());
    let mut transaction = connection.begin().await?;
    for rows in table.cells.chunks(table.width * ROWS_AT_A_TIME) {
        let rows: Vec<&[Option<i32>]> = rows.chunks_exact(table.width).collect();
        sqlx::query(insert).bind(serde_json::to_string(&rows)?).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

async fn fill_postgres(connection: &mut PgConnection, table: &Table) -> Result<()> {
    let mut copy = connection.copy_in_raw(&format!("COPY {} FROM STDIN", table.name)).await?;
    for rows in table.cells.chunks(table.width * ROWS_AT_A_TIME) {
        let mut text = String::new();
        for row in rows.chunks_exact(table.width) {
            for (at, cell) in row.iter().enumerate() {
                text.push_str(if at > 0 { "\t" } else { "" });
                match cell {
                    Some(number) => write!(text, "{number}")?,
                    None => text.push_str("\\N"),
                }
            }
            text.push('\n');
        }
        copy.send(text.into_bytes()).await?;
    }
    let rows = copy.finish().await? as usize;
    ensure!(rows * table.width == table.cells.len(), "{} has {rows} rows", table.name);
    Ok(())
}
