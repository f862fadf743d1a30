//! `restore`: a database from a backup.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use store::{Backup, Header, Loaded};

use super::backup::moment;
use super::doctor::{Found, secrets};
use crate::Status;
use crate::database::{Database, DatabaseArgs, fresh, runtime};
use crate::failure::Failure;
use crate::organisation_source::cannot_read;
use crate::output::{Output, count};
use crate::progress::Progress;
use crate::table::Table;

/// Fill an empty database from a backup
///
/// The database may be of another kind than the one that the backup was made of; where there is none, it is
/// made. The whole backup is looked at first, and everything is restored or nothing. Whoever was signed in
/// signs in again; a new history begins, so that others notice that revisions went back.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick restore bailiwick.backup --database postgres://bailiwick@localhost/bailiwick")]
#[group(required = true, multiple = true, id = "place", args = ["data", "database"])]
pub(crate) struct Restore {
    /// The backup; `-` for standard input, when that is a file (`< FILE`) which this user could not open
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Serialize)]
struct Restored {
    database: String,
    revision: u64,
    backed_up_at: String,
    backed_up_by: String,
    old_history_id: String,
    history_id: String,
    users: usize,
    /// The secrets that came along, encrypted, and whether their key is here.
    secrets: Option<Found>,
}

impl Restore {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let location = self.database.location()?;
        let file = opened(&self.file)?;
        let progress = Progress::of_unknown_length();
        progress.step("Reading the backup");
        let backup = Backup::open(file)?;
        let fresh = fresh()?;
        let report = |rows| {
            // A step for each batch would be more than anybody can read.
            if rows % 4096 < 32 {
                progress.step(&format!("Restoring: {rows} rows"));
            }
        };
        let header = runtime()?.block_on(backup.restore(&location, &fresh, report))?;
        progress.step("Reading what was restored");
        let database = self.database.open_to_read()?;
        let folder = self.database.file().and_then(|file| file.parent().map(Path::to_owned));
        let secrets = database.runtime.block_on(secrets::kept(folder.as_deref(), &database.store))?;
        let restored = Restored::new(header, &database, secrets);
        database.close();
        drop(progress);
        output.write(&restored, || restored.table(), || restored.text())?;
        Ok(Status::Done)
    }
}

fn opened(path: &Path) -> anyhow::Result<File> {
    if path != Path::new("-") {
        return File::open(path).map_err(|cause| cannot_read(path, &cause).into());
    }
    let file = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    let cause = "standard input is no file, and a backup is read twice";
    Err(Failure::new(cause, "write what comes through a pipe into a file, and restore that").into())
}

impl Restored {
    fn new(header: Header, database: &Database, secrets: Option<Found>) -> Self {
        let Loaded { organisation, revision, history_id } = &database.loaded;
        Self {
            database: database.location.to_string(),
            revision: revision.number(),
            backed_up_at: moment(header.at),
            backed_up_by: header.program,
            old_history_id: header.history_id,
            history_id: history_id.clone(),
            users: organisation.users().count(),
            secrets,
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "database",
            "revision",
            "backed_up_at",
            "backed_up_by",
            "old_history_id",
            "history_id",
            "users",
            "secrets",
        ]);
        let Self {
            database,
            revision,
            backed_up_at,
            backed_up_by,
            old_history_id,
            history_id,
            users,
            secrets,
        } = self;
        table.row([
            database.clone(),
            revision.to_string(),
            backed_up_at.clone(),
            backed_up_by.clone(),
            old_history_id.clone(),
            history_id.clone(),
            users.to_string(),
            secrets.as_ref().map(|it| it.found.clone()).unwrap_or_default(),
        ]);
        table
    }

    fn text(&self) -> String {
        let Self { database, revision, backed_up_at, .. } = self;
        let users = count(self.users, "user");
        let secrets = self.secrets.as_ref().map_or_else(String::new, |Found { found, remedy, .. }| {
            let remedy = remedy.as_ref().map(|remedy| format!(": {remedy}")).unwrap_or_default();
            format!("In it: {found}{remedy}.\n")
        });
        format!(
            "Restored revision {revision}, as of {backed_up_at}, into {database}: {users}.\n\
             All sessions have ended and a new history begins; passwords and access tokens are as they were.\n{secrets}"
        )
    }
}
