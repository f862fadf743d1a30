//! The past.

use governance::Organisation;
use store::{Moment, Revision, StoreError};

use crate::database::Database;
use crate::story;

async fn every_past_revision_is_the_one_that_was_published(database: Database) {
    let store = database.open().await;
    let changes = story::changes(11);
    let published = story::published(&changes);
    let newest = story::append_all(&store, &changes).await;
    for (number, expected) in (0..).zip(&published) {
        for from in [newest, Revision::new(number)] {
            let current = &published[from.number() as usize];
            let past = store.as_of(current, from, Revision::new(number)).await.unwrap();
            assert!(past == *expected, "revision {number} from {from}");
        }
    }
    assert_eq!(published[0], Organisation::default());
}

async fn a_past_organisation_decides_as_it_did(database: Database) {
    let store = database.open().await;
    let changes = story::changes(5);
    let published = story::published(&changes);
    let newest = story::append_all(&store, &changes).await;
    let current = store.load().await.unwrap().organisation;
    for number in [1, 20, newest.number()] {
        let then = &published[number as usize];
        let past = store.as_of(&current, newest, Revision::new(number)).await.unwrap();
        for question in sample::random_questions(then, number, 200) {
            assert_eq!(
                governance::decide(&past, &question),
                governance::decide(then, &question),
                "{question:?}"
            );
        }
    }
}

async fn a_long_way_back_is_gone_in_pieces(database: Database) {
    let store = database.open().await;
    let import = sample::random_events(2);
    let changes: Vec<_> = (0..40).flat_map(|_| [import.clone(), story::undone(&import)]).collect();
    story::append_all(&store, &changes).await;
    let imported = Organisation::default().after(&import);
    let past = |target| store.as_of(&imported, Revision::new(79), Revision::new(target));
    assert!(past(3).await.unwrap() == imported && past(2).await.unwrap() == Organisation::default());
}

async fn the_future_is_refused(database: Database) {
    let store = database.open().await;
    let newest = story::append_all(&store, &story::changes(1)[..1]).await;
    let error = store.as_of(&Organisation::default(), newest, Revision::new(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownRevision { .. }));
    assert_eq!(error.to_string(), "there is no revision 2; known are 0 to 1");
}

/// Entries are made a second apart, from the first second on.
async fn a_moment_has_the_last_revision_made_before_or_then(database: Database) {
    let store = database.open().await;
    story::append_all(&store, &vec![vec![]; 5]).await;
    for (moment, expected) in
        [(i64::MIN, 0), (999_999, 0), (1_000_000, 1), (3_999_999, 3), (4_000_000, 4), (i64::MAX, 5)]
    {
        assert_eq!(store.revision_at(Moment::new(moment)).await.unwrap(), Revision::new(expected));
    }
}

crate::on_each_database!(
    every_past_revision_is_the_one_that_was_published,
    a_past_organisation_decides_as_it_did,
    a_long_way_back_is_gone_in_pieces,
    the_future_is_refused,
    a_moment_has_the_last_revision_made_before_or_then,
);
