//! The process area whose roles decide (docs/decision.md#governing-area).

use crate::application_items::{FolderId, Owner};
use crate::catalogue::{Class, OperationId};
use crate::configuration::TeamAreaSetting;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;

/// The area that governs an operation on an item; `None` only for an item that is not there.
pub(crate) fn governing_area(
    organisation: &Organisation,
    operation: OperationId,
    item: Item,
) -> Option<AreaId> {
    match operation.class() {
        Class::Project => organisation.project_of_item(item),
        Class::Team => home_area(organisation, item),
    }
}

/// The area that governs what is done in the team that an item belongs to.
pub(crate) fn home_area(organisation: &Organisation, item: Item) -> Option<AreaId> {
    let project = organisation.project_of_item(item)?;
    let team = match item {
        Item::Repository => None,
        // A team area governs itself, and, as the parent, what is created in it.
        Item::Area(id) => Some(id),
        Item::Component(id) => organisation.component(id)?.team_area,
        Item::Configuration(id) => organisation.effective_team_area(organisation.configuration(id)?),
        Item::Category(id) => organisation.category_and_above(id).find_map(|(_, it)| it.team_area),
        Item::WorkItem(id) => {
            let category = organisation.work_item(id)?.category;
            category.and_then(|id| organisation.category_and_above(id).find_map(|(_, it)| it.team_area))
        }
        Item::Plan(id) => team(organisation.plan(id)?.owner),
        Item::ScmItem(id) => team(organisation.scm_item(id)?.owner),
        Item::TestArtefact(id) => organisation.test_artefact(id)?.team_area,
        Item::Folder(id) => nearest(organisation, Some(id)),
        Item::Artefact(id) => {
            let artefact = organisation.artefact(id)?;
            match artefact.team_area {
                TeamAreaSetting::Inherit => nearest(organisation, artefact.folder),
                TeamAreaSetting::Unassigned => None,
                TeamAreaSetting::Assigned(team) => Some(team),
            }
        }
    };
    Some(team.unwrap_or(project))
}

/// The owning team area; what a user or the project area owns is governed by the project area.
fn team(owner: Owner) -> Option<AreaId> {
    if let Owner::TeamArea(team) = owner { Some(team) } else { None }
}

/// The team ownership of the nearest folder that says something.
fn nearest(organisation: &Organisation, folder: Option<FolderId>) -> Option<AreaId> {
    let settings = organisation.folder_and_above(folder?).map(|(_, folder)| folder.team_area);
    match settings.into_iter().find(|it| *it != TeamAreaSetting::Inherit)? {
        TeamAreaSetting::Assigned(team) => Some(team),
        TeamAreaSetting::Unassigned | TeamAreaSetting::Inherit => None,
    }
}
