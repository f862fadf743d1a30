//! `tag`: the tags of a project area.

use clap::{Args, Subcommand};
use serde_json::json;

use super::representation::{write, write_list};
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};

/// List, make, rename and delete tags
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick tag create "gc:Electric Vehicle" safety/brake --description "Whatever stops it"
  bailiwick tag rename "gc:Electric Vehicle" safety/brake safety/brakes"#)]
pub(crate) struct Tag {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the tags of a project area, each with how many items have it
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Make a tag
    Create {
        #[command(flatten)]
        of: Of,
        /// In lower case, with `/` before what is nested
        tag: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Rename a tag wherever it is, with what is nested in it
    Rename {
        #[command(flatten)]
        of: Of,
        tag: String,
        /// The new name
        new: String,
    },
    /// Delete a tag wherever it is, with what is nested in it
    Delete {
        #[command(flatten)]
        of: Of,
        tag: String,
    },
}

#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    server: ServerArgs,
    /// The project area
    project_area: String,
}

impl Tag {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List { of } => {
                let tags = of.server.connect()?.things(&of.tags())?;
                write_list(&tags, &["name", "items", "description"], "There are no tags.", output)?;
            }
            Command::Create { of, tag, description } => {
                let body = json!({"name": tag, "description": description});
                write(&of.server.connect()?.post(&of.tags(), &body)?, output)?;
            }
            Command::Rename { of, tag, new } => {
                let remote = of.server.connect()?;
                remote.change(&of.tag(&tag), |_| Ok(json!({"name": new})))?;
                write(&remote.thing(&of.tag(&new))?, output)?;
            }
            Command::Delete { of, tag } => {
                of.server.connect()?.remove(&of.tag(&tag))?;
                write(&json!({"deleted": tag}), output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl Of {
    fn tags(&self) -> String {
        at(["project-areas", &self.project_area, "tags"])
    }
    fn tag(&self, tag: &str) -> String {
        at(["project-areas", &self.project_area, "tags", tag])
    }
}
