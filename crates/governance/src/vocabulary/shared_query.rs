//! Shared queries (docs/global-configurations.md#shared-queries).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Word;
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
    /// The parameters of the search.
    #[serde(default)]
    pub criteria: BTreeMap<String, Criterion>,
}

/// What a parameter is, or each that it may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a text, or a list of texts")]
pub enum Criterion {
    /// One text.
    One(String),
    /// Several.
    Each(Vec<String>),
}

impl Word for SharedQuery {
    const KEY: &'static str = "shared_queries";
    const KIND: &'static str = "a shared query";
    fn name(&self) -> &str {
        &self.name
    }
}
