//! A change is kept whole, after the revision that it was made for, or not at all.

use std::slice::from_ref;
use std::sync::Arc;

use governance::{AreaId, Change, Event, Holds, Organisation, UserId};
use store::{AppendError, JournalFilter, Revision, Store};

use crate::database::Database;
use crate::story::{append_all, entry};

fn user(number: u32, names: [Option<&str>; 2]) -> Event {
    let id = format!("user-{number}");
    let user = |name| serde_json::json!({ "id": id, "name": name, "groups": [], "licences": [] }).to_string();
    let [before, after] = names.map(|name| name.map(user));
    Event::from_row("user", &number.to_string(), before.as_deref(), after.as_deref()).unwrap()
}

fn users(numbers: std::ops::Range<u32>) -> Vec<Event> {
    numbers.map(|number| user(number, [None, Some("somebody")])).collect()
}

fn administrator(before: Option<Holds>, after: Option<Holds>) -> Event {
    Event::Administrator(Change { key: (AreaId::new(0), UserId::new(0)), before, after })
}

async fn of_two_who_write_at_a_time_exactly_one_is_overtaken(database: Database) {
    let [one, two] = database.two_writers().await;
    let mut revision = Revision::NONE;
    for round in 0..20 {
        let race = |store: Arc<Store>, events: Vec<Event>| {
            tokio::spawn(async move { store.append(revision, &entry(revision.next()), &events).await })
        };
        let (mine, yours) = (users(round * 10..round * 10 + 3), users(round * 10 + 5..round * 10 + 8));
        let race = (race(one.clone(), mine.clone()), race(two.clone(), yours.clone()));
        let (first, second) = (race.0.await.unwrap(), race.1.await.unwrap());
        let kept = match (first, second) {
            (Ok(kept), Err(AppendError::Overtaken(from))) | (Err(AppendError::Overtaken(from)), Ok(kept)) => {
                assert_eq!((from, kept), (revision, revision.next()));
                kept
            }
            other => panic!("{other:?}"),
        };
        let events = one.events(kept, 0, 100).await.unwrap();
        assert!(events == mine || events == yours);
        revision = kept;
    }
    assert_eq!(one.load().await.unwrap().organisation.users().count(), 60);
}

async fn a_change_for_another_revision_is_not_kept(database: Database) {
    let store = database.open().await;
    append_all(&store, &[users(0..1)]).await;
    for other in [0, 2, u64::MAX] {
        let tried = store.append(Revision::new(other), &entry(Revision::new(9)), &users(1..2)).await;
        assert!(matches!(tried, Err(AppendError::Overtaken(_))), "{tried:?}");
    }
    assert_eq!(store.load().await.unwrap().revision, Revision::new(1));
}

/// The database refuses one row in the midst of the change.
async fn a_change_that_fails_leaves_no_trace(database: Database) {
    let store = database.open().await;
    append_all(&store, &[users(0..10)]).await;
    let before = store.load().await.unwrap();
    for in_the_way in [
        "INSERT INTO journal (revision, at, by_user, basis, summary) VALUES (2, 0, '', '', '')",
        "INSERT INTO event (revision, position, kind, key) VALUES (2, 60, 'user', '7')",
    ] {
        database.tamper(in_the_way).await;
        let tried = store.append(before.revision, &entry(Revision::new(2)), &users(10..110)).await;
        assert!(matches!(tried, Err(AppendError::Store(_))), "{tried:?}");
        database
            .tamper("DELETE FROM journal WHERE revision = 2; DELETE FROM event WHERE position = 60")
            .await;
        let after = store.load().await.unwrap();
        assert_eq!((after.revision, &after.organisation), (before.revision, &before.organisation));
        assert_eq!(store.journal(&JournalFilter::default()).await.unwrap().entries.len(), 1);
        assert_eq!(store.events(Revision::new(2), 0, 200).await.unwrap(), []);
    }
    append_all(&store, &[users(10..110)]).await;
    assert_eq!(store.load().await.unwrap().organisation.users().count(), 110);
}

async fn a_fact_may_change_several_times_in_one_revision(database: Database) {
    let store = database.open().await;
    let (none, some) = (None, Some(Holds));
    let events = vec![
        user(0, [None, Some("a")]),
        user(0, [Some("a"), Some("b")]),
        administrator(none, some),
        administrator(some, none),
        administrator(none, some),
        user(0, [Some("b"), Some("c")]),
        user(1, [None, Some("x")]),
        user(1, [Some("x"), None]),
        administrator(some, none),
    ];
    append_all(&store, from_ref(&events)).await;
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.organisation, Organisation::default().after(&events));
    assert_eq!(store.events(Revision::new(1), 0, 100).await.unwrap(), events);
}

async fn a_large_change_is_kept_in_order(database: Database) {
    let store = database.open().await;
    let events = users(0..5_000);
    append_all(&store, from_ref(&events)).await;
    assert_eq!(store.load().await.unwrap().organisation, Organisation::default().after(&events));
    assert_eq!(store.events(Revision::new(1), 0, 10_000).await.unwrap(), events);
    assert_eq!(store.events(Revision::new(1), 4_990, 5).await.unwrap(), events[4_990..4_995]);
}

async fn texts_come_back_as_they_were(database: Database) {
    let store = database.open().await;
    let names =
        ["tab\tline\nreturn\r", "nul\0", "\u{1f}\u{7f}\u{85}\u{2028}", "'\"\\`$1 ?", "😀 é e\u{301}", ""];
    let events: Vec<_> = (0..).zip(names).map(|(number, name)| user(number, [None, Some(name)])).collect();
    let revision = append_all(&store, from_ref(&events)).await;
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.organisation, Organisation::default().after(&events));
    let before = store.as_of(&loaded.organisation, revision, Revision::NONE).await.unwrap();
    assert_eq!(before, Organisation::default());
    assert_eq!(store.events(revision, 0, 10).await.unwrap(), events);
}

/// What is journalled and changes no fact, such as an export.
async fn a_revision_may_be_an_entry_alone(database: Database) {
    let store = database.open().await;
    let import = sample::random_events(1);
    let revision = append_all(&store, &[vec![], import.clone(), vec![], vec![]]).await;
    assert_eq!(revision, Revision::new(4));
    let loaded = store.load().await.unwrap();
    assert!(loaded.revision == revision && loaded.organisation == Organisation::default().after(&import));
    let events = store.changes_after(Revision::NONE).await.unwrap().into_iter().map(|it| it.events);
    assert_eq!(events.collect::<Vec<_>>(), [vec![], import, vec![], vec![]]);
    for (target, expected) in [(2, &loaded.organisation), (1, &Organisation::default())] {
        let past = store.as_of(&loaded.organisation, revision, Revision::new(target)).await.unwrap();
        assert!(past == *expected, "at revision {target}");
    }
    assert_eq!(store.journal(&JournalFilter::default()).await.unwrap().entries.len(), 4);
}

crate::on_each_database!(
    of_two_who_write_at_a_time_exactly_one_is_overtaken,
    a_change_for_another_revision_is_not_kept,
    a_change_that_fails_leaves_no_trace,
    a_fact_may_change_several_times_in_one_revision,
    a_large_change_is_kept_in_order,
    texts_come_back_as_they_were,
    a_revision_may_be_an_entry_alone,
);
