//! What is proposed to somebody who is refused can be asked for and granted.

use std::collections::BTreeSet;
use std::sync::Arc;

use governance::{Act as _, Grant, NotWished, View, Wish};
use sample::{question_text, random_organisation, random_questions};

#[test]
fn whoever_is_said_to_be_able_to_grants_a_wish_and_then_it_is_allowed() {
    let (mut wished, mut granted, mut hindered) = (0, 0, BTreeSet::new());
    for seed in 0..3 {
        let organisation = Arc::new(random_organisation(seed));
        for question in random_questions(&organisation, seed, 60) {
            let Some(view) = question.user.and_then(|user| View::of(Arc::clone(&organisation), user)) else {
                continue;
            };
            let text = question_text(&organisation, &question);
            let Ok(explanation) = view.explain(&text) else { continue };
            let names: BTreeSet<_> = explanation.remedies.iter().map(|it| &it.command).collect();
            assert_eq!(names.len(), explanation.remedies.len(), "seed {seed}: {names:?}");
            // Nor is the same told in another order.
            let changes = explanation.remedies.iter().map(|it| {
                let mut changes = it.changes.clone();
                changes.sort_unstable();
                changes
            });
            assert_eq!(changes.collect::<BTreeSet<_>>().len(), names.len(), "seed {seed}: {names:?}");
            for remedy in explanation.remedies {
                let (wish, who) = view.wish(&text, &remedy.command).unwrap();
                assert_eq!((&who, remedy.changes.join("; ")), (&remedy.who, remedy.command.clone()));
                let kept: Wish = serde_json::from_str(&serde_json::to_string(&wish).unwrap()).unwrap();
                assert_eq!(kept, wish);
                let told = view.wish_in_words(&wish).unwrap();
                assert_eq!((&told.question, &told.changes), (&text, &remedy.changes), "seed {seed}");
                assert!(told.is_needed && told.is_possible, "seed {seed}: {remedy:?}");
                wished += 1;
                let Some(by) = who.first().and_then(|id| organisation.user_by_id(id)) else { continue };
                let grant = Grant { wish: wish.clone() };
                match grant.act(&organisation, by, organisation.leasable()) {
                    Ok(acted) => {
                        granted += 1;
                        let after = Arc::new(organisation.after(&acted.events));
                        assert!(view_of(&after, &view).answer(&text).unwrap().decision.is_ok());
                        assert!(grant.act(&after, by, after.leasable()).is_err(), "seed {seed}: twice");
                        assert_eq!(
                            view_of(&after, &view).wish(&text, &remedy.command),
                            Err(NotWished::Allowed)
                        );
                    }
                    // Who may make each change of several need not be allowed the second before the first.
                    Err(refusal) => drop(hindered.insert(refusal.to_string())),
                }
                let may = View::of(Arc::clone(&organisation), by).is_some_and(|view| view.may_grant(&wish));
                assert!(may, "seed {seed}: {remedy:?}");
            }
            let none = view.wish(&text, "give-role 99 99 king");
            assert!(matches!(none, Err(NotWished::NotProposed(_) | NotWished::Allowed)), "{none:?}");
        }
    }
    assert!(wished > 100 && granted * 10 > wished * 7, "{granted} of {wished} were granted: {hindered:?}");
}

fn view_of(organisation: &Arc<governance::Organisation>, of: &View) -> View {
    View::of(Arc::clone(organisation), of.asker_number()).unwrap()
}
