//! Contributions (docs/global-configurations.md#contributions, #what-a-new-contribution-must-be).

use std::collections::{HashMap, HashSet};

use super::{Check, Rule};
use crate::configuration::{ConfigurationId, ConfigurationKind, Contribution, Contributions};
use crate::event::Change;
use crate::organisation::Organisation;
use crate::reference::is_uri;

/// So many contributions a configuration has at most (docs/global-configurations.md#contributions).
const MOST_CONTRIBUTIONS: usize = 10_000;

/// That a list would have more than it may.
pub(crate) fn too_many_contributions(
    organisation: &Organisation,
    parent: ConfigurationId,
    count: usize,
) -> Option<Rule> {
    let name = || organisation.configuration(parent).map(|it| it.name.clone()).unwrap_or_default();
    (count > MOST_CONTRIBUTIONS).then(|| Rule::TooManyContributions {
        parent: name(),
        count,
        most: MOST_CONTRIBUTIONS,
    })
}

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;
type Set<'a> = HashSet<&'a Contribution, foldhash::fast::FixedState>;

impl Check<'_> {
    pub(super) fn contributions(&mut self, change: &Change<ConfigurationId, Contributions>) {
        let (organisation, parent_id) = (self.organisation, change.key);
        let Some(contributions) = &change.after else { return };
        let Some(parent) = organisation.configuration(parent_id) else {
            return self.there(false, "contributions of", &"".into(), "configuration");
        };
        if change.before.iter().all(|before| before.len() < contributions.len())
            && let Some(too_many) = too_many_contributions(organisation, parent_id, contributions.len())
        {
            // The rest would be told of each that is too many.
            return self.fail(too_many);
        }
        let project = organisation.component(parent.component).map(|it| it.project_area);
        let before: Set<'_> = change.before.iter().flat_map(|it| it.iter()).collect();
        // A copy of the source's contributions adds nothing that was not there.
        let source = parent.source.filter(|_| self.made.contains(&parent_id));
        let copied: Set<'_> =
            source.map(|it| organisation.contributions(it)).unwrap_or_default().iter().collect();
        let mut seen = Set::default();
        if contributions.iter().any(|it| !before.contains(it)) {
            self.grown.push((parent_id, self.event));
        }
        for contribution in contributions.iter() {
            let id = match contribution {
                Contribution::Configuration(id) => *id,
                Contribution::Local(uri) => {
                    self.require(is_uri(uri), || Rule::NotAUri(uri.clone()));
                    let new = seen.insert(contribution);
                    self.require(new, || Rule::ContributionTwice {
                        parent: parent.name.clone(),
                        contribution: uri.clone(),
                    });
                    continue;
                }
            };
            let Some(configuration) = organisation.configuration(id) else {
                let (parent, contribution) = (parent.name.clone(), "a configuration".to_owned());
                self.fail(Rule::NoContribution { parent, contribution });
                continue;
            };
            let names = || (parent.name.clone(), configuration.name.clone());
            let component = organisation.component(configuration.component);
            let archived = configuration.archived || component.is_some_and(|it| it.archived);
            if component.map(|it| it.project_area) != project {
                self.fail(Rule::ContributionElsewhere(parent.name.clone()));
                continue;
            }
            let (parent_name, contribution_name) = names();
            if id == parent_id {
                self.fail(Rule::ContainsItself(parent_name));
            } else if !seen.insert(contribution) {
                self.fail(Rule::ContributionTwice { parent: parent_name, contribution: contribution_name });
            // A document tells of what was contributed before it was archived.
            } else if archived
                && !self.made.contains(&id)
                && !before.contains(contribution)
                && !copied.contains(contribution)
            {
                self.fail(Rule::ArchivedContribution {
                    parent: parent_name,
                    contribution: contribution_name,
                });
            }
        }
        self.baselines_only(parent_id);
    }

    /// A baseline contains baselines only, among global configurations.
    pub(super) fn baselines_only(&mut self, parent: ConfigurationId) {
        let organisation = self.organisation;
        let Some(frozen) =
            organisation.configuration(parent).filter(|it| matches!(it.kind, ConfigurationKind::Baseline(_)))
        else {
            return;
        };
        for configuration in global(organisation, parent).filter_map(|id| organisation.configuration(id)) {
            if !matches!(configuration.kind, ConfigurationKind::Baseline(_)) {
                let (parent, contribution) = (frozen.name.clone(), configuration.name.clone());
                self.fail(Rule::NotABaseline { parent, contribution });
            }
        }
    }

    /// No configuration contains itself at any depth. A cycle that the events closed goes through a list to
    /// which one of them added something; each configuration below those is walked once.
    pub(super) fn no_contribution_cycle(&mut self) {
        let organisation = self.organisation;
        let grown = std::mem::take(&mut self.grown);
        let events: Map<ConfigurationId, usize> = grown.iter().copied().collect();
        let mut states: Map<ConfigurationId, State> = Map::default();
        for (start, _) in grown {
            if states.contains_key(&start) {
                continue;
            }
            let mut stack = vec![(start, 0)];
            states.insert(start, State::OnThePath);
            while let Some((parent, at)) = stack.last_mut() {
                let Some(contribution) = organisation.contributions(*parent).get(*at) else {
                    states.insert(*parent, State::Done);
                    stack.pop();
                    continue;
                };
                *at += 1;
                let Contribution::Configuration(child) = contribution else { continue };
                match states.get(child) {
                    Some(State::Done) => {}
                    // That a configuration contains itself directly has been told already.
                    Some(State::OnThePath) if child == parent => {}
                    Some(State::OnThePath) => {
                        let from = stack.iter().position(|(it, _)| it == child).unwrap_or_default();
                        let ids: Vec<_> = stack[from..].iter().map(|(it, _)| *it).chain([*child]).collect();
                        let event = ids.iter().filter_map(|it| events.get(it)).max();
                        let text = |id: &ConfigurationId| {
                            organisation.configuration(*id).map(|it| organisation.configuration_text(it))
                        };
                        let rule = Rule::ContributionCycle(ids.iter().filter_map(text).collect());
                        self.fail_at(event.copied().unwrap_or_default(), rule);
                    }
                    None => {
                        states.insert(*child, State::OnThePath);
                        stack.push((*child, 0));
                    }
                }
            }
        }
    }
}

enum State {
    OnThePath,
    Done,
}

fn global(organisation: &Organisation, parent: ConfigurationId) -> impl Iterator<Item = ConfigurationId> {
    organisation.contributions(parent).iter().filter_map(Contribution::configuration)
}
