//! Configurations (docs/global-configurations.md#operations).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::component::{active_team, attribute};
use super::noun::{changed, created, found};
use super::{Command, Edited, Needs, Noun, ReplaceContribution, Step};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::catalogue::RepositoryOperation;
use crate::configuration::{
    Configuration, ConfigurationId, ConfigurationKind, Contribution, TeamAreaSetting,
};
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::text::Name;
use crate::user::UserId;
use crate::vocabulary::Vocabulary;

/// Makes a configuration from a stream or baseline. It copies the source's Team Area setting, its
/// contributions and, unless it is given its own, its attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateConfiguration {
    /// What it is made from; a baseline is made from a stream.
    pub source: ConfigurationId,
    /// What it is.
    pub kind: NewConfiguration,
    /// Unique among the component's configurations of the kind.
    pub name: Name,
    /// `description`, `tags`, `attributes`, `links`.
    #[serde(default)]
    pub carried: Carried,
    /// In place: the configuration in which it takes the place of its source; both happen or neither.
    #[serde(default)]
    pub in_place_in: Option<ConfigurationId>,
}

/// What a new configuration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the documentation")]
pub enum NewConfiguration {
    Stream,
    Baseline,
    Staging,
    /// It belongs to whoever makes it.
    Personal,
}

impl NewConfiguration {
    fn operation(self) -> &'static str {
        match self {
            Self::Stream => "gc.save-stream",
            Self::Baseline => "gc.save-baseline",
            Self::Staging => "gc.save-staging-stream",
            Self::Personal => "gc.save-personal-stream",
        }
    }
    fn kind(self, setting: TeamAreaSetting, by: UserId) -> ConfigurationKind {
        match self {
            Self::Stream => ConfigurationKind::Stream(setting),
            Self::Baseline => ConfigurationKind::Baseline(setting),
            Self::Staging => ConfigurationKind::Staging(setting),
            Self::Personal => ConfigurationKind::Personal(by),
        }
    }
}

impl Step for CreateConfiguration {
    fn needs(&self, needs: &mut Needs<'_>) {
        let source = Item::Configuration(self.source);
        needs.action(self.kind.operation(), "create", source);
        if let Some(area) = needs.organisation.project_of_item(source) {
            needs.new_tags(area, self.carried.get("tags"));
        }
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        let source = found::<Configuration>(organisation, self.source)?;
        let id = Configuration::next(organisation);
        let kind = self.kind.kind(source.kind.team_area().unwrap_or_default(), by);
        let new = Configuration {
            component: source.component,
            kind,
            name: self.name.clone(),
            source: Some(self.source),
            archived: false,
            carried: vocabulary(organisation, source).made_of(&source.carried, kind.word(), &self.carried),
        };
        let mut events = vec![created(organisation, new)];
        if let Some(contributions) = organisation.facts.contributions.table().get(self.source) {
            let after = Some(contributions.clone());
            events.push(Event::Contributions(Change { key: id, before: None, after }));
        }
        Ok(events)
    }
    fn then(&self, after: &Organisation) -> Vec<Command> {
        let word = self.kind.kind(TeamAreaSetting::Inherit, UserId::new(0)).word();
        let component = after.configuration(self.source).map(|source| source.component);
        let new = component.and_then(|it| after.configuration_named(it, word, &self.name));
        let replacement = self.in_place_in.zip(new).map(|(parent, new)| ReplaceContribution {
            parent,
            old: Contribution::Configuration(self.source),
            new: Contribution::Configuration(new),
        });
        replacement.into_iter().map(Command::from).collect()
    }
}

/// Ends a staging stream: it becomes a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitStagingStream {
    /// Which.
    pub stream: ConfigurationId,
}

impl Step for CommitStagingStream {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action("gc.save-staging-stream", "commit", Item::Configuration(self.stream));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let event = changed(organisation, self.stream, |stream: &mut Configuration| {
            if let ConfigurationKind::Staging(setting) = stream.kind {
                stream.kind = ConfigurationKind::Baseline(setting);
                let vocabulary = vocabulary(organisation, stream);
                stream.carried = vocabulary.kept_as(stream.kind.word(), &stream.carried);
            }
            Ok(())
        })?;
        Ok(vec![event])
    }
}

/// That of the project area of a configuration.
pub(super) fn vocabulary(organisation: &Organisation, of: &Configuration) -> Vocabulary {
    let component = organisation.component(of.component);
    component.map_or_else(Vocabulary::default, |it| Vocabulary::of_area(organisation, it.project_area))
}

/// A key of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum ConfigurationKey {
    Name(Name),
    /// Asked in the area that governs it now.
    TeamArea(TeamAreaSetting),
    /// Whose personal stream it is. Only who manages the server gives one away.
    Owner(UserId),
    Carried(Name, Option<Value>),
}

impl Edited for Configuration {
    type Key = ConfigurationKey;
    fn item(id: ConfigurationId) -> Option<Item> {
        Some(Item::Configuration(id))
    }
    fn change_needs(&self, id: ConfigurationId, key: &ConfigurationKey, needs: &mut Needs<'_>) {
        if let ConfigurationKey::Carried(key, value) = key
            && &**key == "tags"
            && let Some(area) = needs.organisation.project_of_item(Item::Configuration(id))
        {
            needs.new_tags(area, value.as_ref());
        }
        let action = match key {
            ConfigurationKey::Owner(_) => {
                needs.sees(Item::Configuration(id));
                return needs.repository(RepositoryOperation::manage_server());
            }
            _ if self.kind.owner().is_some() => "modify",
            ConfigurationKey::Name(_) => "modify-attributes",
            ConfigurationKey::TeamArea(_) => "modify-team-area",
            ConfigurationKey::Carried(key, _) => attribute(key),
        };
        needs.save(action, Item::Configuration(id));
        if let ConfigurationKey::TeamArea(TeamAreaSetting::Assigned(team)) = key {
            needs.sees(Item::Area(*team));
        }
    }
    fn put(&mut self, organisation: &Organisation, key: &ConfigurationKey) -> Result<(), Refusal> {
        match key {
            ConfigurationKey::Name(name) => self.name = name.clone(),
            ConfigurationKey::TeamArea(_) if self.kind.owner().is_some() => {
                let text = format!("`{}` is a personal stream, and those have no Team Area", self.name);
                return Err(Refusal::Precondition(text));
            }
            ConfigurationKey::TeamArea(setting) => {
                if let TeamAreaSetting::Assigned(team) = setting {
                    active_team(organisation, *team)?;
                }
                self.kind = self.kind.with_team_area(*setting);
            }
            ConfigurationKey::Owner(owner) => match &mut self.kind {
                ConfigurationKind::Personal(now) => *now = *owner,
                _ => {
                    let text = format!("`{}` is no personal stream, and only those have an owner", self.name);
                    return Err(Refusal::Precondition(text));
                }
            },
            ConfigurationKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}
