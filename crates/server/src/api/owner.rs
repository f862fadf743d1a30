//! Who owns a plan or something of source control.

use governance::{AreaId, Owner, View};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::body::bad_value;
use super::resolve::{team_area, user};
use crate::problem::Problem;

/// Who owns something of ccm.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "snake_case",
    expecting = "an object with `user`, `team_area` or, always true, `project_area`"
)]
#[schemars(rename = "Owner")]
pub(super) enum OwnerText {
    /// One person, by id.
    User(String),
    /// A team area of the project area, by the slash path of names.
    TeamArea(String),
    /// The project area.
    ProjectArea(#[schemars(schema_with = "always")] True),
}

/// `true`, where nothing else makes sense.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub(super) struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;
    fn try_from(holds: bool) -> Result<Self, Self::Error> {
        if holds { Ok(Self) } else { Err("expected `true`") }
    }
}
impl From<True> for bool {
    fn from(True: True) -> Self {
        true
    }
}

fn always(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": true})
}

impl OwnerText {
    pub(super) fn of(view: &View, owner: Owner) -> Self {
        match owner {
            Owner::ProjectArea => Self::ProjectArea(True),
            Owner::TeamArea(team) => Self::TeamArea(view.team_path(team)),
            Owner::User(user) => Self::User(view.id_of(user).to_string()),
        }
    }

    pub(super) fn owner(&self, view: &View, project_area: AreaId) -> Result<Owner, Problem> {
        match self {
            Self::User(id) => user(view, id, "/owner/user").map(Owner::User),
            Self::TeamArea(path) => {
                let team = team_area(view, project_area, path, "/owner/team_area")?;
                team.map(Owner::TeamArea).ok_or_else(|| {
                    bad_value(
                        "/owner/team_area",
                        "expected a path such as `Core/Tests`; the owner can be \
                        the project area",
                    )
                })
            }
            Self::ProjectArea(True) => Ok(Owner::ProjectArea),
        }
    }
}
