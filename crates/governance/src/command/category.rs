//! Categories of work items (docs/applications.md#categories).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Created, Edited, Needs};
use crate::act::Refusal;
use crate::application_items::{Category, CategoryId};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;

/// A key of a category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum CategoryKey {
    Name(Name),
    Parent(Option<CategoryId>),
    TeamArea(Option<AreaId>),
    RestrictAccess(bool),
    RestrictVisibility(bool),
    Carried(Name, Option<Value>),
}

/// To make or put a category in another, or at the top.
fn create_in(needs: &mut Needs<'_>, project_area: AreaId, parent: Option<CategoryId>) {
    let item = parent.map_or(Item::Area(project_area), Item::Category);
    needs.action("ccm.save-category", "create", item);
}

impl Created for Category {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        create_in(needs, self.project_area, self.parent);
        self.team_area.iter().for_each(|team| needs.sees(Item::Area(*team)));
    }
}

impl Edited for Category {
    type Key = CategoryKey;
    fn item(id: CategoryId) -> Option<Item> {
        Some(Item::Category(id))
    }
    fn change_needs(&self, id: CategoryId, key: &CategoryKey, needs: &mut Needs<'_>) {
        needs.save("modify", Item::Category(id));
        match key {
            CategoryKey::Parent(parent) => create_in(needs, self.project_area, *parent),
            CategoryKey::TeamArea(Some(team)) => needs.sees(Item::Area(*team)),
            _ => {}
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &CategoryKey) -> Result<(), Refusal> {
        match key {
            CategoryKey::Name(name) => self.name = name.clone(),
            CategoryKey::Parent(parent) => self.parent = *parent,
            CategoryKey::TeamArea(team) => self.team_area = *team,
            CategoryKey::RestrictAccess(flag) => self.restrict_access = *flag,
            CategoryKey::RestrictVisibility(flag) => self.restrict_visibility = *flag,
            CategoryKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
