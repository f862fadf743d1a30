//! Organisations of the sizes that the targets are about: realistic, regular, and made as a stream of events,
//! so that nothing but the organisation itself need be in memory.

mod area;
mod global_configurations;
mod people;
mod process;

use std::sync::Arc;

use governance::{AreaId, Change, ConfigurationId, Event, UserId};

use crate::chance::Chance;

/// How large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A hundredth of L.
    S,
    /// A tenth of L.
    M,
    /// 50,000 users, 5,000 team areas, 1,000,000 configurations.
    L,
}

/// The facts of an organisation of this size, in the order of [`Event::KINDS`].
pub fn organisation_of_size(size: Size, seed: u64) -> impl Iterator<Item = Event> {
    facts(Plan::new(size, seed))
}

/// The facts of a small organisation around one large hierarchy of streams: so many contributions, 30 levels,
/// and every fifth contribution is of a stream that something else contains too. Its root is
/// [`HIERARCHY_ROOT`]; the first three users administer the server.
pub fn organisation_with_hierarchy(contributions: usize, seed: u64) -> impl Iterator<Item = Event> {
    facts(Plan::around_hierarchy(contributions, seed))
}

/// The root of the deep hierarchy, whatever the size: a stream of the first project area.
pub const HIERARCHY_ROOT: ConfigurationId = ConfigurationId::new(global_configurations::WORKING as u32);

fn facts(plan: Plan) -> impl Iterator<Item = Event> {
    let plan = Arc::new(plan);
    people::users(&plan)
        .chain(area::areas(&plan))
        .chain(people::in_areas(&plan))
        .chain(process::roles(&plan))
        .chain(process::entries(&plan))
        .chain(process::timelines(&plan))
        .chain(global_configurations::components(&plan))
        .chain(global_configurations::configurations(&plan))
        .chain(global_configurations::contributions(&plan))
}

/// How many of everything, and the tree of areas that the rest is hung up in.
struct Plan {
    seed: u64,
    users: usize,
    projects: usize,
    members: usize,
    components: usize,
    /// Edges of the one deep hierarchy, which lies in the first project area.
    hierarchy: usize,
    /// Edges besides, to what is contained elsewhere in it already.
    shared: usize,
    /// Of a hundred team areas so many are archived.
    archived_teams: usize,
    teams: Vec<Team>,
}

struct Team {
    /// Its parent's place among the areas.
    parent: usize,
    depth: usize,
}

const DEEPEST: usize = 6;
const LEVELS: usize = 30;

impl Plan {
    fn new(size: Size, seed: u64) -> Self {
        let share = match size {
            Size::S => 100,
            Size::M => 10,
            Size::L => 1,
        };
        // Two at least: the first is the one with the deep hierarchy.
        let projects = (100 / share).max(2);
        let mut plan = Self {
            seed,
            users: 50_000 / share,
            projects,
            members: 100_000 / share,
            components: 100_000 / share,
            hierarchy: 10_000 / share,
            shared: 0,
            archived_teams: 1,
            teams: Vec::new(),
        };
        plan.plan_teams(5_000 / share);
        plan
    }

    fn around_hierarchy(contributions: usize, seed: u64) -> Self {
        let shared = contributions / 5;
        let hierarchy = contributions - shared;
        let mut plan = Self {
            seed,
            users: 500,
            projects: 2,
            members: 1_000,
            components: hierarchy + 101,
            hierarchy,
            shared,
            // Whoever administers the server may change everything.
            archived_teams: 0,
            teams: Vec::new(),
        };
        plan.plan_teams(50);
        plan
    }

    fn plan_teams(&mut self, count: usize) {
        let mut chance = self.chance("teams", 0);
        let mut parents: Vec<Vec<(usize, usize)>> = (0..self.projects).map(|at| vec![(at, 0)]).collect();
        for number in 0..count {
            let project = number % self.projects;
            let candidates = &mut parents[project];
            // Half are nested in the one before them, so that depth is reached.
            let at = if chance.percent(50) { candidates.len() - 1 } else { chance.below(candidates.len()) };
            let (parent, depth) = candidates[at];
            if depth + 1 < DEEPEST {
                candidates.push((self.projects + number, depth + 1));
            }
            self.teams.push(Team { parent, depth: depth + 1 });
        }
    }

    /// A stream of its own for each thing of each kind, so that sections can be made in any order.
    fn chance(&self, what: &str, number: usize) -> Chance {
        let of_kind =
            what.bytes().fold(self.seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Chance::new(of_kind ^ (number as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }
    fn areas(&self) -> usize {
        self.projects + self.teams.len()
    }
    /// The team areas of a project area are every so many.
    fn team_of(&self, project: usize, chance: &mut Chance) -> Option<AreaId> {
        let many = self.teams.len().saturating_sub(project).div_ceil(self.projects);
        (many > 0).then(|| area_id(self.projects + project + chance.below(many) * self.projects))
    }
    /// The first project area has one component for each node of the deep hierarchy; the others share the
    /// rest.
    fn project_of_component(&self, number: usize) -> usize {
        let first = self.hierarchy + 1;
        if number < first {
            return 0;
        }
        1 + (number - first) * (self.projects - 1) / (self.components - first)
    }
}

fn area_id(number: usize) -> AreaId {
    AreaId::new(number as u32)
}

fn user_id(number: usize) -> UserId {
    UserId::new(number as u32)
}

fn created<K, V>(key: K, value: V) -> Change<K, V> {
    Change { key, before: None, after: Some(value) }
}
