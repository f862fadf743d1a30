//! A database for one test, gone after it.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use store::{Location, Store};
use tempfile::TempDir;

pub(crate) const HISTORY: &str = "the history of this test";

pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres { server: Box<PgConnectOptions>, name: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("BAILIWICK_TEST_POSTGRES") else {
            panic!(
                "BAILIWICK_TEST_POSTGRES names no server: run `cargo xtask test`, \
                 or `cargo xtask postgres -- cargo test -p store`"
            );
        };
        let name = format!("bailiwick_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let server = Box::new(PgConnectOptions::from_str(&url).unwrap());
        // A template that nobody is connected to, so that many tests can copy it at a time.
        run_on_server(&server, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self::Postgres { server, name }
    }

    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Sqlite(folder) => Location::folder(&folder.path().join("data")),
            Self::Postgres { server, name } => {
                Location::parse(server.clone().database(name).to_url_lossy().as_str()).unwrap()
            }
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.location(), HISTORY).await.unwrap()
    }

    /// Two who write to it: two nodes where there can be two.
    pub(crate) async fn two_writers(&self) -> [Arc<Store>; 2] {
        let one = Arc::new(self.open().await);
        let two = if self.location().is_shared() { Arc::new(self.open().await) } else { one.clone() };
        [one, two]
    }

    /// Does what the store would not.
    pub(crate) async fn tamper(&self, statements: &str) {
        let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("data/bailiwick.db");
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                statements.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres { server, name } => {
                let mut connection =
                    PgConnection::connect_with(&server.clone().database(name)).await.unwrap();
                statements.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}

async fn run_on_server(server: &PgConnectOptions, statement: String) {
    let mut connection = PgConnection::connect_with(server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            let (server, drop) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(run_on_server(&server, drop));
            });
            if dropping.join().is_err() {
                eprintln!("`{name}` could not be dropped");
            }
        }
    }
}
