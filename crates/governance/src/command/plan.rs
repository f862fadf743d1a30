//! Plans (docs/applications.md#plans-releases-queries-builds).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Created, Edited, Needs};
use crate::act::Refusal;
use crate::application_items::{Owner, Plan, PlanId};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;

/// A key of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum PlanKey {
    Name(Name),
    Owner(Owner),
    Carried(Name, Option<Value>),
}

/// The area in which something that has an owner is made: the owner's, if it is a team area.
pub(super) fn made_in(project_area: AreaId, owner: Owner) -> Item {
    match owner {
        Owner::TeamArea(team) => Item::Area(team),
        Owner::ProjectArea | Owner::User(_) => Item::Area(project_area),
    }
}

impl Created for Plan {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        needs.action("ccm.save-plan", "create", made_in(self.project_area, self.owner));
        needs.sees(Item::Area(self.project_area));
    }
}

impl Edited for Plan {
    type Key = PlanKey;
    fn item(id: PlanId) -> Option<Item> {
        Some(Item::Plan(id))
    }
    fn change_needs(&self, id: PlanId, key: &PlanKey, needs: &mut Needs<'_>) {
        needs.save("modify", Item::Plan(id));
        if let PlanKey::Owner(owner) = key {
            needs.sees(made_in(self.project_area, *owner));
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &PlanKey) -> Result<(), Refusal> {
        match key {
            PlanKey::Name(name) => self.name = name.clone(),
            PlanKey::Owner(owner) => self.owner = *owner,
            PlanKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
