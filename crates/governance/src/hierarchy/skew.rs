//! Skew: one component with several configurations in one hierarchy
//! (docs/global-configurations.md#skew).

use std::collections::{HashMap, HashSet};

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
    /// In how many places another gives way to it.
    pub places: usize,
    /// What contains something that should give way and is frozen: the first of it.
    pub frozen: Vec<ConfigurationId>,
}

/// So many configurations of one component are told, and offered to stay, and so many baselines that stand in
/// the way of an offer: what all of them come to grows with the square of how many there are.
pub(super) const TOLD: usize = 100;

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

    /// How a skew can be resolved: for each of its first configurations what would have to give way to it. One
    /// that contains something in which it would have to stand is no offer, and nothing gives the root's place
    /// away.
    pub fn offers(&self, organisation: &Organisation, above: &Above, skew: &Skew) -> Vec<Offer> {
        let parents = |place: usize| above.of(place).iter().map(|parent| *parent as usize);
        let all: usize = skew.places.iter().map(|place| above.of(*place).len()).sum();
        // What contains one of them alone, or several.
        let mut containing: HashMap<usize, Option<usize>> = HashMap::new();
        for place in &skew.places {
            for parent in parents(*place) {
                containing.entry(parent).and_modify(|alone| *alone = None).or_insert(Some(*place));
            }
        }
        let contains_another =
            |parent: &usize, keep: usize| containing.get(parent).is_some_and(|alone| *alone != Some(keep));
        let frozen = |place: &usize| {
            let parent = organisation.configuration(self.configurations[*place]);
            parent.is_some_and(|it| matches!(it.kind, ConfigurationKind::Baseline(_)))
        };
        let mut baselines: Vec<usize> = containing.keys().copied().filter(frozen).collect();
        baselines.sort_unstable();
        let kept = skew.places.iter().copied().filter(|place| *place == 0 || skew.places[0] != 0);
        let possible = kept
            .take(TOLD)
            .filter(|keep| !self.at_any_depth(*keep).iter().any(|parent| contains_another(parent, *keep)));
        let offer = |keep: usize| {
            let frozen = baselines.iter().filter(|parent| contains_another(parent, keep)).take(TOLD);
            Offer {
                keep: self.configurations[keep],
                places: all - above.of(keep).len(),
                frozen: frozen.map(|place| self.configurations[*place]).collect(),
            }
        };
        possible.map(offer).collect()
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
