//! What a process consists of: roles, permissions, preconditions and timelines, in an area or a template.

use std::borrow::Cow;

use governance::text::encode;
use governance::{
    Permission, PermissionKey, Precondition, PreconditionEntry, ProcessTemplate, Role, Slot, Timeline,
};

use super::text::{Out, map};
use super::{filled, flag, name, with_carried};

pub(super) fn process_template(template: &ProcessTemplate) -> Vec<(Cow<'static, str>, Out)> {
    let types = template.iteration_types.iter().map(|id| Out::from(&**id)).collect();
    let out = map([
        ("template", name(&template.name)),
        ("application", Some(template.application.map_or("any", governance::Application::id).into())),
        ("roles", filled(roles(&template.roles))),
        ("iteration_types", filled(Out::List(types))),
        ("permissions", filled(permissions(template.permissions.iter().map(|(key, it)| (key, it))))),
        ("preconditions", filled(preconditions(&template.preconditions))),
    ]);
    match with_carried(out, &template.carried) {
        Out::Map(keys) => keys,
        _ => Vec::new(),
    }
}

pub(super) fn roles(roles: &[Role]) -> Out {
    let role = |role: &Role| {
        let cardinality = (role.cardinality == governance::Cardinality::One).then(|| "one".into());
        let title = name(&role.name).filter(|_| role.name != role.id);
        let out = map([("id", name(&role.id)), ("name", title), ("cardinality", cardinality)]);
        with_carried(out, &role.carried)
    };
    Out::List(roles.iter().map(role).collect())
}

pub(super) fn permissions<'a>(entries: impl Iterator<Item = (&'a PermissionKey, &'a Permission)>) -> Out {
    let entry = |(key, permission): (&PermissionKey, &Permission)| {
        let actions = permission.actions.iter().map(|it| Out::from(it.path())).collect();
        map([
            ("role", name(&key.role)),
            ("operation", Some(key.operation.name().into())),
            ("actions", Some(Out::List(actions))),
            ("final", flag(permission.is_final)),
            ("at", slot(&key.slot)),
        ])
    };
    Out::List(entries.map(entry).collect())
}

pub(super) fn preconditions(entries: &[PreconditionEntry]) -> Out {
    let precondition = |precondition: &Precondition| match precondition {
        Precondition::NoSkew | Precondition::NoArchivedContributions => precondition.word().into(),
        Precondition::Approval(role) => map([("approval", name(role))]),
        Precondition::Attributes(names) => {
            map([("attributes", Some(Out::List(names.iter().map(|it| Out::from(&**it)).collect())))])
        }
    };
    let entry = |entry: &PreconditionEntry| {
        map([
            ("role", name(&entry.key.role)),
            ("operation", Some(entry.key.operation.name().into())),
            ("require", Some(Out::List(entry.require.iter().map(precondition).collect()))),
            ("final", flag(entry.is_final)),
            ("at", slot(&entry.key.slot)),
        ])
    };
    Out::List(entries.iter().map(entry).collect())
}

fn slot(slot: &Slot) -> Option<Out> {
    match slot {
        Slot::Always => None,
        Slot::Timeline(timeline) => Some(map([("timeline", name(timeline))])),
        Slot::IterationType(id) => Some(map([("iteration_type", name(id))])),
        Slot::Iteration { timeline, iteration } => {
            Some(map([("iteration", Some(Out::Text(format!("{}:{iteration}", encode(timeline)))))]))
        }
    }
}

pub(super) fn timeline(timeline: &Timeline, of: usize) -> Out {
    let project = match (timeline.project, of) {
        (true, 1) => None,
        (true, _) => flag(true),
        (false, 1) => Some(Out::Raw("false")),
        (false, _) => None,
    };
    let iterations = iterations(&timeline.iterations);
    let out = map([
        ("name", name(&timeline.name)),
        ("project", project),
        ("current", timeline.current.as_ref().and_then(name)),
        ("iterations", Some(iterations).filter(|it| !it.is_empty())),
    ]);
    with_carried(out, &timeline.carried)
}

fn iterations(list: &[governance::Iteration]) -> Out {
    let iteration = |iteration: &governance::Iteration| {
        let inner = iterations(&iteration.iterations);
        let out = map([
            ("id", name(&iteration.id)),
            ("type", iteration.iteration_type.as_ref().and_then(name)),
            ("iterations", Some(inner).filter(|it| !it.is_empty())),
        ]);
        with_carried(out, &iteration.carried)
    };
    Out::List(list.iter().map(iteration).collect())
}
