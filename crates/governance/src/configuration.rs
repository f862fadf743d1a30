//! Global configurations: components, configurations and what they contain (docs/global-configurations.md).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::id::Id;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Identifies a component of global configuration management.
pub type ComponentId = Id<Component>;
/// Identifies a global configuration.
pub type ConfigurationId = Id<Configuration>;

/// A component: what streams and baselines are configurations of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// The project area that keeps it.
    pub project_area: AreaId,
    /// Unique in the project area.
    pub name: Name,
    /// The team area that governs it; `None`: unassigned, the project area governs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_area: Option<AreaId>,
    /// Archived components take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`, `tags`, `attributes`, `links`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// A configuration of exactly one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Whose configuration it is.
    pub component: ComponentId,
    /// What it is, with the team area or the owner that goes with that.
    pub kind: ConfigurationKind,
    /// Unique among the component's configurations of the same kind.
    pub name: Name,
    /// The configuration that it was made from; the initial ones have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ConfigurationId>,
    /// Archived configurations take no changes.
    #[serde(default)]
    pub archived: bool,
    /// `description`, `tags`, `attributes`, `links`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// The four kinds of configuration. A personal stream has an owner and no team area, by its very type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfigurationKind {
    /// Mutable.
    Stream(TeamAreaSetting),
    /// Frozen.
    Baseline(TeamAreaSetting),
    /// A baseline being assembled.
    Staging(TeamAreaSetting),
    /// Somebody's own working stream.
    Personal(UserId),
}

impl ConfigurationKind {
    /// The words of the kinds, as references write them.
    pub const WORDS: [&'static str; 4] = ["stream", "baseline", "staging", "personal"];
    /// `stream`, `baseline`, `staging` or `personal`.
    pub const fn word(self) -> &'static str {
        Self::WORDS[self.ordinal() as usize]
    }
    /// The ordinal of the kind with this word.
    pub(crate) fn ordinal_of(word: &str) -> Option<u8> {
        (0..).zip(Self::WORDS).find(|(_, it)| *it == word).map(|(ordinal, _)| ordinal)
    }
    pub(crate) const fn ordinal(self) -> u8 {
        match self {
            Self::Stream(_) => 0,
            Self::Baseline(_) => 1,
            Self::Staging(_) => 2,
            Self::Personal(_) => 3,
        }
    }
    /// The Team Area setting; personal streams have none.
    pub const fn team_area(self) -> Option<TeamAreaSetting> {
        match self {
            Self::Stream(setting) | Self::Baseline(setting) | Self::Staging(setting) => Some(setting),
            Self::Personal(_) => None,
        }
    }
    /// The same kind with another Team Area setting; a personal stream stays as it is.
    #[must_use]
    pub const fn with_team_area(self, setting: TeamAreaSetting) -> Self {
        match self {
            Self::Stream(_) => Self::Stream(setting),
            Self::Baseline(_) => Self::Baseline(setting),
            Self::Staging(_) => Self::Staging(setting),
            Self::Personal(owner) => Self::Personal(owner),
        }
    }
    /// Who owns a personal stream.
    pub const fn owner(self) -> Option<UserId> {
        if let Self::Personal(owner) = self { Some(owner) } else { None }
    }
}

/// What the Team Area attribute says where it can be inherited: of a configuration from its component, of a
/// folder or requirement from the folder above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TeamAreaSetting {
    /// As the component, or the folder above, has it.
    #[default]
    Inherit,
    /// The project area governs, whatever the component says.
    Unassigned,
    /// This team area governs.
    Assigned(AreaId),
}

impl TeamAreaSetting {
    /// The team area that it names.
    pub const fn area(self) -> Option<AreaId> {
        if let Self::Assigned(area) = self { Some(area) } else { None }
    }
}

/// An entry of a configuration, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contribution {
    /// Another global configuration.
    Configuration(ConfigurationId),
    /// A configuration that an application keeps, here or elsewhere, by its URI.
    Local(Name),
}

impl Contribution {
    /// The global configuration, if it is one.
    pub const fn configuration(&self) -> Option<ConfigurationId> {
        match self {
            Self::Configuration(id) => Some(*id),
            Self::Local(_) => None,
        }
    }
}

/// What a configuration contains, in order.
pub type Contributions = Arc<[Contribution]>;
