//! What components and configurations are searched by, as texts (docs/global-configurations.md#search).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is searched for. All of it must hold; what is not said is not asked. These are the parameters of a
/// search, and what a shared query keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object with criteria of a search")]
pub struct SearchCriteria {
    /// Words: each begins a word of the name, whatever the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name begins so, whatever the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// Each is one of its tags, or has one of its tags nested below.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<String>,
    /// Each is an attribute with its value, `name:value`, or `name` for any value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attribute: Vec<String>,
    /// `unassigned`, a team area by number or reference, or, with `project_area`, by its slash path; with
    /// `team_area_by=explicit` also `inherit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_area: Option<String>,
    /// How `team_area` is meant; default: effective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_area_by: Option<TeamAreaBy>,
    /// Only archived ones, or only others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Configurations of these kinds: `stream`, `baseline`, `staging`, `personal`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kind: Vec<String>,
    /// Configurations of this component, by number or reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Contained anywhere below this configuration, by number or reference; a component, when one of its
    /// configurations is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contained_in: Option<String>,
    /// Personal streams of the user with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Kept by this project area, by number or reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_area: Option<String>,
    /// Made at this instant or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_from: Option<String>,
    /// Made before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_to: Option<String>,
    /// Last changed, itself or what it contains, at this instant or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_from: Option<String>,
    /// Last changed, itself or what it contains, before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_to: Option<String>,
    /// In which order; default: name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
}

impl SearchCriteria {
    /// Whether the answer depends on when things were changed.
    pub fn need_modified(&self) -> bool {
        self.modified_from.is_some()
            || self.modified_to.is_some()
            || matches!(self.sort, Some(Sort::Modified | Sort::ModifiedDescending))
    }
    /// Whether dates are asked for, which an organisation alone does not know.
    pub fn need_dates(&self) -> bool {
        self.need_modified() || self.created_from.is_some() || self.created_to.is_some()
    }
}

/// How a team area is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TeamAreaBy {
    /// It governs in the end, set or inherited.
    #[default]
    Effective,
    /// It is what is set.
    Explicit,
    /// It governs because the component has it.
    Inherited,
}

/// An order of what is found; a leading `-` turns it round. What is alike is in order of name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Sort {
    #[default]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    Component,
    #[serde(rename = "-component")]
    ComponentDescending,
    Kind,
    #[serde(rename = "-kind")]
    KindDescending,
    Created,
    #[serde(rename = "-created")]
    CreatedDescending,
    Modified,
    #[serde(rename = "-modified")]
    ModifiedDescending,
    TeamArea,
    #[serde(rename = "-team_area")]
    TeamAreaDescending,
}

impl Sort {
    /// Whether it begins with what is last.
    pub(crate) const fn is_descending(self) -> bool {
        matches!(
            self,
            Self::NameDescending
                | Self::ComponentDescending
                | Self::KindDescending
                | Self::CreatedDescending
                | Self::ModifiedDescending
                | Self::TeamAreaDescending
        )
    }
}

/// A criterion that cannot be searched by.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{key}`: {said}")]
pub struct BadCriterion {
    /// Which.
    pub key: &'static str,
    /// What is wrong, and what is expected.
    pub said: String,
}

impl BadCriterion {
    pub(crate) fn new(key: &'static str, said: impl Into<String>) -> Self {
        Self { key, said: said.into() }
    }
}
