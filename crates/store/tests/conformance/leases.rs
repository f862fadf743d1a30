//! Leases of licences are kept with the changes that use them, and never beyond what is installed.

use std::sync::Arc;

use governance::{Day, Event, LicenceSet, LicenceType, Pool, UserId};
use store::{AppendError, DayOfUse, Effect, LeaseUsed, LicencesUsed, Moment, Revision, Session, Store, With};

use crate::database::Database;
use crate::story::entry;

fn licence(id: &str) -> LicenceType {
    LicenceType::from_id(id).unwrap()
}

const DAY: Day = Day::new(20_783);

/// So many seconds after the day has begun.
fn second(second: i64) -> Moment {
    Moment::new(DAY.begins() + second * 1_000_000)
}

/// A lease lasts for ten seconds.
fn used(user: u32, at: i64) -> LicencesUsed {
    LicencesUsed {
        user: UserId::new(user),
        at: second(at),
        until: second(at + 10),
        taken: Vec::new(),
        renewed: Vec::new(),
        fresh: Vec::new(),
        assigned: Vec::new(),
    }
}

fn seat(installed: u32) -> LeaseUsed {
    let licence = licence("ewm-developer");
    LeaseUsed { licence, pool: Pool::Seats(licence), installed }
}

fn by_tokens(id: &str, installed: u32) -> LeaseUsed {
    LeaseUsed { licence: licence(id), pool: Pool::Tokens, installed }
}

/// Keeps a change that uses licences; answers whether it could have them.
async fn kept(store: &Store, used: LicencesUsed) -> bool {
    let newest = store.newest_revision().await.unwrap();
    match store
        .append_with(newest, &entry(newest.next()), &[], With { used: Some(&used), ..With::default() })
        .await
    {
        Ok(revision) => {
            assert_eq!(revision, newest.next());
            true
        }
        Err(AppendError::LicenceGone) => {
            assert_eq!(store.newest_revision().await.unwrap(), newest, "nothing of it is kept");
            false
        }
        Err(other) => panic!("{other}"),
    }
}

async fn takes(store: &Store, user: u32, at: i64, lease: LeaseUsed) -> bool {
    kept(store, LicencesUsed { taken: vec![lease], ..used(user, at) }).await
}

async fn renews(store: &Store, user: u32, at: i64) -> bool {
    kept(store, LicencesUsed { renewed: vec![seat(2)], ..used(user, at) }).await
}

async fn holders(store: &Store) -> Vec<(u32, i64)> {
    let leases = store.leases().await.unwrap();
    let of = |lease: &store::Lease| (lease.user.number(), lease.expires.microseconds());
    leases.iter().map(of).map(|(user, until)| (user, (until - DAY.begins()) / 1_000_000)).collect()
}

async fn no_more_seats_are_taken_than_there_are(database: Database) {
    let store = database.open().await;
    assert!(takes(&store, 1, 0, seat(2)).await);
    assert!(takes(&store, 2, 1, seat(2)).await);
    assert!(!takes(&store, 3, 2, seat(2)).await);
    assert_eq!(holders(&store).await, [(1, 10), (2, 11)]);
    assert!(takes(&store, 3, 10, seat(2)).await, "the first has expired");
    assert!(!takes(&store, 1, 10, seat(2)).await, "and has no seat any more");
    assert!(!renews(&store, 1, 10).await);
    assert!(renews(&store, 2, 10).await);
    let end = Effect::EndLease(UserId::new(2), licence("ewm-developer"));
    let with = With { effect: Some(&end), ..With::default() };
    let newest = store.load().await.unwrap().revision;
    store.append_with(newest, &entry(newest.next()), &[], with).await.unwrap();
    assert!(!renews(&store, 2, 11).await, "it was ended");
    let goes_on = |user, at| LicencesUsed { fresh: vec![licence("ewm-developer")], ..used(user, at) };
    assert!(!kept(&store, goes_on(2, 11)).await, "and is no more, however fresh it was");
    assert!(kept(&store, goes_on(3, 19)).await);
    assert!(takes(&store, 1, 11, seat(2)).await);
    assert_eq!(holders(&store).await, [(3, 20), (1, 21)]);
    assert_eq!(store.forget_expired(second(20)).await.unwrap(), 1);
    assert_eq!(holders(&store).await, [(1, 21)]);
}

async fn tokens_are_taken_by_their_price(database: Database) {
    let store = database.open().await;
    let installed = 20;
    assert!(takes(&store, 1, 0, by_tokens("ewm-developer", installed)).await, "8 of 20");
    assert!(!takes(&store, 2, 0, by_tokens("elm-practitioner", installed)).await, "15 of 12");
    assert!(takes(&store, 2, 0, by_tokens("etm-quality-professional", installed)).await, "10 of 12");
    assert!(!takes(&store, 3, 0, by_tokens("ewm-contributor", installed)).await, "5 of 2");
    assert!(takes(&store, 3, 0, seat(1)).await, "a seat takes none");
    assert!(takes(&store, 3, 10, by_tokens("elm-practitioner", installed)).await, "all have expired");
    let pools: Vec<_> = store.leases().await.unwrap().into_iter().map(|lease| lease.pool.id()).collect();
    assert_eq!(pools, ["tokens", "tokens", "ewm-developer", "tokens"]);
    let tokens = store.licence_use(Pool::Tokens, DAY, DAY).await.unwrap();
    assert_eq!(tokens, [DayOfUse { day: DAY, installed, peak: 18, denials: 0 }]);
}

async fn of_those_who_want_the_last_seat_one_gets_it(database: Database) {
    let store = Arc::new(database.open().await);
    for round in 0..20 {
        let mut racers = tokio::task::JoinSet::new();
        for user in 0..6 {
            let store = Arc::clone(&store);
            racers.spawn(async move {
                loop {
                    let newest = store.newest_revision().await.unwrap();
                    let used = LicencesUsed { taken: vec![seat(1)], ..used(user, round * 10) };
                    let kept = store
                        .append_with(
                            newest,
                            &entry(newest.next()),
                            &[],
                            With { used: Some(&used), ..With::default() },
                        )
                        .await;
                    match kept {
                        Ok(_) => return 1,
                        Err(AppendError::LicenceGone) => return 0,
                        Err(AppendError::Overtaken(_)) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
        assert_eq!(racers.join_all().await.iter().sum::<i32>(), 1, "round {round}");
    }
}

async fn leases_end_at_sign_out_and_with_the_account(database: Database) {
    let store = database.open().await;
    let ann = UserId::new(0);
    let session = |expires| Session {
        registry: None,
        user: ann,
        created: second(0),
        last_used: second(0),
        expires: second(expires),
        address: None,
    };
    let out = async || store.end_leases_at_sign_out(ann, second(5)).await.unwrap();
    assert!(takes(&store, 0, 0, seat(2)).await);
    store.add_session("here", &session(100)).await.unwrap();
    store.add_session("there", &session(4)).await.unwrap();
    assert_eq!(out().await, 0, "signed in elsewhere");
    store.end_session("here").await.unwrap();
    assert_eq!(out().await, 1, "what has expired is no session");
    assert_eq!(holders(&store).await, []);

    let user = |before: &str, after: &str| {
        let text = |archived: &str| {
            format!(
                r#"{{"id":"ann","name":"Ann","groups":[],"licences":["ewm-developer"],"archived":{archived}}}"#
            )
        };
        let before = (!before.is_empty()).then(|| text(before));
        Event::from_row("user", "0", before.as_deref(), Some(&text(after))).unwrap()
    };
    let newest = store.newest_revision().await.unwrap();
    let made = store.append(newest, &entry(newest.next()), &[user("", "false")]).await.unwrap();
    assert!(takes(&store, 0, 10, seat(2)).await);
    assert!(takes(&store, 1, 10, seat(2)).await);
    let newest = store.newest_revision().await.unwrap();
    store.append(newest, &entry(newest.next()), &[user("false", "true")]).await.unwrap();
    assert_eq!(holders(&store).await, [(1, 20)]);

    let given = store.assigned_after(Revision::NONE).await.unwrap();
    assert_eq!(given[&ann], [licence("ewm-developer")].into_iter().collect::<LicenceSet>());
    assert!(store.assigned_after(made).await.unwrap().is_empty());
}

async fn the_use_of_each_day_is_kept(database: Database) {
    let store = database.open().await;
    let pool = seat(0).pool;
    let tomorrow = DAY.plus(1);
    let day = |day, installed, peak, denials| DayOfUse { day, installed, peak, denials };
    for (user, at) in [(1, 0), (2, 1), (3, 30)] {
        assert!(takes(&store, user, at, seat(5)).await);
    }
    store.note_denial(pool, DAY, 5).await.unwrap();
    store.note_denial(pool, DAY, 4).await.unwrap();
    store.note_denial(pool, tomorrow, 4).await.unwrap();
    assert_eq!(
        store.licence_use(pool, DAY, tomorrow).await.unwrap(),
        [day(DAY, 4, 2, 2), day(tomorrow, 4, 0, 1)]
    );
    let later = store.licence_use(pool, tomorrow.plus(5), tomorrow.plus(9)).await.unwrap();
    assert_eq!(later, [day(tomorrow, 4, 0, 1)], "what was installed before is told");
    assert_eq!(store.licence_use(pool, DAY.plus(-9), DAY.plus(-1)).await.unwrap(), []);
    assert_eq!(store.licence_use(Pool::Tokens, DAY, tomorrow).await.unwrap(), []);
    // What is installed is kept on the day from which on it is so.
    for (after, installed) in [(1, 4), (2, 4), (3, 6), (3, 7), (4, 7), (5, 0), (6, 0)] {
        let each = [(pool, installed), (Pool::Tokens, 0)];
        store.note_installed(DAY.plus(after), each).await.unwrap();
    }
    let noted = [day(tomorrow, 4, 0, 1), day(DAY.plus(3), 7, 0, 0), day(DAY.plus(5), 0, 0, 0)];
    assert_eq!(store.licence_use(pool, tomorrow, DAY.plus(9)).await.unwrap(), noted);
    assert_eq!(store.licence_use(Pool::Tokens, DAY, DAY.plus(9)).await.unwrap(), []);

    let last = async |at| {
        let assigned = vec![licence("ewm-developer")];
        assert!(kept(&store, LicencesUsed { assigned, ..used(7, at) }).await);
        store.last_uses().await.unwrap()[&(UserId::new(7), licence("ewm-developer"))]
    };
    const A_DAY: i64 = 24 * 60 * 60;
    assert_eq!([last(0).await, last(A_DAY).await, last(5).await], [DAY, tomorrow, tomorrow]);
}

async fn a_lease_that_lasts_past_midnight_counts_in_both_days(database: Database) {
    let store = database.open().await;
    let tomorrow = DAY.plus(1);
    const A_DAY: i64 = 24 * 60 * 60;
    for (user, at) in [(1, A_DAY - 20), (2, A_DAY - 10), (3, A_DAY - 5), (4, A_DAY - 1)] {
        assert!(takes(&store, user, at, seat(9)).await);
    }
    assert!(takes(&store, 5, A_DAY - 1, by_tokens("ewm-developer", 20)).await);
    assert!(takes(&store, 6, A_DAY + 1, seat(9)).await, "taken on the next day");
    let peak = async |pool| {
        let use_of = store.licence_use(pool, tomorrow, tomorrow).await.unwrap();
        use_of.iter().find(|it| it.day == tomorrow).map(|it| (it.installed, it.peak))
    };
    let seats = seat(0).pool;
    assert_eq!((peak(seats).await, peak(Pool::Tokens).await), (Some((9, 3)), None));
    store.note_leased_at_midnight(seats, tomorrow, 9).await.unwrap();
    store.note_leased_at_midnight(Pool::Tokens, tomorrow, 20).await.unwrap();
    assert_eq!((peak(seats).await, peak(Pool::Tokens).await), (Some((9, 3)), Some((20, 8))));
    store.note_leased_at_midnight(seats, tomorrow.plus(1), 9).await.unwrap();
    let none = store.licence_use(seats, tomorrow.plus(1), tomorrow.plus(1)).await.unwrap();
    assert_eq!(none.last().map(|it| it.peak), Some(0), "all have ended by then");
}

crate::on_each_database!(
    no_more_seats_are_taken_than_there_are,
    tokens_are_taken_by_their_price,
    of_those_who_want_the_last_seat_one_gets_it,
    leases_end_at_sign_out_and_with_the_account,
    the_use_of_each_day_is_kept,
    a_lease_that_lasts_past_midnight_counts_in_both_days,
);
