//! `configuration`: what one does with a single configuration.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::described::Beginning;
use super::named::{Edit, Named};
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
    Show(Named),
    /// Change its name, Team Area or description
    Edit(Edit),
    /// Archive a configuration
    Archive(Named),
    /// Take a configuration out of the archive
    Unarchive(Named),
    /// End a staging stream as a baseline
    Commit(Named),
    /// Approve a stream or staging stream as it is
    ///
    /// The approval ends when what was approved changes.
    Approve(Named),
    /// Take your approval back
    Withdraw(Named),
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

const KIND: &str = "configurations";

impl Configuration {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let told = match self.command {
            Command::Create(create) => create.make(),
            Command::Show(configuration) => configuration.show(KIND),
            Command::Edit(edit) => edit.make(KIND, output),
            Command::Archive(configuration) => configuration.act(KIND, "archive"),
            Command::Unarchive(configuration) => configuration.act(KIND, "unarchive"),
            Command::Commit(configuration) => commit(&configuration),
            Command::Approve(configuration) => return approve(&configuration, true, output),
            Command::Withdraw(configuration) => return approve(&configuration, false, output),
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
        let body = beginning.with(Map::from_iter(keys))?;
        server.connect()?.post(&at(["components", &component, "configurations"]), &body)
    }
}

/// A baseline has another reference than the staging stream that it was; the number stays.
fn commit(staging: &Named) -> anyhow::Result<Value> {
    let number = staging.show(KIND)?["number"].to_string();
    staging.server.connect()?.post(&at([KIND, &number, "commit"]), &json!({}))
}

fn approve(configuration: &Named, approves: bool, output: Output) -> anyhow::Result<Status> {
    let approvals = configuration.server.connect()?.approve(&configuration.reference, approves)?;
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
