//! Components (docs/global-configurations.md#components).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::created;
use super::{Edited, Needs, Noun, Step};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::configuration::{Component, ComponentId, Configuration, ConfigurationKind, TeamAreaSetting};
use crate::event::Event;
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;
use crate::vocabulary::Vocabulary;

/// Makes a component: unassigned, with an initial stream and an initial baseline, which inherit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateComponent {
    /// Where.
    pub project_area: AreaId,
    /// Unique there.
    pub name: Name,
    /// `description`, `tags`, `attributes`, `links`.
    #[serde(default)]
    pub carried: Carried,
}

impl Step for CreateComponent {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action("gc.save-component", "create", Item::Area(self.project_area));
        needs.new_tags(self.project_area, self.carried.get("tags"));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let id = Component::next(organisation);
        let vocabulary = Vocabulary::of_area(organisation, self.project_area);
        let component = Component {
            project_area: self.project_area,
            name: self.name.clone(),
            team_area: None,
            archived: false,
            carried: vocabulary.with_defaults("component", &self.carried),
        };
        let initial = |kind: ConfigurationKind, word: &str| Configuration {
            component: id,
            kind,
            name: format!("{} Initial {word}", self.name).into(),
            source: None,
            archived: false,
            carried: vocabulary.with_defaults(kind.word(), &Carried::NOTHING),
        };
        let stream = Configuration::next(organisation);
        let baseline = initial(ConfigurationKind::Baseline(TeamAreaSetting::Inherit), "Baseline");
        Ok(vec![
            created(organisation, component),
            created(organisation, initial(ConfigurationKind::Stream(TeamAreaSetting::Inherit), "Stream")),
            Configuration::event(Id::new(stream.number() + 1), None, Some(baseline)),
        ])
    }
}

/// A key of a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum ComponentKey {
    Name(Name),
    /// `None`: unassigned. Asked in the area that governs it now.
    TeamArea(Option<AreaId>),
    Carried(Name, Option<Value>),
}

impl Edited for Component {
    type Key = ComponentKey;
    fn item(id: ComponentId) -> Option<Item> {
        Some(Item::Component(id))
    }
    fn change_needs(&self, id: ComponentId, key: &ComponentKey, needs: &mut Needs<'_>) {
        let action = match key {
            ComponentKey::Name(_) => "modify-attributes",
            ComponentKey::TeamArea(to) => {
                to.iter().for_each(|team| needs.sees(Item::Area(*team)));
                "modify-team-area"
            }
            ComponentKey::Carried(key, value) => {
                if &**key == "tags" {
                    needs.new_tags(self.project_area, value.as_ref());
                }
                attribute(key)
            }
        };
        needs.save(action, Item::Component(id));
    }
    fn put(&mut self, organisation: &Organisation, key: &ComponentKey) -> Result<(), Refusal> {
        match key {
            ComponentKey::Name(name) => self.name = name.clone(),
            ComponentKey::TeamArea(to) => {
                to.map_or(Ok(()), |team| active_team(organisation, team))?;
                self.team_area = *to;
            }
            ComponentKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}

/// The action that a carried key of a component or configuration needs.
pub(super) fn attribute(key: &str) -> &'static str {
    if key == "links" { "modify-links" } else { "modify-attributes" }
}

/// Nothing is given to an archived team area, which could not change it.
pub(super) fn active_team(organisation: &Organisation, team: AreaId) -> Result<(), Refusal> {
    match organisation.index.law(team) {
        Some(law) if law.archived => {
            let name = organisation.area(team).map(|area| area.name.clone()).unwrap_or_else(|| "".into());
            let text = format!("team area `{name}` is archived: choose an active one, or unassigned");
            Err(Refusal::Precondition(text))
        }
        Some(_) => Ok(()),
        None => Err(Refusal::NotThere("team area")),
    }
}
