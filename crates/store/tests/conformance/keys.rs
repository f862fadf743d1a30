//! Friends, consumers and what they act with.

use std::time::Duration;

use futures_util::future::join_all;
use governance::{Application, Elsewhere, UserId};
use store::{
    ActingConsumer, AppendError, Consumer, Effect, Friend, KeyState, Link, Moment, OauthToken, OldSecret,
    ProcessConsumer, Purpose, Revision, Store, TokenKind, Trouble, With,
};
use tokio::time::timeout;

use crate::database::Database;
use crate::on_each_database;
use crate::story::entry;

on_each_database![
    a_consumer_changes_together_with_the_entry_that_tells_of_it,
    a_friend_changes_together_with_the_entry_that_tells_of_it,
    a_new_password_ends_what_acts_for_a_person,
    what_a_consumer_does_for_a_person_is_told_and_ends_alone,
    a_nonce_is_good_once_on_all_nodes,
    a_consumer_of_a_process_is_told_once_of_what_it_has_not,
    what_kept_a_process_from_being_followed_is_known_afterwards,
];

fn consumer(key: &str) -> Consumer {
    Consumer {
        key: key.to_owned(),
        name: "Reports".to_owned(),
        state: KeyState::Provisional,
        secret: "sealed".to_owned(),
        old_secret: None,
        trusted: false,
        functional_user: None,
        callback_hosts: vec!["a.example.org".to_owned(), "b.example.org:8443".to_owned()],
        root_services: None,
        asked_from: Some("192.0.2.7".to_owned()),
        asks_trust: true,
        renewed: false,
        created: Moment::new(1),
        decided: None,
    }
}

/// Answers whether it was done; then the journal is one entry longer, otherwise it is as it was.
async fn done(store: &Store, effect: Effect) -> bool {
    let newest = store.load().await.unwrap().revision;
    let with = With { effect: Some(&effect), ..With::default() };
    let tried = store.append_with(newest, &entry(newest.next()), &[], with).await;
    let after = store.load().await.unwrap().revision;
    match tried {
        Ok(revision) => assert_eq!(revision, after),
        Err(AppendError::InVain) => assert_eq!(newest, after),
        Err(error) => panic!("{error}"),
    }
    after != newest
}

async fn a_consumer_changes_together_with_the_entry_that_tells_of_it(database: Database) {
    let store = database.open().await;
    let waits = consumer("k");
    let approved = Consumer {
        name: "Reports\u{fffd}".to_owned(),
        state: KeyState::Authorized,
        secret: "sealed anew".to_owned(),
        old_secret: Some(OldSecret { secret: "sealed".to_owned(), until: Moment::new(9) }),
        trusted: true,
        functional_user: Some(UserId::new(7)),
        callback_hosts: Vec::new(),
        root_services: Some("https://elm.example.org/ccm/rootservices".to_owned()),
        decided: Some(Moment::new(2)),
        ..waits.clone()
    };
    let change =
        || Effect::ChangeConsumer { before: Box::new(waits.clone()), after: Box::new(approved.clone()) };
    assert!(!done(&store, change()).await, "there is none yet");
    assert!(done(&store, Effect::AddConsumer(Box::new(waits.clone()))).await);
    assert!(!done(&store, Effect::AddConsumer(Box::new(consumer("k")))).await, "the key is taken");
    assert_eq!(store.recent_consumer("k").await.unwrap().as_ref(), Some(&waits));
    assert!(done(&store, change()).await);
    assert_eq!(
        store.recent_consumer("k").await.unwrap(),
        Some(approved.clone()),
        "what was read before is forgotten"
    );
    assert!(!done(&store, change()).await, "somebody was faster");
    let token = OauthToken {
        consumer_key: "k".to_owned(),
        secret: "sealed".to_owned(),
        kind: TokenKind::Access { user: UserId::new(1) },
        expires: Moment::new(9),
    };
    store.add_oauth_token("t", &token).await.unwrap();
    assert!(done(&store, Effect::RemoveConsumer("k".to_owned())).await);
    assert_eq!((store.consumers().await.unwrap(), store.oauth_token("t").await.unwrap()), (vec![], None));
    assert!(!done(&store, Effect::RemoveConsumer("k".to_owned())).await);
}

async fn a_friend_changes_together_with_the_entry_that_tells_of_it(database: Database) {
    let store = database.open().await;
    let friend = Friend {
        name: "Consumer".to_owned(),
        root_services: "https://elm.example.org/ccm/rootservices".to_owned(),
        consumer_key: "k".to_owned(),
        secret: "sealed".to_owned(),
        created: Moment::new(1),
        rotated: None,
    };
    let rotated = Friend { secret: "anew".to_owned(), rotated: Some(Moment::new(2)), ..friend.clone() };
    let rotate = Effect::ChangeFriend { before: friend.clone(), after: rotated.clone() };
    assert!(!done(&store, rotate.clone()).await);
    assert!(done(&store, Effect::AddFriend(friend.clone())).await);
    assert!(!done(&store, Effect::AddFriend(friend)).await);
    assert!(done(&store, rotate.clone()).await);
    assert!(!done(&store, rotate).await, "it is not as it was read any more");
    assert_eq!(store.friends().await.unwrap(), [rotated]);
    assert!(done(&store, Effect::RemoveFriend("Consumer".to_owned())).await);
    assert!(!done(&store, Effect::RemoveFriend("Consumer".to_owned())).await);
    assert_eq!(store.load().await.unwrap().revision, Revision::NONE.next().next().next());
}

async fn a_new_password_ends_what_acts_for_a_person(database: Database) {
    let store = database.open().await;
    let (ann, bob) = (UserId::new(1), UserId::new(2));
    for (hash, user) in [("a", ann), ("b", bob)] {
        let token = OauthToken {
            consumer_key: "k".to_owned(),
            secret: "sealed".to_owned(),
            kind: TokenKind::Access { user },
            expires: Moment::new(9),
        };
        store.add_oauth_token(hash, &token).await.unwrap();
    }
    let link = Link { purpose: Purpose::SetPassword(ann), created: Moment::new(1), expires: Moment::new(9) };
    store.add_link("l", &link).await.unwrap();
    assert_eq!(store.set_password_by_link("l", Moment::new(2), "new").await.unwrap(), Some(ann));
    assert!(
        store.oauth_token("a").await.unwrap().is_none() && store.oauth_token("b").await.unwrap().is_some()
    );
    store.renew_password(bob, "new").await.unwrap();
    assert_eq!(store.oauth_token("b").await.unwrap(), None);
}

async fn what_a_consumer_does_for_a_person_is_told_and_ends_alone(database: Database) {
    let store = database.open().await;
    let (ann, bob) = (UserId::new(1), UserId::new(2));
    for (key, name) in [("k", "Reports"), ("l", "Builds")] {
        let named = Consumer { name: name.to_owned(), ..consumer(key) };
        assert!(store.add_consumer(&named).await.unwrap());
    }
    let access = |user| TokenKind::Access { user };
    let approved = TokenKind::Approved { user: ann, verifier_hash: "v".to_owned() };
    for (hash, key, kind, expires) in [
        ("a", "k", access(ann), 7),
        ("b", "k", access(ann), 9),
        ("over", "k", access(ann), 3),
        ("c", "l", access(ann), 8),
        ("d", "k", access(bob), 9),
        ("e", "k", approved, 9),
    ] {
        let (consumer_key, expires) = (key.to_owned(), Moment::new(expires));
        let token = OauthToken { consumer_key, secret: "sealed".to_owned(), kind, expires };
        assert!(store.add_oauth_token(hash, &token).await.unwrap());
    }
    let acting = async |user| {
        let all = store.consumers_acting_for(user, Moment::new(3)).await.unwrap();
        let told = |it: ActingConsumer| {
            (it.name, it.key, it.first_expires.microseconds(), it.last_expires.microseconds())
        };
        all.into_iter().map(told).collect::<Vec<_>>()
    };
    let one = |name: &str, key: &str, first, last| (name.to_owned(), key.to_owned(), first, last);
    assert_eq!(acting(ann).await, [one("Builds", "l", 8, 8), one("Reports", "k", 7, 9)]);
    assert!(store.end_consumer_for(ann, "k").await.unwrap());
    assert!(!store.end_consumer_for(ann, "k").await.unwrap());
    assert_eq!(store.oauth_token("e").await.unwrap(), None, "it was approved, and not fetched yet");
    assert_eq!(acting(ann).await, [one("Builds", "l", 8, 8)]);
    assert_eq!(acting(bob).await, [one("Reports", "k", 9, 9)]);
    assert!(done(&store, Effect::EndConsumerFor { user: bob, consumer_key: "k".to_owned() }).await);
    assert_eq!(acting(bob).await, []);
}

async fn a_nonce_is_good_once_on_all_nodes(database: Database) {
    let [one, two] = database.two_writers().await;
    assert!(one.spend_nonce("n", Moment::new(9)).await.unwrap());
    assert!(!two.spend_nonce("n", Moment::new(9)).await.unwrap());
    assert!(two.spend_nonce("m", Moment::new(9)).await.unwrap());
    // Many at once are written together, at two nodes in different order: each is new to one of all who ask.
    let spend = async |store: &Store, numbers: Vec<u32>| {
        let each = numbers.into_iter().map(|number| async move {
            store.spend_nonce(&format!("of {number}"), Moment::new(9)).await.unwrap()
        });
        join_all(each).await.into_iter().filter(|was_new| *was_new).count()
    };
    let twice: Vec<u32> = (0..100).chain(50..100).collect();
    let backwards = (0..100).rev().collect();
    let (here, there) = tokio::join!(spend(&one, twice), spend(&two, backwards));
    assert_eq!(here + there, 100);
    // Whoever is given up takes nobody along who waits for the same turn.
    let spend = async |name: String| one.spend_nonce(&name, Moment::new(9)).await.unwrap();
    let kept = join_all((0..50).map(|number| spend(format!("kept {number}"))));
    let given_up = (0..50)
        .map(|number| timeout(Duration::from_micros(number * 20), spend(format!("given up {number}"))));
    let (kept, _) = tokio::join!(kept, join_all(given_up));
    assert!(kept.into_iter().all(|was_new| was_new));
}

async fn a_consumer_of_a_process_is_told_once_of_what_it_has_not(database: Database) {
    let [one, two] = database.two_writers().await;
    let has = |version: Option<&str>, project_area: &str, asked: i64| ProcessConsumer {
        consumer_key: "k".to_owned(),
        application: Application::Ccm,
        project_area: project_area.to_owned(),
        version: version.map(str::to_owned),
        revision: 1,
        asked: Moment::new(asked),
    };
    let first = has(Some("1"), "Standard", 1);
    // What was never shared is used by nobody who asks for it.
    one.process_consumers_asked(&[first.clone(), has(None, "Other", 1)]).await.unwrap();
    assert_eq!(one.process_consumers().await.unwrap(), std::slice::from_ref(&first));
    let told = async |version: Option<&str>| {
        let mut times = 0;
        for node in [&one, &two, &one] {
            times += usize::from(node.claim_push(&first, version).await.unwrap());
        }
        times
    };
    assert_eq!((told(Some("1")).await, told(None).await), (0, 1));
    // By the time it has asked it was shared again.
    one.process_consumers_asked(&[has(Some("1"), "Standard", 2)]).await.unwrap();
    assert_eq!((told(Some("1")).await, told(None).await), (0, 1));
    let knows = has(None, "Standard", 3);
    one.process_consumers_asked(std::slice::from_ref(&knows)).await.unwrap();
    assert_eq!(one.process_consumers().await.unwrap(), [knows]);
    assert_eq!((told(None).await, told(Some("1")).await), (0, 1));
}

async fn what_kept_a_process_from_being_followed_is_known_afterwards(database: Database) {
    let store = database.open().await;
    let at = Moment::new;
    let (server, project_area) = ("https://elm.example.org".into(), "Standard".into());
    let of = Elsewhere { server, application: Application::Ccm, project_area };
    let known = async || {
        let asked = store.processes_asked().await.unwrap().remove(0);
        let said = |trouble: Option<Trouble>| trouble.map(|it| (it.said, it.since.microseconds()));
        (asked.told.map(Moment::microseconds), said(asked.trouble), said(asked.failure), asked.missed)
    };
    let trouble = |said: &str, since| Some((said.to_owned(), since));
    assert!(store.claim_process(&of, at(1), at(0)).await.unwrap());
    store.process_told(&of, at(2)).await.unwrap();
    assert_eq!(known().await, (Some(2), None, None, 0));
    store.process_in_trouble(&of, "away", at(3)).await.unwrap();
    for (version, missed) in [("b", 1), ("b", 1), ("c", 2)] {
        store.process_missed(&of, version).await.unwrap();
        store.process_in_trouble(&of, "does not fit", at(4)).await.unwrap();
        assert_eq!(known().await, (Some(2), trouble("does not fit", 3), trouble("does not fit", 4), missed));
    }
    store.process_told(&of, at(5)).await.unwrap();
    assert_eq!(known().await, (Some(5), None, trouble("does not fit", 4), 0));
}
