//! The journal cannot be altered unnoticed, and a user can be erased from it all the same.

use std::sync::Arc;

use governance::{Change, Event, User};
use store::{Alteration, Location, Revision, Store, Verified};

use crate::database::{Database, HISTORY};
use crate::story::{append_all, changes};

async fn verified(store: &Store) -> Verified {
    store.verify(&[], |_| {}).await.unwrap()
}

async fn altered(store: &Store) -> Option<(u64, Alteration)> {
    verified(store).await.altered.map(|(revision, what)| (revision.number(), what))
}

async fn what_was_only_ever_appended_is_as_it_was_written(database: Database) {
    let store = database.open().await;
    assert_eq!(verified(&store).await, Verified { newest: None, altered: None });
    let newest = append_all(&store, &changes(8)).await;
    let mut told = Vec::new();
    let found = store.verify(&[], |revision| told.push(revision)).await.unwrap();
    assert_eq!(found.altered, None);
    assert_eq!(found.newest.as_ref().map(|(revision, _)| *revision), Some(newest));
    assert_eq!(told.last(), Some(&newest));
    // Closed and opened again, it goes on.
    store.close().await;
    let store = Store::open(&database.location(), "another process").await.unwrap();
    append_all(&store, &[sample::random_events(3)]).await;
    assert_eq!(altered(&store).await, None);
    let (revision, hash) = found.newest.unwrap();
    assert_eq!(store.verify(&[(revision, hash)], |_| {}).await.unwrap().altered, None);
}

async fn the_first_revision_that_was_altered_is_named(database: Database) {
    let store = database.open().await;
    let newest = append_all(&store, &changes(8)).await.number();
    let undo = "DROP TABLE kept_journal; DROP TABLE kept_event";
    let keep = "CREATE TABLE kept_journal AS SELECT * FROM journal;
        CREATE TABLE kept_event AS SELECT * FROM event";
    let back = "DELETE FROM journal; DELETE FROM event;
        INSERT INTO journal SELECT * FROM kept_journal; INSERT INTO event SELECT * FROM kept_event";
    database.tamper(keep).await;
    for (tampering, revision, alteration) in [
        ("UPDATE journal SET summary = 'nothing' WHERE revision = 3", 3, Alteration::Content),
        ("UPDATE journal SET by_user = 'mallory' WHERE revision IN (5, 4)", 4, Alteration::Content),
        ("UPDATE journal SET at = at + 1 WHERE revision = 2", 2, Alteration::Content),
        ("UPDATE journal SET address = NULL WHERE revision = 5", 5, Alteration::Content),
        ("UPDATE journal SET hash = 'x' WHERE revision = 6", 6, Alteration::Content),
        ("DELETE FROM journal WHERE revision = 7", 7, Alteration::Missing),
        ("DELETE FROM journal WHERE revision = 1", 1, Alteration::Missing),
        ("DELETE FROM event WHERE revision = 2", 2, Alteration::Content),
        ("DELETE FROM event WHERE revision = 1 AND position = 0", 1, Alteration::Content),
        (
            "UPDATE event SET position = position + 1000000 WHERE revision = 1 AND position = 0",
            1,
            Alteration::Content,
        ),
        (
            "INSERT INTO event (revision, position, kind, key, after) VALUES (4, 999, 'access-list', '[0,0]', 'true')",
            4,
            Alteration::Content,
        ),
        ("UPDATE event SET personal = 'x' WHERE revision = 1 AND kind = 'user'", 1, Alteration::Content),
        ("UPDATE event SET after = '{' WHERE revision = 1 AND kind = 'user'", 1, Alteration::Content),
        ("UPDATE event SET salt = NULL WHERE revision = 1 AND kind = 'user'", 1, Alteration::Personal),
        (
            "INSERT INTO event (revision, position, kind, key, after) VALUES (0, 0, 'access-list', '[0,0]', 'true')",
            0,
            Alteration::Content,
        ),
    ] {
        database.tamper(tampering).await;
        assert_eq!(altered(&store).await, Some((revision, alteration)), "{tampering}");
        database.tamper(back).await;
    }
    let shortened = format!("DELETE FROM journal WHERE revision = {newest}");
    database.tamper(&shortened).await;
    assert_eq!(altered(&store).await, Some((newest, Alteration::Missing)));
    // Even if the database says so, whoever has noted it knows that it was there.
    let noted = [(Revision::new(newest), "0".repeat(64))];
    database
        .tamper(&format!(
            "DELETE FROM event WHERE revision = {newest}; UPDATE organisation SET revision = revision - 1"
        ))
        .await;
    assert_eq!(altered(&store).await, None);
    let found = store.verify(&noted, |_| {}).await.unwrap().altered;
    assert_eq!(found, Some((Revision::new(newest), Alteration::Missing)));
    database.tamper(&format!("UPDATE organisation SET revision = {newest}; {back}; {undo}")).await;
    assert_eq!(altered(&store).await, None);
    database.tamper("UPDATE organisation SET revision = revision - 1").await;
    assert_eq!(altered(&store).await, Some((newest, Alteration::Content)), "the database says less");
}

async fn who_makes_the_chain_anew_is_found_out_by_a_hash_that_was_noted(database: Database) {
    let store = database.open().await;
    append_all(&store, &changes(8)).await;
    let noted = verified(&store).await.newest.unwrap();
    store.close().await;
    let anew = "UPDATE journal SET summary = 'nothing' WHERE revision = 2; UPDATE journal SET hash = NULL";
    database.tamper(anew).await;
    let store = database.open().await;
    assert_eq!(altered(&store).await, None);
    let found = store.verify(std::slice::from_ref(&noted), |_| {}).await.unwrap();
    assert_eq!(found.altered, Some((noted.0, Alteration::Noted)));
    assert_eq!(found.newest, None, "of no entry it is known that it is the one that was written");
}

async fn a_journal_that_is_older_than_the_chain_is_chained_when_it_is_opened(database: Database) {
    let store = database.open().await;
    append_all(&store, &changes(8)).await;
    store.close().await;
    database.tamper("UPDATE journal SET hash = NULL; UPDATE event SET salt = NULL, personal = NULL").await;
    let store = Store::open(&database.location(), "a newer program").await.unwrap();
    assert_eq!(altered(&store).await, None);
    append_all(&store, &[sample::random_events(3)]).await;
    assert_eq!(altered(&store).await, None);
    database.tamper("UPDATE journal SET summary = 'nothing' WHERE revision = 2").await;
    assert_eq!(altered(&store).await, Some((2, Alteration::Content)));
}

fn bob(edit: impl FnOnce(&mut User)) -> Option<Arc<User>> {
    let events = sample::random_events(1);
    let user = events.iter().find_map(|event| match event {
        Event::User(change) => change.after.as_deref().cloned(),
        _ => None,
    });
    let mut user = user.unwrap();
    (user.id, user.name, user.mail) = ("bob".into(), "Robert".into(), Some("bob@example.com".into()));
    edit(&mut user);
    Some(Arc::new(user))
}

async fn a_user_who_is_erased_leaves_the_past_and_the_chain_holds(database: Database) {
    let store = database.open().await;
    let states = [
        None,
        bob(|_| {}),
        bob(|user| user.name = "Robert Ruiz".into()),
        bob(|user| (user.name, user.archived) = ("Robert Ruiz".into(), true)),
        bob(|user| {
            (user.name, user.mail, user.archived, user.erased) = ("bob".into(), None, true, true);
        }),
    ];
    let event = |pair: &[Option<Arc<User>>]| {
        let [before, after] = [pair[0].clone(), pair[1].clone()];
        vec![Event::User(Change { key: governance::UserId::new(0), before, after })]
    };
    let changes: Vec<_> = states.windows(2).map(event).collect();
    append_all(&store, &changes[..3]).await;
    let noted = verified(&store).await.newest.unwrap();
    append_all(&store, &changes[3..]).await;

    let mut written = Vec::new();
    for revision in 1..=4 {
        written.extend(store.events(Revision::new(revision), 0, 10).await.unwrap());
    }
    let text = format!("{written:?}");
    assert!(!text.contains("Robert") && !text.contains("example.com"), "{text}");
    assert!(text.contains("\"bob\""), "{text}");
    assert_eq!(store.verify(&[noted], |_| {}).await.unwrap().altered, None);
    assert_eq!(store.disagreements().await.unwrap(), []);
    let salts = "UPDATE event SET salt = '' WHERE salt IS NULL";
    database.tamper(salts).await;
    assert_eq!(
        altered(&store).await,
        Some((1, Alteration::Personal)),
        "no salt is left by which to try names"
    );
}

#[tokio::test]
async fn neither_the_file_nor_its_log_has_what_was_erased() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::folder(folder.path());
    let store = Store::open(&location, HISTORY).await.unwrap();
    let has = |name: &str| {
        let file = |file: &str| std::fs::read(folder.path().join(file)).unwrap();
        ["bailiwick.db", "bailiwick.db-wal"]
            .map(|it| file(it).windows(name.len()).any(|bytes| bytes == name.as_bytes()))
    };
    // Among others, so that pages are split and filled.
    append_all(&store, &changes(8)).await;
    let ann = governance::UserId::new(40_000);
    let called = |name: &str| bob(|user| user.name = name.into());
    let event = |before, after| vec![Event::User(Change { key: ann, before, after })];
    let mut now = None;
    for round in 0..30 {
        let next = called(&format!("Zoe Unforgettable, {round}"));
        append_all(&store, &[event(now, next.clone()), sample::random_events(round)]).await;
        now = next;
    }
    assert!(has("Zoe Unforgettable").contains(&true));
    let archived = bob(|user| (user.name, user.archived) = ("Zoe Unforgettable".into(), true));
    let erased = bob(|user| {
        (user.name, user.mail, user.archived, user.erased) = ("bob".into(), None, true, true);
    });
    append_all(&store, &[event(now, archived.clone()), event(archived, erased)]).await;
    assert_eq!(has("Zoe Unforgettable"), [false, false]);
    assert_eq!(has("bob@example.com"), [false, false]);
    assert_eq!(altered(&store).await, None);
}

async fn a_name_that_somebody_has_edited_is_found(database: Database) {
    let store = database.open().await;
    let made = Event::User(Change { key: governance::UserId::new(0), before: None, after: bob(|_| {}) });
    append_all(&store, &[sample::random_events(3), vec![made]]).await;
    let edited = "UPDATE event SET after = REPLACE(after, 'Robert', 'Mallory') WHERE revision = 2";
    database.tamper(edited).await;
    let found = verified(&store).await;
    assert_eq!(found.altered, Some((Revision::new(2), Alteration::Personal)));
    assert_eq!(found.newest.map(|(revision, _)| revision), Some(Revision::new(1)));
    // As if the user were erased.
    database.tamper("UPDATE event SET salt = NULL WHERE revision = 2").await;
    assert_eq!(altered(&store).await, Some((2, Alteration::Personal)));
    let without = "UPDATE event SET after = REPLACE(REPLACE(after, 'Mallory', 'bob'), ',\"mail\":\"bob@example.com\"', '') WHERE revision = 2";
    database.tamper(without).await;
    assert_eq!(altered(&store).await, Some((2, Alteration::Personal)), "and no revision says so");
}

async fn a_chain_goes_on_after_a_backup_was_restored(database: Database) {
    let store = database.open().await;
    append_all(&store, &changes(8)).await;
    let noted = verified(&store).await.newest.unwrap();
    let mut file = Vec::new();
    store.backup(&mut file, "1.0", store::Moment::new(0), |_| {}).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let location = Location::folder(&folder.path().join("restored"));
    let backup = store::Backup::open(std::io::Cursor::new(file)).unwrap();
    backup.restore(&location, "restored", |_| {}).await.unwrap();
    let restored = Store::open(&location, HISTORY).await.unwrap();
    assert_eq!(restored.verify(&[noted], |_| {}).await.unwrap().altered, None);
    append_all(&restored, &[sample::random_events(3)]).await;
    assert_eq!(altered(&restored).await, None);
}

crate::on_each_database!(
    what_was_only_ever_appended_is_as_it_was_written,
    the_first_revision_that_was_altered_is_named,
    who_makes_the_chain_anew_is_found_out_by_a_hash_that_was_noted,
    a_journal_that_is_older_than_the_chain_is_chained_when_it_is_opened,
    a_user_who_is_erased_leaves_the_past_and_the_chain_holds,
    a_name_that_somebody_has_edited_is_found,
    a_chain_goes_on_after_a_backup_was_restored,
);
