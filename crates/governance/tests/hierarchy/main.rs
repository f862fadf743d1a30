//! Hierarchies agree with what the words of docs/global-configurations.md say, taken literally and slowly.

mod comparing;
mod large;
mod variants;

use std::collections::{BTreeMap, BTreeSet};

use governance::{ConfigurationId, Contribution, Organisation};
use variants::{SEEDS, variants};

/// Every way from a configuration to what it contains, each with both ends.
fn ways(organisation: &Organisation, root: ConfigurationId) -> Vec<Vec<ConfigurationId>> {
    let mut found = vec![vec![root]];
    for child in organisation.contributions(root).iter().filter_map(Contribution::configuration) {
        for way in ways(organisation, child) {
            found.push(std::iter::once(root).chain(way).collect());
        }
    }
    found
}

/// What a configuration contains, itself among it, each with the steps of the shortest way to it.
fn contained(organisation: &Organisation, root: ConfigurationId) -> BTreeMap<ConfigurationId, usize> {
    let mut found = BTreeMap::new();
    for way in ways(organisation, root) {
        let end = *way.last().expect("a way has an end");
        let steps = found.entry(end).or_insert(usize::MAX);
        *steps = (*steps).min(way.len() - 1);
    }
    found
}

#[test]
fn a_hierarchy_has_everything_that_some_way_leads_to_once_and_on_the_level_of_the_shortest() {
    for seed in SEEDS {
        let (organisation, roots) = variants(seed);
        for root in roots {
            let hierarchy = organisation.hierarchy(root).unwrap();
            let levels = hierarchy.levels().enumerate();
            let found: BTreeMap<ConfigurationId, usize> = levels
                .flat_map(|(level, places)| places.map(move |place| (place, level)))
                .map(|(place, level)| (hierarchy.configurations()[place], level))
                .collect();
            assert_eq!(found, contained(&organisation, root), "seed {seed}");
            assert_eq!(found.len(), hierarchy.len(), "each is there once");
            let longest = ways(&organisation, root).iter().map(Vec::len).max();
            assert_eq!(Some(hierarchy.depth()), longest);
            for (place, id) in hierarchy.configurations().iter().enumerate() {
                let below = hierarchy.below(place).iter().map(|it| hierarchy.configurations()[*it as usize]);
                let said = organisation.contributions(*id).iter().filter_map(Contribution::configuration);
                assert!(below.eq(said), "seed {seed}: {id:?}");
                assert_eq!(hierarchy.place(*id), Some(place));
            }
        }
    }
}

#[test]
fn bottom_up_each_comes_once_and_after_what_it_contains() {
    for seed in SEEDS {
        let (organisation, roots) = variants(seed);
        let hierarchy = organisation.hierarchy(roots[0]).unwrap();
        let mut done = BTreeSet::new();
        for place in hierarchy.bottom_up() {
            assert!(hierarchy.below(place).iter().all(|it| done.contains(&(*it as usize))));
            assert!(done.insert(place));
        }
        assert_eq!(done.len(), hierarchy.len());
    }
}

#[test]
fn down_to_a_level_is_what_is_reached_in_so_many_steps() {
    for seed in SEEDS {
        let (organisation, roots) = variants(seed);
        let every = contained(&organisation, roots[0]);
        for level in 0..6 {
            let hierarchy = organisation.hierarchy_to(roots[0], level).unwrap();
            let found: BTreeSet<_> = hierarchy.configurations().iter().copied().collect();
            let near = every.iter().filter(|(_, steps)| **steps <= level).map(|(id, _)| *id);
            assert_eq!(found, near.collect(), "seed {seed}, level {level}");
        }
    }
}

#[test]
fn a_configuration_is_used_where_a_hierarchy_contains_it() {
    for seed in SEEDS {
        let (organisation, roots) = variants(seed);
        let each: Vec<_> = organisation.hierarchy(roots[0]).unwrap().configurations().to_vec();
        let every: Vec<(ConfigurationId, BTreeMap<ConfigurationId, usize>)> =
            organisation.all_contributions().map(|(id, _)| (id, contained(&organisation, id))).collect();
        for id in each {
            for most in [1, 2, u32::MAX] {
                let found: Vec<(ConfigurationId, usize)> = organisation
                    .where_used(id, most)
                    .into_iter()
                    .map(|it| (it.configuration, it.steps as usize))
                    .collect();
                let literal = every.iter().filter(|(container, _)| *container != id);
                let literal = literal.filter_map(|(container, has)| Some((*container, *has.get(&id)?)));
                let literal: Vec<_> = literal.filter(|(_, steps)| *steps <= most as usize).collect();
                assert_eq!(found, literal, "seed {seed}: {id:?} in {most}");
            }
        }
    }
}

#[test]
fn skew_is_a_component_with_several_configurations_and_a_path_leads_through_each_that_contains_one() {
    let mut skews = 0;
    for seed in SEEDS {
        let (organisation, roots) = variants(seed);
        for root in roots {
            let hierarchy = organisation.hierarchy(root).unwrap();
            let mut by_component: BTreeMap<_, BTreeSet<ConfigurationId>> = BTreeMap::new();
            for id in contained(&organisation, root).into_keys() {
                by_component.entry(organisation.configuration(id).unwrap().component).or_default().insert(id);
            }
            by_component.retain(|_, several| several.len() > 1);
            let above = hierarchy.above();
            let ways: BTreeSet<Vec<ConfigurationId>> = ways(&organisation, root).into_iter().collect();
            let mut found = BTreeMap::new();
            for skew in hierarchy.skews(&organisation) {
                let ids = skew.places.iter().map(|place| hierarchy.configurations()[*place]);
                found.insert(skew.component, ids.collect::<BTreeSet<_>>());
                for place in &skew.places {
                    let containing =
                        above.of(*place).iter().map(|it| hierarchy.configurations()[*it as usize]);
                    let containing: BTreeSet<_> = containing.collect();
                    let id = hierarchy.configurations()[*place];
                    let literal = ways.iter().filter(|way| way.len() > 1 && way.last() == Some(&id));
                    let literal: BTreeSet<_> = literal.map(|way| way[way.len() - 2]).collect();
                    assert_eq!(containing, literal, "seed {seed}");
                    for parent in above.of(*place) {
                        let way = hierarchy.path(&above, *parent as usize);
                        assert!(ways.contains(&way), "seed {seed}: {way:?} is a way");
                    }
                }
                skews += 1;
            }
            assert_eq!(found, by_component, "seed {seed}");
        }
    }
    assert!(skews > 10, "{skews}");
}
