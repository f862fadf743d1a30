//! `serve`: the server.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use server::{Config, ConfigFile, Listening, Loaded, Sources, StartLink};

use crate::Status;
use crate::output::print;

/// Run the server
///
/// It keeps its data in SQLite in a folder, which it makes if there is none, or in PostgreSQL, and stops at
/// Ctrl-C or SIGTERM when what is under way has ended. Every answered change outlives a crash. It is
/// configured by a file, by environment variables over it, and by the options below over both: see
/// `bailiwick config example`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick serve --data /var/lib/bailiwick --listen 127.0.0.1:8080
  bailiwick serve --config /etc/bailiwick/bailiwick.toml")]
pub(crate) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Where the configuration comes from: what stands here has the last word.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The address to listen on without TLS; with port 0, any port that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The form of the log on standard error
    #[arg(long, value_enum, value_name = "FORM")]
    log: Option<Log>,
}

/// Which server is meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlaceArgs {
    /// The configuration's file; without it, `bailiwick.toml` in the data folder, if there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The database, if it is not in the data folder: `sqlite:PATH`, `postgres://USER@HOST/DATABASE`, or
    /// `@FILE`, the file that holds it, for one with a password
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The address by which others know this server, such as https://elm.example.org
    #[arg(long, value_name = "URI")]
    base_uri: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Log {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
}

/// The variable that names the configuration's file.
const FILE_VARIABLE: &str = "BAILIWICK_CONFIG";

impl ConfigArgs {
    /// The configuration that they come to, with the file and the environment.
    pub(crate) fn load(self) -> anyhow::Result<Loaded> {
        let log = self.log.map(|log| match log {
            Log::Text => "text".to_owned(),
            Log::Json => "json".to_owned(),
        });
        self.place.load_with([("http.listen", "--listen", self.listen), ("log.format", "--log", log)])
    }
}

impl PlaceArgs {
    /// The configuration of the server that they mean.
    pub(crate) fn load(self) -> anyhow::Result<Loaded> {
        self.load_with([])
    }

    fn load_with<const N: usize>(
        self,
        more: [(&'static str, &'static str, Option<String>); N],
    ) -> anyhow::Result<Loaded> {
        let database = match &self.database {
            Some(text) => match text.strip_prefix('@') {
                Some(file) => ("database_url_file", "--database", Some(file.to_owned())),
                None => ("database", "--database", self.database),
            },
            None => ("database", "--database", None),
        };
        let given = [("data", "--data", self.data), database, ("base_uri", "--base-uri", self.base_uri)];
        let given = given.into_iter().chain(more);
        let flags = given.filter_map(|(key, flag, value)| Some((key, flag, value?)));
        let file = self.config.or_else(|| std::env::var_os(FILE_VARIABLE).map(PathBuf::from));
        // What is no text is none of ours.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Ok(server::load(&Sources {
            file: file.map_or(ConfigFile::InDataFolder, ConfigFile::Named),
            environment: std::env::vars_os().filter_map(text).collect(),
            flags: flags.collect(),
        })?)
    }
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let loaded = self.config.load()?;
        server::start_log(loaded.config.log);
        loaded.tell();
        run(loaded.config, |listening, link| {
            let link = link.map(|link| invitation(&link));
            let http = listening.http.map(|address| format!("Listening on http://{address}\n"));
            let https = listening.https.map(|address| format!("Listening on https://{address}\n"));
            http.into_iter().chain(https).chain(link).collect()
        })
    }
}

/// The link stands on standard output alone: whoever reads the log must not sign in with it.
fn invitation(link: &StartLink) -> String {
    let address = &link.address;
    match &link.user {
        None => format!(
            "Nobody administers this server yet. Make the first who does, within a day, at\n  {address}\n"
        ),
        Some(id) => {
            format!("Nobody who administers the server has a password. Let `{id}` set one at\n  {address}\n")
        }
    }
}

/// Runs a server to its end; `greeting` is written when it listens.
pub(crate) fn run(
    config: Config,
    greeting: impl FnOnce(Listening, Option<StartLink>) -> String,
) -> anyhow::Result<Status> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(server::serve(config, |listening, link| {
        // Nobody reads it: the server runs all the same.
        print(&greeting(listening, link)).unwrap_or_default();
    }))?;
    Ok(Status::Done)
}
