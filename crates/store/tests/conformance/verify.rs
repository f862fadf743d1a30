//! A database that does not agree with itself is found out.

use store::{Disagreement, Revision, Store};

use crate::database::Database;
use crate::story::{append_all, changes};

async fn what_was_only_ever_appended_agrees(database: Database) {
    let store = database.open().await;
    assert_eq!(store.disagreements().await.unwrap(), []);
    append_all(&store, &changes(6)).await;
    append_all(&store, &[vec![]]).await;
    assert_eq!(store.disagreements().await.unwrap(), []);
}

/// What is tampered with, told in words.
async fn found(database: &Database, store: &Store, tampering: &str) -> Vec<String> {
    database.tamper(tampering).await;
    store.disagreements().await.unwrap().iter().map(ToString::to_string).collect()
}

async fn what_somebody_has_edited_is_told_with_its_revision(database: Database) {
    let store = database.open().await;
    let newest = append_all(&store, &changes(6)).await;
    let first = "kind = 'user' AND key = '0'";
    let value = "'{\"id\":\"mallory\",\"name\":\"m\",\"groups\":[\"JazzAdmins\"],\"licences\":[]}'";

    let fact = "the fact `user` `0`";
    let kept = "CREATE TABLE kept AS SELECT value FROM fact WHERE kind = 'user' AND key = '0'";
    let edited = format!("{kept}; UPDATE fact SET value = {value} WHERE {first}");
    let said = found(&database, &store, &edited).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with(&format!("{fact} is not what revision ")), "{said:?}");

    let gone = format!("DELETE FROM fact WHERE {first}");
    let said = found(&database, &store, &gone).await;
    assert!(said.len() == 1 && said[0].starts_with(fact), "{said:?}");

    let back = "INSERT INTO fact (kind, key, value) SELECT 'user', '0', value FROM kept";
    let more = format!("{back}; INSERT INTO fact (kind, key, value) VALUES ('user', '4000000', {value})");
    let said = found(&database, &store, &more).await;
    assert_eq!(said, ["the fact `user` `4000000` is in no revision of the journal"]);

    let journal = "DELETE FROM fact WHERE key = '4000000'; DELETE FROM journal WHERE revision = 1";
    let said = found(&database, &store, journal).await;
    let entries = newest.number() - 1;
    assert_eq!(
        said,
        [
            format!("the journal has {entries} entries for {newest} revisions"),
            "revision 1 has events and no entry in the journal".to_owned(),
        ]
    );
}

async fn an_event_that_does_not_follow_from_the_one_before_is_told(database: Database) {
    let store = database.open().await;
    let import = sample::random_events(2);
    let undone = crate::story::undone(&import);
    append_all(&store, &[import.clone(), undone, import]).await;
    let edited = "UPDATE event SET before = after WHERE revision = 2 AND kind = 'user' AND key = '0';
        UPDATE event SET before = '1' WHERE revision = 2 AND kind = 'user' AND key = '0' AND before IS NULL";
    database.tamper(edited).await;
    let expected = Disagreement::Chain(Revision::new(2), "the fact `user` `0`".to_owned());
    assert_eq!(store.disagreements().await.unwrap(), [expected]);
}

crate::on_each_database!(
    what_was_only_ever_appended_agrees,
    what_somebody_has_edited_is_told_with_its_revision,
    an_event_that_does_not_follow_from_the_one_before_is_told,
);
