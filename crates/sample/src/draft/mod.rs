//! Small organisations with something of everything in them, valid by construction.

mod applications;
mod area;
mod global_configurations;
mod people;
mod process;

pub(crate) use process::{operations_of, paths_of, reaches_team_areas, slot, template};

use governance::{AreaId, Change, Event, Organisation, UserId};

use crate::chance::Chance;
use area::{Area, Project};

/// A small organisation that the seed decides.
pub fn random_organisation(seed: u64) -> Organisation {
    Organisation::default().after(&random_events(seed))
}

/// Its facts, in the order of [`Event::KINDS`].
pub fn random_events(seed: u64) -> Vec<Event> {
    let mut draft = Draft { chance: Chance::new(seed), ..Draft::default() };
    // Now and then more roles than a machine word has bits, and people who stand in very many areas.
    draft.wide = draft.chance.percent(6);
    people::users(&mut draft);
    area::plan(&mut draft);
    area::emit(&mut draft);
    people::access_groups(&mut draft);
    // Entries come before members: a role of tag permissions alone cannot be assigned in a team area.
    let entries = process::entries(&mut draft);
    people::in_areas(&mut draft, &entries);
    process::emit(&mut draft, entries);
    global_configurations::emit(&mut draft);
    applications::emit(&mut draft);
    process::templates(&mut draft);
    // As an organisation tells its facts.
    let order = |event: &Event| Event::KINDS.iter().position(|kind| *kind == event.kind());
    draft.events.sort_by_key(order);
    draft.events
}

/// What is known while an organisation is being made up.
struct Draft {
    chance: Chance,
    events: Vec<Event>,
    wide: bool,
    users: usize,
    groups: usize,
    areas: Vec<Area>,
    projects: Vec<Project>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            chance: Chance::new(0),
            events: Vec::new(),
            wide: false,
            users: 0,
            groups: 0,
            areas: Vec::new(),
            projects: Vec::new(),
        }
    }
}

impl Draft {
    fn anybody(&mut self) -> UserId {
        UserId::new(self.chance.below(self.users) as u32)
    }
    fn some_users(&mut self, percent: usize) -> Vec<UserId> {
        let all: Vec<_> = (0..self.users).map(|number| UserId::new(number as u32)).collect();
        self.chance.some(&all, percent)
    }
    fn area(&self, id: AreaId) -> &Area {
        &self.areas[id.number() as usize]
    }
    /// The area, then those above it, outwards.
    fn upwards(&self, id: AreaId) -> impl Iterator<Item = &Area> {
        std::iter::successors(Some(self.area(id)), |below| below.parent.map(|parent| self.area(parent)))
    }
    /// The team areas of a project area.
    fn teams(&self, project: AreaId) -> Vec<AreaId> {
        let here = |area: &&Area| area.project == project && area.parent.is_some();
        self.areas.iter().filter(here).map(|area| area.id).collect()
    }
    /// A team area of the project area, if it has any, in so many cases of a hundred.
    fn maybe_team(&mut self, project: AreaId, percent: usize) -> Option<AreaId> {
        let teams = self.teams(project);
        if self.chance.percent(percent) { self.chance.pick(&teams).copied() } else { None }
    }
}

/// The event that something comes to be.
fn created<K, V>(key: K, value: V) -> Change<K, V> {
    Change { key, before: None, after: Some(value) }
}
