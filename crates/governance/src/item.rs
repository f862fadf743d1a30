//! What a question can be about.

use crate::application_items::{
    ArtefactId, CategoryId, FolderId, PlanId, ScmItemId, TestArtefactId, WorkItemId,
};
use crate::configuration::{ComponentId, ConfigurationId};
use crate::process_area::AreaId;

/// An item, by its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the item of the type that it names")]
pub enum Item {
    /// The repository itself.
    Repository,
    /// A project area or a team area.
    Area(AreaId),
    Component(ComponentId),
    Configuration(ConfigurationId),
    Category(CategoryId),
    WorkItem(WorkItemId),
    Plan(PlanId),
    ScmItem(ScmItemId),
    TestArtefact(TestArtefactId),
    Folder(FolderId),
    Artefact(ArtefactId),
}
