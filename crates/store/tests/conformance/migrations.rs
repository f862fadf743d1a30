//! Whose database it is, and how old.

use std::time::Duration;

use store::{AppendError, Location, Revision, Store, StoreError, history_id};

use crate::database::{Database, HISTORY};
use crate::story;

async fn refused(database: &Database) -> StoreError {
    Store::open(&database.location(), "another history").await.unwrap_err()
}

async fn a_database_is_created_once_and_keeps_its_history(database: Database) {
    let store = database.open().await;
    story::append_all(&store, &[sample::random_events(1)]).await;
    store.close().await;
    let again = Store::open(&database.location(), "another history").await.unwrap();
    let loaded = again.load().await.unwrap();
    assert_eq!((loaded.history_id, loaded.revision), (history_id(HISTORY), Revision::new(1)));
}

async fn a_newer_database_is_refused(database: Database) {
    database.open().await.close().await;
    database.tamper("INSERT INTO migration (version, name, checksum) VALUES (999, 'moon', '')").await;
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::Newer { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("schema 999") && error.to_string().contains("newer program"));
}

async fn a_migration_that_was_edited_later_is_refused(database: Database) {
    database.open().await.close().await;
    database.tamper("UPDATE migration SET checksum = 'x' WHERE version = 1").await;
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::Edited { version: 1, .. }), "{error}");
}

async fn a_database_of_something_else_is_refused_and_left_alone(database: Database) {
    database.tamper("CREATE TABLE migration (version BIGINT); CREATE TABLE moon (phase TEXT)").await;
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::NotOurs(_)), "{error}");
    database.tamper("DROP TABLE moon; DROP TABLE migration").await;
    database.open().await;
}

crate::on_each_database!(
    a_database_is_created_once_and_keeps_its_history,
    a_newer_database_is_refused,
    a_migration_that_was_edited_later_is_refused,
    a_database_of_something_else_is_refused_and_left_alone,
);

#[tokio::test]
async fn nodes_that_start_together_make_one_database() {
    let database = Database::postgres().await;
    let location = database.location();
    let opening = || {
        tokio::spawn({
            let location = location.clone();
            async move { Store::open(&location, HISTORY).await.map(drop) }
        })
    };
    let all: Vec<_> = (0..6).map(|_| opening()).collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_file_is_open_in_one_process_at_a_time() {
    let database = Database::sqlite();
    let store = database.open().await;
    let error = refused(&database).await;
    assert!(matches!(&error, StoreError::Locked(path) if path.ends_with("bailiwick.db.lock")), "{error}");
    store.close().await;
    database.open().await;
}

#[tokio::test]
async fn a_short_change_can_be_made_beside_the_process_that_has_it_open() {
    let database = Database::sqlite();
    let (location, server) = (database.location(), database.open().await);
    let mut follower = server.follower(Duration::from_millis(20)).await.unwrap();
    let beside = Store::open_beside(&location, "fresh").await.unwrap();
    let next = beside.append(Revision::NONE, &story::entry(Revision::new(1)), &[]).await.unwrap();
    beside.close().await;
    assert_eq!(follower.after(Revision::NONE).await.unwrap(), next);
    let overtaken = server.append(Revision::NONE, &story::entry(next), &[]).await;
    assert!(matches!(overtaken, Err(AppendError::Overtaken(_))), "{overtaken:?}");
    server.append(next, &story::entry(next.next()), &[]).await.unwrap();
}

#[tokio::test]
async fn whoever_comes_beside_leaves_older_tables_alone() {
    let database = Database::sqlite();
    database.open().await.close().await;
    database.tamper("DELETE FROM migration WHERE version > 1").await;
    let error = Store::open_beside(&database.location(), "fresh").await.unwrap_err();
    assert!(matches!(error, StoreError::Older { found: 1, .. }), "{error}");
    let empty = Database::sqlite();
    empty.tamper("CREATE TABLE moon (phase TEXT)").await;
    let error = Store::open_beside(&empty.location(), "fresh").await.unwrap_err();
    assert!(matches!(error, StoreError::NotOurs(_)), "{error}");
    let nowhere = Database::sqlite();
    let error = Store::open_beside(&nowhere.location(), "fresh").await.unwrap_err();
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let database = Database::sqlite();
    let Database::Sqlite(folder) = &database else { unreachable!() };
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/bailiwick.db"), "a letter to Ann, of some length".repeat(100))
        .unwrap();
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::NotOurs(_)), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_look_into_the_data_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = Database::sqlite();
    let _store = database.open().await;
    let Database::Sqlite(folder) = &database else { unreachable!() };
    let mode = std::fs::metadata(folder.path().join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_without_its_password() {
    let nowhere = Location::parse("postgres://ann:secret@127.0.0.1:1/jazz").unwrap();
    let error = Store::open(&nowhere, HISTORY).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("postgres://ann@127.0.0.1:1/jazz") && !said.contains("secret"), "{said}");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = Store::open(&Location::folder(&folder.path().join("file")), HISTORY).await.unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error}");
}
