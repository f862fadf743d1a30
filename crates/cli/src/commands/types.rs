//! `types`: the types of attributes and links of a project area.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::of_project_area::OfProjectArea;
use super::representation::write;
use crate::Status;
use crate::failure::Failure;
use crate::output::Output;
use crate::remote::at;
use crate::table::Table;

/// List, set and delete the types of attributes and links of a project area
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick types set "gc:Electric Vehicle" attribute '{"id": "asil", "type": "enumeration", "values": ["QM", "D"]}'
  bailiwick types import "gc:Electric Vehicle" --from gc:Standard"#)]
pub(crate) struct Types {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the types of a project area, each with how many items use it
    List(OfProjectArea),
    /// Put a type in the place of the one that has its id, or beside the others
    Set {
        #[command(flatten)]
        of: OfProjectArea,
        /// Of what it is a type
        #[arg(value_enum)]
        kind: Kind,
        /// The type, as JSON: an object with `id`
        #[arg(value_name = "JSON")]
        new: String,
    },
    /// Take a type away
    Delete {
        #[command(flatten)]
        of: OfProjectArea,
        /// Of what it is a type
        #[arg(value_enum)]
        kind: Kind,
        /// Its id
        id: String,
    },
    /// Take the types of another project area over
    Import {
        #[command(flatten)]
        of: OfProjectArea,
        /// The project area that has them
        #[arg(long, value_name = "PROJECT_AREA")]
        from: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Attribute,
    Link,
}

impl Kind {
    const fn key(self) -> &'static str {
        match self {
            Self::Attribute => "attribute_types",
            Self::Link => "link_types",
        }
    }
}

impl Types {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(of) => of.types(output)?,
            Command::Set { of, kind, new } => {
                let new = read(&new)?;
                of.change_types(kind, |types| match types.iter_mut().find(|it| it["id"] == new["id"]) {
                    Some(there) => {
                        *there = new;
                        Ok(())
                    }
                    None => {
                        types.push(new);
                        Ok(())
                    }
                })?;
                of.types(output)?;
            }
            Command::Delete { of, kind, id } => {
                of.change_types(kind, |types| {
                    let count = types.len();
                    types.retain(|it| it["id"] != *id);
                    if types.len() < count {
                        return Ok(());
                    }
                    let help = "`bailiwick types list PROJECT_AREA` lists those that there are";
                    Err(Failure::new(format_args!("there is no type `{id}`"), help).into())
                })?;
                write(&json!({"deleted": id}), output)?;
            }
            Command::Import { of, from } => {
                let address = at(["project-areas", &of.project_area, "import-types"]);
                of.server.connect()?.post(&address, &json!({"from": from}))?;
                of.types(output)?;
            }
        }
        Ok(Status::Done)
    }
}

/// A type that somebody types.
fn read(text: &str) -> anyhow::Result<Value> {
    let help = r#"expected an object with `id`, such as {"id": "cost", "type": "number"}"#;
    match serde_json::from_str::<Value>(text) {
        Ok(new) if new["id"].is_string() => Ok(new),
        Ok(_) => Err(Failure::new(format_args!("`{text}` is no type"), help).into()),
        Err(wrong) => Err(Failure::new(format_args!("`{text}` is no JSON: {wrong}"), help).into()),
    }
}

impl OfProjectArea {
    fn types(&self, output: Output) -> anyhow::Result<()> {
        let told = self.server.connect()?.thing(&at(["project-areas", &self.project_area, "types"]))?;
        let table = || {
            let mut table = Table::new(&["of", "id", "type", "items"]);
            for (of, key) in [("attribute", Kind::Attribute.key()), ("link", Kind::Link.key())] {
                for it in told[key].as_array().into_iter().flatten() {
                    let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
                    table.row([of.to_owned(), text("id"), text("type"), it["items"].to_string()]);
                }
            }
            table
        };
        output.write_table(&told, table, "There are no types.")
    }

    fn change_types(
        &self,
        kind: Kind,
        change: impl FnOnce(&mut Vec<Value>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let address = at(["project-areas", &self.project_area]);
        self.server.connect()?.change(&address, |now| {
            let mut types = now[kind.key()].as_array().cloned().unwrap_or_default();
            change(&mut types)?;
            Ok(json!({kind.key(): types}))
        })?;
        Ok(())
    }
}
