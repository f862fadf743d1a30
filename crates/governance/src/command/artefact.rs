//! Requirements artefacts (docs/applications.md#rm).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::folder::{changes_hands, place, sees_team};
use super::noun::Noun;
use super::{Created, Edited, Needs};
use crate::act::Refusal;
use crate::application_items::{Artefact, ArtefactId, FolderId};
use crate::configuration::TeamAreaSetting;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::text::Name;

const SAVE: &str = "rm.save-artifact";

/// A key of a requirements artefact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum ArtefactKey {
    Type(Name),
    Title(Name),
    Folder(Option<FolderId>),
    TeamArea(TeamAreaSetting),
    Carried(Name, Option<Value>),
}

impl Created for Artefact {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        let item = place(self.project_area, self.folder);
        needs.identified(SAVE, "create/type", &self.item_type, item);
        sees_team(needs, self.team_area);
    }
    /// The number 0 asks for the next one.
    fn complete(&mut self, organisation: &Organisation) {
        if self.number == 0 {
            let first = u64::from(Self::next(organisation).number()) + 1;
            let free = |number: &u64| organisation.artefact_numbered(*number).is_none();
            self.number = (first..).find(free).unwrap_or(first);
        }
    }
}

impl Edited for Artefact {
    type Key = ArtefactKey;
    fn item(id: ArtefactId) -> Option<Item> {
        Some(Item::Artefact(id))
    }
    /// A role can be limited to types and to attributes, so that a change asks for both
    /// (docs/applications.md#by-type-and-by-attribute).
    fn change_needs(&self, id: ArtefactId, key: &ArtefactKey, needs: &mut Needs<'_>) {
        let item = Item::Artefact(id);
        let mut attribute = |key: &str| {
            needs.identified(SAVE, "modify/type", &self.item_type, item);
            needs.identified(SAVE, "modify/attribute", key, item);
        };
        match key {
            ArtefactKey::Title(_) => attribute("title"),
            ArtefactKey::Carried(key, _) => attribute(key),
            ArtefactKey::Type(to) => {
                attribute("type");
                needs.identified(SAVE, "modify/type", to, item);
            }
            ArtefactKey::Folder(folder) => {
                attribute("folder");
                let to = place(self.project_area, *folder);
                if changes_hands(needs, item, self.team_area, to) {
                    needs.action(SAVE, "modify-team-ownership", item);
                }
                needs.identified(SAVE, "create/type", &self.item_type, to);
            }
            ArtefactKey::TeamArea(setting) => {
                needs.action(SAVE, "modify-team-ownership", item);
                sees_team(needs, *setting);
            }
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &ArtefactKey) -> Result<(), Refusal> {
        match key {
            ArtefactKey::Type(id) => self.item_type = id.clone(),
            ArtefactKey::Title(title) => self.title = title.clone(),
            ArtefactKey::Folder(folder) => self.folder = *folder,
            ArtefactKey::TeamArea(setting) => self.team_area = *setting,
            ArtefactKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
