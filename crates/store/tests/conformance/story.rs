//! What happens to an organisation in these tests.

use governance::{Event, Organisation};
use store::{Entry, Moment, Revision, Store};

/// Changes, each possible after the one before: an import, some that are made by hand, some that are taken
/// back.
pub(crate) fn changes(seed: u64) -> Vec<Vec<Event>> {
    let import = sample::random_events(seed);
    let imported = Organisation::default().after(&import);
    let by_hand = sample::random_changes(&imported, seed, 40);
    let taken_back: Vec<_> = by_hand.iter().rev().take(15).map(|events| undone(events)).collect();
    [import].into_iter().chain(by_hand).chain(taken_back).collect()
}

/// What undoes these events.
pub(crate) fn undone(events: &[Event]) -> Vec<Event> {
    events.iter().rev().cloned().map(Event::undone).collect()
}

/// The organisation at each revision, from 0 on.
pub(crate) fn published(changes: &[Vec<Event>]) -> Vec<Organisation> {
    let next = |now: &mut Organisation, events: &Vec<Event>| {
        now.apply(events);
        Some(now.clone())
    };
    let mut all = vec![Organisation::default()];
    all.extend(changes.iter().scan(Organisation::default(), next));
    all
}

/// The entry of a revision: one is made every second.
pub(crate) fn entry(revision: Revision) -> Entry {
    let number = revision.number();
    Entry {
        at: Moment::new(1_000_000 * number as i64),
        by: if number.is_multiple_of(2) { "ann" } else { "bob" }.to_owned(),
        via: number.is_multiple_of(3).then(|| "pipeline".to_owned()),
        address: number.is_multiple_of(5).then(|| "2001:db8::1".to_owned()),
        basis: "role `Projektleitung` in `GCM`".to_owned(),
        summary: format!("change number {number}: »Größe«"),
        impact: None,
    }
}

/// Appends them after what is there.
pub(crate) async fn append_all(store: &Store, changes: &[Vec<Event>]) -> Revision {
    let mut revision = store.newest_revision().await.unwrap();
    for events in changes {
        revision = store.append(revision, &entry(revision.next()), events).await.unwrap();
    }
    revision
}
