//! The samples are what the laws think they are.

use std::collections::BTreeMap;

use governance::{Event, Organisation};
use sample::{Chance, random_change, random_changes, random_events, random_organisation, random_questions};

#[test]
fn the_same_seed_gives_the_same() {
    let organisation = random_organisation(7);
    assert_eq!(random_events(7), random_events(7));
    assert_eq!(random_questions(&organisation, 7, 50), random_questions(&organisation, 7, 50));
    assert_eq!(random_changes(&organisation, 7, 20), random_changes(&organisation, 7, 20));
    assert_ne!(random_events(7), random_events(8));
}

#[test]
fn every_kind_of_fact_and_operation_occurs_and_changes() {
    let (mut made, mut changed, mut asked) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for seed in 0..60 {
        for event in random_events(seed) {
            *made.entry(event.kind()).or_insert(0) += 1;
        }
        let organisation = random_organisation(seed);
        for event in random_changes(&organisation, seed, 20).into_iter().flatten() {
            *changed.entry(event.kind()).or_insert(0) += 1;
        }
        for question in random_questions(&organisation, seed, 200) {
            *asked.entry(question.operation_name()).or_insert(0) += 1;
        }
    }
    for kind in Event::KINDS {
        assert!(made.contains_key(kind) && changed.contains_key(kind), "{kind}: {made:?} {changed:?}");
    }
    for operation in governance::OperationId::all() {
        assert!(asked.contains_key(operation.name()), "{operation}: {asked:?}");
    }
}

#[test]
fn facts_come_in_the_order_of_kinds_and_changes_agree_with_what_they_change() {
    for seed in 0..60 {
        let events = random_events(seed);
        let order = |event: &Event| Event::KINDS.iter().position(|kind| *kind == event.kind());
        assert!(events.is_sorted_by_key(order), "seed {seed}");
        let mut organisation = Organisation::default().after(&events);
        let mut chance = Chance::new(seed);
        for _ in 0..20 {
            let change = random_change(&organisation, &mut chance);
            assert!(organisation.agrees_with(&change), "seed {seed}: {change:?}");
            organisation.apply(&change);
        }
    }
}
