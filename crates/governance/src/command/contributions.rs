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
use crate::rules::too_many_contributions;
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

/// Puts a whole list in the place of what a configuration contains. It needs what the single changes would:
/// to add, to remove, to reorder, and each replacement with its two sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetContributions {
    /// Of which configuration.
    pub parent: ConfigurationId,
    /// What it contains afterwards, in this order.
    pub wanted: Vec<Contribution>,
}

/// How one list becomes another.
struct Becoming<'a> {
    /// What gives way to something new at its own place, which may be allowed where adding and removing are
    /// not.
    replaced: Vec<(&'a Contribution, &'a Contribution)>,
    removed: bool,
    added: Vec<&'a Contribution>,
    reordered: bool,
}

impl<'a> Becoming<'a> {
    fn of(now: &'a [Contribution], wanted: &'a [Contribution]) -> Self {
        let mut there: HashSet<&Contribution> = now.iter().collect();
        let stays: HashSet<&Contribution> = wanted.iter().collect();
        let mut replaced = Vec::new();
        let mut kept = Vec::with_capacity(now.len());
        for (at, old) in now.iter().enumerate() {
            if stays.contains(old) {
                kept.push(old);
            } else if let Some(new) = wanted.get(at).filter(|new| there.insert(*new)) {
                replaced.push((old, new));
                kept.push(new);
            }
        }
        let removed = kept.len() < now.len();
        let there: HashSet<&Contribution> = kept.iter().copied().collect();
        let (in_order, added): (Vec<_>, Vec<_>) = wanted.iter().partition(|it| there.contains(it));
        Self { replaced, removed, added, reordered: in_order != kept }
    }
}

impl Step for SetContributions {
    fn needs(&self, needs: &mut Needs<'_>) {
        let organisation = needs.organisation;
        if let Some(too_many) = too_many_contributions(organisation, self.parent, self.wanted.len()) {
            return needs.defer(Item::Configuration(self.parent), Refusal::Rules(vec![too_many]));
        }
        let becoming = Becoming::of(organisation.contributions(self.parent), &self.wanted);
        for (old, new) in &becoming.replaced {
            let with = With::Replacement { old: old.configuration(), new: new.configuration() };
            need(needs, self.parent, "replace-contribution", with);
            sees(needs, new);
        }
        let actions = [
            ("remove-contribution", becoming.removed),
            ("add-contribution", !becoming.added.is_empty()),
            ("reorder-contributions", becoming.reordered),
        ];
        for (action, _) in actions.into_iter().filter(|(_, asked)| *asked) {
            need(needs, self.parent, action, With::Nothing);
        }
        for contribution in becoming.added {
            sees(needs, contribution);
        }
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        edit(organisation, self.parent, |contributions| {
            contributions.clone_from(&self.wanted);
            Ok(())
        })
    }
}

/// The change after which a configuration contains exactly this, in this order; none where it does.
pub fn contributions_to_become(
    parent: ConfigurationId,
    now: &[Contribution],
    wanted: Vec<Contribution>,
) -> Option<Command> {
    (now != wanted).then(|| SetContributions { parent, wanted }.into())
}
