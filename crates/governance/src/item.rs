//! What a question can be about.

use serde::{Deserialize, Serialize};

use crate::application_items::{
    ArtefactId, CategoryId, FolderId, PlanId, ScmItemId, TestArtefactId, WorkItemId,
};
use crate::configuration::{ComponentId, ConfigurationId};
use crate::process_area::AreaId;

/// An item, by its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

impl Item {
    /// Its place among all items, by kind and number; it stays the same whatever else there is.
    pub const fn place(self) -> u64 {
        let (kind, number) = match self {
            Self::Repository => (0, 0),
            Self::Area(id) => (1, id.number()),
            Self::Component(id) => (2, id.number()),
            Self::Configuration(id) => (3, id.number()),
            Self::Category(id) => (4, id.number()),
            Self::WorkItem(id) => (5, id.number()),
            Self::Plan(id) => (6, id.number()),
            Self::ScmItem(id) => (7, id.number()),
            Self::TestArtefact(id) => (8, id.number()),
            Self::Folder(id) => (9, id.number()),
            Self::Artefact(id) => (10, id.number()),
        };
        kind << 32 | number as u64
    }
}
