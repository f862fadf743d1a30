//! `users`: one by one, and everybody as CSV, as ELM's tools write and read it; what registries say.

mod one;
mod sync;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use governance::{ChangeVerb, PeopleImpact};
use serde::{Deserialize, Serialize};

use super::agree::Consent;
use super::csv::{LinesPlan, import};
use super::shifts;
use crate::Status;
use crate::database::At;
use crate::failure::Failure;
use crate::output::{Format, Output, count, print};
use crate::remote::ServerArgs;
use crate::table::Table;

/// Make, show, edit and archive users, one by one or as CSV; sync them with a registry
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick users create nia --name 'Nia Obi' --mail nia@example.org --license elm-practitioner
  bailiwick users password-link nia
  bailiwick users export > users.csv
  bailiwick users import users.csv --preview

Exit status: 1 when lines are wrong or refused.")]
pub(crate) struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make and change users as a file says, as one revision, all or nothing
    Import {
        /// The file; `-` is standard input
        file: PathBuf,
        /// Change nothing, show what would be
        #[arg(long, conflicts_with = "yes")]
        preview: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Write everybody but functional users
    Export {
        /// As of this revision: its number, or a moment such as 2026-11-21T10:00:00Z
        #[arg(long, value_name = "REVISION")]
        at_revision: Option<At>,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Make users what the registry says: new ones, names, groups, roles that groups are bound to
    ///
    /// Users of whom it does not tell any more are flagged, and stay. Shows what would change, and what
    /// people would lose, and asks.
    Sync(sync::Sync),
    #[command(flatten)]
    One(one::One),
}

const ADDRESS: &str = "users.csv";

/// What lines change, or would change.
#[derive(Serialize, Deserialize)]
struct UsersPlan {
    revision: u64,
    lines: Vec<Line>,
    impact: Option<PeopleImpact>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    line: u32,
    user: String,
    change: Option<ChangeVerb>,
    set: Vec<String>,
}

impl Users {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::Export { at_revision, server } => {
                if output.asked().is_some_and(|form| form != Format::Csv) {
                    return Err(Failure::new("users are exported as CSV", "leave `--output` out").into());
                }
                let at = at_revision.map(|at| at.to_string());
                print(&String::from_utf8(server.connect()?.export_csv(ADDRESS, None, at.as_deref())?)?)?;
                Ok(Status::Done)
            }
            Command::One(one) => one.run(output),
            Command::Sync(sync) => sync.run(output),
            Command::Import { file, preview, yes, server } => {
                let consent = Consent::of(preview, yes, output, "nothing was imported")?;
                import::<UsersPlan>(&server, (ADDRESS, &[]), &file, consent, output)
            }
        }
    }
}

impl LinesPlan for UsersPlan {
    fn revision(&self) -> u64 {
        self.revision
    }
    fn changes_something(&self) -> bool {
        self.lines.iter().any(|it| it.change.is_some())
    }
    fn write(&self, output: Output) -> anyhow::Result<()> {
        output.write(self, || rows(self), || text(self))
    }
}

/// Every line in a row.
fn rows(plan: &UsersPlan) -> Table {
    let mut table = Table::new(&["line", "user", "change", "set"]);
    for Line { line, user, change, set } in &plan.lines {
        table.row([line.to_string(), user.clone(), word(*change).to_owned(), set.join(" ")]);
    }
    table
}

fn word(change: Option<ChangeVerb>) -> &'static str {
    change.map_or("unchanged", ChangeVerb::word)
}

/// So many users stand beside a number.
const NAMES_SHOWN: usize = 5;
/// So many rows of who gains and who loses are told to people.
const SHIFTS_SHOWN: usize = 30;

fn text(plan: &UsersPlan) -> String {
    if !plan.changes_something() {
        return format!("Nothing to change: revision {} says the same already.\n", plan.revision);
    }
    let mut groups: BTreeMap<Option<ChangeVerb>, Vec<String>> = BTreeMap::new();
    for it in &plan.lines {
        let set = if it.set.is_empty() { String::new() } else { format!(" ({})", it.set.join(", ")) };
        groups.entry(it.change).or_default().push(format!("{}{set}", it.user));
    }
    let mut table = Table::new(&["change", "what", "who"]);
    for (change, users) in groups.iter().filter(|(change, _)| change.is_some()) {
        let mut who = users.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>().join("\n");
        if users.len() > NAMES_SHOWN {
            let _ = write!(who, "\nand {} more", users.len() - NAMES_SHOWN);
        }
        table.row([word(*change).to_owned(), count(users.len(), "user"), who]);
    }
    let mut text = table.text();
    if let Some(unchanged) = groups.get(&None) {
        let _ = writeln!(text, "\n{} as the file says already.", count(unchanged.len(), "user"));
    }
    if let Some(PeopleImpact { people, looked_at, impact }) = &plan.impact {
        text.push('\n');
        text.push_str(&shifts::impact_text(impact, SHIFTS_SHOWN));
        if looked_at < people {
            let _ =
                writeln!(text, "Of {people} whose account changes, the first {looked_at} were looked at.");
        }
    }
    text
}
