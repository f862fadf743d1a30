//! What the journal is searched for, and what became of one fact.

use std::collections::BTreeSet;

use governance::Event;
use store::{Changed, Entry, FactKey, HistoryOf, JournalFilter, Moment, Revision, Store};

use crate::database::Database;
use crate::story::{append_all, changes, entry};

fn fact(event: &Event) -> FactKey {
    let row = event.to_row().unwrap();
    FactKey { kind: row.kind.to_owned(), key: row.key }
}

async fn found(store: &Store, filter: &JournalFilter) -> Vec<u64> {
    let page = store.journal(filter).await.unwrap();
    page.entries.iter().map(|(revision, _)| revision.number()).collect()
}

/// One after another, each by somebody else.
async fn append_summaries(store: &Store, summaries: &[&str]) {
    for (number, summary) in (0..).zip(summaries) {
        let entry = Entry { summary: (*summary).to_owned(), ..entry(Revision::new(number + 1)) };
        store.append(Revision::new(number), &entry, &[]).await.unwrap();
    }
}

async fn a_text_is_found_in_upper_and_lower_case(database: Database) {
    let store = database.open().await;
    let summaries = [
        "renamed »GRÖSSE« to `Größe`",
        "100 % of a_b",
        "role `Projektleitung` in `GCM`",
        "100 per cent of axb",
        "C:\\data, größer",
        "graue Maße",
    ];
    append_summaries(&store, &summaries).await;
    for (text, expected) in [
        ("gcm", vec![3]),
        ("PROJEKT", vec![3]),
        ("größe", vec![5, 1]),
        ("GRÖßE", vec![5, 1]),
        ("grösse", vec![1]),
        ("100 %", vec![2]),
        ("a_B", vec![2]),
        ("c:\\", vec![5]),
        ("'; DROP TABLE journal", vec![]),
        ("maße", vec![6]),
        ("", vec![6, 5, 4, 3, 2, 1]),
    ] {
        let filter = JournalFilter { text: Some(text.to_owned()), ..JournalFilter::default() };
        assert_eq!(found(&store, &filter).await, expected, "{text}");
    }
}

async fn the_journal_is_searched_by_who_through_what_from_where_and_by_what_right(database: Database) {
    let store = database.open().await;
    for number in 0..4 {
        let odd = number % 2 == 1;
        let entry = Entry {
            via: odd.then(|| "nightly".to_owned()),
            address: Some(format!("192.0.2.{number}")),
            basis: if odd { "override" } else { "role" }.to_owned(),
            ..entry(Revision::new(number + 1))
        };
        store.append(Revision::new(number), &entry, &[]).await.unwrap();
    }
    let text = |text: &str| Some(text.to_owned());
    let all = JournalFilter::default;
    assert_eq!(found(&store, &JournalFilter { via: text("nightly"), ..all() }).await, [4, 2]);
    assert_eq!(found(&store, &JournalFilter { address: text("192.0.2.2"), ..all() }).await, [3]);
    assert_eq!(found(&store, &JournalFilter { basis: text("role"), ..all() }).await, [3, 1]);
    let both = JournalFilter { basis: text("role"), via: text("nightly"), ..all() };
    assert!(found(&store, &both).await.is_empty());
}

/// `ä` lets `a` pass in the database, not in the page.
async fn a_page_is_full_though_the_database_finds_too_much(database: Database) {
    let store = database.open().await;
    let summaries: Vec<_> = (0..40).map(|number| if number % 8 == 0 { "Bär" } else { "bar" }).collect();
    append_summaries(&store, &summaries).await;
    let filter = JournalFilter { text: Some("BÄR".to_owned()), limit: 2, ..JournalFilter::default() };
    assert_eq!(found(&store, &filter).await, [33, 25]);
    let page = store.journal(&filter).await.unwrap();
    let filter = JournalFilter { older_than: page.older_than, limit: 3, ..filter };
    assert_eq!(found(&store, &filter).await, [17, 9, 1]);
    assert_eq!(store.journal(&filter).await.unwrap().older_than, None);
}

async fn what_changed_is_found_by_kind_and_by_key(database: Database) {
    let store = database.open().await;
    let changes = changes(3);
    append_all(&store, &changes).await;
    let expected = |wanted: &dyn Fn(&Event) -> bool| -> Vec<u64> {
        let touching = |(_, events): &(u64, &Vec<Event>)| events.iter().any(wanted);
        let mut found: Vec<_> = (1..).zip(&changes).filter(touching).map(|(revision, _)| revision).collect();
        found.reverse();
        found
    };
    for kind in Event::KINDS {
        let changed = Some(Changed::Kind((*kind).to_owned()));
        let filter = JournalFilter { changed, ..JournalFilter::default() };
        assert_eq!(found(&store, &filter).await, expected(&|event| event.kind() == *kind), "{kind}");
    }
    let facts: BTreeSet<_> = changes[1..].iter().flatten().map(fact).collect();
    for wanted in &facts {
        let expected = expected(&|event| fact(event) == *wanted);
        let changed = Some(Changed::Fact(wanted.clone()));
        let filter = JournalFilter { changed, ..JournalFilter::default() };
        assert_eq!(found(&store, &filter).await, expected, "{wanted:?}");
        assert_eq!(history(&store, HistoryOf::Fact(wanted.clone())).await, expected, "{wanted:?}");
    }
    let absent = Changed::Fact(FactKey { kind: "user".to_owned(), key: "4000000000".to_owned() });
    let filter = JournalFilter { changed: Some(absent), ..JournalFilter::default() };
    assert_eq!(found(&store, &filter).await, [0; 0]);
}

async fn history(store: &Store, of: HistoryOf) -> Vec<u64> {
    let page = store.history(&[of], None, 100).await.unwrap();
    page.entries.iter().map(|(revision, _)| revision.number()).collect()
}

async fn the_facts_of_one_area_have_a_history(database: Database) {
    let store = database.open().await;
    let changes = changes(3);
    append_all(&store, &changes).await;
    let mut found = 0;
    for area in 0..12 {
        let is_of_area =
            |event: &Event| event.kind() == "member" && fact(event).key.starts_with(&format!("[{area},"));
        let touching = |(_, events): &(u64, &Vec<Event>)| events.iter().any(is_of_area);
        let mut expected: Vec<_> =
            (1..).zip(&changes).filter(touching).map(|(revision, _)| revision).collect();
        expected.reverse();
        found += expected.len();
        assert_eq!(history(&store, HistoryOf::Numbered("member", area)).await, expected, "area {area}");
    }
    assert!(found > 5);
}

async fn everything_that_is_asked_for_must_apply(database: Database) {
    let store = database.open().await;
    let changes = changes(3);
    append_all(&store, &changes).await;
    let second = |number: i64| Some(Moment::new(number * 1_000_000));
    let event = changes.iter().flatten().last().unwrap();
    let last = changes.iter().rposition(|events| !events.is_empty()).unwrap() as u64 + 1;
    let by = entry(Revision::new(last)).by;
    let all = JournalFilter {
        from: second(last as i64),
        to: second(last as i64 + 1),
        by: Some(by),
        text: Some(format!("NUMBER {last}: »GRÖßE")),
        changed: Some(Changed::Fact(fact(event))),
        ..JournalFilter::default()
    };
    assert_eq!(found(&store, &all).await, [last]);
    for never in [
        JournalFilter { from: second(last as i64 + 1), to: None, ..all.clone() },
        JournalFilter { to: second(last as i64), from: None, ..all.clone() },
        JournalFilter { by: Some("nobody".to_owned()), ..all.clone() },
        JournalFilter { text: Some("moon".to_owned()), ..all.clone() },
        JournalFilter { changed: Some(Changed::Kind("moon".to_owned())), ..all.clone() },
        JournalFilter { older_than: Some(Revision::new(last)), ..all.clone() },
    ] {
        assert_eq!(found(&store, &never).await, [0; 0], "{never:?}");
    }
}

async fn the_history_of_many_facts_comes_in_pages(database: Database) {
    let store = database.open().await;
    let changes = changes(6);
    append_all(&store, &changes).await;
    // More than are asked about at a time.
    let facts: BTreeSet<_> = changes.iter().flatten().map(fact).collect();
    let facts: Vec<_> = facts.into_iter().step_by(2).take(150).chain([fact(&changes[0][0])]).collect();
    assert!(facts.len() > 70);
    let touching = |(_, events): &(u64, &Vec<Event>)| events.iter().any(|it| facts.contains(&fact(it)));
    let histories: Vec<_> = facts.iter().cloned().map(HistoryOf::from).collect();
    let mut expected: Vec<_> =
        (1..).zip(&changes).filter(touching).map(|(revision, _)| Revision::new(revision)).collect();
    expected.reverse();
    assert!(expected.len() > 5);
    for limit in [1, 3, 7, 1_000] {
        let (mut read, mut older_than) = (Vec::new(), None);
        loop {
            let page = store.history(&histories, older_than, limit).await.unwrap();
            assert!(page.entries.len() <= limit as usize);
            assert!(page.entries.iter().all(|(revision, it)| *it == entry(*revision)));
            let changed = store.changes_of(&page, &histories, u32::MAX).await.unwrap();
            let first = store.changes_of(&page, &histories, 1).await.unwrap();
            for (revision, _) in &page.entries {
                let events = &changes[revision.number() as usize - 1];
                let wanted: Vec<_> = events.iter().filter(|it| facts.contains(&fact(it))).cloned().collect();
                assert_eq!(changed[revision], wanted, "{revision}");
                assert_eq!(first[revision], wanted[..1], "{revision}");
            }
            read.extend(page.entries.iter().map(|(revision, _)| *revision));
            older_than = page.older_than;
            if older_than.is_none() {
                break;
            }
        }
        assert_eq!(read, expected, "{limit} at a time");
    }
    assert_eq!(store.history(&[], None, 10).await.unwrap().entries, []);
}

crate::on_each_database!(
    the_journal_is_searched_by_who_through_what_from_where_and_by_what_right,
    a_text_is_found_in_upper_and_lower_case,
    a_page_is_full_though_the_database_finds_too_much,
    what_changed_is_found_by_kind_and_by_key,
    the_facts_of_one_area_have_a_history,
    everything_that_is_asked_for_must_apply,
    the_history_of_many_facts_comes_in_pages,
);
