//! Streams and components of source control (docs/applications.md#source-control-visibility).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::made_in;
use super::{Created, Edited, Needs};
use crate::act::Refusal;
use crate::application_items::{Owner, ScmItem, ScmItemId, ScmKind, ScmVisibility};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::text::Name;

/// A key of a stream or component of source control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum ScmItemKey {
    Name(Name),
    Owner(Owner),
    Visibility(ScmVisibility),
    Carried(Name, Option<Value>),
}

impl Created for ScmItem {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        let operation = match self.kind {
            ScmKind::Stream => "ccm.save-stream",
            ScmKind::Component => "ccm.save-component",
        };
        needs.action(operation, "create", made_in(self.project_area, self.owner));
        needs.sees(Item::Area(self.project_area));
    }
}

impl Edited for ScmItem {
    type Key = ScmItemKey;
    fn item(id: ScmItemId) -> Option<Item> {
        Some(Item::ScmItem(id))
    }
    fn change_needs(&self, id: ScmItemId, key: &ScmItemKey, needs: &mut Needs<'_>) {
        let action = match key {
            ScmItemKey::Name(_) | ScmItemKey::Carried(..) => "modify-properties",
            ScmItemKey::Owner(_) => "modify-owner",
            ScmItemKey::Visibility(_) => "modify-visibility",
        };
        needs.save(action, Item::ScmItem(id));
        if let ScmItemKey::Owner(owner) = key {
            needs.sees(made_in(self.project_area, *owner));
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &ScmItemKey) -> Result<(), Refusal> {
        match key {
            ScmItemKey::Name(name) => self.name = name.clone(),
            ScmItemKey::Owner(owner) => self.owner = *owner,
            ScmItemKey::Visibility(visibility) => self.visibility = *visibility,
            ScmItemKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
