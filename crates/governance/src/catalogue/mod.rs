//! The operation and licence catalogues: `catalogue/*.yaml`, made static by `build.rs`.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::decode;
use crate::user::{GroupSet, RepositoryGroup};

mod action;
mod licence;
mod repository;

pub use action::{Action, ActionPattern, Leaf, UnknownAction};
pub use licence::{LicenceSet, LicenceType};
pub use repository::RepositoryOperation;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// An application of the suite; the server itself (`jts`) keeps no project areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Application {
    /// Global Configuration Management.
    Gc,
    /// Engineering Workflow Management (change and configuration management).
    Ccm,
    /// Engineering Test Management (quality management).
    Qm,
    /// Engineering Requirements Management DOORS Next.
    Rm,
}

impl Application {
    /// Every application.
    pub const ALL: [Self; 4] = [Self::Gc, Self::Ccm, Self::Qm, Self::Rm];
    /// `gc`, `ccm`, `qm` or `rm`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Gc => "gc",
            Self::Ccm => "ccm",
            Self::Qm => "qm",
            Self::Rm => "rm",
        }
    }
    /// The application with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|application| application.id() == id)
    }
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Where the roles that decide an operation are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Always in the project area.
    Project,
    /// In the process area that governs the item.
    Team,
}

/// What an action does; administrative overrides reach only some kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the catalogue")]
pub enum ActionKind {
    Create,
    Modify,
    Delete,
    Run,
    Grant,
}

/// An action that some rule speaks of by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    Unarchive,
    Move,
    ReplaceContribution,
    ManageOthers,
    TeamArea,
}

struct OperationEntry {
    name: &'static str,
    application: Option<Application>,
    class: Class,
    process: bool,
    tagless: bool,
    leaves: (u16, u16),
}

struct LeafEntry {
    operation: OperationId,
    path: &'static str,
    kind: ActionKind,
    special: Special,
    /// Where its `<…>` begins, if it has one.
    identifier: Option<usize>,
}

struct LicenceEntry {
    id: &'static str,
    name: &'static str,
    application: &'static str,
    tokens: u32,
    functional: bool,
    unlocks: &'static [&'static str],
}

/// An operation that a role can be allowed to perform.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(u8);

impl OperationId {
    /// Every operation of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..OPERATIONS.len() as u8).map(Self)
    }
    /// The first of the catalogue.
    pub(crate) const fn first() -> Self {
        Self(0)
    }
    /// The operation with this name, such as `gc.save-stream`.
    pub fn from_name(name: &str) -> Option<Self> {
        static BY_NAME: LazyLock<HashMap<&str, OperationId, foldhash::fast::FixedState>> =
            LazyLock::new(|| OperationId::all().map(|it| (it.name(), it)).collect());
        BY_NAME.get(name).copied()
    }
    fn entry(self) -> &'static OperationEntry {
        &OPERATIONS[self.0 as usize]
    }
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
    /// `gc.save-stream`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }
    /// The application whose project areas know it; `None`: all of them.
    pub fn application(self) -> Option<Application> {
        self.entry().application
    }
    /// Whether the project area or the governing process area decides.
    pub fn class(self) -> Class {
        self.entry().class
    }
    /// Process data: no licence is needed, and administrators may always.
    pub fn is_process(self) -> bool {
        self.entry().process
    }
    /// Never granted in a team area.
    pub fn is_tagless(self) -> bool {
        self.entry().tagless
    }
    /// Its actions.
    pub fn leaves(self) -> impl Iterator<Item = Leaf> + Clone {
        let (first, end) = self.entry().leaves;
        (first..end).map(Leaf)
    }
    /// The action that this path names, any identifier standing for `<…>`.
    pub fn action(self, path: &str) -> Result<Action, UnknownAction> {
        for leaf in self.leaves() {
            match leaf.identifier_position() {
                None if leaf.path() == path => return Ok(Action { leaf, identifier: None }),
                None => {}
                Some(at) => {
                    let is_identifier = |text: &str| !text.is_empty() && !text.contains('/') && text != "*";
                    if let Some(text) =
                        path.strip_prefix(&leaf.path()[..at]).filter(|text| is_identifier(text))
                        && let Ok(identifier) = decode(text)
                    {
                        return Ok(Action { leaf, identifier: Some(identifier.into()) });
                    }
                }
            }
        }
        Err(UnknownAction::new(self, path))
    }
    /// The action of this path; for paths written in the program, without `<…>`.
    pub(crate) fn known(self, path: &'static str) -> Action {
        let leaf = self.leaves().find(|leaf| leaf.path() == path);
        Action { leaf: leaf.unwrap_or(Leaf(self.entry().leaves.0)), identifier: None }
    }
}

impl fmt::Debug for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl Serialize for OperationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
impl<'de> Deserialize<'de> for OperationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom(format!("unknown operation `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(name: &str) -> OperationId {
        OperationId::from_name(name).unwrap()
    }

    #[test]
    fn the_catalogue_has_what_the_program_names() {
        assert_eq!(RepositoryOperation::manage_server().name(), "repository.manage-server");
        assert_eq!(RepositoryOperation::manage_licences().name(), "repository.manage-licenses");
        assert_eq!(RepositoryOperation::create_project_area().name(), "repository.create-project-area");
        assert_eq!(
            RepositoryOperation::manage_process_templates().name(),
            "repository.manage-process-templates"
        );
        assert_eq!(RepositoryOperation::manage_access_groups().name(), "repository.manage-access-groups");
        assert_eq!(RepositoryOperation::read_audit_log().name(), "repository.read-audit-log");
        assert_eq!(RepositoryOperation::manage_users().name(), "repository.manage-users");
        assert_eq!(LicenceType::internal().id(), "system-internal");
    }

    #[test]
    fn a_question_names_a_leaf_with_any_identifier() {
        let save = operation("ccm.save-work-item");
        assert_eq!(save.action("create/type/defect").unwrap().to_string(), "create/type/defect");
        assert_eq!(save.action("create/type/a%2Fb").unwrap().identifier.as_deref(), Some("a/b"));
        for not_a_leaf in ["create", "create/type", "create/type/", "*", "create/type/*", "archived"] {
            assert!(save.action(not_a_leaf).is_err(), "{not_a_leaf}");
        }
    }

    #[test]
    fn an_entry_grants_the_whole_subtree_of_the_node_it_names() {
        let save = operation("ccm.save-work-item");
        let grants = |node: &str, leaf: &str| {
            ActionPattern::parse(save, node).unwrap().grants(&save.action(leaf).unwrap())
        };
        assert!(grants("*", "create/type/defect") && grants("create", "create/type/defect"));
        assert!(grants("create/type/defect", "create/type/defect"));
        assert!(!grants("create/type/defect", "create/type/task") && !grants("modify", "create/type/task"));
        assert!(ActionPattern::parse(save, "create/typ").is_err());
    }

    #[test]
    fn no_entry_can_name_the_team_area() {
        let save = operation("gc.save-stream");
        assert!(ActionPattern::parse(save, "modify-team-area").is_err());
        let team_area = save.action("modify-team-area").unwrap();
        assert!(!ActionPattern::parse(save, "*").unwrap().grants(&team_area));
    }

    #[test]
    fn licences_unlock_by_name_or_prefix() {
        let developer = LicenceType::from_id("ewm-developer").unwrap();
        let stakeholder = LicenceType::from_id("ewm-stakeholder").unwrap();
        assert!(LicenceSet::that_unlock(operation("gc.save-stream")).contains(developer));
        assert!(!LicenceSet::that_unlock(operation("gc.save-stream")).contains(stakeholder));
        assert!(LicenceSet::that_unlock_plans().contains(developer));
    }
}
