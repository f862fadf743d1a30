//! Folders of requirements (docs/applications.md#rm).

use governance::{AreaId, Folder, FolderId, FolderKey, Id, Item, Subject, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::audience::{NewReadScope, ReadScope};
use super::body::Key;
use super::kept::{Kept, Place, kept};
use super::nested::{at_path, path_of};
use super::resolve::{CarriedKeys, carried, name, setting_text, team_area_setting};
use crate::problem::Problem;

kept! {
    Folder, "folders",
    FolderPath {
        /// Its number or its reference, such as `rm:Requirements#folder:Safety/Brakes`.
        folder
    },
    "a folder", "folders", "Delete a folder for good."
}

/// A folder.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Folder")]
pub(super) struct FolderShown {
    number: u32,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    name: String,
    /// The path of the folder that it is nested in.
    parent: Option<String>,
    /// Who may change it and what lies in it: `inherit`, `unassigned`, or a slash path of names.
    team_area: String,
    /// Who alone may read it and what lies in it.
    read: Option<ReadScope>,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

/// A new folder.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"name": "Brakes", "parent": "Safety", "read": {"team_area": "Safety Team"}}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a folder")]
pub(super) struct NewFolder {
    name: String,
    /// The path of the folder that it shall be nested in.
    parent: Option<String>,
    /// Default: `inherit`.
    team_area: Option<String>,
    read: Option<NewReadScope>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct FolderChange {
    #[serde(default)]
    name: Key<String>,
    /// The path of the folder to nest it in; null: at the top.
    #[serde(default)]
    parent: Key<Option<String>>,
    /// `inherit`, `unassigned`, or a slash path of names.
    #[serde(default)]
    team_area: Key<String>,
    #[serde(default)]
    read: Key<Option<NewReadScope>>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// The folder at a path.
pub(super) fn folder_at(
    view: &View,
    project_area: AreaId,
    path: Option<&str>,
    pointer: &str,
) -> Result<Option<FolderId>, Problem> {
    path.map(|path| at_path(view, project_area, "folder", path, pointer)).transpose()
}

impl Kept for Folder {
    type Shown = FolderShown;
    type New = NewFolder;
    type Keys = FolderChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.name }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::Folder(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> FolderShown {
        FolderShown {
            number: id.number(),
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            name: self.name.to_string(),
            parent: self.parent.map(|parent| path_of(view, parent)),
            team_area: setting_text(view, self.team_area),
            read: self.read.map(|audience| ReadScope::of(view, audience)),
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewFolder) -> Result<Self, Problem> {
        let setting = new.team_area.map(|text| team_area_setting(view, project_area, &text, "/team_area"));
        Ok(Self {
            project_area,
            parent: folder_at(view, project_area, new.parent.as_deref(), "/parent")?,
            name: name(&new.name, "/name")?,
            team_area: setting.transpose()?.unwrap_or_default(),
            read: new.read.map(|read| read.audience(view, project_area, "/read")).transpose()?,
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: FolderChange) -> Result<Vec<FolderKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.name.0 {
            set.push(FolderKey::Name(name(text, "/name")?));
        }
        if let Some(path) = &change.parent.0 {
            set.push(FolderKey::Parent(folder_at(view, self.project_area, path.as_deref(), "/parent")?));
        }
        if let Some(text) = &change.team_area.0 {
            let setting = team_area_setting(view, self.project_area, text, "/team_area")?;
            set.push(FolderKey::TeamArea(setting));
        }
        if let Some(read) = change.read.0 {
            let audience = read.map(|read| read.audience(view, self.project_area, "/read"));
            set.push(FolderKey::Read(audience.transpose()?));
        }
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(FolderKey::Carried));
        Ok(set)
    }
}
