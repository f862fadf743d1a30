//! `compare`: who gains and who loses between two organisations.

use std::path::PathBuf;

use clap::Args;
use governance::{Lineage, Shift, compare};

use super::shifts;
use crate::Status;
use crate::database::At;
use crate::failure::Failure;
use crate::organisation_source::{Files, Opened, OrganisationSource, There, load};
use crate::output::Output;

/// Tell who gains and who loses what from one organisation to another
///
/// Compared is what both of them have, item by item and user by user: by reference and by id between
/// documents, whatever it was called at the time between two revisions of a database.
#[derive(Debug, Args)]
#[command(mut_arg("at_revision", |arg| arg.help(FROM)))]
#[command(after_help = "Example:
  bailiwick compare --org now.yaml --with proposed.yaml
  bailiwick compare --data bailiwick-data --at-revision 1
  bailiwick compare --data bailiwick-data --at-revision 2026-11-21T10:00:00Z --with-revision 7")]
pub(crate) struct Compare {
    #[command(flatten)]
    old: OrganisationSource,
    /// The document as it would be; more files are laid over it in order
    #[arg(long, value_name = "NEW")]
    with: Vec<PathBuf>,
    /// The revision to compare with, of the same database or server; the newest if not given
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["org", "with"])]
    with_revision: Option<At>,
}

const FROM: &str = "The revision to compare from: its number, or a moment such as 2026-11-21T10:00:00Z; the \
                    newest if not given";

/// More rows than anybody reads in a terminal.
const ROWS_SHOWN: usize = 1000;

impl Compare {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let shifts = self.shifts()?;
        output.write(&shifts, || shifts::rows(&shifts), || shifts::text(&shifts, ROWS_SHOWN))?;
        Ok(Status::Done)
    }

    fn shifts(&self) -> anyhow::Result<Vec<Shift>> {
        if !self.with.is_empty() {
            return match self.old.open()? {
                Opened::Here(old) => Ok(compare(&old, &load(&self.with)?, Lineage::Apart)),
                Opened::There(There { remote, as_of }) => {
                    remote.compare_with(&Files::read(&self.with)?, as_of.as_deref())
                }
            };
        }
        let at = self.old.at_revision;
        if at.is_none() && self.with_revision.is_none() {
            let help = "add `--at-revision REVISION`, or `--with FILE`";
            return Err(Failure::new("the newest revision would be compared with itself", help).into());
        }
        if self.old.database.is_given() {
            let [before, after] = self.old.database.read_two([at, self.with_revision])?;
            return Ok(compare(&before, &after, Lineage::Same));
        }
        let [from, to] = [at, self.with_revision].map(|at| at.map(|at| at.to_string()));
        self.old.server.connect()?.compare(from.as_deref(), to.as_deref())
    }
}
