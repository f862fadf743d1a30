//! Whoever opens a database to read disturbs nobody and changes nothing.

use store::{AppendError, Location, Revision, Store, StoreError};

use crate::database::Database;
use crate::story::{append_all, entry};

async fn refused(database: &Database) -> StoreError {
    Store::open_to_read(&database.location()).await.unwrap_err()
}

async fn a_reader_sees_what_a_running_server_writes(database: Database) {
    let server = database.open().await;
    let reader = Store::open_to_read(&database.location()).await.unwrap();
    assert_eq!(reader.load().await.unwrap().revision, Revision::NONE);
    append_all(&server, &[sample::random_events(1), vec![]]).await;
    let (read, written) = (reader.load().await.unwrap(), server.load().await.unwrap());
    assert!((read.organisation, read.revision) == (written.organisation, written.revision));
    reader.close().await;
    append_all(&server, &[vec![]]).await;
    server.close().await;
    let alone = Store::open_to_read(&database.location()).await.unwrap();
    assert_eq!(alone.load().await.unwrap().revision, Revision::new(3));
}

async fn a_reader_writes_nothing(database: Database) {
    let server = database.open().await;
    let reader = Store::open_to_read(&database.location()).await.unwrap();
    let tried = reader.append(Revision::NONE, &entry(Revision::new(1)), &[]).await;
    assert!(matches!(tried, Err(AppendError::Store(StoreError::Database { .. }))), "{tried:?}");
    assert_eq!(server.load().await.unwrap().revision, Revision::NONE);
}

async fn a_database_at_another_schema_is_not_read(database: Database) {
    assert!(!matches!(refused(&database).await, StoreError::Older { .. }));
    let newest = "(SELECT MAX(version) FROM migration)";
    database.open().await.close().await;
    database.tamper(&format!("UPDATE migration SET version = version + 1 WHERE version = {newest}")).await;
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::Edited { .. }), "{error}");
    database.tamper(&format!("DELETE FROM migration WHERE version = {newest}")).await;
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::Older { .. }), "{error}");
    assert!(error.to_string().contains("`bailiwick migrate`"), "{error}");
    database.tamper("INSERT INTO migration (version, name, checksum) VALUES (999, 'moon', '')").await;
    let error = refused(&database).await;
    assert!(matches!(error, StoreError::Edited { .. } | StoreError::Newer { .. }), "{error}");
}

crate::on_each_database!(
    a_reader_sees_what_a_running_server_writes,
    a_reader_writes_nothing,
    a_database_at_another_schema_is_not_read,
);

#[tokio::test]
async fn a_reader_makes_no_tables() {
    let database = Database::postgres().await;
    for _ in 0..2 {
        let error = refused(&database).await;
        assert!(matches!(error, StoreError::Empty(_)), "{error}");
    }
}

#[tokio::test]
async fn a_reader_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::folder(&folder.path().join("data"));
    let error = Store::open_to_read(&location).await.unwrap_err();
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let store = Store::open(&location, "history").await.unwrap();
    append_all(&store, &[sample::random_events(1)]).await;
    store.close().await;
    let files = || {
        let files = std::fs::read_dir(folder.path().join("data")).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name(), std::fs::read(entry.path()).unwrap())
        });
        files.collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = files();
    let reader = Store::open_to_read(&location).await.unwrap();
    reader.load().await.unwrap();
    reader.close().await;
    assert!(files() == before);
}
