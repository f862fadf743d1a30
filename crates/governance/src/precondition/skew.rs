//! What the hierarchies of new baselines contain that a precondition forbids.

use std::collections::HashMap;

use crate::configuration::{ComponentId, ConfigurationId, Contribution};
use crate::organisation::Organisation;

/// A hierarchy as it is walked: each configuration once, with the one through which it was first reached.
pub(super) struct Below {
    /// In the order in which they were reached, the roots first.
    pub(super) reached: Vec<ConfigurationId>,
    through: HashMap<ConfigurationId, Option<ConfigurationId>>,
}

impl Below {
    /// Everything at and below these.
    pub(super) fn of(organisation: &Organisation, roots: impl IntoIterator<Item = ConfigurationId>) -> Self {
        let mut below = Self { reached: Vec::new(), through: HashMap::new() };
        for root in roots {
            below.reach(root, None);
        }
        let mut at = 0;
        while let Some(&parent) = below.reached.get(at) {
            for contribution in organisation.contributions(parent) {
                if let Contribution::Configuration(child) = contribution {
                    below.reach(*child, Some(parent));
                }
            }
            at += 1;
        }
        below
    }

    fn reach(&mut self, id: ConfigurationId, through: Option<ConfigurationId>) {
        if let std::collections::hash_map::Entry::Vacant(new) = self.through.entry(id) {
            new.insert(through);
            self.reached.push(id);
        }
    }

    /// The shortest way down to one of them, as references within the project area.
    pub(super) fn path(&self, organisation: &Organisation, to: ConfigurationId) -> Vec<String> {
        let up = std::iter::successors(Some(to), |at| self.through.get(at).copied().flatten());
        let mut ids: Vec<_> = up.collect();
        ids.reverse();
        let text = |id: ConfigurationId| {
            organisation.configuration(id).map(|it| organisation.configuration_text(it))
        };
        ids.into_iter().filter_map(text).collect()
    }

    /// For each component that occurs with several configurations the first two of them.
    pub(super) fn skewed(
        &self,
        organisation: &Organisation,
    ) -> Vec<(ComponentId, ConfigurationId, ConfigurationId)> {
        let mut first: HashMap<ComponentId, Option<ConfigurationId>> = HashMap::new();
        let mut found = Vec::new();
        for &id in &self.reached {
            let Some(configuration) = organisation.configuration(id) else { continue };
            match first.entry(configuration.component) {
                std::collections::hash_map::Entry::Vacant(new) => drop(new.insert(Some(id))),
                std::collections::hash_map::Entry::Occupied(mut seen) => {
                    // The pair is told once, however many there are.
                    found.extend(seen.insert(None).map(|other| (configuration.component, other, id)));
                }
            }
        }
        found
    }
}
