//! Getting in: by a password, by a link, by a token. All of them fail alike, and slowly.

use std::sync::Arc;
use std::time::Duration;

use governance::UserId;
use store::StoreError;

use crate::password::Right;
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret::TokenHash;
use crate::throttle::{Attempt, Marks, Wait};

/// Why somebody does not get in.
#[derive(Debug)]
pub(crate) enum NoEntry {
    /// Unknown, archived, functional, without a password, or the password is wrong: nobody is told which.
    Wrong,
    /// Too many have failed.
    Wait(Duration),
    /// Too many passwords are being checked.
    Busy,
    /// The database fails.
    Store(StoreError),
    /// The check came to an unforeseen end.
    Broken,
}

impl From<StoreError> for NoEntry {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Wait> for NoEntry {
    fn from(Wait(wait): Wait) -> Self {
        Self::Wait(wait)
    }
}

impl From<NoEntry> for Problem {
    fn from(no_entry: NoEntry) -> Self {
        match no_entry {
            NoEntry::Wrong => {
                Self::new(Kind::SignIn, "these are not the credentials of a user who can sign in")
            }
            NoEntry::Wait(wait) => {
                let said = format!("too many attempts have failed; try again in {}", in_words(wait));
                Self::new(Kind::Throttled, said).retry_after(wait)
            }
            NoEntry::Busy => Self::busy().retry_after(Duration::from_secs(1)),
            NoEntry::Store(error) => error.into(),
            NoEntry::Broken => Self::new(Kind::Internal, "the server's log says more"),
        }
    }
}

/// A time to wait, for people.
pub(crate) fn in_words(wait: Duration) -> String {
    match wait.as_secs() + u64::from(wait.subsec_nanos() > 0) {
        1 => "one second".to_owned(),
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Who has got in.
pub(crate) struct Entered {
    pub(crate) user: UserId,
    /// A mark for the browser, by which it is known again.
    pub(crate) browser: Option<String>,
    /// What stands for the password that is kept.
    pub(crate) password: TokenHash,
}

/// Finds out whose password this is. What is begun is brought to its end: nobody escapes being counted by
/// hanging up.
pub(crate) async fn by_password(
    server: &Arc<Server>,
    what: &'static str,
    place: Place,
    marks: Marks,
    id: String,
    password: String,
) -> Result<Entered, NoEntry> {
    let metrics = Arc::clone(&server.metrics);
    let server = Arc::clone(server);
    let trying = async move {
        // Within the turn, so that of many at a time few get past the count of those before them.
        let turn = server.passwords.turn().await.ok_or(NoEntry::Busy)?;
        let (store, user) = (server.office.store(), server.user_who_signs_in(&id));
        let refill = server.config.sign_in.wait;
        let attempt = Attempt::at_password(store, what, &id, user, &place, refill).await??;
        match (user, server.passwords.right(&turn, store, user, password).await?) {
            (Some(user), Some(password)) => {
                Ok(Entered { user, browser: attempt.succeeded(store, user, marks).await, password })
            }
            _ => {
                attempt.failed(store).await;
                Err(NoEntry::Wrong)
            }
        }
    };
    let entered = tokio::spawn(trying).await.unwrap_or(Err(NoEntry::Broken));
    metrics.signed_in(entered.is_ok());
    entered
}

/// The same for credentials that come with each request.
pub(crate) async fn by_basic(
    server: &Arc<Server>,
    place: Place,
    id: String,
    password: String,
) -> Result<Right, NoEntry> {
    if let Some(right) = server.passwords.remembered(&id, &password) {
        // The id may have come to mean nobody since.
        if server.user_who_signs_in(&id) != Some(right.user) {
            return Err(NoEntry::Wrong);
        }
        let kept = server.office.store().recent_password_hash(right.user).await?;
        if kept.is_some_and(|kept| TokenHash::of(&kept) == right.password) {
            return Ok(right);
        }
    }
    let tried = (id.clone(), password.clone());
    let place = Place::without_browser(place.client);
    let entered = by_password(server, "sign in by Basic", place, Marks::NetworkAlone, id, password).await?;
    let right = Right { user: entered.user, password: entered.password };
    server.passwords.remember(&tried.0, &tried.1, right.clone());
    Ok(right)
}

/// Somebody has shown a token or link that is none: counts it, and answers what to say.
pub(crate) async fn unknown_secret(server: &Server, what: &str, place: &Place) -> NoEntry {
    server.metrics.signed_in(false);
    let store = server.office.store();
    match Attempt::with_secret(store, what, place, server.config.sign_in.wait).await {
        Ok(Ok(attempt)) => {
            attempt.failed(store).await;
            NoEntry::Wrong
        }
        Ok(Err(wait)) => wait.into(),
        Err(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_or_minutes() {
        let check = |milliseconds: u64, words: &str| {
            assert_eq!(in_words(Duration::from_millis(milliseconds)), words);
        };
        check(1, "one second");
        check(59_001, "60 seconds");
        check(119_000, "119 seconds");
        check(119_001, "2 minutes");
        check(300_000, "5 minutes");
    }
}
