//! Row 4: checks while others make changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use arc_swap::ArcSwap;
use governance::{AreaId, AssignedRoles, Change, ComponentId, Event, Organisation, UserId, decide};
use sample::Chance;

use super::change::{Flip, flips, handed_over, team_areas};
use crate::measure::{median, now};
use crate::report::Quantity::{PerSecond, Times};
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, machine::Machine, progress};

const CHECKING: usize = 2;
const CHANGES_A_SECOND: u32 = 500;
const WINDOW: Duration = Duration::from_secs(2);

/// Row 4.
pub(crate) fn beside_changes(world: &World, options: &Options) -> Result<Row> {
    let mut changes = Changes::of(world)?;
    let (mut spinning, mut changing, mut made) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..options.rounds {
        progress(&format!("row 4: round {} of {}", round + 1, options.rounds));
        spinning.push(window(world, None).0);
        let (checks, done) = window(world, Some(&mut changes));
        changing.push(checks);
        made.push(done);
    }
    let ratios: Vec<f64> = changing.iter().zip(&spinning).map(|(with, without)| with / without).collect();
    let mut row = Row::new(4, "checks on 2 threads while a third makes changes");
    row.line(
        "of the checks beside a thread that only spins",
        Times(median(&ratios)),
        Target::AtLeast(Times(0.9)),
    );
    row.told("checks beside a thread that only spins", PerSecond(median(&spinning)));
    row.told("checks beside changes", PerSecond(median(&changing)));
    row.line(
        "changes made",
        PerSecond(median(&made)),
        Target::AtLeast(PerSecond(f64::from(CHANGES_A_SECOND) * 0.99)),
    );
    let cores = Machine::this().cores;
    row.note(format!("three busy threads on {cores} cores; of ten changes seven hand over a component, two change a member's roles, one changes an entry of a project area; each check loads the newest organisation"));
    Ok(row)
}

/// Checks a second on two threads; and changes a second, if any are to be made.
fn window(world: &World, mut changes: Option<&mut Changes>) -> (f64, f64) {
    let current = ArcSwap::from_pointee(world.organisation.clone());
    let (ended, checks) = (AtomicBool::new(false), AtomicU64::new(0));
    let order = world.order();
    let start = now();
    let mut made = 0_u32;
    std::thread::scope(|scope| {
        for half in order.chunks(order.len().div_ceil(CHECKING)) {
            let (current, ended, checks) = (&current, &ended, &checks);
            scope.spawn(move || {
                let mut done = 0;
                'window: loop {
                    for some in half.chunks(64) {
                        for at in some {
                            let organisation = current.load();
                            drop(std::hint::black_box(decide(&organisation, &world.hot[*at as usize])));
                        }
                        done += some.len() as u64;
                        if ended.load(Ordering::Relaxed) {
                            break 'window;
                        }
                    }
                }
                checks.fetch_add(done, Ordering::Relaxed);
            });
        }
        while start.elapsed() < WINDOW {
            let due = start.elapsed().as_secs_f64() * f64::from(CHANGES_A_SECOND);
            match &mut changes {
                Some(changes) if f64::from(made) < due => {
                    let organisation = current.load_full();
                    if let Some(event) = changes.next(&organisation) {
                        current.store(Arc::new(organisation.after([&event])));
                        made += 1;
                    }
                }
                _ => std::hint::spin_loop(),
            }
        }
        ended.store(true, Ordering::Relaxed);
    });
    let seconds = start.elapsed().as_secs_f64();
    (checks.into_inner() as f64 / seconds, f64::from(made) / seconds)
}

/// Changes without end.
struct Changes {
    areas: Vec<(AreaId, Vec<AreaId>)>,
    components: Vec<ComponentId>,
    members: Vec<(AreaId, UserId)>,
    roles: Vec<AssignedRoles>,
    flips: Vec<Flip>,
    chance: Chance,
    made: usize,
}

impl Changes {
    fn of(world: &World) -> Result<Self> {
        let organisation = &world.organisation;
        let members = |(area, _)| organisation.members(area).map(move |(user, _)| (area, user));
        let (project, ..) = organisation.project_areas().next().context("a project area")?;
        let roles = organisation.roles(project).iter();
        Ok(Self {
            areas: team_areas(organisation),
            components: organisation.components().map(|(id, _)| id).collect(),
            members: organisation.areas().flat_map(members).collect(),
            roles: roles.map(|role| [role.id.clone()].into()).collect(),
            flips: flips(world)?,
            chance: Chance::new(SEED ^ 4),
            made: 0,
        })
    }

    fn next(&mut self, organisation: &Organisation) -> Option<Event> {
        self.made += 1;
        match self.made % 10 {
            0 => {
                let flip = &self.flips[self.made / 10 % self.flips.len()];
                let again = organisation.agrees_with([&flip.revoked]);
                Some(if again { flip.revoked.clone() } else { flip.revoked.clone().undone() })
            }
            1 | 2 => {
                let key = *self.chance.pick(&self.members)?;
                let after = self.chance.pick(&self.roles).cloned();
                let before = organisation.member(key.0, key.1).cloned();
                Some(Event::Member(Change { key, before, after }))
            }
            _ => {
                let id = *self.chance.pick(&self.components)?;
                handed_over(organisation, &self.areas, id, &mut self.chance)
            }
        }
    }
}
