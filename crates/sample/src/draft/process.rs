//! Roles, timelines and permission entries.

use std::collections::BTreeMap;

use governance::text::{Name, encode};
use governance::{
    ActionPattern, Application, AreaId, Cardinality, Carried, Class, EVERYONE, Event, Iteration, OperationId,
    Permission, PermissionKey, Precondition, PreconditionEntry, ProcessTemplate, ProcessTemplateId, Role,
    Slot, Timeline,
};

use super::{Draft, created};
use crate::chance::Chance;
use crate::vocabulary::{carried, name, nodes};

/// An entry that is planned.
pub(super) type Entry = ((AreaId, PermissionKey), Permission);

/// The operations that project areas of an application may have entries for.
pub(crate) fn operations_of(application: Application) -> Vec<OperationId> {
    OperationId::all().filter(|it| it.application().is_none_or(|of| of == application)).collect()
}

/// Whether the entry may stand in a team area.
pub(crate) fn reaches_team_areas(operation: OperationId) -> bool {
    operation.class() == Class::Team && !operation.is_tagless()
}

/// Whether a role is made of tag permissions only, and so cannot be assigned in a team area.
pub(super) fn is_of_tags_alone(
    role: &str,
    project: AreaId,
    provider: Option<AreaId>,
    entries: &[Entry],
) -> bool {
    let mut its = entries
        .iter()
        .filter(|((area, key), _)| (*area == project || Some(*area) == provider) && *key.role == *role)
        .peekable();
    its.peek().is_some() && its.all(|((_, key), _)| key.operation.is_tagless())
}

/// No timeline, or some, of which one is the project timeline.
pub(super) fn timelines(chance: &mut Chance, types: &[Name]) -> Vec<Timeline> {
    let count = chance.below(4).saturating_sub(1).min(2) + usize::from(chance.percent(60));
    let main = chance.below(count);
    (0..count)
        .map(|at| {
            let iterations = iterations(chance, types, 3);
            let paths = paths_of(&iterations, "");
            Timeline {
                name: format!("Line {at}").into(),
                project: at == main,
                current: chance.pick(&paths).filter(|path| !path.ends_with("X")).cloned(),
                iterations: iterations.into(),
                carried: Carried::NOTHING,
            }
        })
        .collect()
}

fn iterations(chance: &mut Chance, types: &[Name], levels: usize) -> Vec<Iteration> {
    if levels == 0 {
        return Vec::new();
    }
    (0..chance.below(3))
        .map(|at| Iteration {
            id: chance.of(["1.0", "Sprint 1/2", "X"]).to_owned().replace('X', &format!("{at}X")).into(),
            iteration_type: chance.pick(types).cloned(),
            iterations: iterations(chance, types, levels - 1).into(),
            carried: Carried::NOTHING,
        })
        .fold(Vec::new(), |mut unique: Vec<Iteration>, next| {
            if !unique.iter().any(|it| it.id == next.id) {
                unique.push(next);
            }
            unique
        })
}

/// The paths of the iterations, and of those in them.
pub(crate) fn paths_of(iterations: &[Iteration], above: &str) -> Vec<Name> {
    let mut paths = Vec::new();
    for iteration in iterations {
        let path = format!("{above}{}", encode(&iteration.id));
        paths.extend(paths_of(&iteration.iterations, &format!("{path}/")));
        paths.push(path.into());
    }
    paths
}

/// A slot that can be meant with these timelines and iteration types.
pub(crate) fn slot(chance: &mut Chance, timelines: &[Timeline], types: &[Name]) -> Slot {
    let timeline = chance.pick(timelines);
    match (chance.below(10), timeline) {
        (0..2, Some(timeline)) => Slot::Timeline(timeline.name.clone()),
        (2..4, Some(timeline)) => match chance.pick(&paths_of(&timeline.iterations, "")) {
            Some(path) => Slot::Iteration { timeline: timeline.name.clone(), iteration: path.clone() },
            None => Slot::Always,
        },
        (4..6, _) => chance.pick(types).map_or(Slot::Always, |it| Slot::IterationType(it.clone())),
        _ => Slot::Always,
    }
}

pub(super) fn entries(draft: &mut Draft) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for at in 0..draft.areas.len() {
        let (area, project) = (draft.areas[at].id, draft.areas[at].project);
        let team = area != project;
        let mut roles: Vec<Name> = draft.visible_roles(area).into_iter().map(|role| role.id).collect();
        roles.push(EVERYONE.into());
        let types = draft.iteration_types(project);
        let every = operations_of(draft.areas[at].application);
        let Some(plan) = draft.projects.iter().find(|it| it.area == project) else { continue };
        let chance = &mut draft.chance;
        let count = if team { chance.below(6) } else { chance.within(8..=24) };
        let mut made: Vec<(PermissionKey, Permission)> = Vec::new();
        if let Some(leading) = roles.first().filter(|_| !team) {
            // A role that may do much, as most processes have one: else nearly everything is refused.
            for operation in chance.some(&plan.hot, 70) {
                let key = PermissionKey { role: leading.clone(), operation, slot: Slot::Always };
                let all = ActionPattern::parse(operation, "*").into_iter().collect();
                made.push((key, Permission { actions: all, is_final: chance.percent(15) }));
            }
        }
        for _ in 0..count {
            let from = if chance.percent(75) { &plan.hot } else { &every };
            let (Some(operation), Some(role)) = (chance.pick(from), chance.pick(&roles)) else { continue };
            if team && !reaches_team_areas(*operation) {
                continue;
            }
            let slot = slot(chance, &plan.timelines, &types);
            let actions = nodes(*operation, chance).into();
            let key = PermissionKey { role: role.clone(), operation: *operation, slot };
            made.push((key, Permission { actions, is_final: chance.percent(15) }));
        }
        for (key, value) in made {
            if !entries.iter().any(|((of, it), _)| *of == area && *it == key) {
                entries.push(((area, key), value));
            }
        }
    }
    entries
}

pub(super) fn emit(draft: &mut Draft, entries: Vec<Entry>) {
    for area in &draft.areas {
        if !area.roles.is_empty() {
            draft.events.push(Event::Roles(created(area.id, area.roles.clone().into())));
        }
    }
    let mut demanded: BTreeMap<AreaId, Vec<PreconditionEntry>> = BTreeMap::new();
    for ((area, key), permission) in &entries {
        let entry = precondition(key, permission);
        demanded.entry(*area).or_default().extend(entry);
    }
    demanded.retain(|_, entries| !entries.is_empty());
    draft.events.extend(entries.into_iter().map(|(key, value)| Event::Permission(created(key, value))));
    let demanded = demanded.into_iter();
    draft.events.extend(demanded.map(|(area, entries)| Event::Preconditions(created(area, entries.into()))));
    for project in &draft.projects {
        if !project.timelines.is_empty() {
            draft.events.push(Event::Timelines(created(project.area, project.timelines.clone().into())));
        }
    }
}

/// Something demanded of whoever has an entry for an operation that can demand it.
fn precondition(key: &PermissionKey, permission: &Permission) -> Option<PreconditionEntry> {
    let require = match key.operation.name() {
        "gc.save-baseline" if permission.is_final => {
            vec![Precondition::NoArchivedContributions, Precondition::Approval(key.role.clone())]
        }
        "gc.save-baseline" => vec![Precondition::NoSkew],
        "ccm.save-work-item" | "rm.save-artifact" => {
            vec![Precondition::Attributes(["summary".into(), "owner".into()].into())]
        }
        _ => return None,
    };
    let is_final = permission.is_final;
    Some(PreconditionEntry { key: key.clone(), require: require.into(), is_final })
}

/// Now and then templates that the server keeps, one of them in the place of a built-in one.
pub(super) fn templates(draft: &mut Draft) {
    for number in 0..draft.chance.below(4) {
        let template = template(&mut draft.chance, number);
        let key = ProcessTemplateId::new(number as u32);
        draft.events.push(Event::ProcessTemplate(created(key, template.into())));
    }
}

pub(crate) fn template(chance: &mut Chance, number: usize) -> ProcessTemplate {
    let application = Some(chance.of(Application::ALL)).filter(|_| chance.percent(80));
    let operations =
        OperationId::all().filter(|it| it.application().is_none_or(|of| application == Some(of)));
    let operations: Vec<_> = operations.collect();
    let roles: Vec<Role> = (0..chance.below(4))
        .map(|at| Role {
            id: format!("role{at}").into(),
            name: name(chance, at),
            cardinality: chance.of([Cardinality::One, Cardinality::Many]),
            carried: carried(chance),
        })
        .collect();
    let iteration_types: Vec<Name> = (0..chance.below(3)).map(|at| format!("type {at}").into()).collect();
    let ids: Vec<Name> = roles.iter().map(|role| role.id.clone()).chain([EVERYONE.into()]).collect();
    let entries: BTreeMap<_, _> = (0..chance.below(6))
        .filter_map(|_| {
            let operation = *chance.pick(&operations)?;
            let slot = slot(chance, &[], &iteration_types);
            let key = PermissionKey { role: chance.pick(&ids)?.clone(), operation, slot };
            let actions = nodes(operation, chance).into();
            Some((key, Permission { actions, is_final: chance.percent(15) }))
        })
        .collect();
    ProcessTemplate {
        name: if number == 0 { "Scrum".into() } else { name(chance, number) },
        application,
        roles: roles.into(),
        preconditions: entries.iter().filter_map(|(key, it)| precondition(key, it)).collect(),
        permissions: entries.into_iter().collect(),
        iteration_types: iteration_types.into(),
        carried: carried(chance),
    }
}
