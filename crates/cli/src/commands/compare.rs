//! `compare`: who gains and who loses between two organisations.

use std::path::PathBuf;

use clap::Args;
use governance::{Lineage, compare};

use super::shifts;
use crate::Status;
use crate::organisation_source::load;
use crate::output::Output;

/// Tell who gains and who loses what from one organisation to another
///
/// Compared is what both of them have, item by item and user by user, by reference and by id.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick compare --org now.yaml --with proposed.yaml")]
pub(crate) struct Compare {
    /// The document as it is; more files are laid over it in order
    #[arg(long, value_name = "OLD", required = true)]
    org: Vec<PathBuf>,
    /// The document as it would be; more files are laid over it in order
    #[arg(long, value_name = "NEW", required = true)]
    with: Vec<PathBuf>,
}

/// More rows than anybody reads in a terminal.
const ROWS_SHOWN: usize = 1000;

impl Compare {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let shifts = compare(&load(&self.org)?, &load(&self.with)?, Lineage::Apart);
        output.write(&shifts, || shifts::rows(&shifts), || shifts::text(&shifts, ROWS_SHOWN))?;
        Ok(Status::Done)
    }
}
