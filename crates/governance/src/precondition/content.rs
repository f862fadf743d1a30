//! What new baselines contain of what a precondition forbids, worked out once for all of them.

use std::collections::{HashMap, HashSet};

use crate::configuration::{ComponentId, ConfigurationId, Contribution};
use crate::organisation::Organisation;

/// What is below configurations, each looked at once, after all that it contains.
pub(crate) struct Contents {
    /// Of the components that have several configurations among all of them, the places of those.
    several: HashMap<ComponentId, Vec<usize>>,
    /// How many places there are.
    places: usize,
    below: HashMap<ConfigurationId, Below>,
}

/// What a configuration contains at any depth.
#[derive(Clone, Debug, Default)]
pub(super) struct Below {
    /// Whether a component occurs twice, the configuration's own counted.
    pub(super) skewed: bool,
    /// Whether something archived is there.
    pub(super) archived: bool,
    /// The places of what is there, one bit each; none where it is skewed, as is then whatever contains it.
    has: Vec<u64>,
}

impl Contents {
    /// For these and whatever is made of what they contain.
    pub(crate) fn of(organisation: &Organisation, roots: impl IntoIterator<Item = ConfigurationId>) -> Self {
        let mut open: Vec<ConfigurationId> = roots.into_iter().collect();
        let mut met: HashSet<ConfigurationId> = open.iter().copied().collect();
        let mut components: HashMap<ComponentId, usize> = HashMap::new();
        while let Some(id) = open.pop() {
            if let Some(configuration) = organisation.configuration(id) {
                *components.entry(configuration.component).or_default() += 1;
            }
            open.extend(global(organisation, id).filter(|child| met.insert(*child)));
        }
        let several = components.into_iter().filter(|(_, count)| *count > 1);
        let several = several.map(|(component, _)| (component, Vec::new())).collect();
        Self { several, places: 0, below: HashMap::new() }
    }

    /// What is below one of them.
    pub(super) fn below(&mut self, organisation: &Organisation, id: ConfigurationId) -> &Below {
        let mut open = Vec::new();
        self.meet(id, &mut open);
        while let Some((at, next)) = open.last_mut() {
            let at = *at;
            match organisation.contributions(at).get(*next) {
                Some(contribution) => {
                    *next += 1;
                    if let Contribution::Configuration(child) = contribution {
                        self.meet(*child, &mut open);
                    }
                }
                None => {
                    open.pop();
                    let below = self.put_together(organisation, at);
                    self.below.insert(at, below);
                }
            }
        }
        self.below.entry(id).or_default()
    }

    /// What was refused is not made: its number is that of the next.
    pub(crate) fn forget(&mut self, id: ConfigurationId) {
        self.below.remove(&id);
    }

    fn meet(&mut self, id: ConfigurationId, open: &mut Vec<(ConfigurationId, usize)>) {
        // Noted before it is known, so that a cycle, which a rule will refuse, has an end.
        self.below.entry(id).or_insert_with(|| {
            open.push((id, 0));
            Below::default()
        });
    }

    fn put_together(&mut self, organisation: &Organisation, id: ConfigurationId) -> Below {
        let mut whole = Below::default();
        for child in global(organisation, id) {
            let Some(part) = self.below.get(&child) else { continue };
            whole.skewed |= part.skewed;
            whole.archived |= part.archived || is_archived(organisation, child);
            if whole.has.len() < part.has.len() {
                whole.has.resize(part.has.len(), 0);
            }
            whole.has.iter_mut().zip(&part.has).for_each(|(all, some)| *all |= some);
        }
        let component = organisation.configuration(id).map(|it| it.component);
        if let Some(places) = component.and_then(|component| self.several.get_mut(&component)) {
            let (word, bit) = (self.places / 64, self.places % 64);
            if whole.has.len() <= word {
                whole.has.resize(word + 1, 0);
            }
            whole.has[word] |= 1 << bit;
            places.push(self.places);
            self.places += 1;
        }
        let has =
            |place: &&usize| whole.has.get(**place / 64).is_some_and(|it| it >> (**place % 64) & 1 == 1);
        let twice = |places: &Vec<usize>| places.iter().filter(has).nth(1).is_some();
        if whole.skewed || self.several.values().any(twice) {
            whole = Below { skewed: true, has: Vec::new(), ..whole };
        }
        whole
    }
}

fn global(organisation: &Organisation, id: ConfigurationId) -> impl Iterator<Item = ConfigurationId> {
    organisation.contributions(id).iter().filter_map(Contribution::configuration)
}

/// Whether a configuration is archived, by itself or with its component.
pub(super) fn is_archived(organisation: &Organisation, id: ConfigurationId) -> bool {
    organisation.configuration(id).is_some_and(|it| {
        it.archived || organisation.component(it.component).is_some_and(|component| component.archived)
    })
}
