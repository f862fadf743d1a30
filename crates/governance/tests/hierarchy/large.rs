//! A hierarchy of 10,000 contributions on 30 levels: that it comes out right. How long it takes is for the
//! benchmark.

use governance::{Organisation, violations};
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
