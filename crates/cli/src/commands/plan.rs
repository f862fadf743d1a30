//! `plan` and `import`: documents over the organisation that a database or a server holds.

use std::path::PathBuf;

use clap::Args;
use document::Mode;

use super::agree::{Consent, agree};
use super::csv::Lines;
use super::import_target::{DatabaseTarget, Purpose, ServerTarget, Target};
use super::plan_text;
use crate::Status;
use crate::database::DatabaseArgs;
use crate::failure::note;
use crate::organisation_source::Files;
use crate::output::{Format, Output, print};
use crate::remote::{ImportPlanned, ServerArgs};

#[derive(Debug, Args)]
#[command(mut_group("ServerArgs", |group| group.conflicts_with_all(["data", "database"])))]
struct What {
    /// The documents, laid over one another in order; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Make the organisation equal to the documents: archive or remove what they do not have
    #[arg(long)]
    replace: bool,
    /// The data folder of a server; it must not run while something is imported
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    data: Option<PathBuf>,
    /// The database of a server: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

impl What {
    /// Works out what an import would change.
    fn plan(self, purpose: Purpose) -> anyhow::Result<(ImportPlanned, Target)> {
        let Self { files, replace, data, database, server } = self;
        let mode = if replace { Mode::Replace } else { Mode::Overlay };
        let place = DatabaseArgs { data, database };
        if place.is_given() {
            return DatabaseTarget::plan(place, &Files::read(&files)?, mode, purpose);
        }
        let remote = server.connect()?;
        note(format_args!("the server is {}", remote.address()));
        ServerTarget { remote, files: Files::read(&files)?, mode }.plan()
    }
}

/// Show what an import would change, and who would gain and lose by it
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick plan --data bailiwick-data bicycle.yaml

Exit status: 0 when nothing would change, 1 when something would.")]
pub(crate) struct Plan {
    #[command(flatten)]
    what: What,
}

/// Import documents into the organisation that a database holds, or a running server
///
/// Lays the documents over the organisation: nothing that they do not mention is removed, unless
/// `--replace` is given. Shows the plan first, and asks. One revision, everything or nothing. A database
/// that is not there is made.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick import --data bailiwick-data bicycle.yaml
  bailiwick import --csv components --project-area \"gc:Electric Vehicle\" parts.csv --preview

Exit status: 1 when lines of CSV are refused.")]
#[command(mut_arg("csv", |arg| arg.conflicts_with_all(["replace", "data", "database"])))]
pub(crate) struct Import {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    lines: Lines,
    /// With `--csv`: change nothing, show what would be
    #[arg(long, requires = "csv", conflicts_with = "yes")]
    preview: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Plan {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let (planned, target) = self.what.plan(Purpose::Plan)?;
        plan_text::write(&planned, output)?;
        target.close();
        Ok(if planned.plan.changes.is_empty() { Status::Done } else { Status::Not })
    }
}

impl Import {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let consent = Consent::of(self.preview, self.yes, output, "nothing was imported")?;
        if let Some(subject) = self.lines.subject() {
            return subject.import(&self.what.server, &self.what.files, consent, output);
        }
        let for_people = output.asked().unwrap_or(Format::Table) == Format::Table;
        let (mut planned, mut target) = self.what.plan(Purpose::Import)?;
        if for_people {
            plan_text::write(&planned, output)?;
        }
        if !planned.plan.changes.is_empty() {
            if consent == Consent::Ask {
                agree("Import this as one revision?", "nothing was imported", "import")?;
            }
            planned.plan.revision = target.import(&planned.plan)?;
            if for_people {
                print(&format!("Imported as revision {}.\n", planned.plan.revision))?;
            }
        }
        if !for_people {
            plan_text::write(&planned, output)?;
        }
        target.close();
        Ok(Status::Done)
    }
}
