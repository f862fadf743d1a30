//! Access groups (docs/process.md#access-groups).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Created, Edited, Needs};
use crate::access_group::{AccessGroup, AccessGroupId};
use crate::act::Refusal;
use crate::catalogue::RepositoryOperation;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// A key of an access group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum AccessGroupKey {
    Name(Name),
    Users(Arc<[UserId]>),
    Areas(Arc<[AreaId]>),
    Carried(Name, Option<Value>),
}

/// In order of their numbers, each once.
fn in_order<T: Ord + Copy>(ids: &[T]) -> Arc<[T]> {
    ids.iter().copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

fn needs_areas(areas: &[AreaId], needs: &mut Needs<'_>) {
    areas.iter().for_each(|area| needs.sees(Item::Area(*area)));
}

impl Created for AccessGroup {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_access_groups());
        needs_areas(&self.areas, needs);
    }
    fn complete(&mut self, _organisation: &Organisation) {
        (self.users, self.areas) = (in_order(&self.users), in_order(&self.areas));
    }
}

impl Edited for AccessGroup {
    type Key = AccessGroupKey;
    fn item(_id: AccessGroupId) -> Option<Item> {
        None
    }
    fn change_needs(&self, _id: AccessGroupId, key: &AccessGroupKey, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_access_groups());
        if let AccessGroupKey::Areas(areas) = key {
            // Areas that are in it already need not be visible to whoever keeps the others.
            let new: Vec<_> = areas.iter().copied().filter(|area| !self.areas.contains(area)).collect();
            needs_areas(&new, needs);
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &AccessGroupKey) -> Result<(), Refusal> {
        match key {
            AccessGroupKey::Name(name) => self.name = name.clone(),
            AccessGroupKey::Users(users) => self.users = in_order(users),
            AccessGroupKey::Areas(areas) => self.areas = in_order(areas),
            AccessGroupKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
