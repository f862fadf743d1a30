//! `serve`: the server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use server::{Config, Demo, Logs};

use crate::Status;
use crate::output::print;

/// Run the server
///
/// It keeps its data in SQLite in a folder, which it makes if there is none, or in PostgreSQL, and stops at
/// Ctrl-C or SIGTERM when what is under way has ended. Every answered change outlives a crash.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick serve --data /var/lib/bailiwick --listen 127.0.0.1:8080")]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// The address by which others know this server, such as https://elm.example.org
    #[arg(long, value_name = "URI")]
    base_uri: Option<String>,
    /// The form of the log on standard error
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    log: Log,
}

/// Where a server listens, and where it keeps its data.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "bailiwick-data")]
    pub(crate) data: PathBuf,
    /// The database, if it is not in the data folder: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The address to listen on; with port 0, any port that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Log {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        server::start_logs(match self.log {
            Log::Text => Logs::Text,
            Log::Json => Logs::Json,
        });
        run(self.place, self.base_uri, None, |address| format!("Listening on http://{address}\n"))
    }
}

/// Runs a server to its end; `greeting` is written when it listens.
pub(crate) fn run(
    place: Place,
    base_uri: Option<String>,
    demo: Option<Demo>,
    greeting: impl FnOnce(SocketAddr) -> String,
) -> anyhow::Result<Status> {
    let Place { data, database, listen } = place;
    let config = Config { listen, data, database, base_uri, demo, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(server::serve(config, |address| {
        // Nobody reads it: the server runs all the same.
        print(&greeting(address)).unwrap_or_default();
    }))?;
    Ok(Status::Done)
}
