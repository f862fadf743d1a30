//! The process of an area: roles, permissions and the slots that they hold in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::catalogue::{Action, ActionPattern, OperationId};
use crate::text::Name;

/// The role that every active user has everywhere.
pub const EVERYONE: &str = "default";

/// A role that a process area defines (docs/process.md#roles).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Unique on the way from the project area down.
    pub id: Name,
    /// The name for people.
    pub name: Name,
    /// How many members of one area may have it.
    pub cardinality: Cardinality,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// How many members of one area may have a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cardinality {
    /// At most one.
    One,
    /// Any number.
    Many,
}

/// When a permission holds (docs/decision.md#permission-lookup).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// Whatever the iteration.
    Always,
    /// While the area follows this timeline.
    Timeline(Name),
    /// While an iteration of this type is current.
    IterationType(Name),
    /// While this iteration, or one in it, is current.
    Iteration {
        /// The timeline's name.
        timeline: Name,
        /// The slash path of iteration ids, each percent-encoded.
        iteration: Name,
    },
}

/// What an entry is found by, within its area.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PermissionKey {
    /// The id of the role that it speaks of.
    pub role: Name,
    /// The operation that it grants or revokes.
    pub operation: OperationId,
    /// When.
    pub slot: Slot,
}

/// What an entry grants: nothing merged, a nearer entry replaces it whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// The nodes of the action tree; none revokes.
    pub actions: Arc<[ActionPattern]>,
    /// Whether areas below are bound by it.
    #[serde(rename = "final", default)]
    pub is_final: bool,
}

impl Permission {
    /// Whether one of its nodes grants the action.
    pub fn grants(&self, action: &Action) -> bool {
        self.actions.iter().any(|pattern| pattern.grants(action))
    }
}
