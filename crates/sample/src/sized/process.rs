//! Roles, entries and timelines: twelve roles with an entry for most operations, and a tenth of the team
//! areas with entries of their own.

use std::sync::Arc;

use governance::{
    ActionPattern, Application, Cardinality, Carried, EVERYONE, Event, Iteration, OperationId, Permission,
    PermissionKey, Role, Slot, Timeline,
};

use super::{Plan, area_id, created};
use crate::chance::Chance;
use crate::draft::{operations_of, reaches_team_areas};

pub(super) const ROLES: [&str; 12] = [
    "configuration-lead",
    "contributor",
    "integrator",
    "release-manager",
    "architect",
    "developer",
    "tester",
    "reviewer",
    "supplier",
    "safety-engineer",
    "project-lead",
    "observer",
];

pub(super) fn roles(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let role = |id: &str| Role {
        id: id.into(),
        name: id.replace('-', " ").into(),
        cardinality: Cardinality::Many,
        carried: Carried::NOTHING,
    };
    let roles: Arc<[Role]> = ROLES.iter().map(|id| role(id)).collect();
    (0..plan.projects).map(move |area| Event::Roles(created(area_id(area), roles.clone())))
}

pub(super) fn entries(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let plan = plan.clone();
    let operations = operations_of(Application::Gc);
    (0..plan.areas()).flat_map(move |area| {
        let mut chance = plan.chance("entries", area);
        if area < plan.projects {
            in_project(area, &operations, &mut chance)
        } else if chance.percent(10) {
            in_team(area, &operations, &mut chance)
        } else {
            Vec::new()
        }
    })
}

fn in_project(area: usize, operations: &[OperationId], chance: &mut Chance) -> Vec<Event> {
    let mut entries = Vec::new();
    for (at, role) in ROLES.iter().enumerate() {
        for operation in operations {
            // The first role may do everything, the last ones little.
            if at == 0 || chance.percent(96 - 3 * at) {
                let all = at == 0 || chance.percent(45);
                entries.push(entry(
                    area,
                    role,
                    *operation,
                    Slot::Always,
                    nodes(*operation, all, chance),
                    false,
                ));
            }
        }
    }
    for operation in operations.iter().filter(|it| it.class() == governance::Class::Team) {
        let freeze = Slot::IterationType("freeze".into());
        entries.push(entry(area, "developer", *operation, freeze, Vec::new(), false));
    }
    if let Some(personal) = OperationId::from_name("gc.save-personal-stream") {
        let own = ["create", "modify", "archive", "unarchive"];
        let own = own.iter().filter_map(|path| ActionPattern::parse(personal, path).ok()).collect();
        entries.push(entry(area, EVERYONE, personal, Slot::Always, own, false));
    }
    entries
}

fn in_team(area: usize, operations: &[OperationId], chance: &mut Chance) -> Vec<Event> {
    let operations: Vec<_> = operations.iter().filter(|it| reaches_team_areas(**it)).collect();
    let mut roles: Vec<_> = ROLES.into_iter().collect();
    chance.shuffle(&mut roles);
    let mut entries = Vec::new();
    for role in roles.into_iter().take(5) {
        if let Some(operation) = chance.pick(&operations) {
            let (all, bound) = (chance.percent(30), chance.percent(10));
            entries.push(entry(
                area,
                role,
                **operation,
                Slot::Always,
                nodes(**operation, all, chance),
                bound,
            ));
        }
    }
    entries
}

fn nodes(operation: OperationId, all: bool, chance: &mut Chance) -> Vec<ActionPattern> {
    if all {
        return ActionPattern::parse(operation, "*").into_iter().collect();
    }
    let paths = operation.leaves().map(|leaf| leaf.path()).filter(|_| chance.percent(50));
    paths.filter_map(|path| ActionPattern::parse(operation, path).ok()).collect()
}

fn entry(
    area: usize,
    role: &str,
    operation: OperationId,
    slot: Slot,
    actions: Vec<ActionPattern>,
    is_final: bool,
) -> Event {
    let key = PermissionKey { role: role.into(), operation, slot };
    Event::Permission(created((area_id(area), key), Permission { actions: actions.into(), is_final }))
}

/// One timeline each; in every fourth project area the release is being frozen.
pub(super) fn timelines(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    (0..plan.projects).map(|area| {
        let iteration = |id: &str, of: &str, iterations: Vec<Iteration>| Iteration {
            id: id.into(),
            iteration_type: Some(of.into()),
            iterations: iterations.into(),
            carried: Carried::NOTHING,
        };
        let in_release = vec![
            iteration("Sprint 1", "sprint", Vec::new()),
            iteration("Sprint 2", "sprint", Vec::new()),
            iteration("Endgame", "freeze", Vec::new()),
        ];
        let timeline = Timeline {
            name: "Main".into(),
            project: true,
            current: Some(if area % 4 == 3 { "2.0/Endgame" } else { "2.0/Sprint 2" }.into()),
            iterations: [iteration("1.0", "release", Vec::new()), iteration("2.0", "release", in_release)]
                .into(),
            carried: Carried::NOTHING,
        };
        Event::Timelines(created(area_id(area), [timeline].into()))
    })
}
