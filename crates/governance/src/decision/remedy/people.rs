//! Changes to people: accounts, groups, licences, memberships.

use super::super::gates;
use super::{Breadth, Suggestion};
use crate::access_group::Audience;
use crate::catalogue::{LicenceSet, LicenceType};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ReadAccess};
use crate::question::{Ask, Question};
use crate::user::{RepositoryGroup, UserId};

pub(super) fn join_groups(question: &Question, user: UserId) -> Vec<Suggestion> {
    let groups: Vec<_> = match &question.ask {
        Ask::Repository(operation) => operation.groups().iter().collect(),
        _ => vec![RepositoryGroup::JazzUsers],
    };
    groups.into_iter().map(|group| Suggestion::JoinGroup(user, group)).collect()
}

pub(super) fn assign_licences(question: &Question, user: UserId) -> Vec<(Suggestion, Breadth)> {
    let unlocking = match &question.ask {
        Ask::Perform(operation, ..) => LicenceSet::that_unlock(*operation),
        _ => LicenceSet::that_unlock_plans(),
    };
    let mut types: Vec<LicenceType> = unlocking.iter().filter(|it| !it.is_functional()).collect();
    types.sort_by_key(|it| it.tokens());
    // The cheapest will do; a longer list would only hide them.
    types.truncate(3);
    types.into_iter().map(|it| (Suggestion::AssignLicence(user, it), it.tokens() as Breadth)).collect()
}

fn join(organisation: &Organisation, user: UserId, area: AreaId) -> Option<Suggestion> {
    let archived = organisation.index.law(area).is_none_or(|law| law.archived);
    let is_none_yet = !archived && organisation.member(area, user).is_none();
    is_none_yet.then_some(Suggestion::Join(area, user))
}

pub(super) fn let_see(organisation: &Organisation, item: Item, user: UserId) -> Vec<Suggestion> {
    let Some(project) = organisation.project_of_item(item) else { return Vec::new() };
    let Some(access) = organisation.area(project).and_then(|area| area.project()).map(|it| it.access) else {
        return Vec::new();
    };
    let mut suggestions = Vec::new();
    let mut audiences: Vec<Audience> = Vec::new();
    match gates::own_restriction(organisation, item) {
        Some(gates::Restriction::Audience(audience)) => audiences.push(audience),
        Some(gates::Restriction::Hierarchy) => suggestions.extend(join(organisation, user, project)),
        Some(gates::Restriction::User(_) | gates::Restriction::Nobody) | None => {}
    }
    let folder = match item {
        Item::Folder(id) => Some(id),
        Item::Artefact(id) => organisation.artefact(id).and_then(|it| it.folder),
        _ => None,
    };
    if let Some(folder) = folder {
        audiences.extend(organisation.folder_and_above(folder).filter_map(|(_, it)| it.read));
    }
    let join_below =
        |area: AreaId| organisation.subtree(area).into_iter().filter_map(|it| join(organisation, user, it));
    for audience in audiences {
        match audience {
            Audience::MembersOf(area) => suggestions.extend(join_below(area)),
            Audience::AccessGroup(group) => suggestions.push(Suggestion::JoinAccessGroup(group, user)),
        }
    }
    if matches!(access, ReadAccess::Hierarchy | ReadAccess::HierarchyAndList) {
        suggestions.extend(join_below(project));
    }
    if matches!(access, ReadAccess::List | ReadAccess::HierarchyAndList) {
        suggestions.push(Suggestion::AddReader(project, user));
    }
    suggestions
}
