//! Shared queries (docs/global-configurations.md#shared-queries).

use serde::{Deserialize, Serialize};

use super::Word;
use crate::search::SearchCriteria;
use crate::text::Name;

/// A search that somebody has kept for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with the `name` and the `criteria` of a query")]
pub struct SharedQuery {
    /// Unique in the project area.
    pub name: Name,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it searches for.
    #[serde(default)]
    pub criteria: SearchCriteria,
}

impl Word for SharedQuery {
    const KEY: &'static str = "shared_queries";
    const KIND: &'static str = "a shared query";
    fn name(&self) -> &str {
        &self.name
    }
}
