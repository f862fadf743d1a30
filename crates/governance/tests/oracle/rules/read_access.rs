//! docs/decision.md#visible-gate: the project area's read access, then the item's own restriction.

use governance::{
    AreaId, Audience, CategoryId, FolderId, Item, Organisation, Owner, ReadAccess, RepositoryGroup,
    RestrictedAccess, ScmVisibility, User, UserId,
};

use super::gates::is_in;
use super::governing_area::{parent, project_area};

pub(super) fn visible(organisation: &Organisation, by: UserId, user: &User, item: Item) -> bool {
    let Some(project) = project_area(organisation, item) else { return false };
    // JazzAdmins read every project area and pass every restriction.
    is_in(user, RepositoryGroup::JazzAdmins)
        || reads_project_area(organisation, by, project)
            && passes_restriction(organisation, by, item, project)
}

/// docs/decision.md#read-access: the table of settings.
fn reads_project_area(organisation: &Organisation, by: UserId, project: AreaId) -> bool {
    let listed = organisation.access_list(project).any(|it| it == by);
    match organisation.area(project).and_then(|it| it.project()).map(|it| it.access) {
        Some(ReadAccess::Everyone) => true,
        Some(ReadAccess::NoOne) | None => false,
        Some(ReadAccess::Hierarchy) => in_hierarchy(organisation, by, project),
        Some(ReadAccess::HierarchyAndList) => listed || in_hierarchy(organisation, by, project),
        Some(ReadAccess::List) => listed,
    }
}

/// Members and administrators of the project area or of any team area in it, archived ones too.
fn in_hierarchy(organisation: &Organisation, by: UserId, project: AreaId) -> bool {
    at_or_below(organisation, project).into_iter().any(|area| {
        organisation.members(area).any(|(it, _)| it == by)
            || organisation.administrators(area).any(|it| it == by)
    })
}

/// The area and every one nested in it, found from the bottom.
fn at_or_below(organisation: &Organisation, top: AreaId) -> Vec<AreaId> {
    let mut found = Vec::new();
    for (area, _) in organisation.areas() {
        let mut at = Some(area);
        while let Some(here) = at {
            if here == top {
                found.push(area);
            }
            at = parent(organisation, here);
        }
    }
    found
}

/// docs/decision.md#item-restrictions: membership counts, administration does not.
fn is_member_below(organisation: &Organisation, by: UserId, top: AreaId) -> bool {
    let below = at_or_below(organisation, top);
    below.into_iter().any(|area| organisation.members(area).any(|(it, _)| it == by))
}

fn belongs(organisation: &Organisation, by: UserId, audience: Audience) -> bool {
    match audience {
        Audience::MembersOf(area) => is_member_below(organisation, by, area),
        // docs/process.md#access-groups: users, and areas with their whole hierarchy.
        Audience::AccessGroup(id) => organisation.access_group(id).is_some_and(|group| {
            group.users.contains(&by)
                || group.areas.iter().any(|area| is_member_below(organisation, by, *area))
        }),
    }
}

fn passes_restriction(organisation: &Organisation, by: UserId, item: Item, project: AreaId) -> bool {
    match item {
        Item::WorkItem(id) => organisation.work_item(id).is_some_and(|it| match it.restricted_access {
            // docs/applications.md#work-item-restrictions: overrides the category's, in either direction.
            Some(RestrictedAccess::Public) => true,
            Some(RestrictedAccess::To(audience)) => belongs(organisation, by, audience),
            None => passes_category(organisation, by, it.category),
        }),
        Item::ScmItem(id) => organisation.scm_item(id).is_some_and(|it| match (it.visibility, it.owner) {
            // docs/applications.md#source-control-visibility.
            (ScmVisibility::Public, _) => true,
            (ScmVisibility::Private, Owner::User(owner)) => owner == by,
            (ScmVisibility::TeamPrivate, Owner::TeamArea(team)) => is_member_below(organisation, by, team),
            (ScmVisibility::Private | ScmVisibility::TeamPrivate, _) => false,
            (ScmVisibility::Project, _) => in_hierarchy(organisation, by, project),
            (ScmVisibility::AccessGroup(group), _) => belongs(organisation, by, Audience::AccessGroup(group)),
        }),
        Item::Folder(id) => passes_folders(organisation, by, Some(id)),
        Item::Artefact(id) => {
            organisation.artefact(id).is_some_and(|it| passes_folders(organisation, by, it.folder))
        }
        // None in gc and qm; a category hides nothing but a value in pickers, a plan nothing.
        Item::Repository | Item::Area(_) | Item::Component(_) | Item::Configuration(_) => true,
        Item::Category(_) | Item::Plan(_) | Item::TestArtefact(_) => true,
    }
}

/// docs/applications.md#categories: the flag and the team area both reach into sub-categories; the team area
/// is the nearest one on the way up from the item's own category.
fn passes_category(organisation: &Organisation, by: UserId, category: Option<CategoryId>) -> bool {
    let (mut restricted, mut team) = (false, None);
    let mut at = category;
    while let Some(category) = at.and_then(|id| organisation.category(id)) {
        restricted |= category.restrict_access;
        team = team.or(category.team_area);
        at = category.parent;
    }
    !restricted || team.is_some_and(|team| is_member_below(organisation, by, team))
}

/// docs/applications.md#read-scope: every one on the way down.
fn passes_folders(organisation: &Organisation, by: UserId, folder: Option<FolderId>) -> bool {
    let mut at = folder;
    while let Some(folder) = at.and_then(|id| organisation.folder(id)) {
        if folder.read.is_some_and(|audience| !belongs(organisation, by, audience)) {
            return false;
        }
        at = folder.parent;
    }
    true
}
