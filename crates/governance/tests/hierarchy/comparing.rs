//! What comparisons tell is what makes the one hierarchy the other.

use std::collections::{BTreeSet, HashSet};

use governance::{
    Change, Comparison, Configuration, ConfigurationId, Contribution, Difference, Event, Noun as _,
    Organisation, TeamAreaSetting,
};

use crate::contained;
use crate::variants::{SEEDS, variants};

fn configuration(id: ConfigurationId) -> Contribution {
    Contribution::Configuration(id)
}

/// What the right one of a pair contains, made from what the left one does by nothing but what is told.
fn told(
    organisation: &Organisation,
    comparison: &Comparison,
    at: usize,
) -> (HashSet<Contribution>, HashSet<Contribution>) {
    let pair = &comparison.pairs[at];
    let contents = |id: Option<ConfigurationId>| -> HashSet<Contribution> {
        id.into_iter().flat_map(|id| organisation.contributions(id).iter().cloned()).collect()
    };
    let mut made = contents(pair.left);
    for (other, pair) in comparison.pairs.iter().enumerate() {
        for difference in &pair.differences {
            match difference {
                Difference::Removed(it) if other == at => assert!(made.remove(it)),
                Difference::Added(it) if other == at => assert!(made.insert(it.clone())),
                Difference::Replaced(old, new) if other == at => {
                    assert!(made.remove(&configuration(*old)));
                    assert!(made.insert(configuration(*new)));
                }
                Difference::Moved(it, from) => {
                    if *from == at {
                        assert!(made.remove(it));
                    }
                    if other == at {
                        assert!(made.insert(it.clone()));
                    }
                }
                _ => {}
            }
        }
    }
    (made, contents(pair.right))
}

#[test]
fn what_is_told_of_the_left_one_makes_it_the_right_one_at_every_level() {
    let mut kinds = BTreeSet::new();
    for seed in SEEDS {
        let (organisation, roots) = variants(seed);
        for (left, right) in [(roots[0], roots[1]), (roots[1], roots[2]), (roots[2], roots[0])] {
            let comparison = organisation.compare_configurations(left, right).unwrap();
            for (at, pair) in comparison.pairs.iter().enumerate() {
                let (made, is) = told(&organisation, &comparison, at);
                assert_eq!(made, is, "seed {seed}: {pair:?}");
                for difference in &pair.differences {
                    kinds.insert(format!("{difference:?}").split('(').next().unwrap().to_owned());
                }
            }
        }
    }
    assert_eq!(kinds.len(), 6, "every kind of difference occurs: {kinds:?}");
}

#[test]
fn whatever_only_one_hierarchy_has_is_told() {
    for seed in SEEDS {
        let (organisation, [_, left, right]) = variants(seed);
        let comparison = organisation.compare_configurations(left, right).unwrap();
        let differences = || comparison.pairs.iter().flat_map(|pair| &pair.differences);
        let gone: BTreeSet<_> = differences()
            .filter_map(|it| match it {
                Difference::Removed(it) | Difference::Moved(it, _) => it.configuration(),
                Difference::Replaced(old, _) => Some(*old),
                _ => None,
            })
            .collect();
        let new: BTreeSet<_> = differences()
            .filter_map(|it| match it {
                Difference::Added(it) | Difference::Moved(it, _) => it.configuration(),
                Difference::Replaced(_, new) => Some(*new),
                _ => None,
            })
            .collect();
        let (in_left, in_right) = (contained(&organisation, left), contained(&organisation, right));
        for id in in_left.keys().filter(|id| **id != left && !in_right.contains_key(id)) {
            assert!(gone.contains(id), "seed {seed}: {id:?} is gone");
        }
        for id in in_right.keys().filter(|id| **id != right && !in_left.contains_key(id)) {
            assert!(new.contains(id), "seed {seed}: {id:?} is new");
        }
    }
}

#[test]
fn a_configuration_does_not_differ_from_itself_nor_from_a_copy() {
    for seed in SEEDS {
        let (organisation, [root, left, _]) = variants(seed);
        assert_eq!(organisation.compare_configurations(root, root).unwrap().pairs, []);
        let before = organisation.contributions(root);
        let copy = Change {
            key: left,
            before: Some(organisation.contributions(left).into()),
            after: Some(before.into()),
        };
        let organisation = organisation.after(&[Event::Contributions(copy)]);
        let comparison = organisation.compare_configurations(root, left).unwrap();
        let differences = comparison.pairs.iter().flat_map(|it| &it.differences);
        assert!({ differences }.all(|it| matches!(it, Difference::Attribute(..))), "seed {seed}");
    }
}

#[test]
fn an_order_that_both_sides_have_made_alike_is_no_conflict_whatever_else_they_have_changed() {
    let mut tried = 0;
    for seed in SEEDS {
        let (organisation, [base, mine, theirs]) = variants(seed);
        let contents = organisation.contributions(base).to_vec();
        let extra = organisation.contributions(theirs).iter().find(|it| !contents.contains(it)).cloned();
        let Some(extra) = extra.filter(|_| contents.len() > 1) else { continue };
        let contain = |id, after: &[_]| {
            let before = Some(organisation.contributions(id).into());
            Event::Contributions(Change { key: id, before, after: Some(after.into()) })
        };
        let reversed: Vec<_> = contents.iter().rev().cloned().collect();
        let and_more = [&reversed[..1], &[extra], &reversed[1..]].concat();
        let organisation = organisation.after(&[contain(theirs, &reversed), contain(mine, &and_more)]);
        let merge = organisation.compare_three_ways(base, mine, theirs).unwrap();
        let order = merge.merged.iter().filter(|it| it.parent == base && it.part == governance::Part::Order);
        let conflicts: Vec<_> = order.map(|it| it.conflict).collect();
        assert_eq!(conflicts, [false], "seed {seed}");
        tried += 1;
    }
    assert!(tried > 5, "{tried}");
}

#[test]
fn what_both_sides_have_changed_alike_is_no_conflict_and_what_one_has_changed_is_told_of_it() {
    let mut conflicts = 0;
    for seed in SEEDS {
        let (organisation, [base, mine, theirs]) = variants(seed);
        let merge = organisation.compare_three_ways(base, mine, mine).unwrap();
        assert!(merge.merged.iter().all(|it| !it.conflict && it.mine.is_some() && it.theirs.is_some()));
        let merge = organisation.compare_three_ways(base, base, theirs).unwrap();
        assert!(merge.merged.iter().all(|it| !it.conflict && it.mine.is_none() && it.theirs.is_some()));
        let merge = organisation.compare_three_ways(base, mine, theirs).unwrap();
        let count = |comparison: &Comparison| -> usize {
            comparison.pairs.iter().map(|pair| pair.differences.len()).sum()
        };
        let sides = [(&merge.mine, true), (&merge.theirs, false)];
        for (comparison, of_mine) in sides {
            let told = merge
                .merged
                .iter()
                .filter(|it| if of_mine { it.mine.is_some() } else { it.theirs.is_some() });
            assert_eq!(told.count(), count(comparison), "seed {seed}: each difference is told once");
        }
        conflicts += merge.merged.iter().filter(|it| it.conflict).count();
    }
    assert!(conflicts > 10, "{conflicts}");
}

#[test]
fn the_team_area_is_compared_as_it_is_set_and_as_it_comes_out() {
    let (organisation, [left, right, _]) = variants(1);
    let setting = |id: ConfigurationId, setting: TeamAreaSetting| {
        let before = organisation.configuration(id).unwrap().clone();
        let kind = before.kind.with_team_area(setting);
        let after = Configuration { kind, archived: false, ..before.clone() };
        Configuration::event(id, Some(before), Some(after))
    };
    let team = organisation.areas().find(|(_, area)| area.team().is_some()).unwrap().0;
    let told = |of_left: TeamAreaSetting, of_right: TeamAreaSetting| -> Vec<String> {
        let organisation = organisation.after(&[setting(left, of_left), setting(right, of_right)]);
        let comparison = organisation.compare_configurations(left, right).unwrap();
        let names = comparison.pairs[0].differences.iter().filter_map(|it| match it {
            Difference::Attribute(name, ..) => Some(name.clone()),
            _ => None,
        });
        names.collect()
    };
    let component = organisation.configuration(left).unwrap().component;
    let inherited = organisation.component(component).unwrap().team_area;
    let same = inherited.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
    let other =
        if inherited == Some(team) { TeamAreaSetting::Unassigned } else { TeamAreaSetting::Assigned(team) };
    assert_eq!(told(TeamAreaSetting::Inherit, TeamAreaSetting::Inherit), [""; 0]);
    assert_eq!(told(TeamAreaSetting::Inherit, same), ["team_area"]);
    assert_eq!(told(TeamAreaSetting::Inherit, other), ["team_area", "effective_team_area"]);
}
