//! What is loaded is what was appended.

use governance::{
    AccessGroup, Artefact, Category, Component, Configuration, Event, Folder, Numbered, Organisation, Plan,
    ProcessArea, ProcessTemplate, ScmItem, TestArtefact, User, WorkItem,
};
use store::{Revision, StoreError};

use crate::database::{Database, HISTORY};
use crate::story;

async fn an_empty_database_holds_the_empty_organisation(database: Database) {
    let loaded = database.open().await.load().await.unwrap();
    assert_eq!(loaded.organisation, Organisation::default());
    assert_eq!(loaded.revision, Revision::NONE);
    assert_eq!(loaded.history_id, store::history_id(HISTORY));
}

async fn what_is_loaded_is_what_the_events_come_to(database: Database) {
    let store = database.open().await;
    let changes = story::changes(7);
    for (events, expected) in changes.iter().zip(&story::published(&changes)[1..]) {
        let revision = story::append_all(&store, std::slice::from_ref(events)).await;
        let loaded = store.load().await.unwrap();
        assert_eq!(loaded.revision, revision);
        assert!(loaded.organisation == *expected, "at revision {revision}");
    }
    let last = store.load().await.unwrap().organisation;
    store.close().await;
    assert!(database.open().await.load().await.unwrap().organisation == last, "after closing");
}

async fn many_organisations_come_back_as_they_were(database: Database) {
    let store = database.open().await;
    for seed in 0..12 {
        let import = sample::random_events(seed);
        story::append_all(&store, std::slice::from_ref(&import)).await;
        let loaded = store.load().await.unwrap().organisation;
        assert!(loaded == Organisation::default().after(&import), "seed {seed}");
        story::append_all(&store, &[story::undone(&import)]).await;
        assert!(store.load().await.unwrap().organisation == Organisation::default(), "seed {seed} undone");
    }
}

async fn the_number_of_what_is_gone_is_never_given_again(database: Database) {
    fn check<T: Numbered>(loaded: &Organisation, expected: &Organisation) {
        assert_eq!(T::next_id(loaded), T::next_id(expected));
        assert!(T::next_id(loaded).number() > 0);
    }
    let store = database.open().await;
    let mut expected = Organisation::default();
    for import in (0..6).map(sample::random_events) {
        for events in [story::undone(&import), import].into_iter().rev() {
            expected.apply(&events);
            story::append_all(&store, &[events]).await;
        }
    }
    let loaded = store.load().await.unwrap().organisation;
    assert_eq!(loaded.facts().count(), 0);
    check::<User>(&loaded, &expected);
    check::<AccessGroup>(&loaded, &expected);
    check::<ProcessArea>(&loaded, &expected);
    check::<Component>(&loaded, &expected);
    check::<Configuration>(&loaded, &expected);
    check::<Category>(&loaded, &expected);
    check::<WorkItem>(&loaded, &expected);
    check::<Plan>(&loaded, &expected);
    check::<ScmItem>(&loaded, &expected);
    check::<TestArtefact>(&loaded, &expected);
    check::<Folder>(&loaded, &expected);
    check::<Artefact>(&loaded, &expected);
    check::<ProcessTemplate>(&loaded, &expected);
}

async fn a_row_that_cannot_be_read_is_named(database: Database) {
    let store = database.open().await;
    story::append_all(&store, &[sample::random_events(1)]).await;
    for (tampering, named) in [
        ("UPDATE fact SET value = '{}' WHERE kind = 'user' AND key = '0'", ["`user` `0`", "missing field"]),
        ("UPDATE fact SET kind = 'moon' WHERE kind = 'user' AND key = '0'", ["`moon`", "no kind of fact"]),
    ] {
        database.tamper(tampering).await;
        let error = store.load().await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { table: "fact", .. }), "{error}");
        assert!(named.iter().all(|it| error.to_string().contains(it)), "{error}");
    }
}

async fn a_reader_sees_a_change_whole_or_not_at_all(database: Database) {
    let [writer, reader] = database.two_writers().await;
    let changes: Vec<Vec<Event>> =
        (0..6).flat_map(|_| [sample::random_events(5), story::undone(&sample::random_events(5))]).collect();
    let published = story::published(&changes);
    let writing = tokio::spawn(async move { story::append_all(&writer, &changes).await });
    while !writing.is_finished() {
        let loaded = reader.load().await.unwrap();
        let expected = &published[loaded.revision.number() as usize];
        assert!(loaded.organisation == *expected, "at revision {}", loaded.revision);
    }
    assert_eq!(writing.await.unwrap(), Revision::new(12));
}

crate::on_each_database!(
    an_empty_database_holds_the_empty_organisation,
    what_is_loaded_is_what_the_events_come_to,
    many_organisations_come_back_as_they_were,
    the_number_of_what_is_gone_is_never_given_again,
    a_row_that_cannot_be_read_is_named,
    a_reader_sees_a_change_whole_or_not_at_all,
);
