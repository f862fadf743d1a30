//! The reverse questions of a view agree with its answers, of today and of the past.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use governance::{
    Allowed, Ask, Asking, Day, Gain, Item, Leases, LicenceSet, LicenceType, Organisation, Pool, Question,
    QuestionText, UserId, View, may_ask_about, sees,
};
use sample::{question_text, random_changes, random_organisation, random_questions};

use crate::{all_items, asks, carries, differences};

/// Views of some of the users, with the rights of today, of an organisation and of what it was before.
fn views(seed: u64) -> Vec<(View, Arc<Organisation>)> {
    let before = random_organisation(seed);
    let mut after = before.clone();
    for events in random_changes(&before, seed, 25) {
        after.apply(&events);
    }
    let (before, after) = (Arc::new(before), Arc::new(after));
    let askers: Vec<UserId> = before.users().map(|(id, _)| id).skip(seed as usize % 3).step_by(3).collect();
    // On every other seed some users have leased what there is, before or after its last day.
    let supply = after.supply_on(Day::new(if seed % 4 == 1 { 25_000 } else { 25_001 }));
    let types = LicenceType::all().filter(|licence| supply.leasable().contains(*licence));
    let pool = |licence| match supply.installed(Pool::Seats(licence)) {
        0 => Pool::Tokens,
        _ => Pool::Seats(licence),
    };
    let holders: Vec<_> = after.users().map(|(user, _)| user).step_by(2).collect();
    let lasting =
        types.zip(holders.into_iter().cycle()).map(|(licence, user)| (user, licence, pool(licence)));
    let leases = Leases::of(&supply, lasting);
    let of = |asker: UserId| {
        let view = View::of(Arc::clone(&after), asker)?;
        Some(if seed % 2 == 1 { view.with_leases(leases.clone()) } else { view })
    };
    let today = askers.iter().filter_map(|asker| Some((of(*asker)?, Arc::clone(&after))));
    let as_of = |view: View| (view.as_of(Arc::clone(&before)), Arc::clone(&before));
    let past = askers.iter().filter_map(|asker| Some(as_of(of(*asker)?)));
    today.chain(past).collect()
}

/// What is allowed, if the view answers at all.
fn allowed(view: &View, text: QuestionText) -> Option<Allowed> {
    view.answer(&text).ok()?.decision.ok()
}

#[test]
fn everyone_who_may_in_a_view_is_everyone_whom_its_answers_allow() {
    let (mut told, mut untold) = (0, 0);
    for seed in 0..20 {
        for (view, organisation) in views(seed) {
            for question in random_questions(&organisation, seed, 12) {
                let text = question_text(&organisation, &question);
                let about = |id: &str| QuestionText { user: id.to_owned(), ..text.clone() };
                match view.users_who_may(&text) {
                    Ok(listed) => {
                        told += listed.len();
                        let one =
                            |user: UserId| allowed(&view, about(&view.user(user)?.id)).map(|it| (user, it));
                        let users = organisation.users().map(|(user, _)| user);
                        assert_eq!(listed, users.filter_map(one).collect::<Vec<_>>(), "seed {seed}: {text}");
                    }
                    Err(reason) => {
                        untold += 1;
                        assert_eq!(view.answer(&about("nobody at all")), Err(reason), "seed {seed}: {text}");
                    }
                }
            }
        }
    }
    assert!(told > 1000 && untold > 100, "{told} users were told, {untold} times none");
}

#[test]
fn everything_one_may_in_a_view_is_everything_that_its_answers_allow() {
    let (mut told, mut untold) = (0, 0);
    for seed in 0..20 {
        for (view, organisation) in views(seed) {
            for (number, question) in random_questions(&organisation, seed, 16).into_iter().enumerate() {
                if carries(&question.ask) || question.actions().iter().any(|it| it.leaf.path() == "move") {
                    continue;
                }
                // Half of the questions are about the asker.
                let mut text = question_text(&organisation, &question);
                if number % 2 == 0 {
                    text.user = view.asker().id.to_string();
                }
                let kind = view.kind_of(question.item);
                let project = organisation.project_of_item(question.item).filter(|_| seed % 2 == 0);
                let within = project.map(|project| view.reference(Item::Area(project)));
                let Ok(listed) = view.items_one_may(&text.user, &question.ask, Some(kind), within.as_deref())
                else {
                    untold += 1;
                    let answer = view.answer(&text);
                    assert!(answer.is_err(), "seed {seed}: {text} {answer:?}");
                    continue;
                };
                told += listed.len();
                let may = |item: &&Item| {
                    let inside = organisation.project_of_item(**item);
                    view.kind_of(**item) == kind
                        && (project.is_none() || inside == project)
                        && allowed(&view, QuestionText { item: view.reference(**item), ..text.clone() })
                            .is_some()
                };
                let may: Vec<Item> = all_items(&organisation).iter().filter(may).copied().collect();
                let hidden = within.is_some_and(|it| view.item(&it).is_none());
                assert_eq!(listed, if hidden { Vec::new() } else { may }, "seed {seed}: {text}");
            }
        }
    }
    assert!(told > 300 && untold > 50, "{told} items were told, {untold} times none");
}

#[test]
fn every_action_one_may_in_a_view_is_every_action_that_its_answers_allow() {
    let mut told = 0;
    for seed in 0..20 {
        for (view, organisation) in views(seed) {
            let named = names_of_actions(&organisation);
            for question in random_questions(&organisation, seed, 6) {
                let text = question_text(&organisation, &question);
                let Ok(listed) = view.actions_one_may(&text) else {
                    let read = QuestionText {
                        operation: "read".into(),
                        actions: Vec::new(),
                        replace: None,
                        by: None,
                        to: None,
                        ..text.clone()
                    };
                    let answer = view.answer(&read);
                    assert!(answer.is_err(), "seed {seed}: {text} {answer:?}");
                    continue;
                };
                told += listed.len();
                let listed: BTreeMap<String, Allowed> = listed.into_iter().collect();
                let mut checked = BTreeMap::new();
                for (operation, actions) in &named {
                    let asks = |path: &str| actions.iter().any(|it| it == path);
                    let (moves, replaces) = (asks("move"), asks("replace-contribution"));
                    let of = QuestionText {
                        operation: (*operation).to_owned(),
                        actions: actions.clone(),
                        to: text.to.clone().filter(|_| moves),
                        replace: text.replace.clone().filter(|_| replaces),
                        by: text.by.clone().filter(|_| replaces),
                        ..text.clone()
                    };
                    let name = match &**actions {
                        [] => of.operation.clone(),
                        [action, ..] => format!("{}/{action}", of.operation),
                    };
                    checked.extend(allowed(&view, of).map(|allowed| (name, allowed)));
                }
                let more: Vec<_> = checked.keys().filter(|name| !listed.contains_key(*name)).collect();
                // Identifiers that no entry names where the item is are granted with `<…>`, which is listed.
                let whole = |name: &str| {
                    listed
                        .keys()
                        .any(|it| it.split_once('<').is_some_and(|(before, _)| name.starts_with(before)))
                };
                assert!(more.iter().all(|name| whole(name)), "seed {seed}: {text}: {more:?} not listed");
                for (name, allowed) in listed {
                    assert_eq!(checked.get(&name), Some(&allowed), "seed {seed}: {text}: {name}");
                }
            }
        }
    }
    assert!(told > 500, "{told} actions were told");
}

/// Every operation with one of its actions, or with none.
fn names_of_actions(organisation: &Organisation) -> BTreeSet<(&'static str, Vec<String>)> {
    let mut asks = asks(organisation, organisation);
    asks.push(Ask::SetContext);
    let named = asks.into_iter().map(|ask| {
        let asked = Question { user: None, ask, item: Item::Repository, leases: LicenceSet::NONE };
        (asked.operation_name(), asked.actions().iter().map(ToString::to_string).collect())
    });
    named.collect()
}

#[test]
fn a_comparison_in_a_view_tells_what_its_asker_sees_and_may_ask() {
    let (mut told, mut kept) = (0, 0);
    for seed in 0..15 {
        let before = random_organisation(seed);
        let mut after = before.clone();
        for events in random_changes(&before, seed, 4) {
            after.apply(&events);
        }
        let (before, after) = (Arc::new(before), Arc::new(after));
        for asker in after.users().map(|(id, _)| id).skip(seed as usize % 4).step_by(4) {
            for asking in [Asking::ByRight, Asking::OfAnybody, Asking::OfOneself] {
                let Some(view) = View::of(Arc::clone(&after), asker) else { continue };
                let view = view.asking(asking);
                let shifts = view.as_of(Arc::clone(&before)).shifts_to(&view, || true).unwrap();
                let mut counted: BTreeMap<(String, Gain, &str, Option<String>), usize> = BTreeMap::new();
                for it in &shifts {
                    let key = (it.user.clone(), it.change, &*it.operation, it.action.clone());
                    *counted.entry(key).or_default() += it.items;
                }
                let may_be_told = |user, item| {
                    (item == Item::Repository || sees(&after, asker, item))
                        && may_ask_about(&after, asker, asking, Some(user), item)
                };
                let expected = differences(&before, &after, may_be_told);
                assert_eq!(counted, expected, "seed {seed}, asked by {asker:?} {asking:?}");
                told += expected.len();
                kept += usize::from(expected.is_empty());
            }
        }
    }
    assert!(told > 100 && kept > 10, "{told} shifts were told, {kept} times none");
}
