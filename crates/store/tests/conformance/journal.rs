//! The journal tells who did what, for good.

use store::{JournalFilter, Moment, Published, Revision, Store};

use crate::database::Database;
use crate::story::{append_all, changes, entry};

async fn numbers(store: &Store, filter: &JournalFilter) -> (Vec<u64>, Option<u64>) {
    let page = store.journal(filter).await.unwrap();
    let numbers = page.entries.iter().map(|(revision, _)| revision.number()).collect();
    (numbers, page.older_than.map(Revision::number))
}

async fn entries_come_back_as_they_were_the_newest_first(database: Database) {
    let store = database.open().await;
    append_all(&store, &vec![vec![]; 16]).await;
    let page = store.journal(&JournalFilter::default()).await.unwrap();
    let expected: Vec<_> =
        (1..=16).rev().map(Revision::new).map(|revision| (revision, entry(revision))).collect();
    assert_eq!((page.entries, page.older_than), (expected, None));
}

async fn entries_are_found_by_time_and_user_page_by_page(database: Database) {
    let store = database.open().await;
    append_all(&store, &vec![vec![]; 10]).await;
    let all = JournalFilter::default();
    let second = |number: i64| Some(Moment::new(number * 1_000_000));
    let by = |id: &str| Some(id.to_owned());
    for (filter, expected) in [
        (JournalFilter { limit: 4, ..all.clone() }, (vec![10, 9, 8, 7], Some(7))),
        (
            JournalFilter { limit: 7, older_than: Some(Revision::new(7)), ..all.clone() },
            ((1..=6).rev().collect(), None),
        ),
        (
            JournalFilter { limit: 6, older_than: Some(Revision::new(7)), ..all.clone() },
            ((1..=6).rev().collect(), None),
        ),
        (JournalFilter { limit: 0, ..all.clone() }, (vec![], None)),
        (JournalFilter { from: second(3), to: second(6), ..all.clone() }, (vec![5, 4, 3], None)),
        (JournalFilter { by: by("ann"), limit: 3, ..all.clone() }, (vec![10, 8, 6], Some(6))),
        (JournalFilter { by: by("bob"), to: second(6), ..all.clone() }, (vec![5, 3, 1], None)),
        (JournalFilter { by: by("Ann"), ..all.clone() }, (vec![], None)),
    ] {
        assert_eq!(numbers(&store, &filter).await, expected, "{filter:?}");
    }
}

async fn whoever_is_behind_gets_every_change_in_order(database: Database) {
    let store = database.open().await;
    let changes = changes(4);
    append_all(&store, &changes).await;
    let expected: Vec<_> = (1..)
        .map(Revision::new)
        .zip(changes)
        .map(|(revision, events)| Published { revision, entry: entry(revision), events })
        .collect();
    assert_eq!(store.changes_after(Revision::NONE).await.unwrap(), expected);
    assert_eq!(store.changes_after(Revision::new(50)).await.unwrap(), expected[50..]);
    assert_eq!(store.changes_after(Revision::new(1_000)).await.unwrap(), []);
}

/// PostgreSQL has no character 0, and a stranger's text may.
async fn texts_that_no_database_can_hold_are_kept_as_far_as_possible(database: Database) {
    let store = database.open().await;
    let mut wanted = entry(Revision::new(1));
    wanted.summary = "a\0b".to_owned();
    store.append(Revision::NONE, &wanted, &[]).await.unwrap();
    let page = store.journal(&JournalFilter::default()).await.unwrap();
    assert_eq!(page.entries[0].1.summary, "a\u{FFFD}b");
}

crate::on_each_database!(
    entries_come_back_as_they_were_the_newest_first,
    entries_are_found_by_time_and_user_page_by_page,
    whoever_is_behind_gets_every_change_in_order,
    texts_that_no_database_can_hold_are_kept_as_far_as_possible,
);
