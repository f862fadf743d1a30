//! Team areas (docs/process.md#team-areas).

use serde::{Deserialize, Serialize};

use super::noun::{changed, created, found};
use super::{Needs, Step};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, AreaKind, ProcessArea, RoleInheritance, TeamArea};
use crate::question::With;
use crate::rules::closes_cycle;
use crate::text::Name;
use crate::user::UserId;

/// Makes a team area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateTeamArea {
    /// The area that it is nested in.
    pub parent: AreaId,
    /// Unique there.
    pub name: Name,
    /// Without: what such a team area has unless somebody says otherwise.
    #[serde(default)]
    pub role_inheritance: Option<RoleInheritance>,
    /// Root team areas only.
    #[serde(default)]
    pub timeline: Option<Name>,
    /// `summary`, `description` …
    #[serde(default)]
    pub carried: Carried,
}

impl Step for CreateTeamArea {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action("process.save-team-area", "create", Item::Area(self.parent));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let project = organisation.project_of(self.parent);
        let application = found::<ProcessArea>(organisation, project)?
            .project()
            .ok_or(Refusal::NotThere("project area"))?
            .application;
        let role_inheritance = self
            .role_inheritance
            .unwrap_or_else(|| RoleInheritance::default_for(application, project == self.parent));
        let team = TeamArea { parent: self.parent, role_inheritance, timeline: self.timeline.clone() };
        let area = ProcessArea {
            name: self.name.clone(),
            archived: false,
            kind: AreaKind::Team(team),
            carried: self.carried.clone(),
        };
        Ok(vec![created(organisation, area)])
    }
}

/// Nests a team area elsewhere, with everything in it. Its role inheritance stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveTeamArea {
    /// Which.
    pub area: AreaId,
    /// The new parent.
    pub to: AreaId,
}

impl Step for MoveTeamArea {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action_with("process.save-team-area", "move", Item::Area(self.area), With::NewParent(self.to));
        needs.sees(Item::Area(self.to));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        found::<ProcessArea>(organisation, self.to)?;
        if let Some(rule) = closes_cycle(organisation, self.area, self.to) {
            return Err(Refusal::Rules(vec![rule]));
        }
        let event = changed(organisation, self.area, |area: &mut ProcessArea| match &mut area.kind {
            AreaKind::Team(team) => {
                team.parent = self.to;
                Ok(())
            }
            AreaKind::Project(_) | AreaKind::Copy(_) => Err(Refusal::NotThere("team area")),
        })?;
        Ok(vec![event])
    }
}
