//! Row 11: hierarchies.

use anyhow::{Context as _, Result, ensure};
use governance::{
    Act as _, BranchHierarchy, Command, ConfigurationId, Event, NamePattern, Noun as _, Organisation,
};
use sample::{HIERARCHY_ROOT, organisation_with_hierarchy};

use crate::engine::compared::Databases;
use crate::engine::query::{HIERARCHY, Query};
use crate::measure::{each_of, median, percentile, timed, times_longer};
use crate::report::Quantity::{Count, Nanoseconds, Times};
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, progress};

const TIMES: usize = 200;
/// How often the databases resolve it in a round.
const TIMES_IN_SQL: usize = 5;
const CONTRIBUTIONS: usize = 10_000;

/// The deep hierarchy of the organisation, resolved.
pub(crate) fn resolve(world: &World, databases: &mut Databases, options: &Options) -> Result<Row> {
    let hierarchy = world.organisation.hierarchy(HIERARCHY_ROOT).context("the sample has its root")?;
    let mut known: Vec<i32> = hierarchy.configurations().iter().map(|id| id.number() as i32).collect();
    known.sort_unstable();
    let query = Query { text: HIERARCHY, numbers: vec![HIERARCHY_ROOT.number() as i32] };
    let (mut ours, mut tails) = (Vec::new(), Vec::new());
    let mut theirs = vec![Vec::new(); databases.each().count()];
    for round in 0..options.rounds {
        progress(&format!("row 11: round {} of {}", round + 1, options.rounds));
        let times = each_of(1, &[HIERARCHY_ROOT; TIMES], |root| world.organisation.hierarchy(*root));
        ours.push(median(&times));
        tails.push(percentile(&times, 99));
        for (database, medians) in databases.each().zip(&mut theirs) {
            let mut times = Vec::new();
            for _ in 0..TIMES_IN_SQL {
                let (found, time) = database.list(&query)?;
                ensure!(found == known, "{} finds {} configurations", database.name, found.len());
                times.push(time);
            }
            medians.push(median(&times));
        }
    }
    let group = "A hierarchy of 10,000 contributions resolved";
    let mut row = Row::new(11, "resolve a hierarchy of 10,000 contributions");
    row.line("p50", Nanoseconds(median(&ours)), Target::AtMost(Nanoseconds(500_000.0)));
    row.told("p99", Nanoseconds(median(&tails)));
    row.bar(group, "Bailiwick", median(&ours));
    for (database, times) in databases.each().zip(&theirs) {
        row.told(database.name, Nanoseconds(median(times)));
        let takes = format!("{} takes", database.name);
        row.line(takes, Times(times_longer(times, &ours)), Target::AtLeast(Times(100.0)));
        row.bar(group, database.name, median(times));
    }
    row.told("contributions", Count(hierarchy.contributions() as f64));
    row.told("levels", Count(hierarchy.depth() as f64));
    whole(&mut row, options)?;
    Ok(row)
}

/// What else is done with a hierarchy of which every fifth contribution is shared.
fn whole(row: &mut Row, options: &Options) -> Result<()> {
    let events: Vec<Event> = organisation_with_hierarchy(CONTRIBUTIONS, SEED).collect();
    let organisation = Organisation::default().after(&events);
    let by = organisation.users().next().context("somebody administers the sample")?.0;
    let names = NamePattern::new("{name} - Branch");
    let branch: Command = BranchHierarchy { root: HIERARCHY_ROOT, names }.into();
    let act = || branch.act(&organisation, by, organisation.leasable());
    let branched = act()?;
    let made = branched.events.iter().find_map(governance::Configuration::made);
    let made: ConfigurationId = made.context("a branch has a root")?;
    let after = organisation.after(&branched.events);
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..options.rounds {
        times[0].push(timed(|| organisation.hierarchy(HIERARCHY_ROOT)).0);
        times[1].push(timed(|| organisation.hierarchy(HIERARCHY_ROOT).map(|it| it.skews(&organisation))).0);
        let (time, comparison) = timed(|| after.compare_configurations(HIERARCHY_ROOT, made));
        ensure!(comparison.is_some_and(|it| it.pairs.len() > 8_000), "a branch has everything");
        times[2].push(time);
        let (time, acted) = timed(act);
        ensure!(acted?.events == branched.events, "the same branch again");
        times[3].push(time);
        let lowest =
            organisation.hierarchy(HIERARCHY_ROOT).and_then(|it| it.configurations().last().copied());
        let lowest = lowest.context("a hierarchy has a last configuration")?;
        times[4].push(timed(|| organisation.where_used(lowest, u32::MAX)).0);
    }
    let what = [
        "with shared contributions, resolved",
        "the same, searched for skew",
        "the same, compared with a branch of it",
        "the same, branched, in memory",
        "where the lowest of it is used",
    ];
    for (what, times) in what.iter().zip(&times) {
        row.told(*what, Nanoseconds(median(times)));
    }
    Ok(())
}
