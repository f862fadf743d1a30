//! One contribution in the place of another throughout a hierarchy
//! (docs/global-configurations.md#replacing-everywhere).

use serde::{Deserialize, Serialize};

use super::contributions::sees;
use super::{Command, Needs, Refusals, RemoveContribution, ReplaceContribution, Step};
use crate::act::Refusal;
use crate::configuration::{ConfigurationId, ConfigurationKind, Contribution};
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::user::UserId;

/// Replaces a contribution wherever it is in a hierarchy: everywhere or nowhere. Each configuration that
/// contains it is asked about its own replacement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplaceEverywhere {
    /// In whose hierarchy.
    pub root: ConfigurationId,
    /// What gives way.
    pub old: Contribution,
    /// What takes its place; where it is already, the old one is only removed.
    pub new: Contribution,
}

impl ReplaceEverywhere {
    /// Each configuration of the hierarchy that contains what gives way, with the command for it alone.
    pub(crate) fn places(&self, organisation: &Organisation) -> Vec<(ConfigurationId, Command)> {
        let Some(hierarchy) = organisation.hierarchy(self.root) else { return Vec::new() };
        if self.old == self.new {
            return Vec::new();
        }
        let places = hierarchy.configurations().iter().filter_map(|parent| {
            let contributions = organisation.contributions(*parent);
            contributions.contains(&self.old).then(|| (*parent, contributions.contains(&self.new)))
        });
        let command = |(parent, there): (ConfigurationId, bool)| {
            let (old, new) = (self.old.clone(), self.new.clone());
            let command = if there {
                RemoveContribution { parent, contribution: old }.into()
            } else {
                ReplaceContribution { parent, old, new }.into()
            };
            (parent, command)
        };
        places.map(command).collect()
    }
}

impl Step for ReplaceEverywhere {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.sees(Item::Configuration(self.root));
        sees(needs, &self.old);
        sees(needs, &self.new);
        for (_, command) in self.places(needs.organisation) {
            command.step().needs(needs);
        }
    }
    fn refusals(&self) -> Refusals {
        Refusals::Every
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        if self.old == self.new {
            return Err(Refusal::Nothing);
        }
        let places = self.places(organisation);
        let text = |id: ConfigurationId| format!("`{}`", organisation.local_reference(id));
        if places.is_empty() {
            let (root, old) = (text(self.root), organisation.contribution_text(&self.old));
            return Err(Refusal::Precondition(format!("{root} does not contain `{old}` at any level")));
        }
        let frozen = |id: &ConfigurationId| {
            let kind = organisation.configuration(*id).map(|it| it.kind);
            matches!(kind, Some(ConfigurationKind::Baseline(_)))
        };
        let frozen: Vec<_> = places.iter().map(|(id, _)| *id).filter(frozen).map(text).collect();
        if !frozen.is_empty() {
            let text = "which is frozen, contains what shall be replaced: branch the hierarchy, or replace it in part";
            return Err(Refusal::Precondition(format!("{}, {text}", frozen.join(", "))));
        }
        let mut events = Vec::with_capacity(places.len());
        for (_, command) in places {
            events.extend(command.step().events(organisation, by)?);
        }
        Ok(events)
    }
}
