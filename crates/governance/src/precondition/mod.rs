//! Preconditions: what a command checks after the decision (docs/process.md#preconditions).
//!
//! They are no part of the decision: whoever may make a baseline is told what it still lacks, and whoever may
//! not is told nothing of it.

mod approval;
mod content;
mod demanded;
mod unmet;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::OperationId;
use crate::process::PermissionKey;
use crate::text::Name;

pub use approval::without_void_approvals;
pub use approval::{Approval, BadInstant, Instant};
pub(crate) use content::Contents;
pub use unmet::Unmet;
pub(crate) use unmet::{unmet, unmet_among};

/// What one role must fulfil to perform one operation, in one slot of an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreconditionEntry {
    /// For whom, of what, and when.
    #[serde(flatten)]
    pub key: PermissionKey,
    /// All of it must hold; none frees the role from what is demanded above.
    pub require: Arc<[Precondition]>,
    /// Whether areas below are bound by it.
    #[serde(rename = "final", default)]
    pub is_final: bool,
}

/// The entries of an area, in order.
pub type Preconditions = Arc<[PreconditionEntry]>;

/// What can be demanded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precondition {
    /// In the hierarchy of a new baseline no component occurs with two configurations.
    NoSkew,
    /// In the hierarchy of a new baseline nothing is archived.
    NoArchivedContributions,
    /// Somebody else, who counts as this role, has approved what becomes a baseline.
    Approval(Name),
    /// A work item or requirement has these filled in when it is saved.
    Attributes(Arc<[Name]>),
}

impl Precondition {
    /// `no-skew`, `no-archived-contributions`, `approval` or `attributes`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoSkew => "no-skew",
            Self::NoArchivedContributions => "no-archived-contributions",
            Self::Approval(_) => "approval",
            Self::Attributes(_) => "attributes",
        }
    }
    /// The operations that can carry it.
    pub const fn operations(&self) -> &'static [&'static str] {
        match self {
            Self::NoSkew | Self::NoArchivedContributions | Self::Approval(_) => &[MAKING_A_BASELINE],
            Self::Attributes(_) => &["ccm.save-work-item", "rm.save-artifact"],
        }
    }
    /// Whether an operation can carry it.
    pub fn fits(&self, operation: OperationId) -> bool {
        self.operations().contains(&operation.name())
    }
}

/// The operation whose preconditions hold for every way to make a baseline.
pub(crate) const MAKING_A_BASELINE: &str = "gc.save-baseline";
