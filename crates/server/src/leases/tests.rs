use governance::Pool;
use store::Location;

use super::*;

const ANN: UserId = UserId::new(0);
const BEA: UserId = UserId::new(1);
const DAY: Day = Day::new(20_783);
const TWO_HOURS: Duration = Duration::from_secs(7200);

fn second(second: i64) -> Moment {
    Moment::new(DAY.begins() + second * 1_000_000)
}

fn developer() -> LicenceType {
    LicenceType::from_id("ewm-developer").unwrap()
}

fn organisation(pools: &str) -> Organisation {
    let text = format!("bailiwick: 1\nusers: [{{id: ann}}, {{id: bea}}]\nlicense_pools: {pools}\n");
    let source = document::Source { name: "pools".into(), text: text.as_bytes() };
    document::load(&[source], &document::Limits::default()).unwrap().organisation
}

async fn book() -> (tempfile::TempDir, LeaseBook) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::folder(folder.path()), "history").await.unwrap();
    let book = LeaseBook::open(&store, TWO_HOURS).await.unwrap();
    (folder, book)
}

impl LeaseBook {
    /// Has a user use something at a second; answers whether there is anything to write.
    fn uses(&self, organisation: &Organisation, user: UserId, one: LicenceUse, at: i64) -> bool {
        let supply = organisation.supply_on(DAY);
        let used = self.to_keep(&supply, user, &[one], second(at));
        used.iter().for_each(|used| self.kept(used));
        used.is_some_and(|used| writes(&used))
    }
}

#[tokio::test]
async fn a_lease_is_renewed_once_a_minute_at_most() {
    let (_folder, book) = book().await;
    let organisation = organisation("[{type: ewm-developer, seats: 1}]");
    let taken = LicenceUse::Taken(developer(), Pool::Seats(developer()));
    assert!(book.uses(&organisation, ANN, taken, 0));
    let again = |at| book.uses(&organisation, ANN, LicenceUse::Leased(developer()), at);
    assert_eq!([1, 59, 60, 61, 119, 120].map(again), [false, false, true, false, false, true]);
    let lease = &book.lasting(second(121))[0];
    assert_eq!((lease.taken, lease.last_used, lease.expires), (second(0), second(120), second(7320)));
    assert!(book.lasting(second(7320)).is_empty());
}

#[tokio::test]
async fn what_is_assigned_is_noted_once_a_day() {
    let (_folder, book) = book().await;
    let organisation = organisation("[]");
    let uses = |user, at| book.uses(&organisation, user, LicenceUse::Authorised(developer()), at);
    assert!(uses(ANN, 0) && !uses(ANN, 1) && uses(BEA, 2) && !uses(ANN, 86_399));
    assert!(uses(ANN, 86_400) && !uses(ANN, 86_401));
    let internal = LicenceUse::Authorised(LicenceType::internal());
    assert!(!book.uses(&organisation, ANN, internal, 0), "nobody gave it away, and nobody takes it back");
}

#[tokio::test]
async fn what_is_free_follows_leases_pools_and_the_clock() {
    let (_folder, book) = book().await;
    let two = organisation("[{type: ewm-developer, seats: 1, expires: 2026-11-26}]");
    let free = |organisation: &Organisation, user, at| {
        book.now(organisation, second(at)).for_user(user).contains(developer())
    };
    assert!(free(&two, None, 0));
    let taken = LicenceUse::Taken(developer(), Pool::Seats(developer()));
    book.uses(&two, ANN, taken, 0);
    assert!(free(&two, Some(ANN), 1) && !free(&two, Some(BEA), 1));
    assert!(free(&organisation("[{type: ewm-developer, seats: 2}]"), Some(BEA), 1), "one more is installed");
    assert!(!free(&two, Some(BEA), 7199) && free(&two, Some(BEA), 7200), "it has expired");
    assert!(!free(&two, Some(BEA), 1), "and had not, before");
    book.ended(&[ANN]);
    assert!(free(&two, Some(BEA), 1));
    assert!(free(&two, Some(BEA), 86_399) && !free(&two, Some(BEA), 86_400), "the last day is past");
}

#[tokio::test]
async fn what_lasts_past_midnight_is_noted_for_the_next_day() {
    let (folder, book) = book().await;
    let store = Store::open(&Location::folder(folder.path()), "history").await.unwrap();
    let organisation = organisation("[{type: ewm-developer, seats: 2}]");
    let taken = LicenceUse::Taken(developer(), Pool::Seats(developer()));
    let supply = organisation.supply_on(DAY);
    let used = book.to_keep(&supply, ANN, &[taken], second(86_400 - 60)).unwrap();
    let newest = store.newest_revision().await.unwrap();
    let entry = store::Entry {
        at: used.at,
        by: "ann".to_owned(),
        via: None,
        address: None,
        basis: "licensed".to_owned(),
        summary: "something".to_owned(),
        impact: None,
    };
    let with = store::With { used: Some(&used), ..store::With::default() };
    store.append_with(newest, &entry, &[], with).await.unwrap();
    book.kept(&used);
    for later in 0..3 {
        book.note_day(&store, &organisation, DAY.plus(later)).await.unwrap();
    }
    let pool = Pool::Seats(developer());
    let days = store.licence_use(pool, DAY, DAY.plus(2)).await.unwrap();
    let told: Vec<_> = days.iter().map(|it| (it.day, it.installed, it.peak)).collect();
    assert_eq!(told, [(DAY, 2, 1), (DAY.plus(1), 2, 1)], "and nothing of days on which nothing lasts");
    // Nobody need use what has changed, or ended, for its day to be noted.
    let ends = self::organisation("[{type: ewm-developer, seats: 3, expires: 2026-11-29}]");
    for later in 3..5 {
        book.note_day(&store, &ends, DAY.plus(later)).await.unwrap();
    }
    let days = store.licence_use(pool, DAY.plus(3), DAY.plus(9)).await.unwrap();
    let told: Vec<_> = days.iter().map(|it| (it.day, it.installed, it.peak)).collect();
    assert_eq!(told, [(DAY.plus(3), 3, 0), (DAY.plus(4), 0, 0)]);
}
