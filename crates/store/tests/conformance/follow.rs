//! Nodes learn of each other's changes.

use std::time::Duration;

use store::{Follower, Revision};
use tokio::time::timeout;

use crate::database::Database;
use crate::story::{append_all, changes, published};

const AN_HOUR: Duration = Duration::from_secs(3_600);
const A_SECOND: Duration = Duration::from_secs(1);

async fn told(follower: &mut Follower, after: u64) -> Option<Revision> {
    timeout(A_SECOND, follower.after(Revision::new(after))).await.ok().map(Result::unwrap)
}

async fn a_follower_is_told_within_a_second_without_asking(database: Database) {
    let [writer, reader] = database.two_writers().await;
    let mut follower = reader.follower(AN_HOUR).await.unwrap();
    assert_eq!(told(&mut follower, 0).await, None);
    for number in 1..=5 {
        let change = [vec![]];
        let (revision, heard) = tokio::join!(append_all(&writer, &change), told(&mut follower, number - 1));
        assert_eq!((revision, heard), (Revision::new(number), Some(revision)));
    }
    assert_eq!(told(&mut follower, 3).await, Some(Revision::new(5)));
    assert_eq!(told(&mut follower, 5).await, None);
}

async fn whoever_follows_arrives_where_the_writer_is(database: Database) {
    let [writer, reader] = database.two_writers().await;
    let changes = changes(8);
    let expected = published(&changes).pop().unwrap();
    let newest = Revision::new(changes.len() as u64);
    let writing = tokio::spawn(async move { append_all(&writer, &changes).await });
    let mut follower = reader.follower(AN_HOUR).await.unwrap();
    let loaded = reader.load().await.unwrap();
    let (mut organisation, mut revision) = (loaded.organisation, loaded.revision);
    while revision < newest {
        follower.after(revision).await.unwrap();
        for change in reader.changes_after(revision).await.unwrap() {
            assert_eq!(change.revision, revision.next());
            organisation.apply(&change.events);
            revision = change.revision;
        }
    }
    writing.await.unwrap();
    assert!(organisation == expected);
}

crate::on_each_database!(
    a_follower_is_told_within_a_second_without_asking,
    whoever_follows_arrives_where_the_writer_is,
);

#[tokio::test]
async fn a_follower_who_was_told_nothing_asks() {
    let database = Database::postgres().await;
    let store = database.open().await;
    let mut follower = store.follower(Duration::from_millis(50)).await.unwrap();
    database.tamper("UPDATE organisation SET revision = 3").await;
    assert_eq!(told(&mut follower, 0).await, Some(Revision::new(3)));
}
