//! `plan` and `import`: documents over the organisation that a database holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use document::Mode;
use governance::{Event, Lineage, Organisation, Shift, compare};
use serde::Serialize;
use store::{AppendError, Entry, Revision, StoreError};

use super::changes::{ChangedFact, Verb, changed_facts, number_of};
use super::shifts;
use crate::Status;
use crate::database::{Database, DatabaseArgs, now};
use crate::failure::Failure;
use crate::organisation_source::Files;
use crate::output::{Format, Output, print};
use crate::progress::Progress;
use crate::table::Table;

#[derive(Debug, Args)]
struct What {
    /// The documents, laid over one another in order; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Make the organisation equal to the documents: archive or remove what they do not have
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    database: RequiredDatabase,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct RequiredDatabase {
    /// The data folder of a server; it must not run while something is imported
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database of a server: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "URL")]
    database: Option<String>,
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

/// Import documents into the organisation that a database holds
///
/// Lays the documents over the organisation: nothing that they do not mention is removed, unless
/// `--replace` is given. Shows the plan first, and asks. One revision, everything or nothing. A database
/// that is not there is made.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick import --data bailiwick-data bicycle.yaml")]
pub(crate) struct Import {
    #[command(flatten)]
    what: What,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Plan {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let prepared = Prepared::new(&self.what, open_to_read)?;
        let status = if prepared.events.is_empty() { Status::Done } else { Status::Not };
        prepared.shown().write(output)?;
        prepared.close();
        Ok(status)
    }
}

impl Import {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let for_people = output.asked().unwrap_or(Format::Table) == Format::Table;
        if !self.yes && !for_people {
            let cause = "a program cannot be asked whether it agrees; nothing was imported";
            return Err(Failure::new(cause, "add `--yes`").into());
        }
        let mut prepared = Prepared::new(&self.what, open_to_write)?;
        let mut shown = prepared.shown();
        if for_people {
            shown.write(output)?;
        }
        if !prepared.events.is_empty() {
            if !self.yes {
                agree()?;
            }
            let revision = prepared.append()?;
            shown.revision = revision.number();
            if for_people {
                print(&format!("Imported as revision {revision}.\n"))?;
            }
        }
        if !for_people {
            shown.write(output)?;
        }
        prepared.close();
        Ok(Status::Done)
    }
}

/// A plan is made beside a running server, and makes no database.
fn open_to_read(place: &DatabaseArgs) -> anyhow::Result<Option<Database>> {
    if !place.exists() {
        return Ok(None);
    }
    match place.open_to_read() {
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::Empty(_))) => Ok(None),
        opened => opened.map(Some),
    }
}

/// One that is there is kept until the import has ended.
fn open_to_write(place: &DatabaseArgs) -> anyhow::Result<Option<Database>> {
    place.exists().then(|| place.open()).transpose()
}

/// An import that has been worked out.
struct Prepared {
    place: DatabaseArgs,
    /// `None`: there is no database yet. It is made when something is imported.
    database: Option<Database>,
    revision: Revision,
    before: Organisation,
    after: Organisation,
    events: Vec<Event>,
    names: String,
    bytes: usize,
}

impl Prepared {
    fn new(
        what: &What,
        open: impl FnOnce(&DatabaseArgs) -> anyhow::Result<Option<Database>>,
    ) -> anyhow::Result<Self> {
        let files = Files::read(&what.files)?;
        let RequiredDatabase { data, database } = &what.database;
        let place = DatabaseArgs { data: data.clone(), database: database.clone() };
        let progress = Progress::of(files.bytes());
        progress.step("Reading the database");
        let database = open(&place)?;
        let (before, revision) = match &database {
            Some(database) => (database.loaded.organisation.clone(), database.loaded.revision),
            None => (Organisation::default(), Revision::NONE),
        };
        let mode = if what.replace { Mode::Replace } else { Mode::Overlay };
        progress.step("Working out what changes");
        let import = document::import(&files.sources(), &files.limits, &before, mode)?;
        let (after, events, names) = (import.organisation, import.events, files.names());
        Ok(Self { place, database, revision, before, after, events, names, bytes: files.bytes() })
    }

    fn shown(&self) -> Shown {
        let progress = Progress::of(self.bytes);
        progress.step("Working out who gains and who loses");
        Shown {
            revision: self.revision.number(),
            changes: changed_facts(&self.before, &self.after, &self.events),
            shifts: match self.events.as_slice() {
                [] => Vec::new(),
                _ => compare(&self.before, &self.after, Lineage::Same),
            },
        }
    }

    fn append(&mut self) -> anyhow::Result<Revision> {
        let progress = Progress::of(self.bytes);
        progress.step("Writing to the database");
        let database = match &mut self.database {
            Some(database) => database,
            none => none.insert(self.place.open()?),
        };
        let entry = Entry {
            at: now(),
            // Who can write the files of the database needs no account in it.
            by: "operator".to_owned(),
            via: Some("command line".to_owned()),
            address: None,
            basis: "operator".to_owned(),
            summary: format!("imported {}", self.names),
        };
        let appended = database.store.append(self.revision, &entry, &self.events);
        database.runtime.block_on(appended).map_err(|error| match error {
            AppendError::Overtaken(_) => Failure::new(
                "somebody else changed the organisation meanwhile; nothing was imported",
                "import again: the plan will be made anew",
            )
            .into(),
            other => other.into(),
        })
    }

    fn close(self) {
        if let Some(database) = self.database {
            database.close();
        }
    }
}

fn agree() -> anyhow::Result<()> {
    let declined = |cause| Failure::new(cause, "add `--yes` to import without being asked");
    if !io::stdin().is_terminal() {
        return Err(declined("nobody is there to be asked; nothing was imported").into());
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "Import this as one revision? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(declined("you did not say yes; nothing was imported").into()),
    }
}

/// The plan, for programs.
#[derive(Serialize)]
struct Shown {
    revision: u64,
    changes: Vec<ChangedFact>,
    shifts: Vec<Shift>,
}

/// So many names stand beside a number.
const NAMES_SHOWN: usize = 5;
/// So many rows of who gains and who loses are told to people.
const SHIFTS_SHOWN: usize = 30;

impl Shown {
    fn write(&self, output: Output) -> anyhow::Result<()> {
        output.write(self, || self.rows(), || self.text())
    }

    fn rows(&self) -> Table {
        let mut table = Table::new(&["change", "kind", "name"]);
        for ChangedFact { change, kind, name } in &self.changes {
            table.row([change.word().to_owned(), (*kind).to_owned(), name.clone()]);
        }
        table
    }

    fn text(&self) -> String {
        if self.changes.is_empty() {
            return format!("Nothing to change: revision {} says the same already.\n", self.revision);
        }
        let mut groups: BTreeMap<Verb, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
        for ChangedFact { change, kind, name } in &self.changes {
            let kinds = groups.entry(*change).or_default();
            match kinds.iter_mut().find(|(other, _)| other == kind) {
                Some((_, names)) => names.push(name),
                None => kinds.push((kind, vec![name])),
            }
        }
        let mut table = Table::new(&["change", "what", "which"]);
        for (verb, kinds) in groups {
            for (kind, names) in kinds {
                let mut which = names.iter().take(NAMES_SHOWN).copied().collect::<Vec<_>>().join("\n");
                if names.len() > NAMES_SHOWN {
                    let _ = write!(which, "\nand {} more", names.len() - NAMES_SHOWN);
                }
                table.row([verb.word().to_owned(), number_of(names.len(), kind), which]);
            }
        }
        format!("{}\n{}", table.text(), shifts::text(&self.shifts, SHIFTS_SHOWN))
    }
}
