//! A hierarchy of 10,000 contributions on 30 levels: that it comes out right. How long it takes is for the
//! benchmark.

use governance::{
    Act as _, BranchHierarchy, Command, Configuration, Contribution, NamePattern, Noun as _, Organisation,
    ReplaceEverywhere, violations,
};
use sample::{HIERARCHY_ROOT, organisation_with_hierarchy};

#[test]
fn ten_thousand_contributions_on_thirty_levels_are_resolved_and_compared() {
    let events: Vec<_> = organisation_with_hierarchy(10_000, 1).collect();
    let organisation = Organisation::default().after(&events);
    assert_eq!(violations(&organisation, &events), []);
    let hierarchy = organisation.hierarchy(HIERARCHY_ROOT).unwrap();
    assert_eq!((hierarchy.contributions(), hierarchy.len(), hierarchy.depth()), (10_000, 8_001, 30));
    let last = *hierarchy.configurations().last().unwrap();
    let uses = organisation.where_used(last, u32::MAX);
    assert!(uses.iter().any(|it| it.configuration == HIERARCHY_ROOT));
    let comparison = organisation.compare_configurations(HIERARCHY_ROOT, last).unwrap();
    assert!(comparison.pairs.len() >= 8_000 - 30, "all of it is gone");
}

#[test]
fn ten_thousand_contributions_are_branched_and_a_part_is_replaced_everywhere() {
    let events: Vec<_> = organisation_with_hierarchy(10_000, 1).collect();
    let organisation = Organisation::default().after(&events);
    let hierarchy = organisation.hierarchy(HIERARCHY_ROOT).unwrap();
    let by = organisation.users().next().unwrap().0;
    let names = NamePattern::new("{name} - Sport");
    let branch: Command = BranchHierarchy { root: HIERARCHY_ROOT, names }.into();
    let branched = branch.act(&organisation, by, organisation.leasable()).unwrap();
    let made = branched.events.iter().find_map(Configuration::made).unwrap();
    let organisation = organisation.after(&branched.events);
    let branch = organisation.hierarchy(made).unwrap();
    assert_eq!((branch.contributions(), branch.len(), branch.depth()), (10_000, 8_001, 30));
    let sources = branch.configurations().iter().map(|id| organisation.configuration(*id).unwrap().source);
    assert!(sources.eq(hierarchy.configurations().iter().map(|id| Some(*id))), "each from its own, in order");

    let above = hierarchy.above();
    let shared = (0..hierarchy.len()).max_by_key(|place| above.of(*place).len()).unwrap();
    let [old, new] = [&hierarchy, &branch].map(|it| Contribution::Configuration(it.configurations()[shared]));
    let replace: Command = ReplaceEverywhere { root: HIERARCHY_ROOT, old, new }.into();
    let replaced = replace.act(&organisation, by, organisation.leasable()).unwrap();
    assert!(above.of(shared).len() > 1);
    assert_eq!(replaced.events.len(), above.of(shared).len());
}
