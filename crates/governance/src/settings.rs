//! What holds for the whole server.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::registry::GroupBinding;

/// How far administrators reach into artefacts without a role (docs/decision.md#overrides).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdministrativeOverride {
    /// JazzAdmins everything; JazzProjectAdmins create, modify and run.
    #[default]
    Artefacts,
    /// Nobody: administrators reach process data alone.
    Process,
}

/// What holds for the whole server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How far administrators reach into artefacts.
    pub administrative_override: AdministrativeOverride,
    /// Which groups of a registry are bound to which roles.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub group_bindings: Arc<[GroupBinding]>,
}

fn is_empty(bindings: &Arc<[GroupBinding]>) -> bool {
    bindings.is_empty()
}
