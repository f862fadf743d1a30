//! Test artefacts (docs/applications.md#qm).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Created, Edited, Needs};
use crate::act::Refusal;
use crate::application_items::{TestArtefact, TestArtefactId};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;

/// A key of a test artefact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum TestArtefactKey {
    Name(Name),
    TeamArea(Option<AreaId>),
    Carried(Name, Option<Value>),
}

impl Created for TestArtefact {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        let area = Item::Area(self.team_area.unwrap_or(self.project_area));
        needs.action(&format!("qm.save-{}", self.kind.word()), "create", area);
        needs.sees(Item::Area(self.project_area));
    }
}

impl Edited for TestArtefact {
    type Key = TestArtefactKey;
    fn item(id: TestArtefactId) -> Option<Item> {
        Some(Item::TestArtefact(id))
    }
    fn change_needs(&self, id: TestArtefactId, key: &TestArtefactKey, needs: &mut Needs<'_>) {
        needs.save("modify", Item::TestArtefact(id));
        if let TestArtefactKey::TeamArea(Some(team)) = key {
            needs.sees(Item::Area(*team));
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &TestArtefactKey) -> Result<(), Refusal> {
        match key {
            TestArtefactKey::Name(name) => self.name = name.clone(),
            TestArtefactKey::TeamArea(team) => self.team_area = *team,
            TestArtefactKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
