//! Plans (docs/applications.md#plans-releases-queries-builds).

use governance::{AreaId, Id, Item, Plan, PlanKey, Subject, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Key;
use super::kept::{Kept, Place, kept};
use super::owner::OwnerText;
use super::resolve::{CarriedKeys, carried, name};
use crate::problem::Problem;

kept! {
    Plan, "plans",
    PlanPath {
        /// Its number or its reference, such as `ccm:Development#plan:Release 1`.
        plan
    },
    "a plan", "plans", "Delete a plan for good."
}

/// A plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub(super) struct PlanShown {
    number: u32,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    name: String,
    owner: OwnerText,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

/// A new plan.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"name": "Release 2", "owner": {"team_area": "Core"}}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a plan")]
pub(super) struct NewPlan {
    name: String,
    /// Default: the project area.
    owner: Option<OwnerText>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct PlanChange {
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    owner: Key<OwnerText>,
    #[serde(default)]
    description: Key<Option<String>>,
}

impl Kept for Plan {
    type Shown = PlanShown;
    type New = NewPlan;
    type Keys = PlanChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.name }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::Plan(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> PlanShown {
        PlanShown {
            number: id.number(),
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            name: self.name.to_string(),
            owner: OwnerText::of(view, self.owner),
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewPlan) -> Result<Self, Problem> {
        let owner = new.owner.map(|owner| owner.owner(view, project_area));
        Ok(Self {
            project_area,
            name: name(&new.name, "/name")?,
            owner: owner.transpose()?.unwrap_or_default(),
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: PlanChange) -> Result<Vec<PlanKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.name.0 {
            set.push(PlanKey::Name(name(text, "/name")?));
        }
        if let Some(owner) = &change.owner.0 {
            set.push(PlanKey::Owner(owner.owner(view, self.project_area)?));
        }
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(PlanKey::Carried));
        Ok(set)
    }
}
