//! Changes to the process: roles given, entries, administrators.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::permission::counted_roles;
use super::{Breadth, Suggestion};
use crate::catalogue::{Action, ActionPattern, OperationId};
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
) -> Vec<(Suggestion, Breadth)> {
    let Some(law) = organisation.index.law(area) else { return Vec::new() };
    let mut given = Vec::new();
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
            if organisation.member(target, user).is_some_and(|roles| roles.contains(&role.id)) {
                continue;
            }
            let breadth = leaves.clone().filter(|action| law.grants.grant(&alone, action)).count();
            given.push((Suggestion::GiveRole(target, user, role.id.clone()), breadth));
        }
    }
    given
}

/// Letting a role that the user has in the governing area grant what is missing there.
pub(super) fn grant_entries(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    operation: OperationId,
    missing: &[Action],
) -> Vec<Suggestion> {
    let (Some(law), Some(person)) = (organisation.index.law(area), organisation.index.person(user)) else {
        return Vec::new();
    };
    let counted = counted_roles(person, law);
    let mut suggestions = Vec::new();
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
        let adding = wanted.iter().cloned().collect::<Vec<_>>().join(", ");
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
            suggestions.push(Suggestion::SetEntry {
                area: target,
                key: PermissionKey { role, operation, slot },
                before,
                after,
                adding: adding.clone(),
            });
        }
    }
    suggestions
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
) -> Vec<Suggestion> {
    if !operation.is_process() {
        return Vec::new();
    }
    let path = organisation.path(area).iter();
    path.map(|target| Suggestion::MakeAdministrator(*target, user)).collect()
}
