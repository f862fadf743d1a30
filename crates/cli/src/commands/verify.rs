//! `verify`: whether the journal is as it was written.

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use store::Revision;

use crate::Status;
use crate::database::{DatabaseArgs, Opened};
use crate::output::Output;
use crate::progress::Progress;
use crate::table::Table;

/// Verify that nothing in the journal was altered, while its server runs
///
/// Each entry has a hash of itself and of the entry before it. Note the newest hash somewhere else: with it,
/// a journal that was written anew from beginning to end is found out, too.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick verify --data /var/lib/bailiwick --noted 1204:9f86d081884c7d65…")]
#[group(required = true, multiple = true, id = "place", args = ["data", "database"])]
pub(crate) struct Verify {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The hash that was noted of a revision; may be repeated
    #[arg(long, value_name = "REVISION:HASH", value_parser = noted)]
    noted: Vec<(Revision, String)>,
}

fn noted(text: &str) -> Result<(Revision, String), String> {
    let expected = || "expected a revision, a colon, and the 64 hexadecimal digits of its hash".to_owned();
    let (revision, hash) = text.split_once(':').ok_or_else(expected)?;
    let revision = revision.parse().map_err(|_| expected())?;
    let hash = hash.to_ascii_lowercase();
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok((Revision::new(revision), hash)) } else { Err(expected()) }
}

/// What was found.
#[derive(Serialize)]
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
        let Opened { runtime, store, .. } = self.database.open_unread()?;
        let progress = Progress::of_unknown_length();
        let report = |revision| progress.step(&format!("Verifying the journal: revision {revision}"));
        let found = runtime.block_on(store.verify(&self.noted, report)).context("cannot verify")?;
        drop(progress);
        runtime.block_on(store.close());
        let (verified, hash) =
            found.newest.map_or((0, None), |(revision, hash)| (revision.number(), Some(hash)));
        let (altered, why) = match found.altered {
            Some((revision, alteration)) => (Some(revision.number()), Some(alteration.to_string())),
            None => (None, None),
        };
        let shown = Shown { intact: altered.is_none(), verified, hash, altered, why };
        output.write(&shown, || shown.table(), || shown.text())?;
        Ok(if shown.intact { Status::Done } else { Status::Not })
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
