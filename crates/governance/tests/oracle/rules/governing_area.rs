//! docs/decision.md#governing-area: the process area whose roles decide.

use governance::{
    AreaId, Class, Configuration, FolderId, Item, OperationId, Organisation, Owner, TeamAreaSetting,
};

pub(super) fn parent(organisation: &Organisation, area: AreaId) -> Option<AreaId> {
    organisation.area(area)?.team().map(|team| team.parent)
}

/// The area, then every area above it up to the project area.
pub(super) fn upwards(organisation: &Organisation, area: AreaId) -> Vec<AreaId> {
    let mut path = vec![area];
    while let Some(above) = parent(organisation, path[path.len() - 1]) {
        path.push(above);
    }
    path
}

/// The project area that keeps an item.
pub(super) fn project_area(organisation: &Organisation, item: Item) -> Option<AreaId> {
    match item {
        Item::Repository => None,
        Item::Area(id) => {
            organisation.area(id)?;
            upwards(organisation, id).pop()
        }
        Item::Component(id) => organisation.component(id).map(|it| it.project_area),
        Item::Configuration(id) => {
            let component = organisation.configuration(id)?.component;
            organisation.component(component).map(|it| it.project_area)
        }
        Item::Category(id) => organisation.category(id).map(|it| it.project_area),
        Item::WorkItem(id) => organisation.work_item(id).map(|it| it.project_area),
        Item::Plan(id) => organisation.plan(id).map(|it| it.project_area),
        Item::ScmItem(id) => organisation.scm_item(id).map(|it| it.project_area),
        Item::TestArtefact(id) => organisation.test_artefact(id).map(|it| it.project_area),
        Item::Folder(id) => organisation.folder(id).map(|it| it.project_area),
        Item::Artefact(id) => organisation.artefact(id).map(|it| it.project_area),
    }
}

/// The table. What has no team area is the project area's.
pub(super) fn governing_area(
    organisation: &Organisation,
    operation: OperationId,
    item: Item,
) -> Option<AreaId> {
    let project = project_area(organisation, item)?;
    if operation.class() == Class::Project {
        return Some(project);
    }
    let team = match item {
        Item::Repository => None,
        // An area is governed by itself; for a creation the item is the parent already.
        Item::Area(id) => Some(id),
        Item::Component(id) => organisation.component(id)?.team_area,
        // The effective area of the parent of contributions, and of the source of something new, alike.
        Item::Configuration(id) => effective_team_area(organisation, organisation.configuration(id)?),
        Item::Category(id) => team_of_category(organisation, Some(id)),
        Item::WorkItem(id) => team_of_category(organisation, organisation.work_item(id)?.category),
        Item::Plan(id) => team_of_owner(organisation.plan(id)?.owner),
        Item::ScmItem(id) => team_of_owner(organisation.scm_item(id)?.owner),
        Item::TestArtefact(id) => organisation.test_artefact(id)?.team_area,
        Item::Folder(id) => team_of_folder(organisation, Some(id)),
        Item::Artefact(id) => {
            let artefact = organisation.artefact(id)?;
            match artefact.team_area {
                TeamAreaSetting::Assigned(team) => Some(team),
                TeamAreaSetting::Unassigned => None,
                TeamAreaSetting::Inherit => team_of_folder(organisation, artefact.folder),
            }
        }
    };
    Some(team.unwrap_or(project))
}

/// docs/global-configurations.md#effective-team-area.
pub(super) fn effective_team_area(organisation: &Organisation, of: &Configuration) -> Option<AreaId> {
    match of.kind.team_area() {
        Some(TeamAreaSetting::Assigned(team)) => Some(team),
        Some(TeamAreaSetting::Inherit) => organisation.component(of.component)?.team_area,
        // Personal streams have none.
        Some(TeamAreaSetting::Unassigned) | None => None,
    }
}

/// The nearest category on the way up that has one.
fn team_of_category(organisation: &Organisation, category: Option<governance::CategoryId>) -> Option<AreaId> {
    let category = organisation.category(category?)?;
    category.team_area.or_else(|| team_of_category(organisation, category.parent))
}

/// The project area also when a user owns it.
fn team_of_owner(owner: Owner) -> Option<AreaId> {
    match owner {
        Owner::TeamArea(team) => Some(team),
        Owner::ProjectArea | Owner::User(_) => None,
    }
}

/// docs/applications.md#team-ownership.
fn team_of_folder(organisation: &Organisation, folder: Option<FolderId>) -> Option<AreaId> {
    let folder = organisation.folder(folder?)?;
    match folder.team_area {
        TeamAreaSetting::Assigned(team) => Some(team),
        TeamAreaSetting::Unassigned => None,
        TeamAreaSetting::Inherit => team_of_folder(organisation, folder.parent),
    }
}
