//! `shared-query`: searches that a project area keeps for everybody.

use clap::{Args, Subcommand};
use governance::SearchCriteria;
use serde_json::{Value, json};

use super::criteria::{What, criteria};
use super::representation::{write, write_list};
use super::search;
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};

/// List, run, make and delete shared queries
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick shared-query create "gc:Electric Vehicle" "Open streams" --where kind=stream --where archived=false
  bailiwick shared-query run "gc:Electric Vehicle" "Open streams" configurations"#)]
pub(crate) struct SharedQuery {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the shared queries of a project area
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Search as a shared query says
    Run {
        #[command(flatten)]
        of: Of,
        name: String,
        /// What is searched
        #[arg(value_enum)]
        what: What,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        limit: usize,
    },
    /// Keep a search for everybody
    Create {
        #[command(flatten)]
        of: Of,
        name: String,
        /// A criterion, such as `kind=stream`, `tag=motor` or `sort=-modified`
        #[arg(long = "where", value_name = "KEY=VALUE", required = true)]
        criteria: Vec<String>,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Delete a shared query
    Delete {
        #[command(flatten)]
        of: Of,
        name: String,
    },
}

#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    server: ServerArgs,
    /// The project area
    project_area: String,
}

impl SharedQuery {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List { of } => {
                let queries = of.server.connect()?.things(&of.all())?;
                let columns = &["name", "criteria", "description"];
                write_list(&queries, columns, "There are no shared queries.", output)?;
            }
            Command::Run { of, name, what, limit } => {
                let remote = of.server.connect()?;
                let kept: Value = remote.thing(&of.one(&name))?;
                let mut wanted: SearchCriteria = serde_json::from_value(kept["criteria"].clone())?;
                // It is the project area's, unless it says that it looks further.
                wanted.project_area.get_or_insert(of.project_area);
                search::write(&remote.search(what.word(), &wanted, limit, None)?, output)?;
            }
            Command::Create { of, name, criteria: pairs, description } => {
                let body = json!({"name": name, "description": description, "criteria": criteria(&pairs)?});
                write(&of.server.connect()?.post(&of.all(), &body)?, output)?;
            }
            Command::Delete { of, name } => {
                of.server.connect()?.remove(&of.one(&name))?;
                write(&json!({"deleted": name}), output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl Of {
    fn all(&self) -> String {
        at(["project-areas", &self.project_area, "shared-queries"])
    }
    fn one(&self, name: &str) -> String {
        at(["project-areas", &self.project_area, "shared-queries", name])
    }
}
