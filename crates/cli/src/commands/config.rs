//! `config`: the configuration of a server, checked and shown.

use clap::{Args, Subcommand};
use serde::Serialize;
use server::Shown;

use super::serve::ConfigArgs;
use crate::Status;
use crate::failure::note;
use crate::output::{Output, print};
use crate::table::Table;

/// Check the configuration of a server, or write an example of one
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick config example > bailiwick.toml
  bailiwick config check --config bailiwick.toml")]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    /// Write a file with every key, its default, and what it is for
    Example,
}

/// Tell all that is wrong with a configuration, or what every key of it comes to
///
/// It reads what `serve` would read: the file, the environment, the options, the files with secrets, the
/// certificate and its key. Secrets are not shown.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick config check --config /etc/bailiwick/bailiwick.toml")]
struct Check {
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Serialize)]
struct Key {
    key: String,
    /// As TOML.
    value: Option<String>,
    origin: String,
}

impl From<Shown> for Key {
    fn from(Shown { key, value, origin }: Shown) -> Self {
        Self { key, value, origin }
    }
}

impl Config {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::Check(check) => check.run(output),
            Command::Example => {
                print(&server::example())?;
                Ok(Status::Done)
            }
        }
    }
}

impl Check {
    fn run(self, output: Output) -> anyhow::Result<Status> {
        let mut loaded = self.config.load()?;
        loaded.check()?;
        for warning in &loaded.warnings {
            note(warning);
        }
        let keys: Vec<Key> = loaded.shown().into_iter().map(Key::from).collect();
        let table = || {
            let mut table = Table::new(&["key", "value", "origin"]);
            for Key { key, value, origin } in &keys {
                table.row([key.clone(), value.clone().unwrap_or_default(), origin.clone()]);
            }
            table
        };
        output.write_table(&keys, table, "")?;
        Ok(Status::Done)
    }
}
