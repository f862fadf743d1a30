//! What only sign-in needs: passwords, sessions, access tokens, links, and what keeps guessing slow.

use std::sync::Arc;

use governance::{Event, Organisation, UserId};
use serde_json::json;
use store::{
    AccessToken, Charge, Effect, EndedThere, KeepsOut, Link, LockOut, LockedOut, MOST_ACCESS_TOKENS, Moment,
    Provided, Purpose, RefusalFilter, Refused, Session, Store, StoreError, TokenKept, With,
};

use crate::database::Database;
use crate::story::{append_all, entry};

async fn a_password_is_set_replaced_and_removed(database: Database) {
    let store = database.open().await;
    let (ann, bob) = (UserId::new(0), UserId::new(u32::MAX));
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    for hash in ["first", "second"] {
        store.set_password_hash(ann, hash).await.unwrap();
        store.set_password_hash(bob, "bob's").await.unwrap();
        assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some(hash));
    }
    store.remove_password(ann).await.unwrap();
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    assert_eq!(store.password_hash(bob).await.unwrap().as_deref(), Some("bob's"));
    assert_eq!(store.load().await.unwrap().organisation, Organisation::default());
}

fn session(user: u32, expires: i64) -> Session {
    let at = Moment::new;
    let address = (user == 1).then(|| "192.0.2.7".to_owned());
    let (created, last_used, expires) = (at(1), at(2), at(expires));
    Session { user: UserId::new(user), created, last_used, expires, address, registry: None }
}

async fn a_session_lasts_until_it_is_ended_or_expires(database: Database) {
    let store = database.open().await;
    for (hash, user, expires) in [("a1", 1, 10), ("a2", 1, 20), ("a3", 1, 30), ("b1", 2, 10), ("b2", 2, 40)] {
        store.add_session(hash, &session(user, expires)).await.unwrap();
    }
    let again = store.add_session("a1", &session(2, 50)).await;
    assert!(matches!(again, Err(StoreError::Database { .. })));
    assert_eq!(store.session("a1").await.unwrap(), Some(session(1, 10)));
    assert_eq!(store.session("b1").await.unwrap(), Some(session(2, 10)));
    assert_eq!(store.session("c").await.unwrap(), None);

    store.touch_session("a1", Moment::new(9), Moment::new(99)).await.unwrap();
    let touched = Session { last_used: Moment::new(9), ..session(1, 99) };
    assert_eq!(store.session("a1").await.unwrap().as_ref(), Some(&touched));

    assert_eq!(store.forget_expired(Moment::new(20)).await.unwrap(), 2);
    let first = ("a1".to_owned(), touched);
    let both = [first.clone(), ("a3".to_owned(), session(1, 30))];
    assert_eq!(store.sessions_of(UserId::new(1)).await.unwrap(), both);
    assert_eq!(store.end_other_sessions(UserId::new(1), "a1").await.unwrap(), 1);
    assert_eq!(store.sessions_of(UserId::new(1)).await.unwrap(), [first]);
    store.end_session("b2").await.unwrap();
    store.end_session("b2").await.unwrap();
    assert_eq!(store.session("b2").await.unwrap(), None);
}

async fn a_session_that_a_registry_has_begun_ends_when_it_says_so(database: Database) {
    let store = database.open().await;
    let provided = |subject: &str, session: Option<&str>| Provided {
        subject: subject.to_owned(),
        session: session.map(str::to_owned),
        id_token: "a.b.c".to_owned(),
    };
    let of = |registry: &str| Session { registry: Some(registry.to_owned()), ..session(1, 10) };
    store.add_session("none", &session(1, 10)).await.unwrap();
    for (hash, registry, there) in [
        ("one", "company", provided("ann", Some("s1"))),
        ("two", "company", provided("ann", Some("s2"))),
        ("bobs", "company", provided("bob", None)),
        ("else", "partner", provided("ann", Some("s1"))),
    ] {
        store.add_provided_session(hash, &of(registry), &there).await.unwrap();
        assert_eq!(store.provided(hash).await.unwrap(), Some(there));
        assert_eq!(store.session(hash).await.unwrap(), Some(of(registry)));
    }
    assert_eq!(store.provided("none").await.unwrap(), None);
    let end = async |which| store.end_sessions_of_registry("company", which).await.unwrap();
    assert_eq!(end(EndedThere::Session("s1")).await, [UserId::new(1)]);
    assert_eq!(store.session("one").await.unwrap(), None);
    assert_eq!(end(EndedThere::Subject("ann")).await, [UserId::new(1)]);
    assert_eq!(end(EndedThere::Subject("ann")).await, []);
    let left = store.sessions_of(UserId::new(1)).await.unwrap();
    assert_eq!(left.iter().map(|(hash, _)| &**hash).collect::<Vec<_>>(), ["bobs", "else", "none"]);
}

fn token(user: u32, name: &str, expires: i64) -> AccessToken {
    AccessToken {
        user: UserId::new(user),
        name: name.to_owned(),
        scopes: "read write".to_owned(),
        created: Moment::new(1),
        expires: Moment::new(expires),
        last_used: None,
    }
}

async fn a_token_has_a_name_of_its_own_and_ends(database: Database) {
    let store = database.open().await;
    let add = async |hash: &str, token| store.add_access_token(hash, &token).await.unwrap();
    assert_eq!(add("a1", token(1, "ci", 10)).await, TokenKept::Yes);
    assert_eq!(add("a2", token(1, "ci", 20)).await, TokenKept::NameTaken);
    assert_eq!(add("b1", token(2, "ci", 30)).await, TokenKept::Yes);
    assert_eq!(add("a3", token(1, "backup", 20)).await, TokenKept::Yes);
    for at in 0..MOST_ACCESS_TOKENS {
        let kept = add(&format!("c{at}"), token(3, &at.to_string(), 5)).await;
        assert_eq!(kept, TokenKept::Yes);
    }
    assert_eq!(add("c", token(3, "more", 9)).await, TokenKept::TooMany);
    let later = AccessToken { created: Moment::new(5), ..token(3, "0", 9) };
    assert_eq!(add("c", later).await, TokenKept::Yes, "what has expired counts no more");
    assert_eq!(store.access_tokens_of(UserId::new(3)).await.unwrap().len(), 1);
    assert!(store.revoke_access_token("c").await.unwrap());
    assert_eq!(store.access_token("a2").await.unwrap(), None);
    store.touch_access_token("a1", Moment::new(5)).await.unwrap();
    let used = AccessToken { last_used: Some(Moment::new(5)), ..token(1, "ci", 10) };
    assert_eq!(store.access_token("a1").await.unwrap().as_ref(), Some(&used));
    let both = [("a1".to_owned(), used), ("a3".to_owned(), token(1, "backup", 20))];
    assert_eq!(store.access_tokens_of(UserId::new(1)).await.unwrap(), both);
    assert_eq!(store.forget_expired(Moment::new(10)).await.unwrap(), 1);
    assert!(store.revoke_access_token("a3").await.unwrap());
    assert!(!store.revoke_access_token("a3").await.unwrap());
    assert_eq!(store.access_tokens_of(UserId::new(1)).await.unwrap(), []);
}

fn link(purpose: Purpose, expires: i64) -> Link {
    Link { purpose, created: Moment::new(1), expires: Moment::new(expires) }
}

async fn a_link_is_good_for_one_use(database: Database) {
    let [one, two] = database.two_writers().await;
    let (ann, bob) = (UserId::new(1), UserId::new(2));
    let for_ann = link(Purpose::SetPassword(ann), 10);
    let first = link(Purpose::FirstStart, 10);
    for (hash, link) in
        [("old", for_ann), ("a", for_ann), ("b", link(Purpose::SetPassword(bob), 10)), ("f", first)]
    {
        one.add_link(hash, &link).await.unwrap();
    }
    assert_eq!(one.link("old").await.unwrap(), None, "a newer one was made for Ann");
    assert_eq!((one.link("a").await.unwrap(), one.link("f").await.unwrap()), (Some(for_ann), Some(first)));
    one.add_session("s", &session(1, 10)).await.unwrap();
    one.add_session("t", &session(2, 10)).await.unwrap();
    let at = Moment::new;
    assert_eq!(one.set_password_by_link("a", at(10), "late").await.unwrap(), None, "it has expired");
    assert_eq!(one.set_password_by_link("f", at(9), "odd").await.unwrap(), None, "it is for something else");
    let race = |store: Arc<Store>, hash: &'static str| {
        tokio::spawn(async move { store.set_password_by_link("a", Moment::new(9), hash).await.unwrap() })
    };
    let race = (race(one.clone(), "mine"), race(two, "yours"));
    let (mine, yours) = (race.0.await.unwrap(), race.1.await.unwrap());
    let kept = match (mine, yours) {
        (Some(user), None) if user == ann => "mine",
        (None, Some(user)) if user == ann => "yours",
        other => panic!("{other:?}"),
    };
    assert_eq!(one.password_hash(ann).await.unwrap().as_deref(), Some(kept));
    assert_eq!(one.session("s").await.unwrap(), None);
    assert!(one.session("t").await.unwrap().is_some() && one.link("b").await.unwrap().is_some());
    one.renew_password(bob, "new").await.unwrap();
    assert_eq!((one.session("t").await.unwrap(), one.link("b").await.unwrap()), (None, None));
    let by = async |password: &str| {
        one.add_session_by_password("u", &session(2, 10), |kept| kept == password).await.unwrap()
    };
    assert!(!by("old").await, "it was right when it was looked at, and is not any more");
    assert!(by("new").await && one.session("u").await.unwrap().is_some());
    one.end_session("u").await.unwrap();
    assert_eq!(one.forget_expired(at(10)).await.unwrap(), 1, "that of the first start");
}

async fn an_archived_user_has_no_access_left(database: Database) {
    let store = database.open().await;
    let user = |archived: bool| {
        json!({"id": "ann", "name": "Ann", "groups": [], "licences": [], "archived": archived}).to_string()
    };
    let event = |before: Option<bool>, after: bool| {
        let [before, after] = [before, Some(after)].map(|it| it.map(user));
        Event::from_row("user", "1", before.as_deref(), after.as_deref()).unwrap()
    };
    append_all(&store, &[vec![event(None, false)]]).await;
    store.add_access_token("t", &token(1, "ci", 10)).await.unwrap();
    store.add_link("l", &link(Purpose::SetPassword(UserId::new(1)), 10)).await.unwrap();
    store.add_session("s", &session(1, 10)).await.unwrap();
    store.add_session("o", &session(2, 10)).await.unwrap();
    let loaded = store.load().await.unwrap();
    for (before, after, left) in [(false, false, true), (false, true, false), (true, false, false)] {
        let newest = store.newest_revision().await.unwrap();
        let events = [event(Some(before), after)];
        store.append(newest, &entry(loaded.revision.next()), &events).await.unwrap();
        let found = [
            store.access_token("t").await.unwrap().is_some(),
            store.link("l").await.unwrap().is_some(),
            store.session("s").await.unwrap().is_some(),
        ];
        assert_eq!(found, [left; 3], "{before} {after}");
        // Whoever was judged before is too late.
        let late = store.add_session(&format!("{before}"), &session(1, 10)).await.unwrap();
        let kept = store.add_access_token(&format!("{before}"), &token(1, &format!("{before}"), 10)).await;
        let expected = if after { TokenKept::Archived } else { TokenKept::Yes };
        assert_eq!((late, kept.unwrap()), (!after, expected), "{before} {after}");
    }
    assert!(store.session("o").await.unwrap().is_some());
}

async fn whoever_gets_other_groups_signs_in_again(database: Database) {
    let store = database.open().await;
    let event = |before: Option<&str>, after: &str| {
        let user =
            |group: &str| json!({"id": "ann", "name": "Ann", "groups": [group], "licences": []}).to_string();
        let [before, after] = [before, Some(after)].map(|it| it.map(user));
        Event::from_row("user", "1", before.as_deref(), after.as_deref()).unwrap()
    };
    append_all(&store, &[vec![event(None, "JazzUsers")]]).await;
    store.add_access_token("t", &token(1, "ci", 10)).await.unwrap();
    store.add_session("s", &session(1, 10)).await.unwrap();
    store.add_session("o", &session(2, 10)).await.unwrap();
    let loaded = store.load().await.unwrap();
    for (before, after, left) in [("JazzUsers", "JazzUsers", true), ("JazzUsers", "JazzAdmins", false)] {
        let newest = store.newest_revision().await.unwrap();
        let events = [event(Some(before), after)];
        store.append(newest, &entry(loaded.revision.next()), &events).await.unwrap();
        assert_eq!(store.session("s").await.unwrap().is_some(), left, "{before} {after}");
    }
    assert!(store.session("o").await.unwrap().is_some(), "it is somebody else's");
    assert!(store.access_token("t").await.unwrap().is_some(), "no browser has it");
}

async fn failures_use_a_budget_up_that_time_fills(database: Database) {
    let store = database.open().await;
    let charge = |subject: &str, refill| Charge {
        subject: subject.to_owned(),
        refill,
        of_id: (subject == "a").then(|| "hash of an id".to_owned()),
        keeps_out: (subject == "a" || refill == 7).then(|| KeepsOut {
            user: Some(UserId::new(1)).filter(|_| subject == "a"),
            network: Some("192.0.2.7".to_owned()),
            allowance: 150,
        }),
    };
    let full_at = async |subject: &str| {
        let found = store.attempt_budgets([subject, "x", "y"]).await.unwrap();
        found.first().map(|(found, at)| (found == subject, at.microseconds()))
    };
    for at in [10, 11] {
        store.charge_failure(&refusal(at), &[charge("b", 5), charge("a", 100)]).await.unwrap();
    }
    assert_eq!((full_at("a").await, full_at("b").await), (Some((true, 210)), Some((true, 20))));
    store.charge_failure(&refusal(30), &[charge("b", 5)]).await.unwrap();
    assert_eq!(full_at("b").await, Some((true, 35)), "it was full again");
    let whom = LockedOut::Id { user: Some(UserId::new(1)), network: Some("192.0.2.7".to_owned()) };
    let out = LockOut { subject: "a".to_owned(), until: Moment::new(60), whom };
    for (now, found) in [(59, Some(out)), (60, None)] {
        assert_eq!(
            store.locked_out(Moment::new(now), 5).await.unwrap(),
            found.clone().into_iter().collect::<Vec<_>>()
        );
        assert_eq!(store.lock_out("a", Moment::new(now)).await.unwrap(), found, "{now}");
    }
    assert_eq!(store.lock_out("b", Moment::new(0)).await.unwrap(), None, "it keeps nobody out");
    assert_eq!(store.refusals(&RefusalFilter::default()).await.unwrap().refusals.len(), 3);
    for id in ["hash of another", "hash of an id"] {
        let release = Effect::ReleaseLockOut(id.to_owned());
        let newest = store.load().await.unwrap().revision;
        let with = With { effect: Some(&release), ..With::default() };
        store.append_with(newest, &entry(newest.next()), &[], with).await.unwrap();
    }
    assert_eq!((full_at("a").await, full_at("b").await), (None, Some((true, 35))));
    store.fill_attempt_budget("b").await.unwrap();
    assert_eq!(full_at("b").await, None);
    for _ in 0..30 {
        store.charge_failure(&refusal(30), &[charge("n", 7)]).await.unwrap();
    }
    let whom = store.lock_out("n", Moment::new(30)).await.unwrap().map(|it| it.whom);
    assert_eq!(whom, Some(LockedOut::Network("192.0.2.7".to_owned())));
    let newest = store.load().await.unwrap().revision;
    let fill = Effect::FillBudget("n".to_owned());
    let with = With { effect: Some(&fill), ..With::default() };
    store.append_with(newest, &entry(newest.next()), &[], with).await.unwrap();
    assert_eq!(store.locked_out(Moment::new(30), 5).await.unwrap(), []);
    store.charge_failure(&refusal(30), &[charge("b", 5)]).await.unwrap();
    assert_eq!(store.forget_expired(Moment::new(35)).await.unwrap(), 1);
}

async fn places_become_familiar_for_a_while(database: Database) {
    let store = database.open().await;
    let (ann, at) = (UserId::new(1), Moment::new);
    let familiar = async |user, place: &str, now| {
        let found = store.familiar_places(user, [place, "x"], at(now)).await.unwrap();
        assert!(found.iter().all(|found| *found == (place.to_owned(), at(20))), "{found:?}");
        !found.is_empty()
    };
    store.make_familiar(ann, "office", at(10)).await.unwrap();
    store.make_familiar(ann, "office", at(20)).await.unwrap();
    assert!(familiar(ann, "office", 19).await && !familiar(ann, "office", 20).await);
    assert!(!familiar(ann, "café", 1).await && !familiar(UserId::new(2), "office", 1).await);
    assert_eq!(store.forget_expired(at(20)).await.unwrap(), 1);
}

fn refusal(at: i64) -> Refused {
    Refused {
        at: Moment::new(at),
        by: (at != 3).then(|| "zoë\0".to_owned()),
        address: (at == 3).then(|| "192.0.2.7".to_owned()),
        what: format!("attempt {at}"),
        gate: "SIGN_IN".to_owned(),
    }
}

async fn refusals_are_logged_paged_and_forgotten(database: Database) {
    let store = database.open().await;
    for at in 1..=6 {
        store.log_refusal(&refusal(at)).await.unwrap();
    }
    let expected = |numbers: &[i64]| -> Vec<Refused> {
        let kept =
            |refused: Refused| Refused { by: refused.by.map(|by| by.replace('\0', "\u{FFFD}")), ..refused };
        numbers.iter().map(|at| kept(refusal(*at))).collect()
    };
    let filter = RefusalFilter { limit: 4, ..RefusalFilter::default() };
    let page = store.refusals(&filter).await.unwrap();
    assert_eq!(page.refusals, expected(&[6, 5, 4, 3]));
    let page = store.refusals(&RefusalFilter { older_than: page.older_than, ..filter }).await.unwrap();
    assert_eq!((page.refusals, page.older_than), (expected(&[2, 1]), None));
    let filter =
        RefusalFilter { from: Some(Moment::new(2)), to: Some(Moment::new(4)), ..RefusalFilter::default() };
    assert_eq!(store.refusals(&filter).await.unwrap().refusals, expected(&[3, 2]));
    let found = async |filter: RefusalFilter| store.refusals(&filter).await.unwrap().refusals;
    let text = |text: &str| Some(text.to_owned());
    for by in ["zoë\u{fffd}", "ZOË\u{fffd}"] {
        let filter = RefusalFilter { by: text(by), limit: 2, ..RefusalFilter::default() };
        let page = store.refusals(&filter).await.unwrap();
        assert_eq!(page.refusals, expected(&[6, 5]), "{by}");
        let filter = RefusalFilter { older_than: page.older_than, limit: 3, ..filter };
        assert_eq!(found(filter).await, expected(&[4, 2, 1]), "the third has no user");
    }
    assert_eq!(found(RefusalFilter { by: text("zo"), ..RefusalFilter::default() }).await, []);
    let by_address = RefusalFilter { address: text("192.0.2.7"), ..RefusalFilter::default() };
    assert_eq!(found(by_address.clone()).await, expected(&[3]));
    assert_eq!(found(RefusalFilter { gate: text("PERMISSION"), ..by_address }).await, []);
    let filter = RefusalFilter { gate: text("SIGN_IN"), text: text("ATTEMPT 2"), ..RefusalFilter::default() };
    assert_eq!(found(filter).await, expected(&[2]));
    assert_eq!(store.expire_refusals(Moment::new(5)).await.unwrap(), 4);
    assert_eq!(store.refusals(&RefusalFilter::default()).await.unwrap().refusals, expected(&[6, 5]));
}

crate::on_each_database!(
    a_password_is_set_replaced_and_removed,
    a_session_lasts_until_it_is_ended_or_expires,
    a_session_that_a_registry_has_begun_ends_when_it_says_so,
    whoever_gets_other_groups_signs_in_again,
    a_token_has_a_name_of_its_own_and_ends,
    a_link_is_good_for_one_use,
    an_archived_user_has_no_access_left,
    failures_use_a_budget_up_that_time_fills,
    places_become_familiar_for_a_while,
    refusals_are_logged_paged_and_forgotten,
);
