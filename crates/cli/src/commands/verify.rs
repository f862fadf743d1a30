//! `verify`: whether the journal is as it was written.

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use store::noted;

use crate::Status;
use crate::database::{DatabaseArgs, Opened};
use crate::output::Output;
use crate::progress::Progress;
use crate::remote::ServerArgs;
use crate::table::Table;

/// Verify that nothing in the journal was altered, while its server runs
///
/// Each entry has a hash of itself and of the entry before it. Note the newest hash somewhere else: with it,
/// a journal that was written anew from beginning to end is found out, too. A server verifies its own
/// journal; whoever does not trust the server verifies the database.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick verify --data /var/lib/bailiwick --noted 1204:9f86d081884c7d65…")]
#[command(mut_group("ServerArgs", |group| group.conflicts_with_all(["data", "database"])))]
pub(crate) struct Verify {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    server: ServerArgs,
    /// The hash that was noted of a revision; may be repeated
    #[arg(long, value_name = "REVISION:HASH", value_parser = is_noted)]
    noted: Vec<String>,
}

fn is_noted(text: &str) -> Result<String, String> {
    noted(text).map(|_| text.to_owned())
}

/// What was found.
#[derive(Serialize, Deserialize)]
struct Shown {
    intact: bool,
    /// The last revision that is as it was written.
    verified: u64,
    /// Its hash.
    hash: Option<String>,
    /// The first revision that is not.
    altered: Option<u64>,
    why: Option<String>,
}

impl Verify {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let shown = if self.database.is_given() {
            self.of_database()?
        } else {
            let remote = self.server.connect()?;
            let progress = Progress::of_unknown_length();
            progress.step("Waiting for the server to verify the journal");
            remote.verify(&self.noted)?
        };
        output.write(&shown, || shown.table(), || shown.text())?;
        Ok(if shown.intact { Status::Done } else { Status::Not })
    }

    fn of_database(&self) -> anyhow::Result<Shown> {
        let Opened { runtime, store, .. } = self.database.open_unread()?;
        // Each was understood when the command line was read.
        let noted: Vec<_> = self.noted.iter().filter_map(|text| noted(text).ok()).collect();
        let progress = Progress::of_unknown_length();
        let report = |revision| progress.step(&format!("Verifying the journal: revision {revision}"));
        let found = runtime.block_on(store.verify(&noted, report)).context("cannot verify")?;
        drop(progress);
        runtime.block_on(store.close());
        let (verified, hash) =
            found.newest.map_or((0, None), |(revision, hash)| (revision.number(), Some(hash)));
        let (altered, why) = found.altered.map(|(it, why)| (it.number(), why.to_string())).unzip();
        Ok(Shown { intact: altered.is_none(), verified, hash, altered, why })
    }
}

impl Shown {
    fn table(&self) -> Table {
        let mut table = Table::new(&["intact", "verified", "hash", "altered", "why"]);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let altered = self.altered.map(|revision| revision.to_string());
        let (intact, verified) = (self.intact.to_string(), self.verified.to_string());
        table.row([intact, verified, text(&self.hash), text(&altered), text(&self.why)]);
        table
    }

    fn text(&self) -> String {
        let verified = match (&self.hash, self.verified) {
            (Some(hash), revision) => {
                format!(
                    "The journal is as it was written up to revision {revision}.\nNote it elsewhere: {revision}:{hash}\n"
                )
            }
            (None, _) if self.intact => "The journal is empty.\n".to_owned(),
            (None, _) => String::new(),
        };
        let altered = match (&self.altered, &self.why) {
            (Some(revision), Some(why)) => format!("Revision {revision} was altered: {why}.\n"),
            _ => String::new(),
        };
        format!("{verified}{altered}")
    }
}
