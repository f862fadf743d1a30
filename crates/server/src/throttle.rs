//! Guessing is slow, and keeps nobody out who has been here before (docs/guide/operating.md#people-sign-in).
//!
//! Three budgets are charged for a failure: that of the id at this place, that of the id everywhere, and
//! that of the place. Each allows some failures at once, and one more whenever time has made up for one.
//! Whoever signs in with a known browser, or from a known network, is charged for the first alone: what
//! strangers try elsewhere does not lock them out.
//!
//! Once too many have failed from a network, whoever fails from there is told to wait, be they known there or
//! not, as long, and as late: otherwise that would tell who is. Whoever is known there may still try, by a
//! budget for such times, so that these leave no trace for later either.

use std::time::Duration;

use governance::UserId;
use governance::text::fold;
use sha2::{Digest as _, Sha256};
use store::{Charge, Effect, KeepsOut, Moment, Refused, Store, StoreError};

use crate::chance::{hex, now};
use crate::place::Place;
use crate::repeated_failure;
use crate::secret::{self, TokenHash};
use crate::session::later;

/// A person who has forgotten which password it was tries so many.
const AT_A_PLACE: u32 = 5;
/// Of one id, from anywhere that is not known.
const OF_AN_ID: u32 = 50;
/// Of any id and any token, from one network: an office may be behind one address.
const OF_A_NETWORK: u32 = 100;
/// So much faster is that made up for.
const NETWORK_REFILLS: u32 = 10;

/// So long a place stays known, and is noted anew when half of it has passed.
const KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Whoever tries on and on is in the log so often at most.
const TOLD_AGAIN: Duration = Duration::from_secs(60);

/// What was typed as an id may be a password, or a novel.
const LONGEST_LOGGED: usize = 100;

/// The number of no user, for whom the store is asked all the same.
pub(crate) const NOBODY: UserId = UserId::new(u32::MAX);

/// Somebody who tries to get in, and may.
pub(crate) struct Attempt {
    budgets: Vec<Budget>,
    /// What whoever fails is told where too many have failed from the same network.
    crowded: Option<Wait>,
    /// Whether any of them has been charged of late.
    charged: bool,
    refused: Refused,
    network: Mark,
    browser: Option<Mark>,
}

/// A place as the store knows it.
struct Mark {
    text: String,
    known_until: Option<Moment>,
}

/// Too many have failed; so long nobody else may try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait(pub(crate) Duration);

#[derive(Clone, Debug)]
struct Budget {
    subject: String,
    /// Of which id, as a hash of it.
    of_id: Option<String>,
    /// Whom it keeps out, as whoever lets them in again is told: a user, and from where.
    keeps_out: Option<(Option<UserId>, Option<String>)>,
    /// So many failures at once.
    failures: u32,
    /// So long it takes to make up for one.
    refill: Duration,
}

impl Budget {
    fn new(failures: u32, refill: Duration, subject: &[&str]) -> Self {
        Self { subject: hash(subject), of_id: None, keeps_out: None, failures, refill }
    }

    /// The same, of an id that is folded.
    fn of_id(self, folded: &str) -> Self {
        Self { of_id: Some(hash_of_id(folded)), ..self }
    }
    /// The same, that tells whom it keeps out.
    fn keeps_out(self, user: Option<UserId>, network: Option<String>) -> Self {
        Self { keeps_out: Some((user, network)), ..self }
    }

    /// How long until one more may fail.
    fn wait(&self, full_at: Moment, now: Moment) -> Option<Duration> {
        let may_begin = later(now, self.allowance());
        let wait = full_at.microseconds() - may_begin.microseconds();
        u64::try_from(wait).ok().filter(|wait| *wait > 0).map(Duration::from_micros)
    }

    /// So much can be lacking while one more may fail.
    fn allowance(&self) -> Duration {
        self.refill * (self.failures - 1)
    }

    fn charge(&self) -> Charge {
        let microseconds = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let keeps_out = self.keeps_out.clone().map(|(user, network)| KeepsOut {
            user,
            network,
            allowance: microseconds(self.allowance()),
        });
        let (subject, of_id) = (self.subject.clone(), self.of_id.clone());
        Charge { subject, refill: microseconds(self.refill), of_id, keeps_out }
    }
}

impl Attempt {
    /// Somebody tries a password.
    pub(crate) async fn at_password(
        store: &Store,
        what: &str,
        id: &str,
        user: Option<UserId>,
        place: &Place,
        refill: Duration,
    ) -> Result<Result<Self, Wait>, StoreError> {
        let now = now();
        let network = format!("network {}", place.network());
        let browser = place.browser.as_ref().map(|browser| format!("browser {}", browser.as_str()));
        let places = [network.as_str(), browser.as_deref().unwrap_or_default()];
        let known = store.familiar_places(user.unwrap_or(NOBODY), places, now).await?;
        let mark = |text: String| {
            let known_until = known.iter().find(|(place, _)| *place == text).map(|(_, until)| *until);
            Mark { text, known_until }
        };
        let (network, browser) = (mark(network), browser.map(mark));
        let known_browser = browser.as_ref().filter(|browser| browser.known_until.is_some());

        let folded = fold(id);
        let at = known_browser.map_or(&network.text, |browser| &browser.text).clone();
        let at_place = |what| {
            let at_place = Budget::new(AT_A_PLACE, refill, &[what, &folded, &at]).of_id(&folded);
            at_place.keeps_out(user, Some(place.network()))
        };
        let of_network = of_network(place, refill);
        let refused = refusal(now, what, Some(id), place);
        let (budgets, crowded) = (vec![of_network.clone()], None);
        let mut attempt = Self { budgets, crowded, charged: false, refused, network, browser };
        // Asked for everybody, as many times.
        let crowded = attempt.may_go_on(store).await?.err();
        attempt.budgets = match (crowded, known.is_empty()) {
            (Some(wait), true) => return Ok(Err(wait)),
            (Some(_), false) => vec![at_place("id at a place that is crowded")],
            (None, true) => {
                let of_id = Budget::new(OF_AN_ID, refill, &["id", &folded]).of_id(&folded);
                vec![at_place("id at place"), of_id.keeps_out(user, None), of_network]
            }
            (None, false) => vec![at_place("id at place")],
        };
        attempt.crowded = crowded;
        Ok(attempt.may_go_on(store).await?.map(|()| attempt))
    }

    /// Somebody shows a token, or a link, that nobody has, or that lets nobody in.
    pub(crate) async fn with_secret(
        store: &Store,
        what: &str,
        by: Option<&str>,
        place: &Place,
        refill: Duration,
    ) -> Result<Result<Self, Wait>, StoreError> {
        let mut attempt = Self {
            budgets: vec![of_network(place, refill)],
            crowded: None,
            charged: false,
            refused: refusal(now(), what, by, place),
            network: Mark { text: String::new(), known_until: None },
            browser: None,
        };
        Ok(attempt.may_go_on(store).await?.map(|()| attempt))
    }

    /// Whether not too many have failed until now.
    pub(crate) async fn may_go_on(&mut self, store: &Store) -> Result<Result<(), Wait>, StoreError> {
        let (charged, may) = self.look_at(store, &self.budgets).await?;
        self.charged = charged;
        Ok(may.map_err(|wait| self.crowded.unwrap_or(wait)))
    }

    /// The same of attempts that nobody could judge, since a directory is away. They cost budgets of their
    /// own, which count as long as that is so: nobody is kept out by them afterwards.
    pub(crate) async fn may_go_on_meanwhile(&self, store: &Store) -> Result<Result<(), Wait>, StoreError> {
        Ok(self.look_at(store, &self.meanwhile()).await?.1)
    }

    /// Whether whoever has failed may be told so.
    pub(crate) fn may_fail(&self) -> Result<(), Wait> {
        self.crowded.map_or(Ok(()), Err)
    }

    fn meanwhile(&self) -> Vec<Budget> {
        let meanwhile = |budget: &Budget| Budget {
            subject: hash(&["meanwhile", &budget.subject]),
            keeps_out: None,
            ..budget.clone()
        };
        self.budgets.iter().map(meanwhile).collect()
    }

    /// Whether any of these budgets was charged of late, and whether this may go on by all of them.
    async fn look_at(
        &self,
        store: &Store,
        budgets: &[Budget],
    ) -> Result<(bool, Result<(), Wait>), StoreError> {
        let now = now();
        let mut subjects = [""; 3];
        for (subject, budget) in subjects.iter_mut().zip(budgets) {
            *subject = &budget.subject;
        }
        let found = store.attempt_budgets(subjects).await?;
        let wait = |budget: &Budget| {
            let (_, full_at) = found.iter().find(|(subject, _)| *subject == budget.subject)?;
            Some((budget.wait(*full_at, now)?, budget.subject.clone()))
        };
        let may = match budgets.iter().filter_map(wait).max() {
            Some((wait, subject)) => {
                self.log_waiting(store, &subject, now).await;
                Err(Wait(wait))
            }
            None => Ok(()),
        };
        Ok((!found.is_empty(), may))
    }

    /// Whoever must wait is told of now and then, so that a flood does not fill the log.
    async fn log_waiting(&self, store: &Store, subject: &str, now: Moment) {
        let what = format!("{}: too many attempts have failed", self.refused.what);
        let refused = Refused { at: now, what, ..self.refused.clone() };
        let until = later(now, TOLD_AGAIN);
        if let Err(error) = store.log_refusal_until(&refused, &hash(&["told", subject]), until).await {
            repeated_failure::log("cannot note that somebody tries too often to sign in", &error);
        }
    }

    /// Whoever knows could not be asked.
    pub(crate) async fn was_not_judged(self, store: &Store) {
        let budgets = self.meanwhile();
        Self { budgets, ..self }.failed(store).await;
    }

    /// It was wrong. What cannot be noted, on a full disk say, is wrong all the same.
    pub(crate) async fn failed(self, store: &Store) {
        let charges: Vec<_> = self.budgets.iter().map(Budget::charge).collect();
        tracing::info!(what = self.refused.what, "somebody could not sign in");
        if let Err(error) = store.charge_failure(&self.refused, &charges).await {
            repeated_failure::log("cannot note that somebody could not sign in", &error);
        }
    }

    /// It was right: the place is known from now on. Answers a new mark for a browser that has none of this
    /// user's, if it can have one.
    pub(crate) async fn succeeded(self, store: &Store, user: UserId, marks: Marks) -> Option<String> {
        let now = now();
        let stale = |mark: &Mark| mark.known_until.is_none_or(|until| until < later(now, KNOWN_FOR / 2));
        let known_browser = self.browser.as_ref().filter(|browser| browser.known_until.is_some());
        let fresh = (marks == Marks::Browser && known_browser.is_none()).then(secret::fresh);
        let fresh_place = fresh.as_ref().map(|mark| format!("browser {}", TokenHash::of(mark).as_str()));
        let again = [Some(&self.network), known_browser];
        let again = again.into_iter().flatten().filter(|mark| stale(mark)).map(|mark| &mark.text);
        let noted = async {
            for place in again.chain(&fresh_place) {
                store.make_familiar(user, place, later(now, KNOWN_FOR)).await?;
            }
            if let Some(budget) = self.budgets.first().filter(|_| self.charged) {
                store.fill_attempt_budget(&budget.subject).await?;
            }
            Ok::<_, StoreError>(())
        };
        match noted.await {
            Ok(()) => fresh,
            Err(error) => {
                repeated_failure::log("cannot note where somebody has signed in", &error);
                None
            }
        }
    }
}

/// Keeps what was refused of somebody who shows nothing by which they are known: of each network now and
/// then, so that a flood does not fill the log.
pub(crate) async fn log_of_nobody(store: &Store, what: &str, place: &Place) {
    let what: String = what.chars().take(LONGEST_LOGGED).collect();
    let refused = refusal(now(), &what, None, place);
    let until = later(refused.at, TOLD_AGAIN);
    let subject = hash(&["told", "of nobody", &place.network()]);
    if let Err(error) = store.log_refusal_until(&refused, &subject, until).await {
        repeated_failure::log("cannot log that something was refused", &error);
    }
}

/// So that whoever has failed too often with this id may try again, wherever it was.
pub(crate) fn release(id: &str) -> Effect {
    Effect::ReleaseLockOut(hash_of_id(&fold(id)))
}

fn hash_of_id(folded: &str) -> String {
    hash(&["id", folded])
}

/// A hash of texts that cannot be shifted into one another.
fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Whether whoever signs in can be known again by a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    Browser,
    NetworkAlone,
}

/// How long a browser keeps its mark.
pub(crate) const fn mark_lasts() -> Duration {
    KNOWN_FOR
}

fn of_network(place: &Place, refill: Duration) -> Budget {
    let network = place.network();
    Budget::new(OF_A_NETWORK, refill / NETWORK_REFILLS, &["network", &network]).keeps_out(None, Some(network))
}

fn refusal(at: Moment, what: &str, id: Option<&str>, place: &Place) -> Refused {
    Refused {
        at,
        by: id.map(|id| id.chars().take(LONGEST_LOGGED).collect()),
        address: Some(place.client.to_string()),
        what: what.to_owned(),
        gate: "AUTH".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_allows_some_failures_at_once_and_one_more_in_time() {
        let budget = Budget::new(5, Duration::from_secs(60), &["a"]);
        let (now, minute) = (Moment::new(1_000_000), Duration::from_secs(60));
        let wait = |failed: u32, since: Duration| budget.wait(later(now, minute * failed), later(now, since));
        assert_eq!([1, 4].map(|failed| wait(failed, Duration::ZERO)), [None, None]);
        assert_eq!(wait(5, Duration::ZERO), Some(minute));
        assert_eq!(wait(5, minute - Duration::from_secs(1)), Some(Duration::from_secs(1)));
        assert_eq!(wait(5, minute), None);
        assert_eq!(wait(6, minute), Some(minute));
    }

    #[test]
    fn parts_of_a_subject_cannot_be_shifted() {
        let subject = |parts: &[&str]| Budget::new(1, Duration::ZERO, parts).subject;
        assert_ne!(subject(&["id", "bob", "1"]), subject(&["id", "bob1"]));
        assert_ne!(subject(&["a", "bc"]), subject(&["ab", "c"]));
    }
}
