//! Work items (docs/applications.md#work-items).

use governance::{AreaId, Command, Edit, Id, Item, Subject, View, WorkItem, WorkItemKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::audience::{NewRestriction, Restriction};
use super::body::Key;
use super::category::category_at;
use super::kept::{Kept, Place, kept};
use super::nested::path_of;
use super::resolve::{CarriedKeys, carried, found, name, new_number};
use super::route::Api;
use crate::problem::Problem;

kept! {
    WorkItem, "work-items",
    WorkItemPath {
        /// Its id or its reference, such as `ccm:Development#work-item:101`.
        work_item
    },
    "a work item", "work items", "Delete a work item for good."
}

/// Those that all nouns of a project area have, and those that only work items have.
pub(super) fn all_routes(api: &mut Api) {
    routes(api);
    api.act("/work-items/{work_item}/state", "Take a step of a work item's workflow.", step);
}

/// A work item.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WorkItem")]
pub(super) struct WorkItemShown {
    /// Its number, unique on the server.
    id: u64,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    /// Such as `defect`.
    #[serde(rename = "type")]
    item_type: String,
    title: String,
    /// The path of the category that it is filed against.
    category: Option<String>,
    /// Who alone reads it; null: as its category says.
    restricted_access: Option<Restriction>,
    /// Where it is in its workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

/// A new work item.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"type": "defect", "title": "Key leak", "category": "Core/Security"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a work item")]
pub(super) struct NewWorkItem {
    /// Default: the next one.
    #[schemars(range(min = 1))]
    id: Option<u64>,
    #[serde(rename = "type")]
    item_type: String,
    title: String,
    /// The path of the category to file it against.
    category: Option<String>,
    restricted_access: Option<NewRestriction>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct WorkItemChange {
    #[serde(default, rename = "type")]
    item_type: Key<String>,
    #[serde(default)]
    title: Key<String>,
    /// The path of the category to file it against; null: against none.
    #[serde(default)]
    category: Key<Option<String>>,
    /// Null: as its category says.
    #[serde(default)]
    restricted_access: Key<Option<NewRestriction>>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// A step of a workflow.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `action` and `to`")]
struct WorkflowStep {
    /// The workflow action, for which there can be a permission of its own.
    action: String,
    /// The state that it leads to.
    to: String,
}

fn step(view: &View, path: WorkItemPath, step: WorkflowStep) -> Result<Command, Problem> {
    let id = found(view.find::<WorkItem>(path.as_ref()))?;
    let key = WorkItemKey::State { action: name(&step.action, "/action")?, to: name(&step.to, "/to")? };
    Ok(Edit { id, set: vec![key] }.into())
}

impl Kept for WorkItem {
    type Shown = WorkItemShown;
    type New = NewWorkItem;
    type Keys = WorkItemChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.title }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::WorkItem(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> WorkItemShown {
        WorkItemShown {
            id: self.number,
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            item_type: self.item_type.to_string(),
            title: self.title.to_string(),
            category: self.category.map(|category| path_of(view, category)),
            restricted_access: self.restricted_access.map(|it| Restriction::of(view, it)),
            state: carried(&self.carried, "state"),
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewWorkItem) -> Result<Self, Problem> {
        let restricted = new.restricted_access.map(|it| it.access(view, project_area, "/restricted_access"));
        Ok(Self {
            project_area,
            number: new_number(new.id)?,
            item_type: name(&new.item_type, "/type")?,
            title: name(&new.title, "/title")?,
            category: category_at(view, project_area, new.category.as_deref(), "/category")?,
            restricted_access: restricted.transpose()?,
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: WorkItemChange) -> Result<Vec<WorkItemKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.item_type.0 {
            set.push(WorkItemKey::Type(name(text, "/type")?));
        }
        if let Some(text) = &change.title.0 {
            set.push(WorkItemKey::Title(name(text, "/title")?));
        }
        if let Some(path) = &change.category.0 {
            let category = category_at(view, self.project_area, path.as_deref(), "/category")?;
            set.push(WorkItemKey::Category(category));
        }
        if let Some(restricted) = change.restricted_access.0 {
            let access = restricted.map(|it| it.access(view, self.project_area, "/restricted_access"));
            set.push(WorkItemKey::RestrictedAccess(access.transpose()?));
        }
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(WorkItemKey::Carried));
        Ok(set)
    }
}
