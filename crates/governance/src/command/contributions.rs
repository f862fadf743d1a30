//! What configurations contain (docs/global-configurations.md#contributions).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::noun::found;
use super::{Command, Needs, Step};
use crate::act::Refusal;
use crate::configuration::{Configuration, ConfigurationId, ConfigurationKind, Contribution};
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::With;
use crate::user::UserId;

/// Adds a contribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddContribution {
    /// To which configuration.
    pub parent: ConfigurationId,
    /// What.
    pub contribution: Contribution,
    /// Before the one at this place, counted from 0; without: at the end.
    #[serde(default)]
    pub at: Option<usize>,
}

/// Removes a contribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveContribution {
    /// From which configuration.
    pub parent: ConfigurationId,
    /// What.
    pub contribution: Contribution,
}

/// Puts contributions in another order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReorderContributions {
    /// Of which configuration.
    pub parent: ConfigurationId,
    /// All of them, in the new order.
    pub order: Vec<Contribution>,
}

/// Puts one contribution in the place of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplaceContribution {
    /// In which configuration.
    pub parent: ConfigurationId,
    /// What is there now.
    pub old: Contribution,
    /// What shall be there.
    pub new: Contribution,
}

/// An action on the parent; a personal stream knows only `modify`.
fn need(needs: &mut Needs<'_>, parent: ConfigurationId, action: &str, with: With) {
    let item = Item::Configuration(parent);
    match needs.organisation.configuration(parent).map(|it| it.kind) {
        Some(ConfigurationKind::Personal(_)) => needs.save("modify", item),
        // What is frozen takes no such action: its reader is told so, without being asked more.
        Some(ConfigurationKind::Baseline(_)) | None => needs.sees(item),
        Some(ConfigurationKind::Stream(_)) => needs.action_with("gc.save-stream", action, item, with),
        Some(ConfigurationKind::Staging(_)) => {
            needs.action_with("gc.save-staging-stream", action, item, with);
        }
    }
}

pub(super) fn sees(needs: &mut Needs<'_>, contribution: &Contribution) {
    if let Contribution::Configuration(id) = contribution {
        needs.sees(Item::Configuration(*id));
    }
}

fn edit(
    organisation: &Organisation,
    parent: ConfigurationId,
    edit: impl FnOnce(&mut Vec<Contribution>) -> Result<(), Refusal>,
) -> Result<Vec<Event>, Refusal> {
    let configuration = found::<Configuration>(organisation, parent)?;
    if matches!(configuration.kind, ConfigurationKind::Baseline(_)) {
        let text = format!("`{}` is a baseline, which is frozen: make a stream from it", configuration.name);
        return Err(Refusal::Precondition(text));
    }
    let mut contributions = organisation.contributions(parent).to_vec();
    edit(&mut contributions)?;
    let before = organisation.facts.contributions.table().get(parent).cloned();
    // No contribution is no fact.
    let after = (!contributions.is_empty()).then(|| contributions.into());
    Ok(vec![Event::Contributions(Change { key: parent, before, after })])
}

fn place(contributions: &[Contribution], wanted: &Contribution) -> Result<usize, Refusal> {
    contributions.iter().position(|it| it == wanted).ok_or(Refusal::NotThere("contribution"))
}

fn already(organisation: &Organisation, parent: ConfigurationId, contribution: &Contribution) -> String {
    let parent = organisation.name_of(Item::Configuration(parent));
    let contribution = match contribution {
        Contribution::Configuration(id) => organisation.name_of(Item::Configuration(*id)),
        Contribution::Local(uri) => uri.to_string(),
    };
    format!("`{parent}` contains `{contribution}` already: replace it, or move it to another place")
}

impl Step for AddContribution {
    fn needs(&self, needs: &mut Needs<'_>) {
        need(needs, self.parent, "add-contribution", With::Nothing);
        sees(needs, &self.contribution);
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        edit(organisation, self.parent, |contributions| {
            if contributions.contains(&self.contribution) {
                return Err(Refusal::Precondition(already(organisation, self.parent, &self.contribution)));
            }
            let at = self.at.map_or(contributions.len(), |at| at.min(contributions.len()));
            contributions.insert(at, self.contribution.clone());
            Ok(())
        })
    }
}

impl Step for RemoveContribution {
    fn needs(&self, needs: &mut Needs<'_>) {
        need(needs, self.parent, "remove-contribution", With::Nothing);
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        edit(organisation, self.parent, |contributions| {
            contributions.remove(place(contributions, &self.contribution)?);
            Ok(())
        })
    }
}

impl Step for ReorderContributions {
    fn needs(&self, needs: &mut Needs<'_>) {
        need(needs, self.parent, "reorder-contributions", With::Nothing);
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        edit(organisation, self.parent, |contributions| {
            let known: std::collections::HashSet<_> = contributions.iter().collect();
            let named: std::collections::HashSet<_> = self.order.iter().collect();
            if known != named || self.order.len() != contributions.len() {
                let text = "the new order must name every contribution once, and nothing else";
                return Err(Refusal::Precondition(text.into()));
            }
            contributions.clone_from(&self.order);
            Ok(())
        })
    }
}

impl Step for ReplaceContribution {
    fn needs(&self, needs: &mut Needs<'_>) {
        // The second path is for what is contributed now (docs/global-configurations.md#replace-second-path).
        let contributed = needs.organisation.contributions(self.parent).contains(&self.old);
        let with = if contributed {
            With::Replacement { old: self.old.configuration(), new: self.new.configuration() }
        } else {
            With::Nothing
        };
        need(needs, self.parent, "replace-contribution", with);
        sees(needs, &self.new);
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        edit(organisation, self.parent, |contributions| {
            let at = place(contributions, &self.old)?;
            contributions[at] = self.new.clone();
            Ok(())
        })
    }
}

/// The changes after which a configuration contains exactly this, in this order.
pub fn contributions_to_become(
    parent: ConfigurationId,
    now: &[Contribution],
    wanted: Vec<Contribution>,
) -> Vec<Command> {
    let mut now = now.to_vec();
    let mut commands: Vec<Command> = Vec::new();
    let there: HashSet<Contribution> = now.iter().cloned().collect();
    let stays: HashSet<Contribution> = wanted.iter().cloned().collect();
    // What gives way to something new at its own place is replaced, which may be allowed where adding and
    // removing are not.
    for (old, new) in now.iter_mut().zip(&wanted) {
        if !stays.contains(old) && !there.contains(new) {
            let old = std::mem::replace(old, new.clone());
            commands.push(ReplaceContribution { parent, old, new: new.clone() }.into());
        }
    }
    now.retain(|contribution| {
        let stays = stays.contains(contribution);
        if !stays {
            commands.push(RemoveContribution { parent, contribution: contribution.clone() }.into());
        }
        stays
    });
    let mut there: HashSet<Contribution> = now.iter().cloned().collect();
    for (at, contribution) in wanted.iter().enumerate() {
        if there.insert(contribution.clone()) {
            now.insert(at.min(now.len()), contribution.clone());
            let contribution = contribution.clone();
            commands.push(AddContribution { parent, contribution, at: Some(at) }.into());
        }
    }
    if now != wanted {
        commands.push(ReorderContributions { parent, order: wanted }.into());
    }
    commands
}
