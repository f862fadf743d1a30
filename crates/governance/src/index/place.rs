//! What decisions read of components and configurations: a dozen bytes each, beside the facts.
//!
//! The facts carry names, descriptions and sources, and lie far apart; a check of one among a million does
//! little but wait for what it reads.

use crate::configuration::{Component, ComponentId, Configuration, ConfigurationKind, TeamAreaSetting};
use crate::process_area::AreaId;
use crate::user::UserId;

/// What decisions read of a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComponentPlace {
    pub(crate) project: AreaId,
    /// The area that governs it, and its configurations that inherit.
    pub(crate) home: AreaId,
    pub(crate) archived: bool,
}

/// What decisions read of a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ConfigurationPlace {
    pub(crate) component: ComponentId,
    /// The number of the assigned team area or of the owner; 0 where there is neither.
    number: u32,
    /// The ordinal of its kind.
    pub(crate) kind: u8,
    setting: Setting,
    pub(crate) archived: bool,
}

/// What [`ConfigurationKind`] says of where it belongs; with its number beside it, it takes a third of that.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Setting {
    Inherit,
    Unassigned,
    Assigned,
    Owned,
}

impl ComponentPlace {
    pub(super) fn of(component: &Component) -> Self {
        Self {
            project: component.project_area,
            home: component.team_area.unwrap_or(component.project_area),
            archived: component.archived,
        }
    }
    /// The team area that governs it; `None`: the project area does.
    pub(crate) fn team_area(&self) -> Option<AreaId> {
        (self.home != self.project).then_some(self.home)
    }
}

impl ConfigurationPlace {
    pub(super) fn of(configuration: &Configuration) -> Self {
        let (setting, number) = match configuration.kind {
            ConfigurationKind::Personal(owner) => (Setting::Owned, owner.number()),
            ConfigurationKind::Stream(setting)
            | ConfigurationKind::Baseline(setting)
            | ConfigurationKind::Staging(setting) => match setting {
                TeamAreaSetting::Inherit => (Setting::Inherit, 0),
                TeamAreaSetting::Unassigned => (Setting::Unassigned, 0),
                TeamAreaSetting::Assigned(team) => (Setting::Assigned, team.number()),
            },
        };
        Self {
            component: configuration.component,
            number,
            kind: configuration.kind.ordinal(),
            setting,
            archived: configuration.archived,
        }
    }
    pub(crate) fn inherits(&self) -> bool {
        self.setting == Setting::Inherit
    }
    /// What its Team Area is set to; a personal stream has none.
    pub(crate) fn team_area(&self) -> Option<TeamAreaSetting> {
        match self.setting {
            Setting::Inherit => Some(TeamAreaSetting::Inherit),
            Setting::Unassigned => Some(TeamAreaSetting::Unassigned),
            Setting::Assigned => Some(TeamAreaSetting::Assigned(AreaId::new(self.number))),
            Setting::Owned => None,
        }
    }
    /// The area that governs it, be it a team area or the project area: a personal stream's is the latter.
    pub(crate) fn home(&self, component: &ComponentPlace) -> AreaId {
        // By place, in the order of the settings: a branch is guessed wrongly every third time.
        [component.home, component.project, AreaId::new(self.number), component.project]
            [self.setting as usize]
    }
    /// Who owns it, of a personal stream.
    pub(crate) fn owner(&self) -> Option<UserId> {
        (self.setting == Setting::Owned).then(|| UserId::new(self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_configurations_take_twelve_megabytes() {
        assert_eq!(size_of::<Option<ConfigurationPlace>>(), 12);
        assert_eq!(size_of::<Option<ComponentPlace>>(), 12);
    }
}
