//! The operation and licence catalogues: `catalogue/*.yaml`, made static by `build.rs`.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smallvec::SmallVec;
use thiserror::Error;

use crate::text::{Name, decode, encode, nearest};
use crate::user::{GroupSet, RepositoryGroup};

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

/// A path that names no action of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{path}` is no action of `{operation}`; its actions are {known}{}",
    nearest.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default())]
pub struct UnknownAction {
    path: String,
    operation: OperationId,
    known: String,
    nearest: Option<&'static str>,
}

impl UnknownAction {
    fn new(operation: OperationId, path: &str) -> Self {
        let known: Vec<_> = operation.leaves().map(Leaf::path).collect();
        let nearest = nearest(path, known.iter().copied());
        Self { path: path.to_owned(), operation, known: known.join(", "), nearest }
    }
}

/// A leaf of an operation's action tree, numbered across the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf(u16);

impl Leaf {
    /// How many leaves the catalogue has.
    pub(crate) fn count() -> usize {
        LEAVES.len()
    }
    /// Every leaf.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..LEAVES.len() as u16).map(Self)
    }
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
    fn entry(self) -> &'static LeafEntry {
        &LEAVES[self.0 as usize]
    }
    /// The operation whose action it is.
    pub fn operation(self) -> OperationId {
        self.entry().operation
    }
    /// `create/type/<type>`.
    pub fn path(self) -> &'static str {
        self.entry().path
    }
    /// What it does.
    pub fn kind(self) -> ActionKind {
        self.entry().kind
    }
    /// Where its `<…>` begins, if it has one.
    fn identifier_position(self) -> Option<usize> {
        self.entry().identifier
    }
    /// Whether it is `modify-team-area`, which no entry can name.
    pub fn is_team_area(self) -> bool {
        self.is(Special::TeamArea)
    }
    pub(crate) fn is(self, special: Special) -> bool {
        self.entry().special == special
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.operation(), self.path())
    }
}

/// An action asked for: a leaf, with the identifier that stands for its `<…>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// The leaf of the tree.
    pub leaf: Leaf,
    /// What stands for `<…>`; `None` when the leaf has none, or for whatever no entry names.
    pub identifier: Option<Name>,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.leaf.identifier_position(), &self.identifier) {
            (Some(at), Some(identifier)) => write!(f, "{}{}", &self.leaf.path()[..at], encode(identifier)),
            _ => f.write_str(self.leaf.path()),
        }
    }
}

/// A node of an operation's action tree as an entry names it: `*`, an inner node or a leaf. It grants its
/// whole subtree (docs/operations-catalogue.md).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionPattern(Name);

impl ActionPattern {
    /// The node that `path` names in the tree of `operation`; `modify-team-area` cannot be granted.
    pub fn parse(operation: OperationId, path: &str) -> Result<Self, UnknownAction> {
        let pattern = Self(path.into());
        if path == "*" || pattern.leaves(operation).next().is_some() {
            Ok(pattern)
        } else {
            Err(UnknownAction::new(operation, path))
        }
    }
    /// The path.
    pub fn path(&self) -> &str {
        &self.0
    }
    /// The leaves that it grants; with an identifier where it grants just that one.
    pub(crate) fn leaves(&self, operation: OperationId) -> impl Iterator<Item = (Leaf, Option<Name>)> {
        operation
            .leaves()
            .filter(|leaf| !leaf.is_team_area())
            .filter_map(move |leaf| self.reaches(leaf.path()).map(|identifier| (leaf, identifier)))
    }
    /// Whether it grants the action.
    pub fn grants(&self, action: &Action) -> bool {
        !action.leaf.is_team_area()
            && self
                .reaches(action.leaf.path())
                .is_some_and(|only| only.is_none() || only == action.identifier)
    }
    /// `None`: not at all; `Some(None)`: whatever stands for `<…>`; `Some(Some(x))`: for `x` alone.
    fn reaches(&self, leaf: &'static str) -> Option<Option<Name>> {
        if &*self.0 == "*" {
            return Some(None);
        }
        let mut identifier = None;
        let mut segments = leaf.split('/');
        for wanted in self.0.split('/') {
            let segment = segments.next()?;
            if segment.starts_with('<') && !wanted.is_empty() {
                identifier = Some(decode(wanted).ok()?.into());
            } else if segment != wanted {
                return None;
            }
        }
        Some(identifier)
    }
}

/// An operation that a repository group alone decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryOperation(u8);

impl RepositoryOperation {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..REPOSITORY.len() as u8).map(Self)
    }
    /// The operation with this name, such as `repository.manage-users`.
    pub fn from_name(name: &str) -> Option<Self> {
        // Most names are of other operations, and are told apart at a glance.
        name.starts_with("repository.").then(|| Self::all().find(|it| it.name() == name)).flatten()
    }
    /// `repository.manage-users`.
    pub fn name(self) -> &'static str {
        REPOSITORY[self.0 as usize].0
    }
    /// The groups whose members may.
    pub fn groups(self) -> GroupSet {
        REPOSITORY[self.0 as usize].1
    }
    /// `repository.manage-users`.
    pub fn manage_users() -> Self {
        Self::named("repository.manage-users")
    }
    /// `repository.manage-licenses`.
    pub fn manage_licences() -> Self {
        Self::named("repository.manage-licenses")
    }
    /// `repository.manage-server`.
    pub fn manage_server() -> Self {
        Self::named("repository.manage-server")
    }
    /// `repository.create-project-area`.
    pub fn create_project_area() -> Self {
        Self::named("repository.create-project-area")
    }
    /// `repository.manage-access-groups`.
    pub fn manage_access_groups() -> Self {
        Self::named("repository.manage-access-groups")
    }
    /// `repository.read-audit-log`.
    pub fn read_audit_log() -> Self {
        Self::named("repository.read-audit-log")
    }
    /// A name written in this file; the tests know that the catalogue has each.
    fn named(name: &'static str) -> Self {
        Self::from_name(name).unwrap_or(Self(0))
    }
}

impl fmt::Debug for RepositoryOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type of client access licence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenceType(u8);

impl LicenceType {
    /// Every type of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LICENCES.len() as u8).map(Self)
    }
    /// The type with this id, such as `elm-practitioner`.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|it| it.id() == id)
    }
    /// The licence that every functional user holds.
    pub fn internal() -> Self {
        Self::all().find(|it| it.is_functional()).unwrap_or(Self(0))
    }
    fn entry(self) -> &'static LicenceEntry {
        &LICENCES[self.0 as usize]
    }
    pub(crate) const fn bit(self) -> u32 {
        1 << self.0
    }
    /// `elm-practitioner`.
    pub fn id(self) -> &'static str {
        self.entry().id
    }
    /// Its name for people.
    pub fn name(self) -> &'static str {
        self.entry().name
    }
    /// Its application's id, or `all`.
    pub fn application(self) -> &'static str {
        self.entry().application
    }
    /// Its price in a token pool.
    pub fn tokens(self) -> u32 {
        self.entry().tokens
    }
    /// For functional users only.
    pub fn is_functional(self) -> bool {
        self.entry().functional
    }
    /// The patterns that it unlocks.
    pub fn unlocks(self) -> &'static [&'static str] {
        self.entry().unlocks
    }
}

impl fmt::Debug for LicenceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
impl Serialize for LicenceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
impl<'de> Deserialize<'de> for LicenceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_id(&id).ok_or_else(|| de::Error::custom(format!("unknown licence type `{id}`")))
    }
}

/// A set of licence types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LicenceSet(u32);

impl LicenceSet {
    /// No licence at all.
    pub const NONE: Self = Self(0);
    /// The types that unlock what `matches` accepts one of their patterns for.
    fn unlocking(target: &str) -> Self {
        let unlocks = |pattern: &&str| match pattern.strip_suffix('*') {
            Some(prefix) => target.starts_with(prefix),
            None => *pattern == target,
        };
        LicenceType::all().filter(|it| it.unlocks().iter().any(unlocks)).collect()
    }
    /// The types that unlock an operation.
    pub fn that_unlock(operation: OperationId) -> Self {
        static UNLOCKING: LazyLock<Vec<LicenceSet>> =
            LazyLock::new(|| OperationId::all().map(|it| LicenceSet::unlocking(it.name())).collect());
        UNLOCKING[operation.index()]
    }
    /// The types that unlock reading a plan.
    pub fn that_unlock_plans() -> Self {
        static UNLOCKING: LazyLock<LicenceSet> = LazyLock::new(|| LicenceSet::unlocking("read:plan"));
        *UNLOCKING
    }
    /// Whether a type is in both.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether it has the type.
    pub const fn contains(self, licence: LicenceType) -> bool {
        self.0 & licence.bit() != 0
    }
    /// Its types, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = LicenceType> {
        LicenceType::all().filter(move |it| self.contains(*it))
    }
}

impl FromIterator<LicenceType> for LicenceSet {
    fn from_iter<I: IntoIterator<Item = LicenceType>>(types: I) -> Self {
        Self(types.into_iter().fold(0, |set, it| set | it.bit()))
    }
}
impl Serialize for LicenceSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
impl<'de> Deserialize<'de> for LicenceSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(SmallVec::<[LicenceType; 4]>::deserialize(deserializer)?.into_iter().collect())
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
