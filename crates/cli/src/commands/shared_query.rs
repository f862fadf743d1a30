//! `shared-query`: searches that a project area keeps for everybody.

use clap::{Args, Subcommand};
use governance::SearchCriteria;
use serde_json::{Map, Value, json};

use super::criteria::{What, criteria};
use super::of_project_area::OfProjectArea;
use super::representation::write;
use super::search;
use crate::Status;
use crate::failure::note;
use crate::output::Output;

/// List, run, make, change and delete shared queries
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
    List(OfProjectArea),
    /// Search as a shared query says
    Run {
        #[command(flatten)]
        of: OfProjectArea,
        /// What it is called
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
        of: OfProjectArea,
        /// What it is called
        name: String,
        /// A criterion, such as `kind=stream`, `tag=motor` or `sort=-modified`
        #[arg(long = "where", value_name = "KEY=VALUE", required = true)]
        criteria: Vec<String>,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Change a shared query
    Edit {
        #[command(flatten)]
        of: OfProjectArea,
        /// What it is called
        name: String,
        /// What it is to be called
        #[arg(long = "name", value_name = "NAME")]
        new: Option<String>,
        /// A criterion: all of them take the place of those that it has
        #[arg(long = "where", value_name = "KEY=VALUE")]
        criteria: Vec<String>,
        /// What it is for; nothing takes it away
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Delete a shared query
    Delete {
        #[command(flatten)]
        of: OfProjectArea,
        /// What it is called
        name: String,
    },
}

const KIND: &str = "shared-queries";

impl SharedQuery {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(of) => {
                of.list(
                    KIND,
                    &["name", "criteria", "missing", "description"],
                    "There are no shared queries.",
                    output,
                )?;
            }
            Command::Run { of, name, what, limit } => {
                let remote = of.server.connect()?;
                let kept: Value = remote.thing(&of.one(KIND, &name))?;
                for missing in kept["missing"].as_array().into_iter().flatten() {
                    note(missing["detail"].as_str().unwrap_or_default());
                }
                let mut wanted: SearchCriteria = serde_json::from_value(kept["criteria"].clone())?;
                // It is the project area's, unless it says that it looks further.
                wanted.project_area.get_or_insert(of.project_area);
                search::write(&remote.search(what.word(), &wanted, limit, None)?, output)?;
            }
            Command::Create { of, name, criteria: pairs, description } => {
                let body = json!({"name": name, "description": description, "criteria": criteria(&pairs)?});
                of.create(KIND, &body, output)?;
            }
            Command::Edit { of, name, new, criteria: pairs, description } => {
                let mut keys = Map::new();
                keys.extend(new.as_ref().map(|new| ("name".to_owned(), json!(new))));
                let text = description.map(|text| Some(text).filter(|it| !it.is_empty()));
                keys.extend(text.map(|text| ("description".to_owned(), json!(text))));
                if !pairs.is_empty() {
                    keys.insert("criteria".to_owned(), json!(criteria(&pairs)?));
                }
                let remote = of.server.connect()?;
                remote.change(&of.one(KIND, &name), |_| Ok(Value::Object(keys)))?;
                write(&remote.thing(&of.one(KIND, new.as_deref().unwrap_or(&name)))?, output)?;
            }
            Command::Delete { of, name } => of.delete(KIND, &name, output)?,
        }
        Ok(Status::Done)
    }
}
