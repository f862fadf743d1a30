//! Changes to the process: roles given, entries, administrators.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::permission::counted_roles;
use super::{Step, area_name, name_of, save_area};
use crate::catalogue::{Action, ActionPattern, OperationId};
use crate::event::{Change, Event, Holds};
use crate::index::RoleSet;
use crate::organisation::Organisation;
use crate::process::{EVERYONE, Permission, PermissionKey, Slot};
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Giving the user, in an area whose assignments count, a role that grants one of the missing actions.
pub(super) fn give_roles(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    missing: &[Action],
) -> Vec<Step> {
    let Some(law) = organisation.index.law(area) else { return Vec::new() };
    let mut steps = Vec::new();
    let leaves =
        OperationId::all().flat_map(OperationId::leaves).map(|leaf| Action { leaf, identifier: None });
    for (ordinal, id) in law.roles().skip(1) {
        let mut alone = RoleSet::default();
        alone.insert(ordinal);
        if !missing.iter().any(|action| law.grants.grant(&alone, action)) {
            continue;
        }
        for &target in law.counted() {
            let Some((_, role)) = organisation.role(target, id) else { continue };
            let before = organisation.member(target, user).cloned();
            if before.as_ref().is_some_and(|roles| roles.iter().any(|it| **it == *id)) {
                continue;
            }
            let after = before.iter().flat_map(|it| it.iter().cloned()).chain([role.id.clone()]).collect();
            steps.push(Step {
                sentence: format!(
                    "Give {} the role {} in {}",
                    name_of(organisation, user),
                    role.name,
                    area_name(organisation, target)
                ),
                event: Event::Member(Change { key: (target, user), before, after: Some(after) }),
                needs: save_area(organisation, target, "modify-members"),
                breadth: leaves.clone().filter(|action| law.grants.grant(&alone, action)).count(),
            });
        }
    }
    steps
}

/// Letting a role that the user has in the governing area grant what is missing there.
pub(super) fn grant_entries(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    operation: OperationId,
    missing: &[Action],
) -> Vec<Step> {
    let (Some(law), Some(person)) = (organisation.index.law(area), organisation.index.person(user)) else {
        return Vec::new();
    };
    let counted = counted_roles(person, law);
    let mut steps = Vec::new();
    for id in law.roles_in(&counted) {
        // What the role grants now comes along: an entry replaces what it overrides whole.
        let mut alone = RoleSet::default();
        if let Some(ordinal) = law.ordinal(id) {
            alone.insert(ordinal);
        }
        let granted = operation
            .leaves()
            .map(|leaf| Action { leaf, identifier: None })
            .filter(|action| !action.leaf.is_team_area() && law.grants.grant(&alone, action));
        let wanted: BTreeSet<String> = missing
            .iter()
            .map(|action| match action.leaf.is_team_area() {
                true => "modify-attributes".to_owned(),
                false => action.to_string(),
            })
            .collect();
        let kept: Vec<String> =
            granted.map(|it| node(it.leaf.path())).filter(|it| !wanted.contains(it)).collect();
        let added = wanted.iter().cloned().collect::<Vec<_>>().join(", ");
        let actions: Option<Arc<[ActionPattern]>> =
            kept.into_iter().chain(wanted).map(|path| ActionPattern::parse(operation, &path).ok()).collect();
        let Some(actions) = actions else { continue };
        for &target in law.path.iter() {
            let mut here: Vec<_> = organisation
                .permissions(target)
                .filter(|(key, _)| *key.role == *id && key.operation == operation)
                .filter_map(|(key, permission)| Some((law.rank(target, &key.slot)?, key, permission)))
                .collect();
            here.sort_by_key(|(rank, ..)| *rank);
            let (slot, before) = match here.first() {
                Some((_, key, permission)) => (key.slot.clone(), Some((*permission).clone())),
                None => (Slot::Always, None),
            };
            let Some(role) = role_id(organisation, target, id) else { continue };
            let after = Permission {
                actions: actions.clone(),
                is_final: before.as_ref().is_some_and(|it| it.is_final),
            };
            let title = organisation
                .role(target, id)
                .map_or("Everyone".to_owned(), |(_, role)| role.name.to_string());
            steps.push(Step {
                sentence: format!(
                    "Let {title} do {operation}/{added} in {}",
                    area_name(organisation, target)
                ),
                event: Event::Permission(Change {
                    key: (target, PermissionKey { role, operation, slot }),
                    before,
                    after: Some(after),
                }),
                needs: save_area(organisation, target, "modify-specification"),
                breadth: 0,
            });
        }
    }
    steps
}

/// The node of the action tree above an identifier: `create/type/<type>` → `create/type`.
fn node(path: &str) -> String {
    path.split("/<").next().unwrap_or(path).to_owned()
}

/// The role's id as the area knows it; nothing where the role is not visible.
fn role_id(organisation: &Organisation, area: AreaId, id: &str) -> Option<Name> {
    if id == EVERYONE {
        Some(EVERYONE.into())
    } else {
        organisation.role(area, id).map(|(_, role)| role.id.clone())
    }
}

/// Process operations are open to administrators of the area and of those above.
pub(super) fn make_administrator(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    operation: OperationId,
) -> Vec<Step> {
    if !operation.is_process() {
        return Vec::new();
    }
    organisation
        .path(area)
        .iter()
        .map(|&target| Step {
            sentence: format!(
                "Make {} an administrator of {}",
                name_of(organisation, user),
                area_name(organisation, target)
            ),
            event: Event::Administrator(Change { key: (target, user), before: None, after: Some(Holds) }),
            needs: save_area(organisation, target, "modify-administrators"),
            breadth: 0,
        })
        .collect()
}
