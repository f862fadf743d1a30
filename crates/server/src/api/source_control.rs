//! Streams and components of source control (docs/applications.md#source-control-visibility).

use governance::{AreaId, Id, Item, ScmItem, ScmItemKey, ScmKind, ScmVisibility, Subject, View};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::audience::group;
use super::body::Key;
use super::kept::{Kept, Place, kept};
use super::owner::OwnerText;
use super::resolve::{CarriedKeys, carried, name};
use crate::problem::Problem;

kept! {
    ScmItem, "scm",
    ScmPath {
        /// Its number or its reference, such as `ccm:Development#stream:Web Main`.
        scm_item
    },
    "a stream or component of source control", "streams and components of source control",
    "Delete a stream or component of source control for good."
}

/// A stream or component of source control.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScmItem")]
pub(super) struct ScmItemShown {
    number: u32,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    #[schemars(schema_with = "kinds")]
    kind: ScmKind,
    name: String,
    owner: OwnerText,
    /// Who reads it.
    visibility: VisibilityText,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": ["stream", "component"]})
}

/// Who reads something of source control.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    expecting = "`private`, `team-private`, `project`, `public`, or an object with `access_group`"
)]
#[schemars(rename = "ScmVisibility")]
pub(super) enum VisibilityText {
    /// Its owner, a user.
    Private,
    /// The members of the owning team area and of those below it.
    TeamPrivate,
    /// The members and administrators of the project area or of a team area in it.
    Project,
    /// Whoever reads the project area.
    Public,
    /// The members of an access group, by name.
    #[serde(rename = "access_group")]
    AccessGroup(String),
}

impl VisibilityText {
    fn of(view: &View, visibility: ScmVisibility) -> Self {
        match visibility {
            ScmVisibility::Private => Self::Private,
            ScmVisibility::TeamPrivate => Self::TeamPrivate,
            ScmVisibility::Project => Self::Project,
            ScmVisibility::Public => Self::Public,
            ScmVisibility::AccessGroup(group) => {
                Self::AccessGroup(view.see(group).map(|group| group.name.to_string()).unwrap_or_default())
            }
        }
    }

    fn visibility(&self, view: &View) -> Result<ScmVisibility, Problem> {
        Ok(match self {
            Self::Private => ScmVisibility::Private,
            Self::TeamPrivate => ScmVisibility::TeamPrivate,
            Self::Project => ScmVisibility::Project,
            Self::Public => ScmVisibility::Public,
            Self::AccessGroup(name) => ScmVisibility::AccessGroup(group(view, name, "/visibility")?),
        })
    }
}

/// A new stream or component.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"kind": "stream", "name": "Web Main", "owner": {"team_area": "Web UI"}, "visibility": "team-private"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a stream or component")]
pub(super) struct NewScmItem {
    #[schemars(schema_with = "kinds")]
    kind: ScmKind,
    name: String,
    /// Default: the project area.
    owner: Option<OwnerText>,
    /// Default: `public`.
    visibility: Option<VisibilityText>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct ScmItemChange {
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    owner: Key<OwnerText>,
    #[serde(default)]
    visibility: Key<VisibilityText>,
    #[serde(default)]
    description: Key<Option<String>>,
}

impl Kept for ScmItem {
    type Shown = ScmItemShown;
    type New = NewScmItem;
    type Keys = ScmItemChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.name }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::ScmItem(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> ScmItemShown {
        ScmItemShown {
            number: id.number(),
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            kind: self.kind,
            name: self.name.to_string(),
            owner: OwnerText::of(view, self.owner),
            visibility: VisibilityText::of(view, self.visibility),
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewScmItem) -> Result<Self, Problem> {
        let owner = new.owner.map(|owner| owner.owner(view, project_area));
        let visibility = new.visibility.map(|visibility| visibility.visibility(view));
        Ok(Self {
            project_area,
            kind: new.kind,
            name: name(&new.name, "/name")?,
            owner: owner.transpose()?.unwrap_or_default(),
            visibility: visibility.transpose()?.unwrap_or_default(),
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: ScmItemChange) -> Result<Vec<ScmItemKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.name.0 {
            set.push(ScmItemKey::Name(name(text, "/name")?));
        }
        if let Some(owner) = &change.owner.0 {
            set.push(ScmItemKey::Owner(owner.owner(view, self.project_area)?));
        }
        if let Some(visibility) = &change.visibility.0 {
            set.push(ScmItemKey::Visibility(visibility.visibility(view)?));
        }
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(ScmItemKey::Carried));
        Ok(set)
    }
}
