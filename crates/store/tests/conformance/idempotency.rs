//! A request that is sent again is done once.

use store::{Answered, AppendError, IdempotencyKey, Moment, Revision, Store, With};

use crate::database::Database;
use crate::story::{append_all, entry};

fn once(key: &str) -> IdempotencyKey {
    IdempotencyKey {
        key: key.to_owned(),
        request_hash: format!("hash of {key}"),
        answer: "{\"made\": \"it\"}".to_owned(),
    }
}

fn answered(key: &str, revision: u64) -> Answered {
    let IdempotencyKey { request_hash, answer, .. } = once(key);
    let revision = Revision::new(revision);
    Answered { request_hash, revision, answer, at: entry(revision).at }
}

/// Revisions are made by `bob` and `ann` in turn, every second.
async fn append(store: &Store, expected: u64, key: &str) -> Result<Revision, AppendError> {
    let expected = Revision::new(expected);
    store
        .append_with(
            expected,
            &entry(expected.next()),
            &[],
            With { once: Some(&once(key)), ..With::default() },
        )
        .await
}

async fn an_answer_is_kept_with_its_change_and_given_again(database: Database) {
    let store = database.open().await;
    assert_eq!(store.idempotent("bob", "a").await.unwrap(), None);
    append(&store, 0, "a").await.unwrap();
    assert_eq!(store.idempotent("bob", "a").await.unwrap(), Some(answered("a", 1)));
    append_all(&store, &[vec![]]).await;
    // Whoever asks again has perhaps not heard of the newest revision.
    let entry = entry(Revision::new(3));
    for expected in [0, 1, 2] {
        let tried = store
            .append_with(
                Revision::new(expected),
                &entry,
                &[],
                With { once: Some(&once("a")), ..With::default() },
            )
            .await;
        let Err(AppendError::Repeated(found)) = tried else { panic!("done again") };
        assert_eq!(found, answered("a", 1));
    }
    assert_eq!(store.load().await.unwrap().revision, Revision::new(2));
}

async fn each_user_has_keys_of_their_own(database: Database) {
    let store = database.open().await;
    append(&store, 0, "a").await.unwrap();
    append(&store, 1, "a").await.unwrap();
    append(&store, 2, "b").await.unwrap();
    assert_eq!(store.idempotent("bob", "a").await.unwrap(), Some(answered("a", 1)));
    assert_eq!(store.idempotent("ann", "a").await.unwrap(), Some(answered("a", 2)));
    assert_eq!(store.idempotent("ann", "b").await.unwrap(), None);
}

async fn a_change_that_is_not_kept_takes_no_key(database: Database) {
    let store = database.open().await;
    let overtaken = append(&store, 7, "a").await;
    assert!(matches!(overtaken, Err(AppendError::Overtaken(_))), "{overtaken:?}");
    append_all(&store, &[vec![]]).await;
    assert_eq!(append(&store, 1, "a").await.unwrap(), Revision::new(2));
}

async fn of_two_who_send_the_same_at_a_time_one_does_it(database: Database) {
    let [one, two] = database.two_writers().await;
    for round in 0..10 {
        let key = format!("round {round}");
        let (first, second) = tokio::join!(append(&one, round, &key), append(&two, round, &key));
        let ((Ok(revision), Err(AppendError::Repeated(found)))
        | (Err(AppendError::Repeated(found)), Ok(revision))) = (first, second)
        else {
            panic!("both or none")
        };
        assert_eq!((revision, found.revision), (Revision::new(round + 1), revision));
    }
}

async fn an_old_answer_is_forgotten(database: Database) {
    let store = database.open().await;
    for expected in 0..4 {
        append(&store, expected, "a\0").await.map(drop).or_else(repeated).unwrap();
    }
    assert_eq!(store.expire_idempotency_keys(Moment::new(2_000_000)).await.unwrap(), 1);
    assert_eq!(store.idempotent("bob", "a\0").await.unwrap(), None);
    assert!(store.idempotent("ann", "a\0").await.unwrap().is_some());
    append(&store, 2, "a\0").await.unwrap();
}

fn repeated(error: AppendError) -> Result<(), AppendError> {
    if matches!(error, AppendError::Repeated(_)) { Ok(()) } else { Err(error) }
}

crate::on_each_database!(
    an_answer_is_kept_with_its_change_and_given_again,
    each_user_has_keys_of_their_own,
    a_change_that_is_not_kept_takes_no_key,
    of_two_who_send_the_same_at_a_time_one_does_it,
    an_old_answer_is_forgotten,
);
