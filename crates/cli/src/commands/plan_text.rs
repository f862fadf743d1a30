//! The plan of an import, in the form that was asked for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use governance::{ChangeVerb, ChangedFact, ImportPlan};

use super::shifts;
use crate::output::Output;
use crate::remote::ImportPlanned;
use crate::table::Table;

/// So many names stand beside a number.
const NAMES_SHOWN: usize = 5;
/// So many rows of who gains and who loses are told to people.
pub(super) const SHIFTS_SHOWN: usize = 30;

pub(super) fn write(planned: &ImportPlanned, output: Output) -> anyhow::Result<()> {
    output.write(planned, || rows(&planned.plan.changes), || text(&planned.plan))
}

pub(super) fn rows(changes: &[ChangedFact]) -> Table {
    let mut table = Table::new(&["change", "kind", "name"]);
    for ChangedFact { change, kind, name, .. } in changes {
        table.row([change.word().to_owned(), kind.to_string(), name.clone()]);
    }
    table
}

fn text(plan: &ImportPlan) -> String {
    let changes = changes(plan.revision, &plan.changes);
    if plan.changes.is_empty() {
        return changes;
    }
    format!("{changes}\n{}", shifts::impact_text(&plan.impact, SHIFTS_SHOWN))
}

/// What changes, in a table with a row for each kind.
pub(super) fn changes(revision: u64, changes: &[ChangedFact]) -> String {
    if changes.is_empty() {
        return format!("Nothing to change: revision {revision} says the same already.\n");
    }
    let mut groups: BTreeMap<ChangeVerb, Vec<(&str, Vec<&ChangedFact>)>> = BTreeMap::new();
    for fact in changes {
        let kinds = groups.entry(fact.change).or_default();
        match kinds.iter_mut().find(|(other, _)| *other == fact.kind) {
            Some((_, facts)) => facts.push(fact),
            None => kinds.push((&fact.kind, vec![fact])),
        }
    }
    let mut table = Table::new(&["change", "what", "which"]);
    for (verb, kinds) in groups {
        for (kind, facts) in kinds {
            let told = facts.iter().take(NAMES_SHOWN).map(|fact| which(fact));
            let mut which = told.collect::<Vec<_>>().join("\n");
            if facts.len() > NAMES_SHOWN {
                let _ = write!(which, "\nand {} more", facts.len() - NAMES_SHOWN);
            }
            table.row([verb.word().to_owned(), number_of(facts.len(), kind), which]);
        }
    }
    table.text()
}

/// What a fact is called, and what of it is another then.
fn which(fact: &ChangedFact) -> String {
    let keys = fact.keys.iter().map(|it| {
        let key = if it.key.is_empty() { String::new() } else { format!("{} ", it.key) };
        format!("{key}{} → {}", it.before, it.after)
    });
    let keys = keys.collect::<Vec<_>>().join("; ");
    if keys.is_empty() { fact.name.clone() } else { format!("{}: {keys}", fact.name) }
}

/// So many, as people say it: `1 category`, `2 categories`, `3 lists of roles`.
fn number_of(number: usize, kind: &str) -> String {
    let plural = match kind.split_once(" of ") {
        _ if number == 1 => kind.to_owned(),
        Some((head, rest)) => format!("{head}s of {rest}"),
        None => match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{kind}s"),
        },
    };
    format!("{number} {plural}")
}
