//! Work items (docs/applications.md#work-items).

use std::sync::Arc;

use super::{Check, Rule};
use crate::application_items::{RestrictedAccess, WorkItem, WorkItemId};
use crate::catalogue::Application;
use crate::event::Change;
use crate::index::Scope;

const KIND: &str = "work item";

impl Check<'_> {
    pub(super) fn work_item(&mut self, change: &Change<WorkItemId, Arc<WorkItem>>) {
        let Some(item) = &change.after else { return };
        self.kept_in(KIND, item.project_area, Application::Ccm);
        self.numbered(KIND, Scope::WorkItem, item.number, change.key);
        self.named("work item", &item.title);
        self.named("type of work item", &item.item_type);
        if let Some(category) = item.category {
            match self.organisation.category(category) {
                None => self.there(false, KIND, &item.title, "category"),
                Some(category) => self.require(category.project_area == item.project_area, || {
                    Rule::OtherProject { kind: KIND, name: item.title.clone(), what: "category" }
                }),
            }
        }
        if let Some(RestrictedAccess::To(audience)) = item.restricted_access {
            self.audience(KIND, &item.title, audience);
        }
    }
}
