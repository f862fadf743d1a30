//! Process areas: project areas and the team areas nested in them (docs/process.md#project-areas), and copies
//! of the processes of other servers' project areas (docs/cross-server.md#copies-of-a-provider).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::catalogue::Application;
use crate::id::Id;
use crate::text::Name;

/// Identifies a process area, of whichever kind.
pub type AreaId = Id<ProcessArea>;

/// What all kinds have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessArea {
    /// Unique in the application for project areas, below the parent for team areas, in the server for
    /// copies.
    pub name: Name,
    /// Archived is read-only; memberships are kept.
    #[serde(default)]
    pub archived: bool,
    /// Which of the three it is, with what only that one has.
    pub kind: AreaKind,
    /// `summary`, `description`, `associations`, `denial_texts` …
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// A project area, a team area, or a copy of another server's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaKind {
    /// The top of a tree of process areas.
    Project(ProjectArea),
    /// A team area in a project area or in another team area.
    Team(TeamArea),
    /// What is kept here of the process of a project area of another server: no place of this one.
    Copy(ProcessCopy),
}

/// What is kept here of the process of a project area of another server, whose name it has. Its roles,
/// entries and preconditions are kept as those of any other area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessCopy {
    /// The application of both.
    pub application: Application,
    /// The other server's public URI.
    pub server: Name,
    /// What the provider calls this version of the process.
    pub version: Name,
    /// The provider's revision by which it was so.
    pub revision: u64,
    /// Which history of the provider's that revision belongs to.
    pub history: Name,
    /// Which project area of the provider's it is, whatever that is called; providers of earlier versions
    /// do not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_area: Option<u32>,
    /// The iteration types that come along where a link says so.
    #[serde(default, skip_serializing_if = "no_names")]
    pub iteration_types: Arc<[Name]>,
    /// Why it does not follow the provider any more, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
}

/// Why a copy does not follow its provider any more. It goes on deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frozen {
    /// The project area is not shared any more.
    NotShared,
    /// The provider does not let this server in any more.
    NotLetIn,
    /// Another project area of the provider's has the name now.
    Replaced,
}

impl Frozen {
    /// `not-shared`, `not-let-in` or `replaced`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotShared => "not-shared",
            Self::NotLetIn => "not-let-in",
            Self::Replaced => "replaced",
        }
    }
}

/// What only a project area has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectArea {
    /// The application that it belongs to.
    pub application: Application,
    /// Who reads it.
    pub access: ReadAccess,
    /// Whether other project areas may use its process.
    #[serde(default)]
    pub shares_process: bool,
    /// The project area whose process it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_process: Option<ProcessLink>,
    /// The iteration types that its iterations may have.
    #[serde(default, skip_serializing_if = "no_names")]
    pub iteration_types: Arc<[Name]>,
}

fn no_names(names: &Arc<[Name]>) -> bool {
    names.is_empty()
}

/// What only a team area has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamArea {
    /// The area that it is nested in.
    pub parent: AreaId,
    /// Whether roles assigned above count in it.
    pub role_inheritance: RoleInheritance,
    /// A timeline of its own, for itself and its descendants; root team areas only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Name>,
}

/// Who reads a project area (docs/decision.md#read-access).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadAccess {
    /// Every active user.
    Everyone,
    /// JazzAdmins only.
    NoOne,
    /// Members and administrators of the project area or of any team area in it.
    Hierarchy,
    /// Those, and the users in the access list.
    HierarchyAndList,
    /// The users in the access list only; membership does not count.
    List,
}

impl ReadAccess {
    /// Every setting.
    pub const ALL: [Self; 5] =
        [Self::Everyone, Self::NoOne, Self::Hierarchy, Self::HierarchyAndList, Self::List];
    /// `everyone`, `no-one`, `hierarchy`, `hierarchy-and-list`, `list`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::NoOne => "no-one",
            Self::Hierarchy => "hierarchy",
            Self::HierarchyAndList => "hierarchy-and-list",
            Self::List => "list",
        }
    }
    /// The name that people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "Everyone",
            Self::NoOne => "No one",
            Self::Hierarchy => "Members of the project area hierarchy",
            Self::HierarchyAndList => "Members of the project area hierarchy and users in the access list",
            Self::List => "Users in the access list only",
        }
    }
}

/// Whether role assignments made above an area count in it (docs/decision.md#roles-that-count).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleInheritance {
    /// They do.
    Inherit,
    /// They do not; permission entries are inherited all the same.
    Isolate,
}

impl RoleInheritance {
    /// What a team area has unless somebody says otherwise: root team areas of gc isolate.
    pub fn default_for(application: Application, root: bool) -> Self {
        if application == Application::Gc && root { Self::Isolate } else { Self::Inherit }
    }
    /// `inherit` or `isolate`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::Isolate => "isolate",
        }
    }
}

/// The use of another project area's process (docs/cross-server.md#process-sharing).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessLink {
    /// Whose process.
    pub provider: Provider,
    /// Whether the provider's iteration types come along.
    #[serde(default)]
    pub iteration_types: bool,
}

/// A project area that shares its process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// A project area of this server.
    Here(AreaId),
    /// One of another server: pending until fetched, the own process till then.
    Elsewhere {
        /// The other server's public URI.
        server: Name,
        /// The project area's name there.
        project_area: Name,
        /// The copy that is kept here, once it was fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copy: Option<AreaId>,
    },
}

impl ProcessArea {
    /// What only a project area has, if it is one.
    pub fn project(&self) -> Option<&ProjectArea> {
        if let AreaKind::Project(project) = &self.kind { Some(project) } else { None }
    }
    /// What only a team area has, if it is one.
    pub fn team(&self) -> Option<&TeamArea> {
        if let AreaKind::Team(team) = &self.kind { Some(team) } else { None }
    }
    /// What only the copy of a process has, if it is one.
    pub fn copy(&self) -> Option<&ProcessCopy> {
        if let AreaKind::Copy(copy) = &self.kind { Some(copy) } else { None }
    }
    /// The application, and the iteration types that are declared, of what has a process of its own.
    pub(crate) fn process(&self) -> Option<(Application, &[Name])> {
        match &self.kind {
            AreaKind::Project(project) => Some((project.application, &project.iteration_types)),
            AreaKind::Copy(copy) => Some((copy.application, &copy.iteration_types)),
            AreaKind::Team(_) => None,
        }
    }
    /// The area that a team area is nested in.
    pub fn parent(&self) -> Option<AreaId> {
        self.team().map(|team| team.parent)
    }
}

/// The roles that somebody is given in an area, in the member's order; possibly none.
pub type AssignedRoles = Arc<[Name]>;

impl ProcessLink {
    /// The provider, if it is on this server.
    pub fn here(&self) -> Option<AreaId> {
        match self.provider {
            Provider::Here(area) => Some(area),
            Provider::Elsewhere { .. } => None,
        }
    }
    /// The same link, before it has led to a copy.
    pub(crate) fn pending(mut self) -> Self {
        if let Provider::Elsewhere { copy, .. } = &mut self.provider {
            *copy = None;
        }
        self
    }
    /// Where the process is kept that is used: the provider, or the copy of one elsewhere, once it was
    /// fetched.
    pub fn lender(&self) -> Option<AreaId> {
        match self.provider {
            Provider::Here(area) => Some(area),
            Provider::Elsewhere { copy, .. } => copy,
        }
    }
}
