//! Components with ten configurations each, and one deep hierarchy.

use std::sync::Arc;

use governance::{
    AreaId, Carried, Component, ComponentId, Configuration, ConfigurationId, ConfigurationKind, Contribution,
    Event, TeamAreaSetting,
};

use super::{LEVELS, Plan, area_id, created, user_id};
use crate::chance::Chance;

const EACH: usize = 10;
/// The place, among a component's configurations, of the stream that hierarchies are made of; never archived.
pub(super) const WORKING: usize = 2;
const NOUNS: [&str; 14] = [
    "Motor", "Battery", "Brake", "Chassis", "Cockpit", "Inverter", "Charger", "Gearbox", "Axle", "Lidar",
    "Radar", "Airbag", "Display", "Heater",
];

fn component_name(number: usize) -> String {
    format!("{} {}", NOUNS[number % NOUNS.len()], number / NOUNS.len() + 1)
}

fn component(plan: &Plan, number: usize) -> Component {
    let project = plan.project_of_component(number);
    let mut chance = plan.chance("component", number);
    Component {
        project_area: area_id(project),
        name: component_name(number).into(),
        team_area: plan.team_of(project, &mut chance).filter(|_| chance.percent(60)),
        archived: number > plan.hierarchy && chance.percent(1),
        carried: Carried::NOTHING,
    }
}

pub(super) fn components(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let plan = plan.clone();
    (0..plan.components).map(move |number| {
        Event::Component(created(ComponentId::new(number as u32), component(&plan, number)))
    })
}

pub(super) fn configurations(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let plan = plan.clone();
    (0..plan.components * EACH).map(move |number| {
        let configuration = configuration(&plan, number / EACH, number % EACH);
        Event::Configuration(created(ConfigurationId::new(number as u32), configuration))
    })
}

fn configuration(plan: &Plan, component: usize, at: usize) -> Configuration {
    let mut chance = plan.chance("configuration", component * EACH + at);
    let noun = component_name(component);
    let setting = setting(plan, component, &mut chance);
    let release = at / 2;
    let inherit = TeamAreaSetting::Inherit;
    let (kind, name) = match at {
        0 => (ConfigurationKind::Stream(inherit), format!("{noun} Initial Stream")),
        1 => (ConfigurationKind::Baseline(inherit), format!("{noun} Initial Baseline")),
        9 if component % 10 == 3 => {
            let owner = user_id(chance.below(plan.users));
            (ConfigurationKind::Personal(owner), format!("{noun} Trial"))
        }
        9 if component % 10 == 7 => (ConfigurationKind::Staging(setting), format!("{noun} {release}.0")),
        at if at % 2 == 0 => (ConfigurationKind::Stream(setting), format!("{noun} {release}.0")),
        _ => (ConfigurationKind::Baseline(setting), format!("{noun} {release}.0")),
    };
    Configuration {
        component: ComponentId::new(component as u32),
        kind,
        name: name.into(),
        // Each stream comes from the baseline before it, each baseline from its stream.
        source: (at > 1).then(|| ConfigurationId::new((component * EACH + at - 1) as u32)),
        archived: at > WORKING && chance.percent(2),
        carried: Carried::NOTHING,
    }
}

/// With the initial ones, which inherit, seven of ten do.
fn setting(plan: &Plan, component: usize, chance: &mut Chance) -> TeamAreaSetting {
    let team: Option<AreaId> = plan.team_of(plan.project_of_component(component), chance);
    match (chance.below(16), team) {
        (0..10, _) => TeamAreaSetting::Inherit,
        (10..14, Some(team)) => TeamAreaSetting::Assigned(team),
        _ => TeamAreaSetting::Unassigned,
    }
}

/// The deep hierarchy, of the first components; and, elsewhere, small ones.
pub(super) fn contributions(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let (deep, plan) = (deep_hierarchy(plan), plan.clone());
    let small = (plan.hierarchy + 1..plan.components).step_by(50).filter_map(move |number| {
        let project = plan.project_of_component(number);
        let mut parts: Vec<usize> = (number + 1..plan.components.min(number + 4)).collect();
        parts.retain(|part| plan.project_of_component(*part) == project);
        (!parts.is_empty()).then_some((number, parts))
    });
    deep.into_iter().enumerate().filter(|(_, parts)| !parts.is_empty()).chain(small).map(|(parent, parts)| {
        let working = |component: usize| ConfigurationId::new((component * EACH + WORKING) as u32);
        let mut all: Vec<_> =
            parts.into_iter().map(|part| Contribution::Configuration(working(part))).collect();
        if parent % 50 == 0 {
            all.push(Contribution::Local(format!("https://rm.example.com/rm/cm/stream/_{parent}").into()));
        }
        Event::Contributions(created(working(parent), all.into()))
    })
}

/// What each node contains. Every node but the first is in one other, and what is shared in some more, each
/// on a level above its own; there are [`LEVELS`] levels from top to bottom.
fn deep_hierarchy(plan: &Plan) -> Vec<Vec<usize>> {
    let mut chance = plan.chance("hierarchy", 0);
    let mut parts = vec![Vec::new(); plan.hierarchy + 1];
    let mut levels: Vec<Vec<usize>> = vec![vec![0]];
    for node in 1..=plan.hierarchy {
        let level = if node < LEVELS { node } else { chance.within(1..=LEVELS - 1) };
        let above = chance.pick(&levels[level - 1]).copied().unwrap_or(0);
        parts[above].push(node);
        if level == levels.len() {
            levels.push(Vec::new());
        }
        levels[level].push(node);
    }
    let mut left = plan.shared;
    while left > 0 && levels.len() > 2 {
        let level = chance.within(1..=levels.len() - 1);
        let above = chance.within(0..=level - 1);
        let (Some(parent), Some(node)) = (chance.pick(&levels[above]), chance.pick(&levels[level])) else {
            break;
        };
        if !parts[*parent].contains(node) {
            parts[*parent].push(*node);
            left -= 1;
        }
    }
    parts
}
