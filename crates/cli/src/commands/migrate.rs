//! `migrate`: the tables of a database.

use clap::Args;
use serde::Serialize;

use crate::Status;
use crate::database::{Database, DatabaseArgs};
use crate::output::Output;
use crate::table::Table;

/// Bring the tables of a database up to what this release needs
///
/// `serve` does so too when it starts. A database that is not there is made.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick migrate --database postgres://bailiwick@localhost/bailiwick")]
#[group(required = true, multiple = true, id = "place", args = ["data", "database"])]
pub(crate) struct Migrate {
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Serialize)]
struct Migrated {
    database: String,
    created: bool,
    revision: u64,
}

impl Migrate {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let database: Database = self.database.open()?;
        let migrated = Migrated {
            database: database.location.to_string(),
            created: database.is_new,
            revision: database.loaded.revision.number(),
        };
        database.close();
        let rows = || {
            let mut table = Table::new(&["database", "created", "revision"]);
            let Migrated { database, created, revision } = &migrated;
            table.row([database.clone(), created.to_string(), revision.to_string()]);
            table
        };
        let text = || match migrated.created {
            true => format!("Made the tables in {}; the organisation is empty.\n", migrated.database),
            false => format!("{} is up to date, at revision {}.\n", migrated.database, migrated.revision),
        };
        output.write(&migrated, rows, text)?;
        Ok(Status::Done)
    }
}
