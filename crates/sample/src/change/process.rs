//! Changes of roles, entries, timelines and templates.

use std::sync::Arc;

use governance::text::Name;
use governance::{
    AreaId, Cardinality, Carried, EVERYONE, Event, Iteration, Numbered as _, Organisation, Permission,
    PermissionKey, ProcessTemplate, Role, Timeline,
};

use super::consistent::types_of;
use super::{any_area, changed, upwards};
use crate::chance::Chance;
use crate::draft;
use crate::draft::{operations_of, paths_of, reaches_team_areas, slot};
use crate::vocabulary::nodes;

pub(super) fn change(organisation: &Organisation, chance: &mut Chance) -> Vec<Event> {
    let event = match chance.below(13) {
        0 => roles(organisation, chance),
        10 => Some(template(organisation, chance)),
        11 => preconditions(organisation, chance),
        12 => approval(organisation, chance),
        1..4 => timelines(organisation, chance),
        4..7 => known_entry(organisation, chance),
        _ => new_entry(organisation, chance),
    };
    event.into_iter().collect()
}

/// Any area; rather often one whose process others use, for what changes there changes them too.
fn any_process(organisation: &Organisation, chance: &mut Chance) -> Option<AreaId> {
    let used = organisation.project_areas().filter_map(|(.., it)| it.uses_process.as_ref()?.here());
    let used: Vec<_> = used.collect();
    let provider = chance.pick(&used).copied().filter(|_| chance.percent(35));
    provider.or_else(|| any_area(organisation, chance))
}

fn roles(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let area = any_process(organisation, chance)?;
    let before = organisation.roles(area);
    let mut after = before.to_vec();
    if !after.is_empty() && chance.percent(40) {
        after.remove(chance.below(before.len()));
    } else {
        after.push(Role {
            id: chance.of(["contributor", "reviewer", "late"]).into(),
            name: "Late".into(),
            cardinality: Cardinality::Many,
            carried: Carried::NOTHING,
        });
    }
    let ids: std::collections::HashSet<_> = after.iter().map(|role| &role.id).collect();
    if ids.len() < after.len() {
        return None;
    }
    let fact = |roles: &[Role]| (!roles.is_empty()).then(|| Arc::from(roles));
    Some(Event::Roles(changed(area, fact(before), fact(&after))))
}

/// One thing less is demanded somewhere.
fn preconditions(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let demanding = |id: &AreaId| !organisation.preconditions(*id).is_empty();
    let areas: Vec<_> = organisation.areas().map(|(id, _)| id).filter(demanding).collect();
    let area = *chance.pick(&areas)?;
    let before = organisation.preconditions(area);
    let mut after = before.to_vec();
    after.remove(chance.below(before.len()));
    let after = (!after.is_empty()).then(|| after.into());
    Some(Event::Preconditions(changed(area, Some(before.into()), after)))
}

/// An approval is withdrawn.
fn approval(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let of = |id| organisation.approvals(id).map(move |(user, approval)| ((id, user), approval.clone()));
    let all: Vec<_> = organisation.configurations().flat_map(|(id, _)| of(id)).collect();
    let (key, approval) = chance.pick(&all)?.clone();
    Some(Event::Approval(changed(key, Some(approval), None)))
}

fn timelines(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let project = upwards(organisation, any_process(organisation, chance)?).last()?;
    let before = organisation.timelines(project);
    let mut after = before.to_vec();
    match chance.below(6) {
        0 => {
            let iterations = [Iteration {
                id: "1.0".into(),
                iteration_type: chance.pick(&types_of(organisation, project)).cloned(),
                iterations: [].into(),
                carried: Carried::NOTHING,
            }];
            let project = after.is_empty();
            after.push(Timeline {
                name: format!("Line {}", before.len()).into(),
                project,
                current: chance.percent(50).then(|| "1.0".into()),
                iterations: iterations.into(),
                carried: Carried::NOTHING,
            });
        }
        1 => {
            let main = chance.below(after.len());
            for (at, timeline) in after.iter_mut().enumerate() {
                timeline.project = at == main;
            }
        }
        _ => {
            let at = chance.below(after.len());
            let timeline = after.get_mut(at)?;
            let paths = paths_of(&timeline.iterations, "");
            timeline.current = chance.pick(&paths).filter(|_| chance.percent(90)).cloned();
        }
    }
    let fact = |timelines: &[Timeline]| (!timelines.is_empty()).then(|| Arc::from(timelines));
    Some(Event::Timelines(changed(project, fact(before), fact(&after))))
}

/// An entry changed, or taken away.
fn known_entry(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let area = any_process(organisation, chance)?;
    let entries: Vec<_> = organisation.permissions(area).collect();
    let (key, before) = *chance.pick(&entries)?;
    let after = match chance.below(3) {
        0 => None,
        1 => Some(Permission { actions: before.actions.clone(), is_final: !before.is_final }),
        _ => Some(Permission { actions: nodes(key.operation, chance).into(), is_final: before.is_final }),
    };
    Some(Event::Permission(changed((area, key.clone()), Some(before.clone()), after)))
}

fn new_entry(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let area = any_process(organisation, chance)?;
    let project = upwards(organisation, area).last()?;
    let facts = organisation.area(project)?.project()?;
    let provider = facts.uses_process.as_ref().and_then(|link| link.here());
    let mut roles: Vec<Name> = upwards(organisation, area)
        .chain(provider)
        .flat_map(|it| organisation.roles(it))
        .map(|role| role.id.clone())
        .collect();
    roles.push(EVERYONE.into());
    let mut operations = operations_of(facts.application);
    operations.retain(|it| area == project || reaches_team_areas(*it));
    let key = PermissionKey {
        role: chance.pick(&roles)?.clone(),
        operation: *chance.pick(&operations)?,
        slot: slot(chance, organisation.timelines(project), &types_of(organisation, project)),
    };
    let before = organisation.permissions(area).find(|(it, _)| **it == key).map(|(_, value)| value.clone());
    let after = Permission { actions: nodes(key.operation, chance).into(), is_final: chance.percent(15) };
    Some(Event::Permission(changed((area, key), before, Some(after))))
}

/// A template is made, made anew or deleted.
fn template(organisation: &Organisation, chance: &mut Chance) -> Event {
    let kept: Vec<_> = organisation.process_templates().collect();
    match chance.pick(&kept).filter(|_| chance.percent(60)) {
        None => {
            let key = ProcessTemplate::next_id(organisation);
            let after = draft::template(chance, 100 + key.number() as usize);
            Event::ProcessTemplate(changed(key, None, Some(after.into())))
        }
        Some((key, before)) => {
            let after = ProcessTemplate { name: before.name.clone(), ..draft::template(chance, 1) };
            let after = Some(Arc::new(after)).filter(|_| chance.percent(70));
            Event::ProcessTemplate(changed(*key, Some(Arc::new((*before).clone())), after))
        }
    }
}
