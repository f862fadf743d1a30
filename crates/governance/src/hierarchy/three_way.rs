//! Two configurations compared with what both come from (docs/global-configurations.md#comparing).

use std::collections::{HashMap, HashSet, VecDeque};

use super::compare::{Comparison, Difference, Pair};
use crate::configuration::{ComponentId, ConfigurationId, Contribution};
use crate::organisation::Organisation;

/// What each of two hierarchies, mine and theirs, makes of a third, the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// From the base to mine.
    pub mine: Comparison,
    /// From the base to theirs.
    pub theirs: Comparison,
    /// Everything that is not as in the base, once.
    pub merged: Vec<Merged>,
}

/// Something that one side or both have changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// In what: a configuration of the base, or one that is new.
    pub parent: ConfigurationId,
    /// What.
    pub part: Part,
    /// The pair in the comparison with mine, and what differs there.
    pub mine: Option<(usize, Difference)>,
    /// The same of theirs.
    pub theirs: Option<(usize, Difference)>,
    /// Whether both sides have changed it, and not alike.
    pub conflict: bool,
}

/// What of a configuration has been changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A contribution that the base has.
    Contribution(Contribution),
    /// A new configuration of a component, the first, second … that is new there.
    Component(ComponentId, usize),
    /// A new local configuration.
    Local(Contribution),
    /// The order of what is contained.
    Order,
    /// An attribute.
    Attribute(String),
}

impl Organisation {
    /// What mine and theirs make of the base, and where they contradict each other.
    pub fn compare_three_ways(
        &self,
        base: ConfigurationId,
        mine: ConfigurationId,
        theirs: ConfigurationId,
    ) -> Option<Merge> {
        let mine = self.compare_configurations(base, mine)?;
        let theirs = self.compare_configurations(base, theirs)?;
        let mut merged: Vec<Merged> = Vec::new();
        // What has been changed in several places of the one is compared with as many places of the other.
        let mut places: HashMap<(ConfigurationId, Part), VecDeque<usize>> = HashMap::new();
        let nothing = |parent, part| Merged { parent, part, mine: None, theirs: None, conflict: false };
        for (parent, part, change) in changes(self, &mine) {
            places.entry((parent, part.clone())).or_default().push_back(merged.len());
            merged.push(Merged { mine: Some(change), ..nothing(parent, part) });
        }
        for (parent, part, change) in changes(self, &theirs) {
            match places.get_mut(&(parent, part.clone())).and_then(VecDeque::pop_front) {
                Some(place) => merged[place].theirs = Some(change),
                None => merged.push(Merged { theirs: Some(change), ..nothing(parent, part) }),
            }
        }
        for it in &mut merged {
            it.conflict = match (&it.mine, &it.theirs) {
                (Some(mine_is), Some(theirs_is)) => !self.alike((&mine, mine_is), (&theirs, theirs_is)),
                _ => false,
            };
        }
        Some(Merge { mine, theirs, merged })
    }

    fn alike(&self, mine: Side<'_>, theirs: Side<'_>) -> bool {
        let (here, there) = (&mine.0.pairs[mine.1.0], &theirs.0.pairs[theirs.1.0]);
        match (&mine.1.1, &theirs.1.1) {
            (Difference::Moved(..), Difference::Moved(..)) => {
                here.left.or(here.right) == there.left.or(there.right)
            }
            (Difference::Reordered, Difference::Reordered) => {
                // What either side has added or taken away is a change of its own.
                let (mine, theirs) = (self.order(here), self.order(there));
                let both: [HashSet<_>; 2] = [mine.iter().collect(), theirs.iter().collect()];
                let ours = mine.iter().filter(|it| both[1].contains(it));
                ours.eq(theirs.iter().filter(|it| both[0].contains(it)))
            }
            (mine, theirs) => mine == theirs,
        }
    }

    /// What of the base is still contained, or has been replaced, in the order of now.
    fn order(&self, pair: &Pair) -> Vec<Contribution> {
        let contents = |id: Option<ConfigurationId>| id.map_or(&[][..], |id| self.contributions(id));
        let base: HashSet<&Contribution> = contents(pair.left).iter().collect();
        let replaced = pair.differences.iter().filter_map(|difference| match difference {
            Difference::Replaced(stood, stands) => Some((*stands, *stood)),
            _ => None,
        });
        let replaced: HashMap<ConfigurationId, ConfigurationId> = replaced.collect();
        let of_base = |it: &Contribution| match it.configuration().and_then(|id| replaced.get(&id)) {
            Some(stood) => Some(Contribution::Configuration(*stood)),
            None => base.contains(it).then(|| it.clone()),
        };
        contents(pair.right).iter().filter_map(of_base).collect()
    }
}

/// A difference, and the comparison in which it is.
type Side<'a> = (&'a Comparison, &'a (usize, Difference));

type Changed = (ConfigurationId, Part, (usize, Difference));

/// Every difference of a comparison, by what it changes of the base.
fn changes(organisation: &Organisation, comparison: &Comparison) -> Vec<Changed> {
    let mut changes = Vec::new();
    for (at, pair) in comparison.pairs.iter().enumerate() {
        let Some(parent) = pair.left.or(pair.right) else { continue };
        let mut new: HashMap<ComponentId, usize> = HashMap::new();
        for difference in &pair.differences {
            let (parent, part) = match difference {
                Difference::Removed(contribution) => (parent, Part::Contribution(contribution.clone())),
                Difference::Replaced(old, _) => {
                    (parent, Part::Contribution(Contribution::Configuration(*old)))
                }
                // It is from there that it is gone.
                Difference::Moved(contribution, from) => {
                    let parent = comparison.pairs[*from].left.unwrap_or(parent);
                    (parent, Part::Contribution(contribution.clone()))
                }
                Difference::Added(contribution) => {
                    let id = contribution.configuration().and_then(|id| organisation.configuration(id));
                    let part = id.map_or_else(
                        || Part::Local(contribution.clone()),
                        |it| {
                            let nth = new.entry(it.component).or_default();
                            *nth += 1;
                            Part::Component(it.component, *nth - 1)
                        },
                    );
                    (parent, part)
                }
                Difference::Reordered => (parent, Part::Order),
                Difference::Attribute(name, ..) => (parent, Part::Attribute(name.clone())),
            };
            changes.push((parent, part, (at, difference.clone())));
        }
    }
    changes
}
