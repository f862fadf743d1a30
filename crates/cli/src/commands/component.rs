//! `component`: components of a server.

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::described::Beginning;
use super::named::{Edit, Named};
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
    Show(Named),
    /// Change its name, Team Area or description
    Edit(Edit),
    /// Archive a component with its configurations
    Archive(Named),
    /// Take a component out of the archive
    Unarchive(Named),
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

const KIND: &str = "components";

impl Component {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let told = match self.command {
            Command::Create(Create { server, project_area, name, beginning }) => {
                let body = beginning.with(Map::from_iter([("name".to_owned(), json!(name))]))?;
                server.connect()?.post(&at(["project-areas", &project_area, "components"]), &body)
            }
            Command::Show(component) => component.show(KIND),
            Command::Edit(edit) => edit.make(KIND, output),
            Command::Archive(component) => component.act(KIND, "archive"),
            Command::Unarchive(component) => component.act(KIND, "unarchive"),
        }?;
        representation::write(&told, output)?;
        Ok(Status::Done)
    }
}
