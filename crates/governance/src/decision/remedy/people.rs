//! Changes to people: accounts, groups, licences, memberships.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::gates;
use super::{Step, area_name, name_of, repository, save_area};
use crate::access_group::Audience;
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::event::{Change, Event, Holds};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ReadAccess};
use crate::question::{Ask, Question};
use crate::user::{RepositoryGroup, User, UserId};

/// The event that changes a user.
fn change_user(organisation: &Organisation, user: UserId, change: impl FnOnce(&mut User)) -> Option<Event> {
    let before = organisation.user(user)?;
    let mut after = before.clone();
    change(&mut after);
    Some(Event::User(Change {
        key: user,
        before: Some(Arc::new(before.clone())),
        after: Some(Arc::new(after)),
    }))
}

pub(super) fn unarchive_user(organisation: &Organisation, user: UserId) -> Option<Step> {
    Some(Step {
        sentence: format!("Unarchive the user {}", name_of(organisation, user)),
        event: change_user(organisation, user, |user| user.archived = false)?,
        needs: repository(RepositoryOperation::manage_users()),
        breadth: 0,
    })
}

pub(super) fn join_groups(organisation: &Organisation, question: &Question, user: UserId) -> Vec<Step> {
    let groups: Vec<_> = match &question.ask {
        Ask::Repository(operation) => operation.groups().iter().collect(),
        _ => vec![RepositoryGroup::JazzUsers],
    };
    groups
        .into_iter()
        .filter_map(|group| {
            Some(Step {
                sentence: format!("Add {} to the group {}", name_of(organisation, user), group.id()),
                event: change_user(organisation, user, |user| user.groups = user.groups.with(group))?,
                needs: repository(RepositoryOperation::manage_users()),
                breadth: 0,
            })
        })
        .collect()
}

pub(super) fn give_licences(organisation: &Organisation, question: &Question, user: UserId) -> Vec<Step> {
    let unlocking = match &question.ask {
        Ask::Perform(operation, ..) => LicenceSet::that_unlock(*operation),
        _ => LicenceSet::that_unlock_plans(),
    };
    let mut types: Vec<_> = unlocking.iter().filter(|it| !it.is_functional()).collect();
    types.sort_by_key(|it| it.tokens());
    // The cheapest will do; a longer list would only hide them.
    types.truncate(3);
    types
        .into_iter()
        .filter_map(|licence| {
            let with = |user: &mut User| {
                user.licences = user.licences.union([licence].into_iter().collect());
            };
            Some(Step {
                sentence: format!("Assign the licence {} to {}", licence.id(), name_of(organisation, user)),
                event: change_user(organisation, user, with)?,
                needs: repository(RepositoryOperation::manage_licences()),
                breadth: licence.tokens() as usize,
            })
        })
        .collect()
}

fn join(organisation: &Organisation, user: UserId, area: AreaId) -> Option<Step> {
    let archived = organisation.index.law(area).is_none_or(|law| law.archived);
    if archived || organisation.member(area, user).is_some() {
        return None;
    }
    let event = Event::Member(Change { key: (area, user), before: None, after: Some(Arc::default()) });
    Some(Step {
        sentence: format!(
            "Make {} a member of {}, without a role",
            name_of(organisation, user),
            area_name(organisation, area)
        ),
        event,
        needs: save_area(organisation, area, "modify-members"),
        breadth: 0,
    })
}

pub(super) fn let_see(organisation: &Organisation, item: Item, user: UserId) -> Vec<Step> {
    let Some(project) = organisation.project_of_item(item) else { return Vec::new() };
    let Some(access) = organisation.area(project).and_then(|area| area.project()).map(|it| it.access) else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let mut audiences: Vec<Audience> = Vec::new();
    match gates::own_restriction(organisation, item) {
        Some(gates::Restriction::Audience(audience)) => audiences.push(audience),
        Some(gates::Restriction::Hierarchy) => steps.extend(join(organisation, user, project)),
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
    for audience in audiences {
        match audience {
            Audience::MembersOf(area) => {
                steps.extend(
                    organisation.subtree(area).into_iter().filter_map(|it| join(organisation, user, it)),
                );
            }
            Audience::AccessGroup(id) => {
                let Some(group) = organisation.access_group(id) else { continue };
                let mut after = group.clone();
                let users: BTreeSet<_> = group.users.iter().copied().chain([user]).collect();
                after.users = users.into_iter().collect();
                steps.push(Step {
                    sentence: format!(
                        "Add {} to the access group {}",
                        name_of(organisation, user),
                        group.name
                    ),
                    event: Event::AccessGroup(Change {
                        key: id,
                        before: Some(Arc::new(group.clone())),
                        after: Some(Arc::new(after)),
                    }),
                    needs: repository(RepositoryOperation::manage_access_groups()),
                    breadth: 0,
                });
            }
        }
    }
    if matches!(access, ReadAccess::Hierarchy | ReadAccess::HierarchyAndList) {
        steps.extend(organisation.subtree(project).into_iter().filter_map(|it| join(organisation, user, it)));
    }
    if matches!(access, ReadAccess::List | ReadAccess::HierarchyAndList) {
        steps.push(Step {
            sentence: format!(
                "Add {} to the access list of {}",
                name_of(organisation, user),
                area_name(organisation, project)
            ),
            event: Event::Listed(Change { key: (project, user), before: None, after: Some(Holds) }),
            needs: save_area(organisation, project, "modify-access-control"),
            breadth: 0,
        });
    }
    steps
}
