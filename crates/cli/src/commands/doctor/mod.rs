//! `doctor`: what is amiss with an installation, and what to do about it.

#[cfg(unix)]
mod folder;
mod friend;
mod organisation;
mod processes;
pub(super) mod secrets;

use clap::Args;
use serde::Serialize;
use store::{Disagreement, StoreError};

use crate::Status;
use crate::database::{DatabaseArgs, Opened};
use crate::output::{Output, count};
use crate::progress::Progress;
use crate::remote::ServerArgs;
use crate::table::Table;

/// Check an installation, and say what to do about what is amiss
///
/// The data folder, the database and its tables, every fact and the whole journal, and the organisation:
/// whether somebody can administer it, and how it follows the processes of friends. It changes nothing, and
/// may be run beside the server.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick doctor --data /var/lib/bailiwick
  bailiwick doctor --friend Development

Exit status: 0 when nothing is wrong, 1 when something is.")]
#[group(required = true, multiple = true, id = "place", args = ["data", "database", "friend"])]
pub(crate) struct Doctor {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Find out, by the server, which step is missing between it and this friend
    #[arg(long, value_name = "NAME", conflicts_with_all = ["data", "database"])]
    friend: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// Somebody ought to look at it.
    Advice,
    Wrong,
}

/// What one check has found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    check: &'static str,
    state: State,
    pub(super) found: String,
    pub(super) remedy: Option<String>,
}

impl Found {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), remedy: None }
    }
    fn wrong(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Wrong, found: found.into(), remedy: Some(remedy.into()) }
    }
    fn advice(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Advice, found: found.into(), remedy: Some(remedy.into()) }
    }
    /// Messages of the store name cause and remedy, in this order, with a semicolon between them.
    fn failed(check: &'static str, error: &StoreError) -> Self {
        let text = error.to_string();
        let (found, remedy) = text.rsplit_once("; ").unwrap_or((&text, "see the database's own log"));
        Self::wrong(check, found, remedy)
    }
}

impl Doctor {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        if let Some(name) = &self.friend {
            return friend::diagnose(&self.server, name, output);
        }
        let all = self.examine()?;
        let number = |state| all.iter().filter(|found| found.state == state).count();
        let (wrong, advice) = (number(State::Wrong), number(State::Advice));
        let summary = match (wrong, advice) {
            (0, 0) => "Nothing is amiss.".to_owned(),
            (0, advice) => format!("Nothing is wrong; {} of advice.", count(advice, "piece")),
            (1, advice) => format!("1 thing is wrong; {} of advice.", count(advice, "piece")),
            (wrong, advice) => format!("{wrong} things are wrong; {} of advice.", count(advice, "piece")),
        };
        output.write(&all, || rows(&all), || format!("{}\n{summary}\n", told(&all).text()))?;
        Ok(if wrong == 0 { Status::Done } else { Status::Not })
    }

    fn examine(&self) -> anyhow::Result<Vec<Found>> {
        let mut all = Vec::new();
        let progress = Progress::of_unknown_length();
        progress.step("Looking at the database");
        // What is no database at all is bad input; one that cannot be used is a finding.
        let opened = match self.database.open_unread() {
            Err(error) => match error.downcast::<StoreError>() {
                Ok(error) if !matches!(error, StoreError::BadLocation(_)) => Err(error),
                Ok(error) => return Err(error.into()),
                Err(error) => return Err(error),
            },
            Ok(opened) => Ok(opened),
        };
        #[cfg(unix)]
        if let Some(file) = self.database.file() {
            folder::examine(&file, &mut all);
        }
        let Opened { runtime, store, location } = match opened {
            Ok(opened) => opened,
            Err(error) => {
                all.push(Found::failed("database", &error));
                return Ok(all);
            }
        };
        all.push(Found::ok(
            "database",
            format!("{location} can be read, and its tables are those of this release"),
        ));
        progress.step("Reading the organisation");
        match runtime.block_on(store.load()) {
            Ok(loaded) => {
                all.push(organisation::numbers(&loaded));
                runtime.block_on(organisation::examine(&loaded.organisation, &store, &mut all))?;
                runtime.block_on(processes::examine(&loaded.organisation, &store, &mut all))?;
                if let Some(file) = self.database.file() {
                    runtime.block_on(secrets::examine(&file, &store, &mut all))?;
                }
            }
            Err(error) => all.push(Found::failed("facts", &error)),
        }
        progress.step("Comparing the journal with the facts");
        match runtime.block_on(store.disagreements()) {
            Ok(disagreements) => all.extend(journal(&disagreements)),
            Err(error) => all.push(Found::failed("journal", &error)),
        }
        runtime.block_on(store.close());
        Ok(all)
    }
}

fn rows(all: &[Found]) -> Table {
    let mut table = Table::new(&["check", "state", "found", "remedy"]);
    for Found { check, state, found, remedy } in all {
        let remedy = remedy.clone().unwrap_or_default();
        table.row([(*check).to_owned(), state.word().to_owned(), found.clone(), remedy]);
    }
    table
}

/// For people, each remedy below what it mends.
fn told(all: &[Found]) -> Table {
    let mut table = Table::new(&["check", "state", "found"]);
    for Found { check, state, found, remedy } in all {
        let remedy = remedy.as_ref().map(|remedy| format!("\n→ {remedy}")).unwrap_or_default();
        table.row([(*check).to_owned(), state.word().to_owned(), format!("{found}{remedy}")]);
    }
    table
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Advice => "advice",
            Self::Wrong => "wrong",
        }
    }
}

fn journal(disagreements: &[Disagreement]) -> Vec<Found> {
    if disagreements.is_empty() {
        return vec![Found::ok("journal", "it comes to what the facts are, from the first revision on")];
    }
    let wrong = |disagreement: &Disagreement| {
        let remedy = "restore a backup of before it: something else than this program has written";
        Found::wrong("journal", disagreement.to_string(), remedy)
    };
    disagreements.iter().map(wrong).collect()
}
