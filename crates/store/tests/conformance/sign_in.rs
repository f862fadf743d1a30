//! What only sign-in needs: passwords, sessions and the log of refusals.

use governance::{Organisation, UserId};
use store::{Moment, RefusalFilter, Refused, Session, StoreError};

use crate::database::Database;

async fn a_password_is_set_replaced_and_removed(database: Database) {
    let store = database.open().await;
    let (ann, bob) = (UserId::new(0), UserId::new(u32::MAX));
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    for hash in ["first", "second"] {
        store.set_password_hash(ann, hash).await.unwrap();
        store.set_password_hash(bob, "bob's").await.unwrap();
        assert_eq!(store.password_hash(ann).await.unwrap().as_deref(), Some(hash));
    }
    store.remove_password(ann).await.unwrap();
    assert_eq!(store.password_hash(ann).await.unwrap(), None);
    assert_eq!(store.password_hash(bob).await.unwrap().as_deref(), Some("bob's"));
    assert_eq!(store.load().await.unwrap().organisation, Organisation::default());
}

fn session(user: u32, expires: i64) -> Session {
    let at = Moment::new;
    Session { user: UserId::new(user), created: at(1), last_used: at(2), expires: at(expires) }
}

async fn a_session_lasts_until_it_is_ended_or_expires(database: Database) {
    let store = database.open().await;
    for (hash, user, expires) in [("a1", 1, 10), ("a2", 1, 20), ("a3", 1, 30), ("b1", 2, 10), ("b2", 2, 40)] {
        store.add_session(hash, &session(user, expires)).await.unwrap();
    }
    let again = store.add_session("a1", &session(2, 50)).await;
    assert!(matches!(again, Err(StoreError::Database { .. })));
    assert_eq!(store.session("a1").await.unwrap(), Some(session(1, 10)));
    assert_eq!(store.session("c").await.unwrap(), None);

    store.touch_session("a1", Moment::new(9), Moment::new(99)).await.unwrap();
    let touched = Session { last_used: Moment::new(9), ..session(1, 99) };
    assert_eq!(store.session("a1").await.unwrap(), Some(touched));

    assert_eq!(store.end_expired_sessions(Moment::new(20)).await.unwrap(), 2);
    assert_eq!(store.sessions_of(UserId::new(1)).await.unwrap(), [touched, session(1, 30)]);
    assert_eq!(store.end_sessions_of(UserId::new(1), Some("a1")).await.unwrap(), 1);
    assert_eq!(store.sessions_of(UserId::new(1)).await.unwrap(), [touched]);
    assert_eq!(store.end_sessions_of(UserId::new(1), None).await.unwrap(), 1);
    store.end_session("b2").await.unwrap();
    store.end_session("b2").await.unwrap();
    assert_eq!(store.session("b2").await.unwrap(), None);
}

fn refusal(at: i64) -> Refused {
    Refused {
        at: Moment::new(at),
        by: (at != 3).then(|| "zoë\0".to_owned()),
        address: (at == 3).then(|| "192.0.2.7".to_owned()),
        what: format!("attempt {at}"),
        gate: "SIGN_IN".to_owned(),
    }
}

async fn refusals_are_logged_paged_and_forgotten(database: Database) {
    let store = database.open().await;
    for at in 1..=6 {
        store.log_refusal(&refusal(at)).await.unwrap();
    }
    let expected = |numbers: &[i64]| -> Vec<Refused> {
        let kept =
            |refused: Refused| Refused { by: refused.by.map(|by| by.replace('\0', "\u{FFFD}")), ..refused };
        numbers.iter().map(|at| kept(refusal(*at))).collect()
    };
    let filter = RefusalFilter { limit: 4, ..RefusalFilter::default() };
    let page = store.refusals(&filter).await.unwrap();
    assert_eq!(page.refusals, expected(&[6, 5, 4, 3]));
    let page = store.refusals(&RefusalFilter { older_than: page.older_than, ..filter }).await.unwrap();
    assert_eq!((page.refusals, page.older_than), (expected(&[2, 1]), None));
    let filter =
        RefusalFilter { from: Some(Moment::new(2)), to: Some(Moment::new(4)), ..RefusalFilter::default() };
    assert_eq!(store.refusals(&filter).await.unwrap().refusals, expected(&[3, 2]));
    assert_eq!(store.expire_refusals(Moment::new(5)).await.unwrap(), 4);
    assert_eq!(store.refusals(&RefusalFilter::default()).await.unwrap().refusals, expected(&[6, 5]));
}

crate::on_each_database!(
    a_password_is_set_replaced_and_removed,
    a_session_lasts_until_it_is_ended_or_expires,
    refusals_are_logged_paged_and_forgotten,
);
