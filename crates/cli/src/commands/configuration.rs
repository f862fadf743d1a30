//! `configuration`: what one does with a single configuration.

use clap::{Args, Subcommand};

use crate::Status;
use crate::output::Output;
use crate::remote::ServerArgs;
use crate::table::Table;

/// Approve a stream or staging stream, or take that back
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick configuration approve "gc:Electric Vehicle#Motor/stream:Motor 1.0""#)]
pub(crate) struct Configuration {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Approve(Approve),
    Withdraw(Withdraw),
}

/// Approve a stream or staging stream as it is
///
/// The approval ends when what was approved changes.
#[derive(Debug, Args)]
struct Approve {
    #[command(flatten)]
    of: Of,
}

/// Take your approval back
#[derive(Debug, Args)]
struct Withdraw {
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of a stream or staging stream
    configuration: String,
}

impl Configuration {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let (of, approves) = match self.command {
            Command::Approve(Approve { of }) => (of, true),
            Command::Withdraw(Withdraw { of }) => (of, false),
        };
        let approvals = of.server.connect()?.approve(&of.configuration, approves)?;
        let table = || {
            let mut table = Table::new(&["approved by", "revision", "at"]);
            for it in &approvals {
                table.row([it.user.clone(), it.revision.to_string(), it.at.clone()]);
            }
            table
        };
        output.write_table(&approvals, table, "Nobody approves it.")?;
        Ok(Status::Done)
    }
}
