//! The gates before the permission lookup (docs/decision.md#the-gates).

use super::placement::Placement;
use crate::access_group::Audience;
use crate::application_items::{Owner, RestrictedAccess, ScmVisibility};
use crate::catalogue::{Action, LicenceSet, Special};
use crate::index::{Law, Person};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ReadAccess};
use crate::question::{Ask, Gate, With};
use crate::user::{GroupSet, UserId};

/// Gate 1: the user exists and is not archived.
pub(super) fn active_account(organisation: &Organisation, user: Option<UserId>) -> Option<&Person> {
    organisation.index.person(user?).filter(|person| person.active)
}

/// Gate 2: a writing group for writes; for repository operations, a group that the catalogue names.
pub(super) fn repository_group(person: &Person, ask: &Ask) -> Result<(), Gate> {
    let allowed = match ask {
        Ask::Read | Ask::SetContext => true,
        Ask::Repository(operation) => person.groups.intersects(operation.groups()),
        Ask::Perform(..) => person.groups.intersects(GroupSet::WRITERS),
    };
    if allowed { Ok(()) } else { Err(Gate::RepositoryGroup) }
}

/// Whether a user sees an item (docs/decision.md#read-access). JazzAdmins see everything.
pub(crate) fn visible_to(organisation: &Organisation, user: UserId, person: &Person, item: Item) -> bool {
    let project = organisation.project_of_item(item);
    let law = project.and_then(|project| organisation.index.law(project));
    law.is_some_and(|law| visible(organisation, user, person, item, law))
}

/// Gate 3: the project area's read access, then the item's own restriction, which only narrows. The law is
/// that of any area of the project area.
pub(super) fn visible(
    organisation: &Organisation,
    user: UserId,
    person: &Person,
    item: Item,
    law: &Law,
) -> bool {
    if person.is_jazz_admin() {
        return true;
    }
    let project = law.project;
    let readable = match law.access {
        ReadAccess::Everyone => true,
        ReadAccess::NoOne => false,
        ReadAccess::Hierarchy => in_hierarchy(person, project),
        ReadAccess::HierarchyAndList => in_hierarchy(person, project) || in_list(person, project),
        ReadAccess::List => in_list(person, project),
    };
    readable
        && (is_unrestricted(item)
            || own_restrictions(organisation, item).all(|it| passes(organisation, user, person, project, it)))
}

/// Whether an item of this kind never restricts its readers.
fn is_unrestricted(item: Item) -> bool {
    !matches!(item, Item::WorkItem(_) | Item::ScmItem(_) | Item::Folder(_) | Item::Artefact(_))
}

fn in_hierarchy(person: &Person, project: AreaId) -> bool {
    person.standings_in(project).iter().any(|it| it.member || it.administrator)
}

fn in_list(person: &Person, project: AreaId) -> bool {
    person.standings_in(project).iter().any(|it| it.listed)
}

/// An item's own restriction, beyond its project area's read access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Restriction {
    /// To the members of an area and those below, or of an access group.
    Audience(Audience),
    /// To one user.
    User(UserId),
    /// As the access setting `hierarchy`.
    Hierarchy,
    /// To nobody: private without a user, which no rule lets come to be.
    Nobody,
}

/// The restrictions that an item puts on its readers; each must let the user pass.
pub(super) fn own_restrictions(organisation: &Organisation, item: Item) -> impl Iterator<Item = Restriction> {
    // Most items have none or one; only folders can stack them.
    let folders = match item {
        Item::Folder(id) => Some(id),
        Item::Artefact(id) => organisation.artefact(id).and_then(|it| it.folder),
        _ => None,
    };
    let stacked = folders.into_iter().flat_map(|id| organisation.folder_and_above(id));
    own_restriction(organisation, item)
        .into_iter()
        .chain(stacked.filter_map(|(_, folder)| folder.read.map(Restriction::Audience)))
}

/// The restriction of a work item or source control item; folders' read scopes come besides.
pub(crate) fn own_restriction(organisation: &Organisation, item: Item) -> Option<Restriction> {
    match item {
        Item::WorkItem(id) => {
            let work_item = organisation.work_item(id)?;
            match work_item.restricted_access {
                Some(RestrictedAccess::Public) => None,
                Some(RestrictedAccess::To(audience)) => Some(Restriction::Audience(audience)),
                None => {
                    let mut restricted = false;
                    let mut team = None;
                    for (_, category) in organisation.category_and_above(work_item.category?) {
                        restricted |= category.restrict_access;
                        team = team.or(category.team_area);
                    }
                    let nobody = Restriction::Nobody;
                    restricted
                        .then(|| team.map_or(nobody, |team| Restriction::Audience(Audience::MembersOf(team))))
                }
            }
        }
        Item::ScmItem(id) => {
            let scm = organisation.scm_item(id)?;
            match (scm.visibility, scm.owner) {
                (ScmVisibility::Public, _) => None,
                (ScmVisibility::Project, _) => Some(Restriction::Hierarchy),
                (ScmVisibility::AccessGroup(group), _) => {
                    Some(Restriction::Audience(Audience::AccessGroup(group)))
                }
                (ScmVisibility::Private, Owner::User(user)) => Some(Restriction::User(user)),
                (ScmVisibility::TeamPrivate, Owner::TeamArea(team)) => {
                    Some(Restriction::Audience(Audience::MembersOf(team)))
                }
                (ScmVisibility::Private | ScmVisibility::TeamPrivate, _) => Some(Restriction::Nobody),
            }
        }
        _ => None,
    }
}

fn passes(
    organisation: &Organisation,
    user: UserId,
    person: &Person,
    project: AreaId,
    restriction: Restriction,
) -> bool {
    match restriction {
        Restriction::Audience(audience) => in_audience(organisation, user, person, audience),
        Restriction::User(owner) => owner == user,
        Restriction::Hierarchy => in_hierarchy(person, project),
        Restriction::Nobody => false,
    }
}

/// Whether a user is in an audience. Membership counts, administration does not.
pub(crate) fn in_audience(
    organisation: &Organisation,
    user: UserId,
    person: &Person,
    audience: Audience,
) -> bool {
    let member_of = |area: AreaId| {
        let project = organisation.project_of(area);
        person
            .standings_in(project)
            .iter()
            .any(|it| it.member && (area == project || organisation.path(it.area).contains(&area)))
    };
    match audience {
        Audience::MembersOf(area) => member_of(area),
        Audience::AccessGroup(group) => organisation.access_group(group).is_some_and(|group| {
            group.users.binary_search(&user).is_ok() || group.areas.iter().any(|area| member_of(*area))
        }),
    }
}

/// Gate 4: for artefact operations, a licence that unlocks the operation; for reading a plan, one that
/// unlocks that.
pub(super) fn licence(ask: &Ask, item: Item, person: &Person, leases: LicenceSet) -> Result<(), Gate> {
    let Some(unlocking) = ask.unlocked_by(item) else { return Ok(()) };
    // What is for functional users alone is never leased.
    let held = person.licences.union(leases);
    if held.intersects(unlocking) { Ok(()) } else { Err(Gate::License) }
}

/// Gate 5: nothing archived, save that an item itself may be unarchived when nothing above it is archived.
pub(super) fn item_state(
    organisation: &Organisation,
    placement: &Placement,
    governing: &Law,
    actions: &[Action],
    with: &With,
) -> Result<(), Gate> {
    let to_archived = matches!(with, With::NewParent(area)
        if organisation.index.law(*area).is_none_or(|law| law.archived));
    let unarchive = || actions.iter().all(|action| action.leaf.is(Special::Unarchive));
    let refused = to_archived || placement.below_archived(governing) || (placement.archived && !unarchive());
    if refused { Err(Gate::State) } else { Ok(()) }
}
