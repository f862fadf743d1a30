//! Whether the process of an organisation still hangs together.

use std::collections::HashSet;

use governance::text::Name;
use governance::{AreaId, EVERYONE, Iteration, Organisation, ProcessLink, Slot};

use super::upwards;

/// Whether every role and iteration type in use is defined, and no team area defines a role that is in use
/// above.
pub(super) fn is_consistent(organisation: &Organisation) -> bool {
    organisation.areas().all(|(area, _)| area_is_consistent(organisation, area))
}

fn area_is_consistent(organisation: &Organisation, area: AreaId) -> bool {
    let above: Vec<_> = upwards(organisation, area).collect();
    let Some(project) = above.last().copied() else { return false };
    let Some(link) = organisation.area(project).and_then(|it| it.project()) else { return false };
    let provider = link.uses_process.as_ref().and_then(ProcessLink::here);
    let defined = |areas: &[AreaId]| -> HashSet<Name> {
        areas.iter().flat_map(|area| organisation.roles(*area)).map(|role| role.id.clone()).collect()
    };
    let in_sight: Vec<_> = above.iter().copied().chain(provider).collect();
    let (here, over) = (defined(&[area]), defined(&in_sight[1..]));
    if area != project && !here.is_disjoint(&over) {
        return false;
    }
    let known = |role: &Name| here.contains(role) || over.contains(role);
    let tag_role = |role: &Name| is_of_tags_alone(organisation, project, provider, role);
    let types = types_of(organisation, project);
    organisation
        .members(area)
        .all(|(_, roles)| roles.iter().all(|role| known(role) && !(area != project && tag_role(role))))
        && organisation.permissions(area).all(|(key, _)| {
            let slot_is_known = match &key.slot {
                Slot::IterationType(id) => types.contains(id),
                Slot::Always | Slot::Timeline(_) | Slot::Iteration { .. } => true,
            };
            (*key.role == *EVERYONE || known(&key.role)) && slot_is_known
        })
        && organisation.timelines(area).iter().all(|it| types_are_known(&it.iterations, &types))
}

fn types_are_known(iterations: &[Iteration], types: &[Name]) -> bool {
    iterations.iter().all(|it| {
        it.iteration_type.as_ref().is_none_or(|id| types.contains(id))
            && types_are_known(&it.iterations, types)
    })
}

/// The iteration types that a project area may use: its own and, by option, its provider's.
pub(super) fn types_of(organisation: &Organisation, project: AreaId) -> Vec<Name> {
    let facts = |area| organisation.area(area).and_then(|it| it.project());
    let Some(own) = facts(project) else { return Vec::new() };
    let link = own.uses_process.as_ref().filter(|link| link.iteration_types);
    let shared = link.and_then(ProcessLink::here).and_then(facts);
    own.iteration_types
        .iter()
        .chain(shared.iter().flat_map(|it| it.iteration_types.iter()))
        .cloned()
        .collect()
}

/// Whether a role is made of tag permissions only (docs/global-configurations.md#tags).
fn is_of_tags_alone(
    organisation: &Organisation,
    project: AreaId,
    provider: Option<AreaId>,
    role: &Name,
) -> bool {
    let mut its = provider
        .into_iter()
        .chain([project])
        .flat_map(|area| organisation.permissions(area))
        .filter(|(key, _)| key.role == *role)
        .peekable();
    its.peek().is_some() && its.all(|(key, _)| key.operation.is_tagless())
}
