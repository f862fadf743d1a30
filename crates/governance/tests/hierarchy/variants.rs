//! Hierarchies of which several variants exist.

use governance::{Change, ConfigurationId, Contribution, Event, Organisation};
use sample::{Chance, HIERARCHY_ROOT, organisation_with_hierarchy};

pub(crate) const SEEDS: std::ops::Range<u64> = 0..12;

/// How far the numbers of a configuration and its variant lie apart: both are streams of one component.
const VARIANTS: [u32; 2] = [2, 4];

/// A hierarchy and two variants of it. Each configuration of a variant contains what its original does, or a
/// variant of that, but for some that are left out, added from further below, or put in another order.
pub(crate) fn variants(seed: u64) -> (Organisation, [ConfigurationId; 3]) {
    let events: Vec<Event> = organisation_with_hierarchy(40, seed).collect();
    let mut organisation = Organisation::default().after(&events);
    let hierarchy = organisation.hierarchy(HIERARCHY_ROOT).expect("the sample has its root");
    let mut chance = Chance::new(seed);
    for variant in VARIANTS {
        let mut events = Vec::new();
        for (place, id) in hierarchy.configurations().iter().enumerate() {
            let mut contributions = Vec::new();
            for child in hierarchy.below(place) {
                let original = hierarchy.configurations()[*child as usize];
                let other = of_variant(original, chance.of([0, variant, variant, variant]));
                if !chance.percent(10) {
                    contributions.push(Contribution::Configuration(other));
                }
                if chance.percent(15) {
                    // What is further below cannot close a cycle.
                    let deeper = hierarchy.below(*child as usize);
                    let deeper = chance.pick(deeper).map(|it| hierarchy.configurations()[*it as usize]);
                    contributions
                        .extend(deeper.map(|it| Contribution::Configuration(of_variant(it, variant))));
                }
            }
            if chance.percent(20) {
                contributions.push(Contribution::Local(format!("https://rm.example.com/{place}").into()));
            }
            if chance.percent(20) {
                chance.shuffle(&mut contributions);
            }
            let mut seen = std::collections::HashSet::new();
            contributions.retain(|it| seen.insert(it.clone()));
            let after = (!contributions.is_empty()).then(|| contributions.into());
            events.push(Event::Contributions(Change { key: of_variant(*id, variant), before: None, after }));
        }
        organisation.apply(&events);
    }
    (organisation, [0, VARIANTS[0], VARIANTS[1]].map(|it| of_variant(HIERARCHY_ROOT, it)))
}

fn of_variant(original: ConfigurationId, variant: u32) -> ConfigurationId {
    ConfigurationId::new(original.number() + variant)
}
