//! Addresses of project areas and team areas, and of what both have.

use governance::{AreaId, View};
use schemars::JsonSchema;
use serde::Deserialize;

use super::resolve::found;
use super::route::Parameters;
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

/// Which team area.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamAreaPath {
    /// Its number or its reference, such as `gc:Electric Vehicle@Tuning Team`.
    team_area: String,
}

impl TeamAreaPath {
    pub(super) fn find(&self, view: &View) -> Result<AreaId, Problem> {
        found(view.find_team_area(&self.team_area))
    }
}

/// The parameters of a route below the address of an area of either kind: the area, and the others.
pub(super) trait Of<T>: Parameters {
    fn split(self, view: &View) -> Result<(AreaId, T), Problem>;
}

impl Of<()> for ProjectAreaPath {
    fn split(self, view: &View) -> Result<(AreaId, ()), Problem> {
        Ok((self.find(view)?, ()))
    }
}

impl Of<()> for TeamAreaPath {
    fn split(self, view: &View) -> Result<(AreaId, ()), Problem> {
        Ok((self.find(view)?, ()))
    }
}

/// Parameters that routes below project areas and below team areas have, besides the area's own.
macro_rules! of_areas {
    ($($(#[$meta:meta])* $rest:ident, $project:ident, $team:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {
        $($(#[$meta])*
        pub(super) struct $rest {
            $(pub(super) $field: $type,)*
        }
        of_areas!(@one $(#[$meta])* $project, project_area, find_project_area, $rest {
            $($(#[$field_meta])* $field: $type,)*
        });
        of_areas!(@one $(#[$meta])* $team, team_area, find_team_area, $rest {
            $($(#[$field_meta])* $field: $type,)*
        });)*
    };
    (@one $(#[$meta:meta])* $name:ident, $area:ident, $find:ident, $rest:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            /// The number or the reference of the area.
            $area: String,
            $($(#[$field_meta])* $field: $type,)*
        }
        impl Of<$rest> for $name {
            fn split(self, view: &View) -> Result<(AreaId, $rest), Problem> {
                Ok((found(view.$find(&self.$area))?, $rest { $($field: self.$field,)* }))
            }
        }
    };
}

of_areas! {
    /// Which person.
    PersonKey, ProjectAreaPerson, TeamAreaPerson {
        /// The user's id.
        user: String,
    }
    /// Which members.
    MemberFilter, ProjectAreaMembers, TeamAreaMembers {
        /// Only those who have this role, by its id.
        role: Option<String>,
    }
    /// Which role.
    RoleKey, ProjectAreaRole, TeamAreaRole {
        /// The role's id.
        role: String,
    }
    /// Which entries.
    PermissionFilter, ProjectAreaPermissions, TeamAreaPermissions {
        /// Only those for this role, by its id.
        role: Option<String>,
        /// Only those for this operation.
        operation: Option<String>,
    }
    /// Which team areas.
    TeamAreaFilter, ProjectAreaTeamAreas, TeamAreaTeamAreas {
        /// Those that are nested deeper, too.
        nested: Option<bool>,
        /// Only archived ones, or only others.
        archived: Option<bool>,
    }
}

/// Which timeline.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelinePath {
    /// The number or the reference of the project area.
    project_area: String,
    /// The timeline's name.
    pub(super) timeline: String,
}

impl TimelinePath {
    pub(super) fn find(&self, view: &View) -> Result<AreaId, Problem> {
        found(view.find_project_area(&self.project_area))
    }
}

/// The address of an area.
pub(super) fn address(view: &View, area: AreaId) -> String {
    let is_team = view.see(area).is_some_and(|area| area.team().is_some());
    let kind = if is_team { "team-areas" } else { "project-areas" };
    format!("/{kind}/{}", area.number())
}
