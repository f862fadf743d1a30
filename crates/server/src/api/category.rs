//! Categories of work items (docs/applications.md#categories).

use governance::{AreaId, Category, CategoryId, CategoryKey, Id, Item, Subject, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Key;
use super::kept::{Kept, Place, kept};
use super::nested::{at_path, path_of};
use super::resolve::{CarriedKeys, carried, name, team_area, team_area_text};
use crate::problem::Problem;

kept! {
    Category, "categories",
    CategoryPath {
        /// Its number or its reference, such as `ccm:Development#category:Core/Security`.
        category
    },
    "a category", "categories"
}

/// A category.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Category")]
pub(super) struct CategoryShown {
    number: u32,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    name: String,
    /// The path of the category that it is nested in.
    parent: Option<String>,
    /// The team area that governs what is filed here: `unassigned`, or a slash path of names.
    team_area: String,
    /// Whether only that team reads what is filed here and below.
    restrict_access: bool,
    /// Whether pickers leave it out.
    restrict_visibility: bool,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

/// A new category.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"name": "Security", "parent": "Core", "team_area": "Core", "restrict_access": true}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a category")]
pub(super) struct NewCategory {
    name: String,
    /// The path of the category that it shall be nested in.
    parent: Option<String>,
    /// Default: `unassigned`.
    team_area: Option<String>,
    #[serde(default)]
    restrict_access: bool,
    #[serde(default)]
    restrict_visibility: bool,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct CategoryChange {
    #[serde(default)]
    name: Key<String>,
    /// The path of the category to nest it in; null: at the top.
    #[serde(default)]
    parent: Key<Option<String>>,
    /// `unassigned`, or a slash path of names.
    #[serde(default)]
    team_area: Key<String>,
    #[serde(default)]
    restrict_access: Key<bool>,
    #[serde(default)]
    restrict_visibility: Key<bool>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// The category at a path.
pub(super) fn category_at(
    view: &View,
    project_area: AreaId,
    path: Option<&str>,
    pointer: &str,
) -> Result<Option<CategoryId>, Problem> {
    path.map(|path| at_path(view, project_area, "category", path, pointer)).transpose()
}

impl Kept for Category {
    type Shown = CategoryShown;
    type New = NewCategory;
    type Keys = CategoryChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.name }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::Category(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> CategoryShown {
        CategoryShown {
            number: id.number(),
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            name: self.name.to_string(),
            parent: self.parent.map(|parent| path_of(view, parent)),
            team_area: team_area_text(view, self.team_area),
            restrict_access: self.restrict_access,
            restrict_visibility: self.restrict_visibility,
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewCategory) -> Result<Self, Problem> {
        let team = new.team_area.map(|text| team_area(view, project_area, &text, "/team_area"));
        Ok(Self {
            project_area,
            parent: category_at(view, project_area, new.parent.as_deref(), "/parent")?,
            name: name(&new.name, "/name")?,
            team_area: team.transpose()?.flatten(),
            restrict_access: new.restrict_access,
            restrict_visibility: new.restrict_visibility,
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: CategoryChange) -> Result<Vec<CategoryKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.name.0 {
            set.push(CategoryKey::Name(name(text, "/name")?));
        }
        if let Some(path) = &change.parent.0 {
            let parent = category_at(view, self.project_area, path.as_deref(), "/parent")?;
            set.push(CategoryKey::Parent(parent));
        }
        if let Some(text) = &change.team_area.0 {
            let team = team_area(view, self.project_area, text, "/team_area")?;
            set.push(CategoryKey::TeamArea(team));
        }
        set.extend(change.restrict_access.0.map(CategoryKey::RestrictAccess));
        set.extend(change.restrict_visibility.0.map(CategoryKey::RestrictVisibility));
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(CategoryKey::Carried));
        Ok(set)
    }
}
