//! Row 12: baselining a hierarchy.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use governance::{Act as _, BaselineHierarchy, Command, Event, NamePattern, Organisation};
use sample::{HIERARCHY_ROOT, organisation_with_hierarchy};
use store::{Location, Revision, Store};

use super::change::entry;
use crate::engine::compared::Databases;
use crate::engine::query::{BASELINE_TABLES, KEEP_BASELINE, KEEP_CONTRIBUTION, Query};
use crate::measure::{median, timed, times_longer};
use crate::report::Quantity::{Count, Nanoseconds, Times};
use crate::report::{Row, Target};
use crate::world::SEED;
use crate::{Options, progress};

const CONTRIBUTIONS: usize = 10_000;
/// So many rows are written to the databases in a round; all of them would take a minute each time.
const ROWS_IN_SQL: usize = 500;

/// Every stream of a hierarchy is baselined and kept: planned, judged, checked and written in one change.
pub(crate) fn hierarchy(databases: &mut Databases, folder: &Path, options: &Options) -> Result<Row> {
    let events: Vec<Event> = organisation_with_hierarchy(CONTRIBUTIONS, SEED).collect();
    let organisation = Organisation::default().after(&events);
    let by = organisation.users().next().context("somebody administers the sample")?.0;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let location = Location::folder(&folder.join("baselined"));
    let store = runtime.block_on(Store::open(&location, "bench"))?;
    let mut revision = runtime.block_on(store.append(Revision::NONE, &entry(), &events))?;
    let names = NamePattern::new("{name} Baseline");
    let root = HIERARCHY_ROOT;
    let command: Command = BaselineHierarchy { root, names, locals: Default::default() }.into();
    for database in databases.each() {
        for text in BASELINE_TABLES {
            database.write(&Query { text, numbers: Vec::new() })?;
        }
    }

    let (mut judged, mut ours) = (Vec::new(), Vec::new());
    let mut theirs = vec![Vec::new(); databases.each().count()];
    let (mut rows, mut number) = (0, 0);
    for round in 0..options.rounds {
        progress(&format!("row 12: round {} of {}", round + 1, options.rounds));
        let (judging, acted) = timed(|| command.act(&organisation, by, organisation.leasable()));
        let made = acted?.events;
        let (keeping, kept) = timed(|| runtime.block_on(store.append(revision, &entry(), &made)));
        judged.push(judging);
        ours.push(judging + keeping);
        // The next round finds the hierarchy as this one did.
        let undone: Vec<Event> = made.iter().rev().cloned().map(Event::undone).collect();
        revision = runtime.block_on(store.append(kept?, &entry(), &undone))?;
        let contained = |event: &Event| match event {
            Event::Contributions(change) => change.after.as_ref().map_or(0, |after| after.len()),
            _ => 1,
        };
        rows = made.iter().map(contained).sum();
        ensure!(rows >= CONTRIBUTIONS, "only {rows} rows come of it");
        for (database, medians) in databases.each().zip(&mut theirs) {
            let mut time = 0.0;
            for _ in 0..ROWS_IN_SQL / 2 {
                number += 1;
                time += database.write(&Query { text: KEEP_BASELINE, numbers: vec![number, 1, 1] })?;
                time += database.write(&Query { text: KEEP_CONTRIBUTION, numbers: vec![number, 0, 1] })?;
            }
            medians.push(time / ROWS_IN_SQL as f64 * rows as f64);
        }
    }
    runtime.block_on(store.close());
    let group = "A hierarchy of 10,000 contributions baselined";
    let mut row = Row::new(12, "baseline a hierarchy of 10,000 contributions, durable");
    row.line("p50", Nanoseconds(median(&ours)), Target::AtMost(Nanoseconds(400e6)));
    row.told("of this, planned, judged and checked", Nanoseconds(median(&judged)));
    row.bar(group, "Bailiwick", median(&ours));
    for (database, times) in databases.each().zip(&theirs) {
        row.told(
            format!("{}, a statement and a commit for each row", database.name),
            Nanoseconds(median(times)),
        );
        let takes = format!("{} takes", database.name);
        row.line(takes, Times(times_longer(times, &ours)), Target::AtLeast(Times(10.0)));
        row.bar(group, database.name, median(times));
    }
    row.told("baselines and contributions written", Count(rows as f64));
    row.note("the databases write 500 of the rows in a round, from which the time of all is worked out");
    Ok(row)
}
