//! Permission entries (docs/decision.md#permission-lookup).

use serde::{Deserialize, Serialize};

use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::{Permission, PermissionKey};
use crate::process_area::AreaId;
use crate::user::UserId;

/// Makes or replaces an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetPermission {
    /// In which area.
    pub area: AreaId,
    /// For which role and operation, and when.
    pub key: PermissionKey,
    /// What it grants.
    pub permission: Permission,
}

/// Removes an entry, so that what is above it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemovePermission {
    /// In which area.
    pub area: AreaId,
    /// For which role and operation, and when.
    pub key: PermissionKey,
}

pub(super) fn set(
    organisation: &Organisation,
    area: AreaId,
    key: &PermissionKey,
    after: Option<Permission>,
) -> Event {
    let key = (area, key.clone());
    let before = organisation.facts.permissions.get(&key).cloned();
    Event::Permission(Change { key, before, after })
}

impl Step for SetPermission {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-specification", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(vec![set(organisation, self.area, &self.key, Some(self.permission.clone()))])
    }
}

impl Step for RemovePermission {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-specification", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(vec![set(organisation, self.area, &self.key, None)])
    }
}
