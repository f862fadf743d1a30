//! The reverse questions, explanations and comparisons agree with `decide`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod baselines;
mod health;
mod searching;
mod views;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use governance::{
    Ask, Basis, Gain, Gate, Item, Lineage, OperationId, Organisation, Question, RepositoryOperation, UserId,
    With, compare, decide, explain, items_a_user_may, users_who_may,
};
use sample::{items, random_changes, random_organisation, random_questions};

const SEEDS: std::ops::Range<u64> = 0..60;

fn all_items(organisation: &Organisation) -> Vec<Item> {
    std::iter::once(Item::Repository)
        .chain(items(organisation).into_iter().flatten().filter(|item| *item != Item::Repository))
        .collect()
}

#[test]
fn everyone_who_may_is_everyone_whom_check_allows() {
    for seed in SEEDS {
        let organisation = random_organisation(seed);
        for mut question in random_questions(&organisation, seed, 120) {
            let listed = users_who_may(&organisation, &question);
            let mut checked = Vec::new();
            for (user, _) in organisation.users() {
                question.user = Some(user);
                checked.extend(decide(&organisation, &question).ok().map(|allowed| (user, allowed)));
            }
            assert_eq!(listed, checked, "seed {seed}: {question:?}");
        }
    }
}

#[test]
fn everything_one_may_is_everything_that_check_allows() {
    for seed in SEEDS {
        let organisation = random_organisation(seed);
        let all = all_items(&organisation);
        for question in random_questions(&organisation, seed, 60) {
            let (Some(user), false) = (question.user, carries(&question.ask)) else { continue };
            let listed: BTreeSet<Item> =
                items_a_user_may(&organisation, user, &question.ask, question.leases).into_iter().collect();
            let asked = |item: &Item| {
                let question = Question { item: *item, ..question.clone() };
                applies(&organisation, &question) && decide(&organisation, &question).is_ok()
            };
            let checked: BTreeSet<Item> = all.iter().copied().filter(asked).collect();
            assert_eq!(listed, checked, "seed {seed}: {question:?}");
        }
    }
}

fn carries(ask: &Ask) -> bool {
    matches!(ask, Ask::Perform(_, _, with) if *with != With::Nothing)
}

/// Whether the question can be asked: the way every interface finds out.
fn applies(organisation: &Organisation, question: &Question) -> bool {
    if carries(&question.ask) || question.actions().iter().any(|it| it.leaf.path() == "move") {
        return question.actions().iter().all(|it| sample::applies(organisation, it.leaf, question.item));
    }
    organisation.question(&sample::question_text(organisation, question), question.leases).is_ok()
}

#[test]
fn an_explanation_gives_the_same_answer_and_every_remedy_works() {
    let mut remedies = 0;
    for seed in 0..25 {
        let organisation = random_organisation(seed);
        for question in random_questions(&organisation, seed, 60) {
            let id = question.user.and_then(|user| organisation.user(user)).map_or("nobody", |user| &user.id);
            let explanation = explain(&organisation, &question, id);
            let decision = decide(&organisation, &question);
            assert_eq!(
                explanation.answer,
                organisation.answer(&question, &decision),
                "seed {seed}: {question:?}"
            );
            let failed = explanation.gates.iter().find(|gate| !gate.passed).map(|gate| gate.gate);
            assert_eq!(
                failed,
                decision.as_ref().err().map(|refused| refused.gate),
                "seed {seed}: {question:?}"
            );
            assert!(explanation.remedies.is_empty() || decision.is_err());
            remedies += explanation.remedies.len();
            let Some(permission) = explanation.permission else { continue };
            let granted: BTreeSet<&String> = permission.roles.iter().flat_map(|role| &role.grants).collect();
            let asked: BTreeSet<&String> = explanation.actions.iter().collect();
            let by_roles = asked.is_subset(&granted);
            let basis = decision.as_ref().ok().map(|allowed| allowed.basis);
            match basis {
                Some(Basis::Role | Basis::Owner) if !carries(&question.ask) => {
                    assert!(by_roles, "seed {seed}: {question:?} {permission:?}");
                }
                _ => {}
            }
            for role in &permission.roles {
                let decided = role.entries.iter().filter(|it| it.fate == governance::Fate::Decided).count();
                assert_eq!(
                    decided,
                    usize::from(role.entries.iter().any(|it| it.fate != governance::Fate::NotNow))
                );
            }
        }
    }
    assert!(remedies > 200, "{remedies} remedies were found");
}

#[test]
fn a_comparison_tells_exactly_the_answers_that_differ() {
    let mut shifts = 0;
    for seed in SEEDS {
        let before = random_organisation(seed);
        let mut after = before.clone();
        for events in random_changes(&before, seed, 4) {
            after.apply(&events);
        }
        let forwards = (&before, &after);
        let both_ways = [forwards, (&after, &before)];
        for (lineage, (before, after)) in
            [Lineage::Same, Lineage::Apart].into_iter().flat_map(|it| both_ways.map(|pair| (it, pair)))
        {
            if lineage == Lineage::Apart && renamed(before, after) {
                continue;
            }
            let told = compare(before, after, lineage);
            shifts += told.len();
            let mut counted: BTreeMap<(String, Gain, &str, Option<String>), usize> = BTreeMap::new();
            for shift in &told {
                *counted
                    .entry((shift.user.clone(), shift.change, &*shift.operation, shift.action.clone()))
                    .or_default() += shift.items;
            }
            let found = differences(before, after, |_, _| true);
            let untold: Vec<_> =
                found.iter().filter(|(key, items)| counted.get(*key) != Some(items)).collect();
            assert!(untold.is_empty(), "seed {seed}, {lineage:?}: not told {untold:?}");
            let invented: Vec<_> = counted.keys().filter(|key| !found.contains_key(*key)).collect();
            assert!(invented.is_empty(), "seed {seed}, {lineage:?}: invented {invented:?}");
        }
    }
    assert!(shifts > 100, "{shifts} shifts were told");
}

/// Whether something has another reference than before, so that organisations built apart do not correspond.
fn renamed(before: &Organisation, after: &Organisation) -> bool {
    all_items(before).into_iter().any(|item| before.reference(item) != after.reference(item))
        || all_items(after).len() != all_items(before).len()
        || before.users().any(|(id, user)| after.user(id).is_some_and(|it| it.id != user.id))
}

/// Every answer that differs and is told, asked one by one.
fn differences(
    before: &Organisation,
    after: &Organisation,
    told: impl Fn(UserId, Item) -> bool,
) -> BTreeMap<(String, Gain, &'static str, Option<String>), usize> {
    let mut found = BTreeMap::new();
    let asks: Vec<Ask> = asks(before, after);
    for item in all_items(before) {
        if after.kind_of(item) != before.kind_of(item)
            || (item != Item::Repository && after.project_of_item(item).is_none())
        {
            continue;
        }
        for ask in &asks {
            let question = |organisation: &Organisation, user: UserId| Question {
                user: Some(user),
                ask: ask.clone(),
                item,
                leases: organisation.leasable(),
            };
            if !can_be_asked(before, ask, item) || !can_be_asked(after, ask, item) {
                continue;
            }
            let everybody: BTreeMap<UserId, _> = before.users().chain(after.users()).collect();
            for (user, it) in everybody {
                let had = decide(before, &question(before, user)).is_ok();
                let has = decide(after, &question(after, user)).is_ok();
                if had != has && told(user, item) {
                    let change = if has { Gain::Gains } else { Gain::Loses };
                    let asked = question(after, user);
                    let action = asked.actions().first().map(ToString::to_string);
                    *found.entry((it.id.to_string(), change, asked.operation_name(), action)).or_default() +=
                        1;
                }
            }
        }
    }
    found
}

fn can_be_asked(organisation: &Organisation, ask: &Ask, item: Item) -> bool {
    match ask {
        Ask::Read => item != Item::Repository,
        Ask::SetContext => false,
        Ask::Repository(_) => item == Item::Repository,
        Ask::Perform(_, actions, _) => {
            actions.iter().all(|action| sample::applies(organisation, action.leaf, item))
        }
    }
}

fn asks(before: &Organisation, after: &Organisation) -> Vec<Ask> {
    let mut actions: BTreeSet<governance::Action> = BTreeSet::new();
    for operation in OperationId::all() {
        for leaf in operation.leaves() {
            actions.insert(governance::Action { leaf, identifier: None });
        }
    }
    for organisation in [before, after] {
        for (area, _) in organisation.areas() {
            for (key, permission) in organisation.permissions(area) {
                for pattern in &*permission.actions {
                    if let Ok(action) = key.operation.action(pattern.path())
                        && action.identifier.is_some()
                    {
                        actions.insert(action);
                    }
                }
            }
        }
    }
    let performed = actions.into_iter().map(|action| {
        Ask::Perform(action.leaf.operation(), std::iter::once(action).collect(), With::Nothing)
    });
    let repository = RepositoryOperation::all().map(Ask::Repository);
    performed.chain(repository).chain([Ask::Read]).collect()
}

#[test]
fn a_refusal_that_hides_an_item_says_nothing_else() {
    for seed in SEEDS {
        let organisation = random_organisation(seed);
        for question in random_questions(&organisation, seed, 200) {
            if let Err(refused) = decide(&organisation, &question)
                && refused.gate == Gate::NotVisible
            {
                assert_eq!((refused.area, refused.missing.len()), (None, 0));
            }
        }
    }
}

#[test]
fn the_impact_of_other_rules_tells_what_a_comparison_of_everything_tells() {
    let mut shifts = 0;
    for seed in SEEDS {
        let before = random_organisation(seed);
        let admin = |user: &governance::User| {
            !user.archived && user.groups.contains(governance::RepositoryGroup::JazzAdmins)
        };
        let Some((admin, _)) = before.users().find(|(_, user)| admin(user)) else { continue };
        let entries: Vec<_> =
            before.areas().flat_map(|(area, _)| before.permissions(area).map(move |it| (area, it))).collect();
        let mut chance = sample::Chance::new(seed);
        for _ in 0..3 {
            let Some((area, (key, permission))) = chance.pick(&entries) else { continue };
            let mut other = (*permission).clone();
            other.actions = other.actions.iter().skip(1).cloned().collect();
            let key = (*area, (*key).clone());
            let change = governance::Change { key, before: Some((*permission).clone()), after: Some(other) };
            let events = [governance::Event::Permission(change)];
            let told = compare(&before, &before.after(&events), Lineage::Same);
            let view = governance::View::of(before.clone().into(), admin).unwrap();
            let governance::Impact::Known(counted) = view.impact_of(&events, || true) else {
                panic!("nobody was in a hurry")
            };
            the_first_of(&counted, &told, seed);
            shifts += told.len();
        }
    }
    assert!(shifts > 50, "{shifts}");
}

/// What is told of an impact is of what a comparison tells, in its order, and of as many people as it can be.
fn the_first_of(counted: &governance::CountedShifts, told: &[governance::Shift], seed: u64) {
    let found = &counted.shifts;
    let mut rest = told.iter();
    assert!(found.iter().all(|it| rest.any(|other| other == it)), "seed {seed}");
    assert_eq!(found.len() + counted.more, told.len(), "seed {seed}");
    let people = |shifts: &[governance::Shift]| {
        shifts.iter().map(|it| it.user.clone()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(people(found) >= people(told).min(40), "seed {seed}");
}

#[test]
fn the_impact_of_events_tells_what_a_comparison_of_everything_tells() {
    let (mut shifts, mut many) = (0, 0);
    for seed in SEEDS {
        let before = random_organisation(seed);
        let mut chance = sample::Chance::new(seed);
        let teams: Vec<governance::AreaId> =
            before.areas().filter(|(_, area)| area.team().is_some()).map(|(id, _)| id).collect();
        let mut events = Vec::new();
        for (key, component) in before.components() {
            let own = |id: &governance::AreaId| before.project_of(*id) == component.project_area;
            let own: Vec<_> = teams.iter().copied().filter(own).collect();
            if chance.percent(50) {
                let mut after = component.clone();
                after.team_area = chance.pick(&own).copied().filter(|_| chance.percent(70));
                after.archived ^= chance.percent(20);
                let before = Some(component.clone());
                events.push(governance::Event::Component(governance::Change {
                    key,
                    before,
                    after: Some(after),
                }));
            }
            for id in before.configurations_of(key) {
                let there = before.configuration(*id).unwrap();
                if chance.percent(20) {
                    let mut after = there.clone();
                    let setting = chance.pick(&own).map_or(governance::TeamAreaSetting::Inherit, |team| {
                        governance::TeamAreaSetting::Assigned(*team)
                    });
                    after.kind = after.kind.with_team_area(setting);
                    after.archived ^= chance.percent(10);
                    let change =
                        governance::Change { key: *id, before: Some(there.clone()), after: Some(after) };
                    events.push(governance::Event::Configuration(change));
                }
            }
        }
        let after = before.after(&events);
        let told = compare(&before, &after, Lineage::Same);
        match governance::impact(&before, &after, &events, || true) {
            Some(governance::Impact::Known(counted)) => {
                let people = |change| {
                    let some = told.iter().filter(|it| it.change == change).map(|it| &it.user);
                    some.collect::<std::collections::BTreeSet<_>>().len()
                };
                let expected = [people(governance::Gain::Gains), people(governance::Gain::Loses), 0];
                assert_eq!([counted.gain, counted.lose, counted.untold], expected, "seed {seed}");
                the_first_of(&counted, &told, seed);
                assert_eq!(counted.items > 0, !told.is_empty());
                shifts += told.len();
                many += counted.items;
            }
            Some(governance::Impact::AtLeast(_) | governance::Impact::TooLong) => {
                panic!("nobody was in a hurry")
            }
            None => {}
        }
        let hurried = governance::impact(&before, &after, &events, || false);
        assert!(hurried.is_none_or(|it| it == governance::Impact::TooLong));
    }
    assert!(shifts > 100 && many > 50, "{shifts} shifts on {many} items");
}
