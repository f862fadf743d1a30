//! Requirements artefacts (docs/applications.md#rm).

use governance::{AreaId, Artefact, ArtefactKey, Id, Item, Subject, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Key;
use super::folder::folder_at;
use super::kept::{Kept, Place, kept};
use super::nested::path_of;
use super::resolve::{CarriedKeys, carried, name, new_number, setting_text, team_area_setting};
use crate::problem::Problem;

kept! {
    Artefact, "artefacts",
    ArtefactPath {
        /// Its id or its reference, such as `rm:Requirements#artefact:7`.
        artefact
    },
    "an artefact", "artefacts", "Delete an artefact for good."
}

/// A requirements artefact.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Artefact")]
pub(super) struct ArtefactShown {
    /// Its number, unique on the server.
    id: u64,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    /// Such as `requirement`.
    #[serde(rename = "type")]
    artefact_type: String,
    title: String,
    /// The path of the folder that it lies in.
    folder: Option<String>,
    /// Who may change it: `inherit`, `unassigned`, or a slash path of names.
    team_area: String,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

/// A new artefact.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"type": "requirement", "title": "The brake shall hold on a slope", "folder": "Safety/Brakes"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of an artefact")]
pub(super) struct NewArtefact {
    /// Default: the next one.
    #[schemars(range(min = 1))]
    id: Option<u64>,
    #[serde(rename = "type")]
    artefact_type: String,
    title: String,
    /// The path of the folder that it shall lie in.
    folder: Option<String>,
    /// Default: `inherit`.
    team_area: Option<String>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct ArtefactChange {
    #[serde(default, rename = "type")]
    artefact_type: Key<String>,
    #[serde(default)]
    title: Key<String>,
    /// The path of the folder to put it in; null: at the top.
    #[serde(default)]
    folder: Key<Option<String>>,
    /// `inherit`, `unassigned`, or a slash path of names.
    #[serde(default)]
    team_area: Key<String>,
    #[serde(default)]
    description: Key<Option<String>>,
}

impl Kept for Artefact {
    type Shown = ArtefactShown;
    type New = NewArtefact;
    type Keys = ArtefactChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.title }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::Artefact(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> ArtefactShown {
        ArtefactShown {
            id: self.number,
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            artefact_type: self.item_type.to_string(),
            title: self.title.to_string(),
            folder: self.folder.map(|folder| path_of(view, folder)),
            team_area: setting_text(view, self.team_area),
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewArtefact) -> Result<Self, Problem> {
        let setting = new.team_area.map(|text| team_area_setting(view, project_area, &text, "/team_area"));
        Ok(Self {
            project_area,
            number: new_number(new.id)?,
            item_type: name(&new.artefact_type, "/type")?,
            title: name(&new.title, "/title")?,
            folder: folder_at(view, project_area, new.folder.as_deref(), "/folder")?,
            team_area: setting.transpose()?.unwrap_or_default(),
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: ArtefactChange) -> Result<Vec<ArtefactKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.artefact_type.0 {
            set.push(ArtefactKey::Type(name(text, "/type")?));
        }
        if let Some(text) = &change.title.0 {
            set.push(ArtefactKey::Title(name(text, "/title")?));
        }
        if let Some(path) = &change.folder.0 {
            set.push(ArtefactKey::Folder(folder_at(view, self.project_area, path.as_deref(), "/folder")?));
        }
        if let Some(text) = &change.team_area.0 {
            let setting = team_area_setting(view, self.project_area, text, "/team_area")?;
            set.push(ArtefactKey::TeamArea(setting));
        }
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(ArtefactKey::Carried));
        Ok(set)
    }
}
