//! `users sync`: users are made what a registry says.

use std::fmt::Write as _;

use clap::Args;
use governance::{BoundRole, Renewed, SyncReport, Telling};

use crate::Status;
use crate::commands::agree::{Consent, agree};
use crate::commands::shifts;
use crate::output::{Output, count, print};
use crate::remote::ServerArgs;
use crate::table::Table;

#[derive(Debug, Args)]
pub(super) struct Sync {
    #[command(flatten)]
    server: ServerArgs,
    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "yes")]
    preview: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// The share of the registry's users, of a hundred, that may vanish [default: the server's]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(..=100))]
    most_vanished: Option<u8>,
}

impl Sync {
    pub(super) fn run(self, output: Output) -> anyhow::Result<Status> {
        let consent = Consent::of(self.preview, self.yes, output, "nothing was changed")?;
        let remote = self.server.connect()?;
        if consent == Consent::Ask {
            let report = remote.sync(true, self.most_vanished)?;
            write(&report, output)?;
            if is_empty(&report) {
                return Ok(Status::Done);
            }
            agree("Make users so?", "nothing was changed", "sync")?;
        }
        let report = remote.sync(consent == Consent::Preview, self.most_vanished)?;
        if consent == Consent::Ask {
            print("Done.\n")?;
        } else {
            write(&report, output)?;
        }
        Ok(Status::Done)
    }
}

fn is_empty(report: &SyncReport) -> bool {
    let SyncReport { created, renewed, vanished, returned, bindings, .. } = report;
    created.is_empty()
        && renewed.is_empty()
        && vanished.is_empty()
        && returned.is_empty()
        && bindings.is_empty()
}

fn write(report: &SyncReport, output: Output) -> anyhow::Result<()> {
    output.write(report, || rows(report), || text(report))
}

/// A row for each user and each change of theirs.
fn rows(report: &SyncReport) -> Table {
    let mut table = Table::new(&["change", "user", "what"]);
    let lists =
        [("created", &report.created), ("vanished", &report.vanished), ("returned", &report.returned)];
    for (word, ids) in lists {
        for id in ids {
            table.row([word.to_owned(), id.clone(), String::new()]);
        }
    }
    for Renewed { user, before, after } in &report.renewed {
        table.row(["renewed".to_owned(), user.clone(), differences(before, after)]);
    }
    for BoundRole { area, role, given, taken, .. } in &report.bindings {
        for (word, ids) in [("given", given), ("taken", taken)] {
            for id in ids {
                table.row([word.to_owned(), id.clone(), format!("{role} in {area}")]);
            }
        }
    }
    table
}

fn differences(before: &Telling, after: &Telling) -> String {
    let mail = |telling: &Telling| telling.mail.clone().unwrap_or_else(|| "none".to_owned());
    let pairs = [
        ("name", before.name.clone(), after.name.clone()),
        ("mail", mail(before), mail(after)),
        ("groups", before.groups.join(" "), after.groups.join(" ")),
    ];
    let differ = pairs.into_iter().filter(|(_, before, after)| before != after);
    differ.map(|(key, before, after)| format!("{key}: {before} → {after}")).collect::<Vec<_>>().join("\n")
}

/// So many rows of each kind are told to people.
const SHOWN: usize = 20;

fn text(report: &SyncReport) -> String {
    let mut text = String::new();
    if is_empty(report) {
        let _ = writeln!(text, "Nothing to change: users are what {} says.", report.registry);
    } else {
        let SyncReport { created, renewed, vanished, returned, bindings, .. } = report;
        let rows = rows(report);
        let more = rows.len().saturating_sub(SHOWN);
        text.push_str(&rows.first(SHOWN).text());
        if more > 0 {
            let _ = writeln!(text, "… and {more} more; --json tells them all");
        }
        let numbers = [
            (created.len(), "created"),
            (renewed.len(), "renewed"),
            (vanished.len(), "vanished"),
            (returned.len(), "returned"),
        ];
        let numbers = numbers.into_iter().filter(|(number, _)| *number > 0);
        let mut told: Vec<_> =
            numbers.map(|(number, word)| format!("{} {word}", count(number, "user"))).collect();
        if !bindings.is_empty() {
            told.push(format!("{} made equal to groups", count(bindings.len(), "role")));
        }
        let _ = writeln!(text, "\n{}.", told.join(", "));
    }
    if !report.losses.is_empty() {
        text.push('\n');
        text.push_str(&shifts::text(&report.losses, SHOWN));
    }
    if !report.problems.is_empty() {
        let _ = writeln!(text, "\nTo be looked into:");
        for problem in report.problems.iter().take(SHOWN) {
            let _ = writeln!(text, "  {problem}");
        }
        if report.problems.len() > SHOWN {
            let _ = writeln!(text, "  … and {} more; --json tells them all", report.problems.len() - SHOWN);
        }
    }
    text
}
