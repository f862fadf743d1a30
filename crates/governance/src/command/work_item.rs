//! Work items (docs/applications.md#work-items).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::Noun;
use super::{Created, Edited, Needs};
use crate::access_group::Audience;
use crate::act::Refusal;
use crate::application_items::{CategoryId, RestrictedAccess, WorkItem, WorkItemId};
use crate::decision::home_area;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::text::Name;

const SAVE: &str = "ccm.save-work-item";

/// A key of a work item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum WorkItemKey {
    Type(Name),
    Title(Name),
    Category(Option<CategoryId>),
    RestrictedAccess(Option<RestrictedAccess>),
    /// A step of the workflow.
    State {
        /// The workflow action.
        action: Name,
        /// The state that it leads to.
        to: Name,
    },
    Carried(Name, Option<Value>),
}

/// The area named in a restriction must be visible.
fn sees_audience(needs: &mut Needs<'_>, restricted: Option<RestrictedAccess>) {
    if let Some(RestrictedAccess::To(Audience::MembersOf(area))) = restricted {
        needs.sees(Item::Area(area));
    }
}

impl Created for WorkItem {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        let item = self.category.map_or(Item::Area(self.project_area), Item::Category);
        needs.identified(SAVE, "create/type", &self.item_type, item);
        sees_audience(needs, self.restricted_access);
    }
    /// The number 0 asks for the next one.
    fn complete(&mut self, organisation: &Organisation) {
        if self.number == 0 {
            let first = u64::from(Self::next(organisation).number()) + 1;
            let free = |number: &u64| organisation.work_item_numbered(*number).is_none();
            self.number = (first..).find(free).unwrap_or(first);
        }
    }
}

impl Edited for WorkItem {
    type Key = WorkItemKey;
    fn item(id: WorkItemId) -> Option<Item> {
        Some(Item::WorkItem(id))
    }
    fn change_needs(&self, id: WorkItemId, key: &WorkItemKey, needs: &mut Needs<'_>) {
        let item = Item::WorkItem(id);
        match key {
            WorkItemKey::Type(_) => needs.action(SAVE, "modify/attribute/type", item),
            WorkItemKey::Title(_) => needs.action(SAVE, "modify/attribute/summary", item),
            WorkItemKey::Category(to) => {
                needs.action(SAVE, "modify/attribute/category", item);
                let organisation = needs.organisation;
                let target = to.map_or(Item::Area(self.project_area), Item::Category);
                if home_area(organisation, item) != home_area(organisation, target) {
                    needs.action(SAVE, "remove-from-team-area", item);
                }
                needs.sees(target);
            }
            WorkItemKey::RestrictedAccess(restricted) => {
                needs.action(SAVE, "modify/access", item);
                sees_audience(needs, *restricted);
            }
            WorkItemKey::State { action, .. } => needs.identified(SAVE, "modify/action", action, item),
            WorkItemKey::Carried(key, _) => needs.identified(SAVE, "modify/attribute", key, item),
        }
    }
    fn put(&mut self, organisation: &Organisation, key: &WorkItemKey) -> Result<(), Refusal> {
        match key {
            WorkItemKey::Type(id) => self.item_type = id.clone(),
            WorkItemKey::Title(title) => self.title = title.clone(),
            WorkItemKey::Category(to) => {
                let mut above = to.iter().flat_map(|id| organisation.category_and_above(*id));
                if let Some((_, archived)) = above.find(|(_, it)| it.archived) {
                    let text = format!("category `{}` is archived: choose an active one", archived.name);
                    return Err(Refusal::Precondition(text));
                }
                self.category = *to;
            }
            WorkItemKey::RestrictedAccess(restricted) => self.restricted_access = *restricted,
            WorkItemKey::State { to, .. } => {
                self.carried = self.carried.with("state", Some(Value::from(&**to)));
            }
            WorkItemKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
