//! Skew: one component with several configurations in one hierarchy
//! (docs/global-configurations.md#skew).

use std::collections::HashSet;

use super::{Above, Hierarchy};
use crate::configuration::{ComponentId, ConfigurationId, ConfigurationKind};
use crate::organisation::Organisation;

/// A component that occurs with several configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Which.
    pub component: ComponentId,
    /// The places of its configurations in the hierarchy, two at least.
    pub places: Vec<usize>,
}

/// One of the configurations of a skewed component in the place of all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The one that stays.
    pub keep: ConfigurationId,
    /// Each contribution that gives way: in what, and what.
    pub replace: Vec<(ConfigurationId, ConfigurationId)>,
    /// What contains something that should give way and is frozen.
    pub frozen: Vec<ConfigurationId>,
}

impl Hierarchy {
    /// Every component that occurs with several configurations, by the place of the first.
    pub fn skews(&self, organisation: &Organisation) -> Vec<Skew> {
        let component = |id: &ConfigurationId| organisation.configuration(*id).map(|it| it.component);
        let mut occurring: Vec<(ComponentId, usize)> = (self.configurations.iter().enumerate())
            .filter_map(|(place, id)| Some((component(id)?, place)))
            .collect();
        occurring.sort_unstable();
        let several = occurring.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
        let skew = |same: &[(ComponentId, usize)]| Skew {
            component: same[0].0,
            places: same.iter().map(|(_, place)| *place).collect(),
        };
        let mut skews: Vec<Skew> = several.map(skew).collect();
        skews.sort_by_key(|skew| skew.places[0]);
        skews
    }

    /// How a skew can be resolved: for each of its configurations what would have to give way to it. One that
    /// contains something in which it would have to stand is no offer, and nothing gives the root's place
    /// away.
    pub fn offers(&self, organisation: &Organisation, above: &Above, skew: &Skew) -> Vec<Offer> {
        let kept = skew.places.iter().filter(|place| **place == 0 || skew.places[0] != 0);
        kept.filter_map(|keep| {
            let others = skew.places.iter().filter(|place| *place != keep);
            let parents = |place: &usize| above.of(*place).iter().map(|parent| *parent as usize);
            let replace: Vec<(usize, usize)> =
                others.flat_map(|old| parents(old).map(|parent| (parent, *old))).collect();
            let contained = self.at_any_depth(*keep);
            let cycle = replace.iter().any(|(parent, _)| contained.contains(parent));
            let frozen = |place: usize| {
                let parent = organisation.configuration(self.configurations[place]);
                parent.is_some_and(|it| matches!(it.kind, ConfigurationKind::Baseline(_)))
            };
            let id = |place: usize| self.configurations[place];
            let mut baselines: Vec<_> =
                replace.iter().map(|(parent, _)| *parent).filter(|it| frozen(*it)).collect();
            baselines.dedup();
            (!cycle).then(|| Offer {
                keep: id(*keep),
                replace: replace.iter().map(|(parent, old)| (id(*parent), id(*old))).collect(),
                frozen: baselines.into_iter().map(id).collect(),
            })
        })
        .collect()
    }

    /// The place itself and the places of all that it contains.
    fn at_any_depth(&self, place: usize) -> HashSet<usize> {
        let mut found = HashSet::from([place]);
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            let below = self.below(place).iter().map(|it| *it as usize);
            open.extend(below.filter(|it| found.insert(*it)));
        }
        found
    }
}
