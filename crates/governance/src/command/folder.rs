//! Folders of requirements (docs/applications.md#rm).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Created, Edited, Needs};
use crate::access_group::Audience;
use crate::act::Refusal;
use crate::application_items::{Folder, FolderId};
use crate::configuration::TeamAreaSetting;
use crate::decision::home_area;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;

const SAVE: &str = "rm.save-folder";

/// A key of a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum FolderKey {
    Name(Name),
    Parent(Option<FolderId>),
    TeamArea(TeamAreaSetting),
    Read(Option<Audience>),
    Carried(Name, Option<Value>),
}

/// Where something lies: in a folder, or at the top of the project area.
pub(super) fn place(project_area: AreaId, folder: Option<FolderId>) -> Item {
    folder.map_or(Item::Area(project_area), Item::Folder)
}

/// What a setting names must be visible.
pub(super) fn sees_team(needs: &mut Needs<'_>, setting: TeamAreaSetting) {
    if let TeamAreaSetting::Assigned(team) = setting {
        needs.sees(Item::Area(team));
    }
}

/// Whether what inherits its team ownership comes under another area when it is put elsewhere.
pub(super) fn changes_hands(needs: &Needs<'_>, item: Item, setting: TeamAreaSetting, to: Item) -> bool {
    setting == TeamAreaSetting::Inherit
        && home_area(needs.organisation, item) != home_area(needs.organisation, to)
}

fn sees_audience(needs: &mut Needs<'_>, audience: Option<Audience>) {
    if let Some(Audience::MembersOf(area)) = audience {
        needs.sees(Item::Area(area));
    }
}

impl Created for Folder {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        needs.action(SAVE, "create", place(self.project_area, self.parent));
        sees_team(needs, self.team_area);
        sees_audience(needs, self.read);
    }
}

impl Edited for Folder {
    type Key = FolderKey;
    fn item(id: FolderId) -> Option<Item> {
        Some(Item::Folder(id))
    }
    fn change_needs(&self, id: FolderId, key: &FolderKey, needs: &mut Needs<'_>) {
        let item = Item::Folder(id);
        match key {
            FolderKey::Name(_) | FolderKey::Carried(..) => needs.action(SAVE, "modify", item),
            FolderKey::Parent(parent) => {
                needs.action(SAVE, "modify", item);
                let to = place(self.project_area, *parent);
                if changes_hands(needs, item, self.team_area, to) {
                    needs.action(SAVE, "modify-team-ownership", item);
                }
                needs.action(SAVE, "create", to);
            }
            FolderKey::TeamArea(setting) => {
                needs.action(SAVE, "modify-team-ownership", item);
                sees_team(needs, *setting);
            }
            FolderKey::Read(audience) => {
                needs.action(SAVE, "modify", item);
                sees_audience(needs, *audience);
            }
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &FolderKey) -> Result<(), Refusal> {
        match key {
            FolderKey::Name(name) => self.name = name.clone(),
            FolderKey::Parent(parent) => self.parent = *parent,
            FolderKey::TeamArea(setting) => self.team_area = *setting,
            FolderKey::Read(audience) => self.read = *audience,
            FolderKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
