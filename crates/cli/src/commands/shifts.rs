//! Who gains and who loses, for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use governance::{CountedShifts, Gain, Impact, Shift};

use crate::output::count;
use crate::table::Table;

/// Every shift in a row.
pub(crate) fn rows(shifts: &[Shift]) -> Table {
    let mut table =
        Table::new(&["user", "change", "operation", "action", "kind", "area", "items", "example"]);
    for shift in shifts {
        table.row([
            shift.user.clone(),
            word(shift.change).to_owned(),
            shift.operation.to_string(),
            shift.action.clone().unwrap_or_default(),
            shift.kind.to_string(),
            shift.area.clone(),
            shift.items.to_string(),
            shift.example.clone(),
        ]);
    }
    table
}

const fn word(change: Gain) -> &'static str {
    match change {
        Gain::Gains => "gains",
        Gain::Loses => "loses",
    }
}

/// What differs between the shifts that are told in one row is the action alone.
type Row<'a> = (&'a str, Gain, &'a str, &'a str, &'a str, usize, &'a str);

/// So many actions are named in a row, each on a line.
const ACTIONS_SHOWN: usize = 4;

/// A table with a row for all actions on the same items, and who gains and who loses in a sentence; at most
/// `limit` rows.
pub(crate) fn text(shifts: &[Shift], limit: usize) -> String {
    let people = |change| -> usize {
        shifts.iter().filter(|it| it.change == change).map(|it| &it.user).collect::<BTreeSet<_>>().len()
    };
    text_of_first(shifts, limit, [people(Gain::Gains), people(Gain::Loses)])
}

/// An impact: who gains and who loses, on how much, and what is not told.
pub(crate) fn impact_text(impact: &Impact, limit: usize) -> String {
    let Some(CountedShifts { gain, lose, items, shifts, more, untold }) = impact.counted() else {
        return "Who gains and who loses takes too long to tell; change less at a time.\n".to_owned();
    };
    let mut text = text_of_first(shifts, limit, [*gain, *lose]);
    if matches!(impact, Impact::AtLeast(_)) {
        text.push_str("That is at least so: there was no time to look at everything.\n");
    }
    if *items > 0 {
        let _ = writeln!(text, "On {}, those that inherit included.", count(*items, "item"));
    }
    if *more > 0 {
        let _ = writeln!(text, "{} more are not listed.", count(*more, "shift"));
    }
    if *untold > 0 {
        let to_whom = "of these people gain or lose is told to those who may ask about them";
        let _ = writeln!(text, "What {untold} {to_whom}.");
    }
    text
}

/// The same of the first of many shifts, by which so many gain and so many lose.
pub(crate) fn text_of_first(shifts: &[Shift], limit: usize, [gaining, losing]: [usize; 2]) -> String {
    let mut rows: BTreeMap<Row<'_>, Vec<&str>> = BTreeMap::new();
    for it in shifts {
        let row: Row<'_> = (&it.user, it.change, &it.operation, &it.kind, &it.area, it.items, &it.example);
        rows.entry(row).or_default().extend(it.action.as_deref());
    }
    let mut table = Table::new(&["user", "change", "operation", "actions", "on"]);
    for ((user, change, operation, kind, area, items, example), actions) in rows.iter().take(limit) {
        let on = match items {
            1 => (*example).to_owned(),
            items => {
                let place = if area.is_empty() { String::new() } else { format!(" of {area}") };
                format!("{}{place}", count(*items, kind))
            }
        };
        let mut named = actions.iter().take(ACTIONS_SHOWN).copied().collect::<Vec<_>>().join("\n");
        if actions.len() > ACTIONS_SHOWN {
            let _ = write!(named, "\nand {} more", actions.len() - ACTIONS_SHOWN);
        }
        table.row([(*user).to_owned(), word(*change).to_owned(), (*operation).to_owned(), named, on]);
    }
    let mut text = String::new();
    if !table.is_empty() {
        text.push_str(&table.text());
        if rows.len() > limit {
            let more = rows.len() - limit;
            let _ = writeln!(text, "… and {}; --json tells everything", count(more, "more row"));
        }
        text.push('\n');
    }
    text + &sentence(gaining, losing)
}

fn sentence(gaining: usize, losing: usize) -> String {
    let gain = |number| if number == 1 { "1 user gains".to_owned() } else { format!("{number} users gain") };
    let lose = |number| if number == 1 { "1 loses".to_owned() } else { format!("{number} lose") };
    match (gaining, losing) {
        (0, 0) => "Nobody gains or loses anything on what is there already.\n".to_owned(),
        (gaining, 0) => format!("{}; nobody loses anything.\n", gain(gaining)),
        (0, losing) => format!("Nobody gains anything; {}.\n", lose(losing)),
        (gaining, losing) => format!("{}; {}.\n", gain(gaining), lose(losing)),
    }
}
