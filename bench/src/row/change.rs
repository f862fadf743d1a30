//! Rows 9 and 10: changes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use governance::{
    Allowed, AreaId, Ask, Basis, Carried, Change, Component, ComponentId, Configuration, ConfigurationId,
    ConfigurationKind, Event, Item, Organisation, Permission, PermissionKey, Question, Slot, TeamAreaSetting,
    decide,
};
use sample::{Chance, Size};
use store::{Entry, Moment, Revision, Store};

use crate::measure::{median, percentile, timed, times_longer};
use crate::report::Quantity::{Count, Nanoseconds, Times};
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, progress};

const CHANGES: usize = 2_000;
const DURABLE: usize = 300;
const INHERITING: u32 = 100_000;

/// The event that gives a component to another team area of its project area.
pub(crate) fn handed_over(
    organisation: &Organisation,
    areas: &[(AreaId, Vec<AreaId>)],
    id: ComponentId,
    chance: &mut Chance,
) -> Option<Event> {
    let before = organisation.component(id)?.clone();
    let teams = areas.iter().find(|(project, _)| *project == before.project_area)?;
    let team_area = chance.pick(&teams.1).copied().filter(|it| Some(*it) != before.team_area);
    let after = Component { team_area, ..before.clone() };
    Some(Event::Component(Change { key: id, before: Some(before), after: Some(after) }))
}

/// The team areas of each project area.
pub(crate) fn team_areas(organisation: &Organisation) -> Vec<(AreaId, Vec<AreaId>)> {
    let below = |id| organisation.subtree(id).into_iter().skip(1).collect();
    organisation.project_areas().map(|(id, ..)| (id, below(id))).collect()
}

/// Row 9.
pub(crate) fn component(
    world: &World,
    (store, from): &(Store, Revision),
    folder: &Path,
    options: &Options,
) -> Result<Row> {
    progress("row 9: a component's team area changes");
    let areas = team_areas(&world.organisation);
    let every: Vec<ComponentId> = world.organisation.components().map(|(id, _)| id).collect();
    let mut chance = Chance::new(SEED ^ 9);
    let (mut times, mut of_few, mut of_many) = (Vec::new(), Vec::new(), Vec::new());
    let crowded = with_many_configurations(&world.organisation, every[0])?;
    for _ in 0..options.rounds {
        let hand_over = |organisation: &Organisation, from: &[ComponentId], chance: &mut Chance| {
            let mut organisation = organisation.clone();
            let mut times = Vec::new();
            for _ in 0..CHANGES {
                let id = *chance.pick(from).context("a component")?;
                let Some(event) = handed_over(&organisation, &areas, id, chance) else { continue };
                times.push(timed(|| organisation = organisation.after([&event])).0);
            }
            anyhow::Ok(times)
        };
        times.extend(hand_over(&world.organisation, &every, &mut chance)?);
        of_few.push(median(&hand_over(&world.organisation, &every[..1], &mut chance)?));
        of_many.push(median(&hand_over(&crowded, &every[..1], &mut chance)?));
    }
    let mut durable = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut organisation = world.organisation.clone();
    let mut revision = *from;
    for _ in 0..DURABLE {
        let id = *chance.pick(&every).context("a component")?;
        let Some(event) = handed_over(&organisation, &areas, id, &mut chance) else { continue };
        let event = [event];
        let (time, next) = timed(|| runtime.block_on(store.append(revision, &entry(), &event)));
        durable.push(time);
        revision = next?;
        organisation = organisation.after(&event);
    }
    let mut row = Row::new(9, "a component's team area changes");
    row.line("in memory, p50", Nanoseconds(median(&times)), Target::AtMost(Nanoseconds(5_000.0)));
    row.told("in memory, p99", Nanoseconds(percentile(&times, 99)));
    row.line(
        "the same, of a component with 100,000 more that inherit, takes",
        Times(times_longer(&of_many, &of_few)),
        Target::AtMost(Times(1.5)),
    );
    let flush = synchronised_write(folder)?;
    row.told("durable in SQLite, p50", Nanoseconds(median(&durable)));
    row.told("one synchronised write in the same folder, p50", Nanoseconds(flush));
    match flushes_of_a_change(folder)? {
        Some(flushes) => row.line("durable in SQLite, flushes", Count(flushes), Target::AtMost(Count(2.0))),
        None => row.note("flushes are counted where `strace` is installed"),
    }
    Ok(row)
}

/// The organisation with many more streams of this component, all of which inherit.
fn with_many_configurations(organisation: &Organisation, component: ComponentId) -> Result<Organisation> {
    let first = organisation.configurations().map(|(id, _)| id.number() + 1).max().unwrap_or(0);
    let stream = |number: u32| {
        let configuration = Configuration {
            component,
            kind: ConfigurationKind::Stream(TeamAreaSetting::Inherit),
            name: format!("Inheriting {number}").into(),
            source: None,
            archived: false,
            carried: Carried::NOTHING,
        };
        let key = ConfigurationId::new(first + number);
        Event::Configuration(Change { key, before: None, after: Some(configuration) })
    };
    let events: Vec<Event> = (0..INHERITING).map(stream).collect();
    ensure!(organisation.agrees_with(&events), "the streams are there already");
    Ok(organisation.after(&events))
}

/// What one synchronised write takes.
fn synchronised_write(folder: &Path) -> Result<f64> {
    let mut file = File::create(folder.join("flushed"))?;
    let page = [1_u8; 4096];
    let mut times = Vec::new();
    for _ in 0..DURABLE {
        let (time, done) = timed(|| file.write_all(&page).and_then(|()| file.sync_data()));
        done?;
        times.push(time);
    }
    Ok(median(&times))
}

/// How often a change waits for the disk, as the kernel sees it; `None` where nobody can watch.
fn flushes_of_a_change(folder: &Path) -> Result<Option<f64>> {
    let mut counts = Vec::new();
    for (part, changes) in [("few", 0), ("many", DURABLE)] {
        let folder = folder.join(part);
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("changes"), changes.to_string())?;
        let calls = folder.join("calls");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o"]).arg(&calls);
        command.arg(std::env::current_exe()?).args(["--child", "appends", "--folder"]).arg(&folder);
        let Ok(output) = command.output() else { return Ok(None) };
        ensure!(output.status.success(), "`strace`: {}", String::from_utf8_lossy(&output.stderr));
        let begun = |line: &&str| line.contains("sync") && !line.contains("resumed>");
        counts.push(std::fs::read_to_string(&calls)?.lines().filter(begun).count() as f64);
    }
    Ok(Some((counts[1] - counts[0]) / DURABLE as f64))
}

/// In a process of its own: a small organisation, and as many changes as the file `changes` says.
pub(crate) fn appends(folder: &Path) -> Result<()> {
    let changes: usize = std::fs::read_to_string(folder.join("changes"))?.parse()?;
    let (store, mut revision) = super::process::filled(folder, Size::S)?;
    let mut organisation = crate::world::organisation(Size::S);
    let areas = team_areas(&organisation);
    let every: Vec<ComponentId> = organisation.components().map(|(id, _)| id).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut chance = Chance::new(SEED ^ 9);
    for _ in 0..changes {
        let id = *chance.pick(&every).context("a component")?;
        let Some(event) = handed_over(&organisation, &areas, id, &mut chance) else { continue };
        let event = [event];
        revision = runtime.block_on(store.append(revision, &entry(), &event))?;
        organisation = organisation.after(&event);
    }
    // Not closed: what closing flushes is no part of a change.
    std::process::exit(0)
}

pub(crate) fn entry() -> Entry {
    Entry {
        at: Moment::new(1_790_000_000_000_000),
        by: "bench".into(),
        via: None,
        address: None,
        basis: "role".into(),
        summary: "a change of the benchmark".into(),
        impact: None,
    }
}

/// Row 10.
pub(crate) fn permission(world: &World, options: &Options) -> Result<Row> {
    progress("row 10: a role's permission on a project area changes");
    let flips = flips(world)?;
    let (mut times, mut asked) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds * 10 {
        for flip in &flips {
            let mut organisation = world.organisation.clone();
            let (time, ()) = timed(|| organisation = organisation.after([&flip.revoked]));
            times.push(time);
            let (time, answer) = timed(|| decide(&organisation, &flip.question));
            asked.push(time);
            ensure!(answer.is_err(), "the next check has not seen the change");
        }
    }
    let mut row = Row::new(10, "a role's permission on a project area changes");
    row.line("p50", Nanoseconds(median(&times)), Target::AtMost(Nanoseconds(1_000_000.0)));
    row.line("p99", Nanoseconds(percentile(&times, 99)), Target::AtMost(Nanoseconds(1_000_000.0)));
    row.told("the next check, which sees it", Nanoseconds(median(&asked)));
    row.note(format!("{} project areas in turn", flips.len()));
    Ok(row)
}

/// A question that one entry of a project area alone lets pass, and the event that revokes it.
pub(crate) struct Flip {
    project: AreaId,
    question: Question,
    pub(crate) revoked: Event,
}

/// One for each project area that has a question of the mix.
pub(crate) fn flips(world: &World) -> Result<Vec<Flip>> {
    let mut flips: Vec<Flip> = Vec::new();
    for question in &world.hot {
        if let Some(flip) = flip(&world.organisation, question)
            && flips.iter().all(|it| it.project != flip.project)
        {
            flips.push(flip);
        }
    }
    ensure!(!flips.is_empty(), "no entry decides a question of the mix by itself");
    Ok(flips)
}

fn flip(organisation: &Organisation, question: &Question) -> Option<Flip> {
    let Ok(Allowed { basis: Basis::Role, area: Some(project) }) = decide(organisation, question) else {
        return None;
    };
    let Ask::Perform(operation, ..) = &question.ask else { return None };
    organisation.area(project)?.project()?;
    if let Item::Area(_) = question.item {
        return None;
    }
    let roles = organisation.member(project, question.user?)?;
    roles.iter().find_map(|role| {
        let key = PermissionKey { role: role.clone(), operation: *operation, slot: Slot::Always };
        let before = organisation.permissions(project).find(|(it, _)| **it == key)?.1.clone();
        let after = Permission { actions: Arc::new([]), ..before.clone() };
        let change = Change { key: (project, key), before: Some(before), after: Some(after) };
        let revoked = Event::Permission(change);
        let flips = decide(&organisation.after([&revoked]), question).is_err();
        flips.then(|| Flip { project, question: question.clone(), revoked })
    })
}
