//! Getting in: by a password, by a link, by a token. All of them fail alike, and slowly.

use std::sync::Arc;
use std::time::{Duration, Instant};

use governance::{GroupSet, UserId};
use store::{Store, StoreError};

use crate::client_address::ClientAddress;
use crate::office::ChangeError;
use crate::password::{Right, Turn};
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::registry::{Bound, Directory, NotLetIn, Unreachable, let_in};
use crate::repeated_failure;
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
    /// The registry that knows cannot be asked.
    Away(Unreachable),
    /// The database fails.
    Store(StoreError),
    /// The user whom a registry tells of could not be kept.
    NotKept(Problem),
    /// The check came to an unforeseen end.
    Broken,
}

impl From<StoreError> for NoEntry {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unreachable> for NoEntry {
    fn from(unreachable: Unreachable) -> Self {
        Self::Away(unreachable)
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
            NoEntry::Away(unreachable) => unreachable.into(),
            NoEntry::Busy => Self::busy().retry_after(Duration::from_secs(1)),
            NoEntry::Store(error) => error.into(),
            NoEntry::NotKept(problem) => problem,
            NoEntry::Broken => Self::internal(),
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
    pub(crate) proof: Proof,
}

/// What has shown who somebody is.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A password; what stands for it as it is kept here.
    Kept(TokenHash),
    /// A registry, which keeps the password.
    Registry,
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
        let turn = server.passwords.turn().await.ok_or(NoEntry::Busy)?;
        let began = Instant::now();
        let entered = judged(&server, turn, what, &place, marks, (&id, &password)).await;
        let is_late = match &entered {
            // Who is known may have had a password looked at, who is not has not.
            Err(NoEntry::Wait(_)) => true,
            Err(NoEntry::Wrong) => server.directory.is_some(),
            _ => false,
        };
        if is_late {
            told_late(began).await;
        }
        entered
    };
    let entered = tokio::spawn(trying).await.unwrap_or(Err(NoEntry::Broken));
    metrics.signed_in(entered.is_ok());
    entered
}

/// The same, in a turn.
async fn judged(
    server: &Arc<Server>,
    turn: Turn,
    what: &'static str,
    place: &Place,
    marks: Marks,
    (id, password): (&str, &str),
) -> Result<Entered, NoEntry> {
    let (store, client) = (server.office.store(), place.client);
    let user = server.user_who_signs_in(id);
    let refill = server.config.sign_in.wait;
    let mut attempt = Attempt::at_password(store, what, id, user, place, refill).await??;
    let kept = server.passwords.right(&turn, store, user, password.to_owned()).await?;
    // Kept until a failure is counted, so that of many at a time no more get past the count than have
    // turns. A directory has turns of its own: while it is asked nobody is kept from hashing, and whose
    // password is kept here does not wait for it.
    let _counted = server.directory.is_none().then_some(turn);
    let mut asking = None;
    let found = match (user, kept, &server.directory) {
        (Some(user), Some(kept), directory) => {
            if let Some(directory) = directory {
                enters_meanwhile(directory, &attempt, store).await?;
            }
            Ok(Some((user, Proof::Kept(kept))))
        }
        (_, _, None) => Ok(None),
        (_, _, Some(directory)) => match directory.turn().await {
            Some(turn) => {
                asking = Some(turn);
                let found = asked(server, directory, &mut attempt, (user, id, password), client).await;
                found.map(|user| user.map(|user| (user, Proof::Registry)))
            }
            None => Err(NoEntry::Busy),
        },
    };
    let entered = match found {
        Ok(Some((user, proof))) => {
            Ok(Entered { user, browser: attempt.succeeded(store, user, marks).await, proof })
        }
        Ok(None) => {
            let may = attempt.may_fail();
            attempt.failed(store).await;
            may?;
            Err(NoEntry::Wrong)
        }
        Err(away @ NoEntry::Away(_)) => {
            attempt.may_go_on_meanwhile(store).await??;
            attempt.was_not_judged(store).await;
            Err(away)
        }
        // Nobody has looked at the password.
        Err(unjudged @ (NoEntry::Busy | NoEntry::Wait(_))) => Err(unjudged),
        Err(error) => {
            attempt.failed(store).await;
            Err(error)
        }
    };
    // Held until it is counted, too.
    drop(asking);
    entered
}

/// Whether somebody gets in whose password is kept here, and right: what is kept here is not guessed while a
/// directory is away, of whose attempts nobody can judge. It may be back, and nobody has asked since.
async fn enters_meanwhile(directory: &Directory, attempt: &Attempt, store: &Store) -> Result<(), NoEntry> {
    if !directory.is_away() {
        return Ok(());
    }
    match attempt.may_go_on_meanwhile(store).await? {
        Ok(()) => Ok(()),
        Err(wait) => directory.nobody().await.map_err(|_| wait.into()),
    }
}

/// Whom the directory knows, unless so many with this id have failed while this one waited for a turn.
async fn asked(
    server: &Arc<Server>,
    directory: &Directory,
    attempt: &mut Attempt,
    (user, id, password): (Option<UserId>, &str, &str),
    client: ClientAddress,
) -> Result<Option<UserId>, NoEntry> {
    attempt.may_go_on(server.office.store()).await??;
    by_directory(server, directory, user, client, id, password).await
}

/// Whom the directory knows by this id and password. It is asked as often about those whom it does not know.
async fn by_directory(
    server: &Arc<Server>,
    directory: &Directory,
    user: Option<UserId>,
    client: ClientAddress,
    id: &str,
    password: &str,
) -> Result<Option<UserId>, NoEntry> {
    let newest = server.office.published();
    let registered = user.and_then(|user| newest.organisation.user(user)?.registered.as_ref());
    if user.is_some() && registered.is_none_or(|it| it.registry != directory.config().name) {
        directory.nobody().await?;
        return Ok(None);
    }
    let person = match directory.bound(id, password).await? {
        Bound::Right(person) => person,
        Bound::WithoutGroups(person, unreachable) => {
            repeated_failure::log("nobody knows the groups of whoever signs in", &unreachable);
            let known = newest.organisation.user_by_id(&person.id);
            let known = known.and_then(|known| newest.organisation.user(known));
            // Whoever is known keeps those that they have; whether others are for us, nobody can say.
            if known.is_none_or(|known| !known.archived && known.groups == GroupSet::default()) {
                return Err(unreachable.into());
            }
            person
        }
        Bound::Wrong => return Ok(None),
    };
    match let_in(server, person, client).await {
        Ok(user) => Ok(Some(user)),
        Err(NotLetIn::KeptOut) => Ok(None),
        Err(NotLetIn::NotTaken(not_taken)) => {
            tracing::warn!(%not_taken, "somebody whom the directory knows cannot sign in");
            Ok(None)
        }
        Err(NotLetIn::Change(ChangeError::Store(error))) => Err(NoEntry::Store(error)),
        Err(NotLetIn::Change(error)) => Err(NoEntry::NotKept(Problem::not_made(error))),
    }
}

/// Failures are told at the next of these, so that no difference between servers' ways of failing is seen,
/// nor between having a password looked at and not.
const TOLD_AT: Duration = Duration::from_millis(250);

async fn told_late(began: Instant) {
    let steps = began.elapsed().as_millis() / TOLD_AT.as_millis() + 1;
    tokio::time::sleep_until((began + TOLD_AT * u32::try_from(steps).unwrap_or(1)).into()).await;
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
        if right.proof.still_holds(server, right.user).await? {
            return Ok(right);
        }
    }
    let tried = (id.clone(), password.clone());
    let place = Place::without_browser(place.client);
    let entered = by_password(server, "sign in by Basic", place, Marks::NetworkAlone, id, password).await?;
    let right = Right { user: entered.user, proof: entered.proof };
    server.passwords.remember(&tried.0, &tried.1, right.clone());
    Ok(right)
}

impl Proof {
    /// The password that is kept as this hash.
    pub(crate) fn kept(hash: &str) -> Self {
        Self::Kept(TokenHash::of(hash))
    }

    /// Whether it is still the password that is kept. What a registry has said a moment ago holds, as long as
    /// it is remembered.
    pub(crate) async fn still_holds(&self, server: &Server, user: UserId) -> Result<bool, StoreError> {
        match self {
            Self::Registry => Ok(true),
            Self::Kept(password) => {
                let kept = server.office.store().recent_password_hash(user).await?;
                Ok(kept.is_some_and(|kept| TokenHash::of(&kept) == *password))
            }
        }
    }
}

/// Whether somebody may show a token that it takes others to look at.
pub(crate) async fn may_show_secret(server: &Server, what: &str, place: &Place) -> Result<(), NoEntry> {
    let (store, refill) = (server.office.store(), server.config.sign_in.wait);
    Attempt::with_secret(store, what, None, place, refill).await??;
    Ok(())
}

/// Somebody has shown a token or link that is none: counts it, and answers what to say.
pub(crate) async fn unknown_secret(server: &Server, what: &str, place: &Place) -> NoEntry {
    not_entered(server, what, None, place).await
}

/// The same of somebody who does not get in with what they have shown, with their id where it is known.
pub(crate) async fn not_entered(server: &Server, what: &str, by: Option<&str>, place: &Place) -> NoEntry {
    server.metrics.signed_in(false);
    let store = server.office.store();
    match Attempt::with_secret(store, what, by, place, server.config.sign_in.wait).await {
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
