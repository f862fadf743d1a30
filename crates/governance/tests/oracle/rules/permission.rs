//! docs/decision.md#roles-that-count and docs/decision.md#permission-lookup.

use governance::text::{Name, encode};
use governance::{
    Action, AreaId, Class, ConfigurationId, Iteration, OperationId, Organisation, Permission, Provider,
    RoleInheritance, Slot, Timeline, UserId, With,
};

use super::governing_area::{effective_team_area, parent, upwards};
use super::{Asked, needs_ownership, personal_stream_of};

/// Whether entries alone grant an action of the question.
pub(super) fn granted_by_role(asked: Asked, action: &Action) -> bool {
    let Asked { organisation, by, operation, area, .. } = asked;
    let here = |action: &Action| granted_in(organisation, by, area, operation, action);
    match action.leaf.path() {
        // docs/decision.md#team-area-override: where modify-attributes of the same operation is allowed.
        "modify-team-area" => operation.action("modify-attributes").is_ok_and(|attributes| here(&attributes)),
        // docs/decision.md#governing-area: three areas.
        "move" => {
            areas_of_move(asked).into_iter().all(|area| granted_in(organisation, by, area, operation, action))
        }
        // docs/decision.md#personal-streams: the permission, and one of two things more.
        _ if needs_ownership(action) => {
            let others = || operation.action("manage-others").is_ok_and(|manage| here(&manage));
            here(action) && personal_stream_of(asked).is_none_or(|owner| owner == by || others())
        }
        _ => here(action),
    }
}

/// The team area, its old parent and its new parent.
pub(super) fn areas_of_move(asked: Asked) -> Vec<AreaId> {
    let mut areas = vec![asked.area];
    areas.extend(parent(asked.organisation, asked.area));
    if let With::NewParent(new) = asked.with {
        areas.push(new);
    }
    areas
}

/// docs/global-configurations.md#replace-second-path: the team area that allows it, if one does.
pub(super) fn second_path(asked: Asked, missing: &[&Action]) -> Option<AreaId> {
    let With::Replacement { old: Some(old), new: Some(new) } = asked.with else { return None };
    let side = |id: ConfigurationId| asked.organisation.configuration(id);
    let (old, new) = (side(old)?, side(new)?);
    let team = effective_team_area(asked.organisation, old)?;
    let same = old.component == new.component && effective_team_area(asked.organisation, new) == Some(team);
    let granted = |action: &&Action| {
        action.leaf.path() == "replace-contribution"
            && granted_in(asked.organisation, asked.by, team, asked.operation, action)
    };
    (same && missing.iter().all(granted)).then_some(team)
}

/// What the user is granted is the union over all roles that count.
pub(super) fn granted_in(
    organisation: &Organisation,
    by: UserId,
    area: AreaId,
    operation: OperationId,
    action: &Action,
) -> bool {
    let roles = roles_that_count(organisation, by, area);
    roles.iter().any(|role| {
        result_for(organisation, area, operation, role)
            .is_some_and(|entry| entry.actions.iter().any(|node| covers(node.path(), &action.to_string())))
    })
}

/// docs/operations-catalogue.md#actions: granting a node grants everything below it.
fn covers(node: &str, action: &str) -> bool {
    node == "*" || node == action || action.starts_with(&format!("{node}/"))
}

/// docs/decision.md#roles-that-count.
fn roles_that_count(organisation: &Organisation, by: UserId, area: AreaId) -> Vec<Name> {
    let mut roles: Vec<Name> = vec!["default".into()];
    let mut at = Some(area);
    while let Some(here) = at {
        for (user, assigned) in organisation.members(here) {
            if user == by {
                roles.extend(assigned.iter().cloned());
            }
        }
        let team = organisation.area(here).and_then(|it| it.team());
        // An area that isolates drops what is assigned above it.
        at = team.filter(|team| team.role_inheritance == RoleInheritance::Inherit).map(|team| team.parent);
    }
    roles
}

/// docs/decision.md#permission-lookup, for one role.
fn result_for<'a>(
    organisation: &'a Organisation,
    area: AreaId,
    operation: OperationId,
    role: &str,
) -> Option<&'a Permission> {
    let path = upwards(organisation, area);
    let project = *path.last()?;
    let now = slots_now(organisation, &path);
    // From the top: the provider, the project area, then each team area down to the governing one.
    let mut winning: Vec<&Permission> = Vec::new();
    let link = organisation.area(project)?.project()?.uses_process.as_ref();
    if let Some(link) = link
        && let Provider::Here(provider) = link.provider
    {
        let shared = |slot: &&Slot| match slot {
            Slot::Always => true,
            Slot::IterationType(_) => link.iteration_types,
            Slot::Timeline(_) | Slot::Iteration { .. } => false,
        };
        let now: Vec<_> = now.iter().filter(shared).cloned().collect();
        winning.extend(winning_entry(organisation, provider, &now, operation, role));
    }
    for here in path.iter().rev() {
        if operation.class() == Class::Team || *here == project {
            winning.extend(winning_entry(organisation, *here, &now, operation, role));
        }
    }
    // The first that is final; else the nearest, which replaces what lies above as a whole.
    winning.iter().find(|entry| entry.is_final).or(winning.last()).copied()
}

/// The entry of one area in the most specific slot that matches now.
fn winning_entry<'a>(
    organisation: &'a Organisation,
    area: AreaId,
    now: &[Slot],
    operation: OperationId,
    role: &str,
) -> Option<&'a Permission> {
    now.iter().find_map(|slot| {
        organisation
            .permissions(area)
            .find(|(key, _)| *key.role == *role && key.operation == operation && key.slot == *slot)
            .map(|(_, entry)| entry)
    })
}

/// docs/decision.md#slots: those that match now, the most specific first.
fn slots_now(organisation: &Organisation, path: &[AreaId]) -> Vec<Slot> {
    let mut slots = Vec::new();
    if let Some(timeline) = timeline_in_force(organisation, path) {
        for (path, of) in current_and_above(timeline) {
            slots.push(Slot::Iteration { timeline: timeline.name.clone(), iteration: path });
            slots.extend(of.map(Slot::IterationType));
        }
        slots.push(Slot::Timeline(timeline.name.clone()));
    }
    slots.push(Slot::Always);
    slots
}

/// A root team area may have one of its own, which its descendants follow; everything else uses the project
/// timeline.
fn timeline_in_force<'a>(organisation: &'a Organisation, path: &[AreaId]) -> Option<&'a Timeline> {
    let project = *path.last()?;
    let root = path.len().checked_sub(2).and_then(|at| organisation.area(path[at])?.team());
    let timelines = organisation.timelines(project);
    match root.and_then(|root| root.timeline.as_ref()) {
        Some(own) => timelines.iter().find(|it| it.name == *own),
        None => timelines.iter().find(|it| it.project),
    }
}

/// The current iteration, its parent, … the top iteration: the path and the type of each.
fn current_and_above(timeline: &Timeline) -> Vec<(Name, Option<Name>)> {
    fn all(level: &[Iteration], above: &str, found: &mut Vec<(String, Option<Name>)>) {
        for iteration in level {
            let path = format!("{above}{}", encode(&iteration.id));
            all(&iteration.iterations, &format!("{path}/"), found);
            found.push((path, iteration.iteration_type.clone()));
        }
    }
    let Some(current) = &timeline.current else { return Vec::new() };
    let mut found = Vec::new();
    all(&timeline.iterations, "", &mut found);
    found.retain(|(path, _)| **current == **path || current.starts_with(&format!("{path}/")));
    found.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    found.into_iter().map(|(path, of)| (path.into(), of)).collect()
}
