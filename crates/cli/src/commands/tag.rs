//! `tag`: the tags of a project area.

use clap::{Args, Subcommand};
use serde_json::json;

use super::of_project_area::OfProjectArea;
use super::representation::write;
use crate::Status;
use crate::output::Output;

/// List, make, rename, describe and delete tags
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
    List(OfProjectArea),
    /// Make a tag
    Create {
        #[command(flatten)]
        of: OfProjectArea,
        /// In lower case, with `/` before what is nested
        tag: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Rename a tag wherever it is, with what is nested in it
    Rename {
        #[command(flatten)]
        of: OfProjectArea,
        /// The tag
        tag: String,
        /// The new name
        new: String,
    },
    /// Say what a tag is for
    Describe {
        #[command(flatten)]
        of: OfProjectArea,
        /// The tag
        tag: String,
        /// What it is for; nothing takes it away
        description: String,
    },
    /// Delete a tag wherever it is, with what is nested in it
    Delete {
        #[command(flatten)]
        of: OfProjectArea,
        /// The tag
        tag: String,
    },
}

const KIND: &str = "tags";

impl Tag {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(of) => {
                of.list(KIND, &["name", "items", "description"], "There are no tags.", output)?;
            }
            Command::Create { of, tag, description } => {
                of.create(KIND, &json!({"name": tag, "description": description}), output)?;
            }
            Command::Rename { of, tag, new } => {
                let remote = of.server.connect()?;
                remote.change(&of.one(KIND, &tag), |_| Ok(json!({"name": new})))?;
                write(&remote.thing(&of.one(KIND, &new))?, output)?;
            }
            Command::Describe { of, tag, description } => {
                let remote = of.server.connect()?;
                let text = Some(description).filter(|it| !it.is_empty());
                remote.change(&of.one(KIND, &tag), |_| Ok(json!({"description": text})))?;
                write(&remote.thing(&of.one(KIND, &tag))?, output)?;
            }
            Command::Delete { of, tag } => of.delete(KIND, &tag, output)?,
        }
        Ok(Status::Done)
    }
}
