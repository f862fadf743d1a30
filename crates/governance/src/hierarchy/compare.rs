//! Two configurations compared at every level (docs/global-configurations.md#comparing).

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::Hierarchy;
use crate::configuration::{ComponentId, Configuration, ConfigurationId, Contribution};
use crate::organisation::Organisation;

/// What differs from one hierarchy, the left, to another, the right.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What stands for one another, from the roots downwards; with what differs between the two.
    pub pairs: Vec<Pair>,
}

/// Two configurations of which each stands in its hierarchy where the other stands in the other; or one that
/// only one of the hierarchies has.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// In the left hierarchy.
    pub left: Option<ConfigurationId>,
    /// In the right one.
    pub right: Option<ConfigurationId>,
    /// The pair that contains it.
    pub above: Option<usize>,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// Something that differs between the two of a pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Only the right one contains it.
    Added(Contribution),
    /// Only the left one contains it.
    Removed(Contribution),
    /// Each contains another configuration of the component.
    Replaced(ConfigurationId, ConfigurationId),
    /// The right one contains it, and in the left hierarchy the left one of another pair.
    Moved(Contribution, usize),
    /// What both contain is in another order.
    Reordered,
    /// An attribute: its name, and what it is on the left and on the right.
    Attribute(String, Option<Value>, Option<Value>),
}

impl Organisation {
    /// What differs from one configuration to another, at every level.
    pub fn compare_configurations(
        &self,
        left: ConfigurationId,
        right: ConfigurationId,
    ) -> Option<Comparison> {
        let mut comparing = Comparing {
            organisation: self,
            hierarchies: [self.hierarchy(left)?, self.hierarchy(right)?],
            seen: [HashSet::new(), HashSet::new()],
            pairs: Vec::new(),
            open: VecDeque::new(),
        };
        if left != right {
            comparing.pair(Some(left), Some(right), None);
        }
        while let Some(at) = comparing.open.pop_front() {
            comparing.open(at);
        }
        let mut pairs = comparing.pairs;
        moves(&mut pairs);
        Some(Comparison { pairs })
    }
}

struct Comparing<'a> {
    organisation: &'a Organisation,
    hierarchies: [Hierarchy; 2],
    seen: [HashSet<ConfigurationId>; 2],
    pairs: Vec<Pair>,
    open: VecDeque<usize>,
}

impl Comparing<'_> {
    /// Opens a pair of which one at least has not been compared: each opening is of something new, so that
    /// there are no more of them than configurations.
    fn pair(&mut self, left: Option<ConfigurationId>, right: Option<ConfigurationId>, above: Option<usize>) {
        let [new_left, new_right] = &mut self.seen;
        let new = [left.is_some_and(|it| new_left.insert(it)), right.is_some_and(|it| new_right.insert(it))];
        if new.contains(&true) {
            self.open.push_back(self.pairs.len());
            self.pairs.push(Pair { left, right, above, differences: Vec::new() });
        }
    }

    fn open(&mut self, at: usize) {
        let Pair { left, right, .. } = self.pairs[at];
        let organisation = self.organisation;
        let contents = |id: Option<ConfigurationId>| id.map_or(&[][..], |it| organisation.contributions(it));
        let (old, new) = (contents(left), contents(right));
        let (in_old, in_new): (HashSet<_>, HashSet<_>) = (old.iter().collect(), new.iter().collect());
        let mut differences = Vec::new();
        if let Some((left, right)) = left.zip(right) {
            attributes(organisation, left, right, &mut differences);
        }
        // What only the left one contains, by component, waits for what stands in its place.
        let mut waiting: HashMap<ComponentId, VecDeque<ConfigurationId>> = HashMap::new();
        let component = |id| organisation.configuration(id).map(|it: &Configuration| it.component);
        for id in old.iter().filter(|it| !in_new.contains(it)).filter_map(Contribution::configuration) {
            waiting.entry(component(id).unwrap_or(ComponentId::new(u32::MAX))).or_default().push_back(id);
        }
        let mut replaced = HashMap::new();
        let mut added = Vec::new();
        for contribution in new.iter().filter(|it| !in_old.contains(it)) {
            let id = contribution.configuration();
            let stood =
                id.and_then(component).and_then(|it| waiting.get_mut(&it)).and_then(VecDeque::pop_front);
            match stood.zip(id) {
                Some((stood, stands)) => {
                    replaced.insert(stood, stands);
                }
                None => added.push(contribution),
            }
        }
        for contribution in old.iter().filter(|it| !in_new.contains(it)) {
            match contribution.configuration().and_then(|id| Some((id, *replaced.get(&id)?))) {
                Some((stood, stands)) => {
                    differences.push(Difference::Replaced(stood, stands));
                    self.pair(Some(stood), Some(stands), Some(at));
                }
                None => {
                    differences.push(Difference::Removed(contribution.clone()));
                    self.one_sided(contribution, 0, at);
                }
            }
        }
        for contribution in added {
            differences.push(Difference::Added(contribution.clone()));
            self.one_sided(contribution, 1, at);
        }
        // In one order both lists of what stayed, under the names that the right one has for it.
        let stayed = old.iter().filter_map(|it| match it.configuration().and_then(|id| replaced.get(&id)) {
            Some(stands) => Some(Contribution::Configuration(*stands)),
            None => in_new.contains(it).then(|| it.clone()),
        });
        let stands: HashSet<_> = replaced.values().map(|id| Contribution::Configuration(*id)).collect();
        let stays = new.iter().filter(|it| in_old.contains(it) || stands.contains(it));
        if left.is_some() && right.is_some() && !stayed.eq(stays.cloned()) {
            differences.push(Difference::Reordered);
        }
        self.pairs[at].differences = differences;
    }

    /// Goes on into what only one hierarchy has; what the other has too is the same there.
    fn one_sided(&mut self, contribution: &Contribution, side: usize, above: usize) {
        let Some(id) = contribution.configuration() else { return };
        if self.hierarchies[1 - side].place(id).is_none() {
            let (left, right) = if side == 0 { (Some(id), None) } else { (None, Some(id)) };
            self.pair(left, right, Some(above));
        }
    }
}

/// What was removed here and added there was moved.
fn moves(pairs: &mut [Pair]) {
    let mut removed: HashMap<Contribution, VecDeque<usize>> = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        for difference in &pair.differences {
            if let Difference::Removed(contribution) = difference {
                removed.entry(contribution.clone()).or_default().push_back(at);
            }
        }
    }
    let mut moved: HashSet<(Contribution, usize)> = HashSet::new();
    for pair in &mut *pairs {
        for difference in &mut pair.differences {
            if let Difference::Added(contribution) = difference
                && let Some(from) = removed.get_mut(contribution).and_then(VecDeque::pop_front)
            {
                moved.insert((contribution.clone(), from));
                *difference = Difference::Moved(contribution.clone(), from);
            }
        }
    }
    if moved.is_empty() {
        return;
    }
    for (at, pair) in pairs.iter_mut().enumerate() {
        pair.differences.retain(|it| match it {
            Difference::Removed(contribution) => !moved.contains(&(contribution.clone(), at)),
            _ => true,
        });
    }
}

/// What is kept of a configuration besides its name, its kind and what it contains.
fn attributes(
    organisation: &Organisation,
    left: ConfigurationId,
    right: ConfigurationId,
    differences: &mut Vec<Difference>,
) {
    let sides = organisation.configuration(left).zip(organisation.configuration(right));
    let Some((left, right)) = sides else { return };
    let mut differ = |name: String, left: Option<Value>, right: Option<Value>| {
        if left != right {
            differences.push(Difference::Attribute(name, left, right));
        }
    };
    let setting = |it: &Configuration| it.kind.team_area().map(|it| organisation.setting_text(it).into());
    differ("team_area".to_owned(), setting(left), setting(right));
    let effective =
        |it: &Configuration| Some(organisation.team_text(organisation.effective_team_area(it)).into());
    differ("effective_team_area".to_owned(), effective(left), effective(right));
    differ("archived".to_owned(), Some(left.archived.into()), Some(right.archived.into()));
    let names: std::collections::BTreeSet<&str> =
        left.carried.iter().chain(right.carried.iter()).map(|(name, _)| name).collect();
    for name in names {
        let (old, new) = (left.carried.get(name), right.carried.get(name));
        match (name, old.and_then(Value::as_object), new.and_then(Value::as_object)) {
            ("attributes", old, new) if old.is_some() || new.is_some() => {
                let each = |it: Option<&serde_json::Map<String, Value>>| {
                    it.into_iter().flat_map(|it| it.keys().cloned()).collect::<Vec<_>>()
                };
                let keys: std::collections::BTreeSet<String> =
                    each(old).into_iter().chain(each(new)).collect();
                for key in keys {
                    let value = |it: Option<&serde_json::Map<String, Value>>| it?.get(&key).cloned();
                    differ(format!("attributes/{key}"), value(old), value(new));
                }
            }
            _ => differ(name.to_owned(), old.cloned(), new.cloned()),
        }
    }
}
