//! Actions: the leaves of an operation's tree as questions ask them, and its nodes as entries name them.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ActionKind, LEAVES, LeafEntry, OperationId, Special};
use crate::text::{Name, decode, encode, nearest};

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
    pub(super) fn new(operation: OperationId, path: &str) -> Self {
        let known: Vec<_> = operation.leaves().map(Leaf::path).collect();
        let nearest = nearest(path, known.iter().copied());
        Self { path: path.to_owned(), operation, known: known.join(", "), nearest }
    }
}

/// A leaf of an operation's action tree, numbered across the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf(pub(super) u16);

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
    pub(super) fn identifier_position(self) -> Option<usize> {
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
