//! What decisions read of an item, looked up once: where it belongs (docs/decision.md#governing-area) and its
//! state.

use crate::application_items::{CategoryId, FolderId, Owner};
use crate::catalogue::{Class, OperationId};
use crate::configuration::TeamAreaSetting;
use crate::index::Law;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::user::UserId;

/// An item as decisions see it; its restrictions on readers come besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The project area that keeps it.
    pub(crate) project: AreaId,
    /// The area that governs what operations of class team do to it.
    pub(crate) home: AreaId,
    /// Whether the item itself is archived.
    pub(crate) archived: bool,
    /// Whether something that contains it is: component, category, folder, or the areas above an area.
    pub(crate) contained_in_archived: bool,
    /// Whether it is an area, which governs itself.
    is_area: bool,
    /// Who owns it, of a personal stream.
    pub(crate) owner: Option<UserId>,
}

impl Placement {
    /// Looks the item up; `None` for the repository and for what is not there.
    pub(crate) fn of(organisation: &Organisation, item: Item) -> Option<Self> {
        let plain = |project: AreaId, team: Option<AreaId>, archived: bool| Self {
            project,
            home: team.unwrap_or(project),
            archived,
            contained_in_archived: false,
            is_area: false,
            owner: None,
        };
        Some(match item {
            Item::Repository => return None,
            Item::Area(id) => {
                let area = organisation.area(id)?;
                let above = area.parent().and_then(|parent| organisation.index.law(parent));
                Self {
                    contained_in_archived: above.is_some_and(|law| law.archived),
                    is_area: true,
                    ..plain(organisation.index.law(id)?.project, Some(id), area.archived)
                }
            }
            Item::Component(id) => {
                let component = organisation.index.component(id)?;
                plain(component.project, Some(component.home), component.archived)
            }
            Item::Configuration(id) => {
                let configuration = organisation.index.configuration(id)?;
                let component = organisation.index.component(configuration.component)?;
                Self {
                    contained_in_archived: component.archived,
                    owner: configuration.owner(),
                    ..plain(component.project, Some(configuration.home(component)), configuration.archived)
                }
            }
            Item::Category(id) => {
                let category = organisation.category(id)?;
                let above =
                    category.parent.map(|parent| categories(organisation, parent)).unwrap_or_default();
                Self {
                    contained_in_archived: above.1,
                    ..plain(category.project_area, category.team_area.or(above.0), category.archived)
                }
            }
            Item::WorkItem(id) => {
                let work_item = organisation.work_item(id)?;
                let above = work_item.category.map(|id| categories(organisation, id)).unwrap_or_default();
                Self {
                    contained_in_archived: above.1,
                    ..plain(work_item.project_area, above.0, work_item.archived)
                }
            }
            Item::Plan(id) => {
                let plan = organisation.plan(id)?;
                plain(plan.project_area, team(plan.owner), plan.archived)
            }
            Item::ScmItem(id) => {
                let scm = organisation.scm_item(id)?;
                plain(scm.project_area, team(scm.owner), scm.archived)
            }
            Item::TestArtefact(id) => {
                let artefact = organisation.test_artefact(id)?;
                plain(artefact.project_area, artefact.team_area, artefact.archived)
            }
            Item::Folder(id) => {
                let folder = organisation.folder(id)?;
                let (own, above) = (owned(organisation, folder.team_area, folder.parent), folder.parent);
                Self {
                    contained_in_archived: in_archived_folder(organisation, above),
                    ..plain(folder.project_area, own, folder.archived)
                }
            }
            Item::Artefact(id) => {
                let artefact = organisation.artefact(id)?;
                let own = owned(organisation, artefact.team_area, artefact.folder);
                Self {
                    contained_in_archived: in_archived_folder(organisation, artefact.folder),
                    ..plain(artefact.project_area, own, artefact.archived)
                }
            }
        })
    }

    /// The area whose roles decide an operation.
    pub(crate) fn governing(&self, operation: OperationId) -> AreaId {
        match operation.class() {
            Class::Project => self.project,
            Class::Team => self.home,
        }
    }

    /// Whether something that contains the item, or the area that governs it or one above that, is archived.
    pub(crate) fn below_archived(&self, governing: &Law) -> bool {
        // What counts for an area is above it; its own state is the item's.
        self.contained_in_archived || (!self.is_area && governing.archived)
    }
}

/// The area that governs what is done in the team that an item belongs to.
pub(crate) fn home_area(organisation: &Organisation, item: Item) -> Option<AreaId> {
    Placement::of(organisation, item).map(|placement| placement.home)
}

/// The area that governs an operation on an item; `None` only for an item that is not there.
pub(crate) fn governing_area(
    organisation: &Organisation,
    operation: OperationId,
    item: Item,
) -> Option<AreaId> {
    Placement::of(organisation, item).map(|placement| placement.governing(operation))
}

/// The owning team area; what a user or the project area owns is governed by the project area.
fn team(owner: Owner) -> Option<AreaId> {
    if let Owner::TeamArea(team) = owner { Some(team) } else { None }
}

/// The team area of a category or of the nearest above it, and whether any of them is archived.
fn categories(organisation: &Organisation, category: CategoryId) -> (Option<AreaId>, bool) {
    organisation
        .category_and_above(category)
        .fold((None, false), |(team, archived), (_, it)| (team.or(it.team_area), archived || it.archived))
}

/// The own team ownership, else that of the nearest folder that says something.
fn owned(organisation: &Organisation, own: TeamAreaSetting, folder: Option<FolderId>) -> Option<AreaId> {
    let above = folder.into_iter().flat_map(|id| organisation.folder_and_above(id));
    let settings = std::iter::once(own).chain(above.map(|(_, folder)| folder.team_area));
    match settings.into_iter().find(|it| *it != TeamAreaSetting::Inherit)? {
        TeamAreaSetting::Assigned(team) => Some(team),
        TeamAreaSetting::Unassigned | TeamAreaSetting::Inherit => None,
    }
}

fn in_archived_folder(organisation: &Organisation, folder: Option<FolderId>) -> bool {
    folder.is_some_and(|id| organisation.folder_and_above(id).any(|(_, it)| it.archived))
}
