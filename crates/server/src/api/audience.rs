//! Who alone reads something: a restriction of a work item, the read scope of a folder.

use governance::{AreaId, Audience, Id, RestrictedAccess, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::bad_value;
use super::resolve::{area, team_area};
use crate::problem::Problem;

/// Who alone reads a work item.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Restriction {
    /// Whoever reads the project area.
    Public,
    /// The members of a project area, `APPLICATION/Name`; null for one that you do not see.
    ProjectArea(Option<String>),
    /// The members of a team area of the project area, by the slash path of names.
    TeamArea(String),
    /// The members of an access group, by name.
    AccessGroup(String),
}

impl Restriction {
    pub(super) fn of(view: &View, restricted: RestrictedAccess) -> Self {
        match restricted {
            RestrictedAccess::Public => Self::Public,
            RestrictedAccess::To(Audience::AccessGroup(group)) => Self::AccessGroup(group_name(view, group)),
            RestrictedAccess::To(Audience::MembersOf(area)) if view.project_of(area) == area => {
                Self::ProjectArea(view.see(area).map(|_| view.area_text(area)))
            }
            RestrictedAccess::To(Audience::MembersOf(team)) => Self::TeamArea(view.team_path(team)),
        }
    }
}

/// Who alone shall read a work item.
#[derive(Deserialize, JsonSchema)]
#[serde(
    rename_all = "snake_case",
    expecting = "`public`, or an object with `project_area`, `team_area` or `access_group`"
)]
pub(super) enum NewRestriction {
    /// Whoever reads the project area.
    Public,
    /// The members of a project area: `APPLICATION/Name`.
    ProjectArea(String),
    /// The members of a team area of the project area: the slash path of names.
    TeamArea(String),
    /// The members of an access group, by name.
    AccessGroup(String),
}

impl NewRestriction {
    pub(super) fn access(
        &self,
        view: &View,
        project_area: AreaId,
        pointer: &str,
    ) -> Result<RestrictedAccess, Problem> {
        let audience = match self {
            Self::Public => return Ok(RestrictedAccess::Public),
            Self::ProjectArea(text) => {
                let pointer = format!("{pointer}/project_area");
                let found = area(view, text, &pointer)?;
                if view.project_of(found) != found {
                    return Err(bad_value(pointer, "expected a project area: `APPLICATION/Name`"));
                }
                Audience::MembersOf(found)
            }
            Self::TeamArea(path) => team_audience(view, project_area, path, pointer)?,
            Self::AccessGroup(name) => group_audience(view, name, pointer)?,
        };
        Ok(RestrictedAccess::To(audience))
    }
}

/// Who alone reads a folder and what lies in it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReadScope {
    /// The members of a team area of the project area, by the slash path of names.
    TeamArea(String),
    /// The members of an access group, by name.
    AccessGroup(String),
}

impl ReadScope {
    pub(super) fn of(view: &View, audience: Audience) -> Self {
        match audience {
            Audience::AccessGroup(group) => Self::AccessGroup(group_name(view, group)),
            Audience::MembersOf(team) => Self::TeamArea(view.team_path(team)),
        }
    }
}

/// Who alone shall read a folder and what lies in it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", expecting = "an object with `team_area` or `access_group`")]
pub(super) enum NewReadScope {
    /// The members of a team area of the project area: the slash path of names.
    TeamArea(String),
    /// The members of an access group, by name.
    AccessGroup(String),
}

impl NewReadScope {
    pub(super) fn audience(
        &self,
        view: &View,
        project_area: AreaId,
        pointer: &str,
    ) -> Result<Audience, Problem> {
        match self {
            Self::TeamArea(path) => team_audience(view, project_area, path, pointer),
            Self::AccessGroup(name) => group_audience(view, name, pointer),
        }
    }
}

fn group_name(view: &View, group: Id<governance::AccessGroup>) -> String {
    view.see(group).map(|group| group.name.to_string()).unwrap_or_default()
}

fn team_audience(view: &View, project_area: AreaId, path: &str, pointer: &str) -> Result<Audience, Problem> {
    let pointer = format!("{pointer}/team_area");
    let team = team_area(view, project_area, path, &pointer)?;
    team.map(Audience::MembersOf).ok_or_else(|| bad_value(pointer, "expected a path such as `Core/Tests`"))
}

pub(super) fn group_audience(view: &View, name: &str, pointer: &str) -> Result<Audience, Problem> {
    group(view, name, pointer).map(Audience::AccessGroup)
}

/// The access group of a name, where `pointer` leads to what names it.
pub(super) fn group(view: &View, name: &str, pointer: &str) -> Result<Id<governance::AccessGroup>, Problem> {
    let absent =
        || bad_value(format!("{pointer}/access_group"), format!("there is no access group `{name}`"));
    view.access_group_named(name).ok_or_else(absent)
}
