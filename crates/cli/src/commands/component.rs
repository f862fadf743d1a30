//! `component`: components of a server.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::described::{Beginning, Changes};
use super::representation;
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};

/// Make, show, edit and archive components
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick component create "gc:Electric Vehicle" Motor --description "What turns the wheels"
  bailiwick component edit "gc:Electric Vehicle#component:Motor" --team-area "Tuning Team""#)]
pub(crate) struct Component {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a component, with its initial stream and baseline
    Create(Create),
    /// Show a component
    Show(Of),
    /// Change its name, Team Area or description
    Edit(Edit),
    /// Archive a component with its configurations
    Archive(Of),
    /// Take a component out of the archive
    Unarchive(Of),
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    server: ServerArgs,
    /// The project area
    project_area: String,
    /// What it is called
    name: String,
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
    /// The reference of a component
    component: String,
}

impl Component {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let told = match self.command {
            Command::Create(Create { server, project_area, name, beginning }) => {
                let body = beginning.with(Map::from_iter([("name".to_owned(), json!(name))]));
                server.connect()?.post(&at(["project-areas", &project_area, "components"]), &body)
            }
            Command::Show(Of { server, component }) => {
                server.connect()?.thing(&at(["components", &component]))
            }
            Command::Edit(Edit { of: Of { server, component }, changes }) => {
                server.connect()?.change(&at(["components", &component]), |_| Ok(changes.keys()))
            }
            Command::Archive(of) => of.act("archive"),
            Command::Unarchive(of) => of.act("unarchive"),
        }?;
        representation::write(&told, output)?;
        Ok(Status::Done)
    }
}

impl Of {
    fn act(self, verb: &str) -> anyhow::Result<Value> {
        self.server.connect()?.post(&at(["components", &self.component, verb]), &json!({}))
    }
}
