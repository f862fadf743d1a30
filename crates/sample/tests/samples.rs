//! The samples are what the laws think they are.

use std::collections::BTreeMap;

use governance::{
    Configuration, ConfigurationId, Contribution, Event, Organisation, TeamAreaSetting, decide, violations,
};
use sample::{
    Chance, HIERARCHY_ROOT, Size, mixed_questions, organisation_of_size, organisation_with_hierarchy,
    question_text, random_change, random_changes, random_events, random_organisation, random_questions,
};

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
        assert_eq!(violations(&Organisation::default().after(&events), &events), [], "seed {seed}");
        let mut organisation = Organisation::default().after(&events);
        let mut chance = Chance::new(seed);
        for _ in 0..20 {
            let change = random_change(&organisation, &mut chance);
            assert!(organisation.agrees_with(&change), "seed {seed}: {change:?}");
            organisation.apply(&change);
            assert_eq!(violations(&organisation, &change), [], "seed {seed}: {change:?}");
        }
    }
}

#[test]
fn the_small_organisation_is_as_promised_and_half_of_the_mix_is_allowed() {
    let organisation = Organisation::default().after(&organisation_of_size(Size::S, 1).collect::<Vec<_>>());
    assert_eq!(organisation.users().count(), 500);
    assert_eq!(organisation.areas().filter(|(_, area)| area.team().is_some()).count(), 50);
    assert_eq!(organisation.components().count(), 1_000);
    assert_eq!(organisation.configurations().count(), 10_000);
    let members: usize = organisation.areas().map(|(area, _)| organisation.members(area).count()).sum();
    assert_eq!(members, 1_000);
    let inherit = |it: &Configuration| it.kind.team_area() == Some(TeamAreaSetting::Inherit);
    let inheriting = organisation.configurations().filter(|(_, it)| inherit(it)).count();
    assert!((6_800..7_200).contains(&inheriting), "{inheriting} inherit");
    assert!(organisation.areas().any(|(area, _)| organisation.path(area).len() == 7), "six deep");
    let depth = depth(&organisation, organisation.all_contributions().next().unwrap().0);
    assert_eq!(depth, 30);

    let questions = mixed_questions(&organisation, 1, 4_000);
    let allowed = questions.iter().filter(|question| decide(&organisation, question).is_ok()).count();
    assert!((1_600..2_400).contains(&allowed), "{allowed} of 4000 are allowed");
}

fn depth(organisation: &Organisation, configuration: ConfigurationId) -> usize {
    let below = organisation.contributions(configuration).iter().filter_map(|it| match it {
        Contribution::Configuration(id) => Some(depth(organisation, *id)),
        Contribution::Local(_) => None,
    });
    1 + below.max().unwrap_or(0)
}

#[test]
fn a_question_as_text_is_the_same_question() {
    for seed in 0..40 {
        let organisation = random_organisation(seed);
        for question in random_questions(&organisation, seed, 100) {
            let text = question_text(&organisation, &question);
            let read = organisation.question(&text, question.leases);
            assert_eq!(read.as_ref(), Ok(&question), "seed {seed}: {text:?}");
        }
    }
}

#[test]
fn the_large_hierarchy_has_so_many_contributions_on_thirty_levels_and_breaks_no_rule() {
    let events: Vec<Event> = organisation_with_hierarchy(1_000, 4).collect();
    assert_eq!(events, organisation_with_hierarchy(1_000, 4).collect::<Vec<_>>());
    let organisation = Organisation::default().after(&events);
    assert_eq!(violations(&organisation, &events), []);
    let hierarchy = organisation.hierarchy(HIERARCHY_ROOT).unwrap();
    assert_eq!((hierarchy.contributions(), hierarchy.len(), hierarchy.depth()), (1_000, 801, 30));
}
