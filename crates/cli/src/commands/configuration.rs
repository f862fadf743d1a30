//! `configuration`: what one does with a single configuration.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::described::{Beginning, Changes};
use super::representation;
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};
use crate::table::Table;

/// Make, show, edit, archive, commit and approve configurations
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick configuration create "gc:Electric Vehicle#component:Motor" \
      --kind stream --name "Motor 2.0" --from "baseline:Motor Initial Baseline"
  bailiwick configuration approve "gc:Electric Vehicle#Motor/stream:Motor 1.0""#)]
pub(crate) struct Configuration {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a configuration from another one of its component
    Create(Create),
    /// Show a configuration
    Show(Of),
    /// Change its name, Team Area or description
    Edit(Edit),
    /// Archive a configuration
    Archive(Of),
    /// Take a configuration out of the archive
    Unarchive(Of),
    /// End a staging stream as a baseline
    Commit(Of),
    /// Approve a stream or staging stream as it is
    ///
    /// The approval ends when what was approved changes.
    Approve(Of),
    /// Take your approval back
    Withdraw(Of),
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of the component
    component: String,
    /// What it is
    #[arg(long, value_parser = ["stream", "baseline", "staging", "personal"])]
    kind: String,
    /// What it is called
    #[arg(long)]
    name: String,
    /// What it is made from: `stream:NAME` or `baseline:NAME` of the same component
    #[arg(long, value_name = "KIND:NAME")]
    from: String,
    /// The configuration in which it takes the place of what it is made from
    #[arg(long, value_name = "CONFIGURATION")]
    in_place_in: Option<String>,
    #[command(flatten)]
    beginning: Beginning,
}

#[derive(Debug, Args)]
struct Edit {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of a configuration
    configuration: String,
}

impl Configuration {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let told = match self.command {
            Command::Create(create) => create.make(),
            Command::Show(Of { server, configuration }) => {
                server.connect()?.thing(&at(["configurations", &configuration]))
            }
            Command::Edit(Edit { of: Of { server, configuration }, changes }) => {
                server.connect()?.change(&at(["configurations", &configuration]), |_| Ok(changes.keys()))
            }
            Command::Archive(of) => of.act("archive"),
            Command::Unarchive(of) => of.act("unarchive"),
            Command::Commit(of) => of.commit(),
            Command::Approve(of) => return of.approve(true, output),
            Command::Withdraw(of) => return of.approve(false, output),
        }?;
        representation::write(&told, output)?;
        Ok(Status::Done)
    }
}

impl Create {
    fn make(self) -> anyhow::Result<Value> {
        let Self { server, component, kind, name, from, in_place_in, beginning } = self;
        let keys =
            [("kind", Some(kind)), ("name", Some(name)), ("from", Some(from)), ("in_place_in", in_place_in)];
        let keys = keys.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text?))));
        let body = beginning.with(Map::from_iter(keys));
        server.connect()?.post(&at(["components", &component, "configurations"]), &body)
    }
}

impl Of {
    fn act(self, verb: &str) -> anyhow::Result<Value> {
        self.server.connect()?.post(&at(["configurations", &self.configuration, verb]), &json!({}))
    }

    /// A baseline has another reference than the staging stream that it was; the number stays.
    fn commit(self) -> anyhow::Result<Value> {
        let remote = self.server.connect()?;
        let number = remote.thing(&at(["configurations", &self.configuration]))?["number"].to_string();
        remote.post(&at(["configurations", &number, "commit"]), &json!({}))
    }

    fn approve(self, approves: bool, output: Output) -> anyhow::Result<Status> {
        let approvals = self.server.connect()?.approve(&self.configuration, approves)?;
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
