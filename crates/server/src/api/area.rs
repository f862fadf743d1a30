//! What addresses project areas and team areas have in common.

use governance::{AreaId, View};
use schemars::JsonSchema;
use serde::Deserialize;

use super::resolve::found;
use crate::problem::Problem;

/// Which project area.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectAreaPath {
    /// Its number or its reference, such as `gc:Electric Vehicle`.
    project_area: String,
}

impl ProjectAreaPath {
    pub(super) fn find(&self, view: &View) -> Result<AreaId, Problem> {
        found(view.find_project_area(&self.project_area))
    }
}
