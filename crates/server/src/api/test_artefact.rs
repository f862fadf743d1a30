//! Test artefacts (docs/applications.md#qm).

use governance::{AreaId, Id, Item, Subject, TestArtefact, TestArtefactKey, TestArtefactKind, View};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Key;
use super::kept::{Kept, Place, kept};
use super::resolve::{CarriedKeys, carried, name, team_area, team_area_text};
use crate::problem::Problem;

kept! {
    TestArtefact, "test-artefacts",
    TestArtefactPath {
        /// Its number or its reference, such as `qm:Test#test-case:Sign in`.
        test_artefact
    },
    "a test artefact", "test artefacts", "Delete a test artefact for good."
}

/// A test artefact.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestArtefact")]
pub(super) struct TestArtefactShown {
    number: u32,
    reference: String,
    /// The reference of the project area.
    project_area: String,
    #[schemars(schema_with = "kinds")]
    kind: TestArtefactKind,
    name: String,
    /// The team area that governs it: `unassigned`, or a slash path of names.
    team_area: String,
    archived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": TestArtefactKind::ALL.map(TestArtefactKind::word)})
}

/// A new test artefact.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"kind": "test-case", "name": "Sign in", "team_area": "unassigned"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a test artefact")]
pub(super) struct NewTestArtefact {
    #[schemars(schema_with = "kinds")]
    kind: TestArtefactKind,
    name: String,
    /// Default: `unassigned`.
    team_area: Option<String>,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
pub(super) struct TestArtefactChange {
    #[serde(default)]
    name: Key<String>,
    /// `unassigned`, or a slash path of names.
    #[serde(default)]
    team_area: Key<String>,
    #[serde(default)]
    description: Key<Option<String>>,
}

impl Kept for TestArtefact {
    type Shown = TestArtefactShown;
    type New = NewTestArtefact;
    type Keys = TestArtefactChange;

    fn place(&self) -> Place<'_> {
        Place { project_area: self.project_area, archived: self.archived, name: &self.name }
    }
    fn subject(id: Id<Self>) -> Subject {
        Subject::TestArtefact(id)
    }

    fn show(&self, view: &View, id: Id<Self>) -> TestArtefactShown {
        TestArtefactShown {
            number: id.number(),
            reference: view.reference_of(id),
            project_area: view.reference(Item::Area(self.project_area)),
            kind: self.kind,
            name: self.name.to_string(),
            team_area: team_area_text(view, self.team_area),
            archived: self.archived,
            description: carried(&self.carried, "description"),
        }
    }

    fn make(view: &View, project_area: AreaId, new: NewTestArtefact) -> Result<Self, Problem> {
        let team = new.team_area.map(|text| team_area(view, project_area, &text, "/team_area"));
        Ok(Self {
            project_area,
            kind: new.kind,
            name: name(&new.name, "/name")?,
            team_area: team.transpose()?.flatten(),
            archived: false,
            carried: CarriedKeys::default().with("description", &new.description)?.all(),
        })
    }

    fn keys(&self, view: &View, change: TestArtefactChange) -> Result<Vec<TestArtefactKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &change.name.0 {
            set.push(TestArtefactKey::Name(name(text, "/name")?));
        }
        if let Some(text) = &change.team_area.0 {
            let team = team_area(view, self.project_area, text, "/team_area")?;
            set.push(TestArtefactKey::TeamArea(team));
        }
        let carried = CarriedKeys::default().with("description", &change.description)?;
        set.extend(carried.keys(TestArtefactKey::Carried));
        Ok(set)
    }
}
