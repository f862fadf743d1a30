//! What the applications keep, as far as decisions read it (docs/applications.md).

use serde::{Deserialize, Serialize};

use crate::access_group::{AccessGroupId, Audience};
use crate::carried::Carried;
use crate::configuration::TeamAreaSetting;
use crate::id::Id;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Identifies a category of work items.
pub type CategoryId = Id<Category>;
/// Identifies a work item.
pub type WorkItemId = Id<WorkItem>;
/// Identifies a plan.
pub type PlanId = Id<Plan>;
/// Identifies a stream or component of source control.
pub type ScmItemId = Id<ScmItem>;
/// Identifies a test artefact.
pub type TestArtefactId = Id<TestArtefact>;
/// Identifies a folder of requirements.
pub type FolderId = Id<Folder>;
/// Identifies a requirements artefact.
pub type ArtefactId = Id<Artefact>;

/// What work items are filed against (ccm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// The category that it is nested in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CategoryId>,
    /// Unique among its siblings.
    pub name: Name,
    /// The team area that governs what is filed here; sub-categories without one follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_area: Option<AreaId>,
    /// Only members of the team area read what is filed here or below.
    #[serde(default)]
    pub restrict_access: bool,
    /// Hides the value in pickers, and nothing else.
    #[serde(default)]
    pub restrict_visibility: bool,
    /// Archived categories take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// A work item (ccm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkItem {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// Its number, unique on the server.
    pub number: u64,
    /// Its type, such as `defect`.
    #[serde(rename = "type")]
    pub item_type: Name,
    /// Its title.
    pub title: Name,
    /// What it is filed against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// Its own restriction, which overrides its category's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted_access: Option<RestrictedAccess>,
    /// Archived work items take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// The Restricted Access attribute of a work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RestrictedAccess {
    /// Whoever reads the project area.
    Public,
    /// These alone.
    To(Audience),
}

/// Who owns an artefact of ccm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The project area.
    #[default]
    ProjectArea,
    /// A team area of it.
    TeamArea(AreaId),
    /// One person; the project area governs.
    User(UserId),
}

/// A plan (ccm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// Unique in the project area.
    pub name: Name,
    /// Who owns it.
    pub owner: Owner,
    /// Archived plans take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// A stream or a component of source control (ccm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScmItem {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// Which of the two.
    pub kind: ScmKind,
    /// Unique in the project area among its kind.
    pub name: Name,
    /// Who owns it.
    pub owner: Owner,
    /// Who reads it.
    pub visibility: ScmVisibility,
    /// Archived ones take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// The two kinds of source control items that are governed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the field's own names")]
pub enum ScmKind {
    Stream,
    Component,
}

impl ScmKind {
    /// `stream` or `scm-component`, as references write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Component => "scm-component",
        }
    }
}

/// Who reads a source control item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScmVisibility {
    /// Its owner, a user.
    Private,
    /// The members of the owning team area and of those below it.
    TeamPrivate,
    /// Members and administrators of the project area or any team area in it.
    Project,
    /// Whoever reads the project area.
    #[default]
    Public,
    /// The members of an access group.
    AccessGroup(AccessGroupId),
}

/// A test artefact (qm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestArtefact {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// What it is.
    pub kind: TestArtefactKind,
    /// Unique in the project area among its kind.
    pub name: Name,
    /// The team area that governs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_area: Option<AreaId>,
    /// Archived ones take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// The kinds of test artefact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field's own names")]
pub enum TestArtefactKind {
    TestPlan,
    TestCase,
    TestScript,
    TestSuite,
    ExecutionRecord,
    ExecutionResult,
    LabResource,
}

impl TestArtefactKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::TestPlan,
        Self::TestCase,
        Self::TestScript,
        Self::TestSuite,
        Self::ExecutionRecord,
        Self::ExecutionResult,
        Self::LabResource,
    ];
    /// `test-plan` …; the operation that saves it is `qm.save-` and this word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TestPlan => "test-plan",
            Self::TestCase => "test-case",
            Self::TestScript => "test-script",
            Self::TestSuite => "test-suite",
            Self::ExecutionRecord => "execution-record",
            Self::ExecutionResult => "execution-result",
            Self::LabResource => "lab-resource",
        }
    }
}

/// A folder of requirements (rm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folder {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// The folder that it is nested in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<FolderId>,
    /// Unique among its siblings.
    pub name: Name,
    /// The team ownership.
    #[serde(default)]
    pub team_area: TeamAreaSetting,
    /// Who alone reads it and everything below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Audience>,
    /// Archived folders take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// An artefact of requirements management (rm).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artefact {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// Its number, unique on the server.
    pub number: u64,
    /// Its type, such as `requirement`.
    #[serde(rename = "type")]
    pub item_type: Name,
    /// Its title.
    pub title: Name,
    /// Where it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<FolderId>,
    /// The team ownership.
    #[serde(default)]
    pub team_area: TeamAreaSetting,
    /// Archived artefacts take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}
