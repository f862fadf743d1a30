//! Finding out which of the six steps is missing between two servers (docs/cross-server.md#doctor).

use std::time::Instant;

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use store::{Consumer, Friend, KeyState};

use super::check::{
    CLOCK, Cause, Check, Direction, FUNCTIONAL_USER, KEY_APPROVED, KEY_KNOWN, Outcome, ROOT_SERVICES,
    SIGNATURE, STEPS, step_of,
};
use super::{FriendError, HANDSHAKE, Handshake, Reverse, get, same_server};
use crate::chance::now;
use crate::oauth::{Step, of_consumer};
use crate::peer::{Answer, PeerRefusal, short};
use crate::problem::Problem;
use crate::router::Server;

/// What is found out about a friend.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosis {
    pub(crate) checks: Vec<Check>,
    /// The consumer that the friend is, as far as is known.
    pub(crate) consumer: Option<Consumer>,
    /// By how many seconds the friend's clock is ahead.
    pub(crate) clock_ahead: Option<i64>,
}

impl Diagnosis {
    /// The first step that is missing, and what was found.
    pub(crate) fn missing(&self, friend: &Friend) -> Option<String> {
        let check = self.checks.iter().find(|check| check.outcome == Outcome::Failed)?;
        let place = check.server(friend).map_or_else(|| "here".to_owned(), |name| format!("on {name}"));
        Some(format!("step {}, {place}: {}", check.guide_step(), check.said))
    }
}

/// Whether this server and a friend let each other in; else, in words, the first step that is missing.
pub(crate) async fn both_ways(server: &Server, friend: &Friend) -> Result<Option<String>, Problem> {
    let missing = diagnose(server, friend).await?.missing(friend);
    Ok(missing.map(|missing| {
        format!(
            "`{}` and this server do not let each other in yet: as counted from this server, {missing}; `bailiwick \
             doctor --friend \"{}\"` says what is to be done",
            friend.name, friend.name
        )
    }))
}

/// Tries both ways.
pub(crate) async fn diagnose(server: &Server, friend: &Friend) -> Result<Diagnosis, Problem> {
    let begun = Instant::now();
    let (mut checks, told) = outbound(server, friend, Reverse::Tried).await;
    let consumers = server.office.store().consumers().await?;
    let is_theirs = |consumer: &&Consumer| {
        consumer.root_services.as_deref().is_some_and(|theirs| same_server(theirs, &friend.root_services))
    };
    // Of several, the one that is furthest.
    let progress = |consumer: &Consumer| match consumer.state {
        KeyState::Authorized if consumer.functional_user.is_some() => 3,
        KeyState::Authorized => 2,
        KeyState::Provisional => 1,
        KeyState::Rejected => 0,
    };
    // The friend knows its own key, and has just signed by it; anybody can claim to have its address, and a
    // friend can name the key of somebody else.
    let own = told.as_ref().and_then(|told| told.key.as_deref());
    let own = own.filter(|own| server.keys_shown.since(own, begun));
    let own = own.and_then(|own| consumers.iter().find(|it| it.key == own));
    let mut claiming: Vec<_> = consumers.iter().filter(is_theirs).collect();
    claiming.sort_by_key(|consumer| (progress(consumer), consumer.created));
    let waiting = claiming.iter().filter(|it| it.state == KeyState::Provisional).count();
    let theirs = match (own, claiming.last().copied()) {
        (Some(own), _) => Theirs::Known(own),
        (None, Some(it)) if it.state != KeyState::Provisional => Theirs::Known(it),
        (None, Some(it)) => Theirs::Claimed(it, waiting),
        (None, None) if consumers.iter().any(|it| it.root_services.is_none()) => Theirs::Nameless,
        (None, None) => Theirs::None,
    };
    // A server that does not know whose the key is can tell this one of nothing.
    if told.as_ref().is_some_and(|told| told.is_friend.is_none()) {
        let said =
            format!("{} does not know which server has the key, and can tell it of nothing", friend.name);
        checks = stopped_at(Direction::Outbound, KEY_KNOWN, said);
        because(&mut checks, Cause::Nameless);
    }
    let inbound = inbound(server, friend, theirs, told.as_ref());
    server.failing.note(friend, Direction::Inbound, failed(&inbound));
    checks.extend(inbound);
    let clock_ahead = told.map(|told| ahead(&told));
    Ok(Diagnosis { checks, consumer: theirs.named().cloned(), clock_ahead })
}

/// The key by which a friend asks this server.
#[derive(Clone, Copy)]
enum Theirs<'c> {
    None,
    /// None is known to be, and of some it is not known which server has them.
    Nameless,
    Known(&'c Consumer),
    /// The newest of so many that wait, and say that they are of the friend.
    Claimed(&'c Consumer, usize),
}

impl<'c> Theirs<'c> {
    /// Which of several that wait is the friend's, if any is, nobody here can say.
    const fn named(self) -> Option<&'c Consumer> {
        match self {
            Self::Known(consumer) | Self::Claimed(consumer, 1) => Some(consumer),
            Self::None | Self::Nameless | Self::Claimed(..) => None,
        }
    }
}

/// This server asks the friend.
pub(super) async fn outbound(
    server: &Server,
    friend: &Friend,
    reverse: Reverse,
) -> (Vec<Check>, Option<Handshake>) {
    let (checks, told) = try_outbound(server, friend, reverse).await;
    server.failing.note(friend, Direction::Outbound, failed(&checks));
    (checks, told)
}

/// What the check says that has failed.
fn failed(checks: &[Check]) -> Option<String> {
    checks.iter().find(|check| check.outcome == Outcome::Failed).map(|check| check.said.clone())
}

async fn try_outbound(server: &Server, friend: &Friend, reverse: Reverse) -> (Vec<Check>, Option<Handshake>) {
    let read = async {
        let uri = server.peers.uri(&friend.root_services)?;
        server.peers.read(&uri, HeaderMap::new()).await?.success()?.root_services()
    };
    if let Err(refusal) = read.await {
        let mut checks = stopped_at(Direction::Outbound, ROOT_SERVICES, refusal.to_string());
        because(
            &mut checks,
            match refusal {
                PeerRefusal::NoConnection { .. }
                | PeerRefusal::NoAnswer { .. }
                | PeerRefusal::TooSlow { .. } => Cause::Down,
                PeerRefusal::Status { status, .. } if status.is_server_error() => Cause::Down,
                PeerRefusal::Certificate { .. } => Cause::Distrusted,
                PeerRefusal::Private { .. } => Cause::Forbidden,
                _ => Cause::Usual,
            },
        );
        return (checks, None);
    }
    let path = match reverse {
        Reverse::Left => HANDSHAKE.to_owned(),
        Reverse::Tried => format!("{HANDSHAKE}?reverse=true"),
    };
    let answer = match get(server, friend, &path, HeaderMap::new()).await {
        Ok(answer) => answer,
        Err(error @ FriendError::Peer(_)) => return (trouble(error.to_string()), None),
        Err(error @ (FriendError::Vault(_) | FriendError::Unsigned(_))) => {
            let mut checks = stopped_at(Direction::Outbound, SIGNATURE, error.to_string());
            because(&mut checks, Cause::Unsigned);
            return (checks, None);
        }
    };
    match answer.status {
        StatusCode::OK => match answer.json::<Handshake>() {
            Ok(told) => (passed(&told), Some(told)),
            Err(refusal) => (trouble(refusal.to_string()), None),
        },
        StatusCode::UNAUTHORIZED => {
            let (step, said) = refused(&answer);
            let mut checks = stopped_at(Direction::Outbound, step.map_or(SIGNATURE, step_of), said);
            if step == Some(Step::KeyRejected) {
                because(&mut checks, Cause::Rejected);
            }
            (checks, None)
        }
        status => (trouble(format!("`{}` answers {status} to a signed request", answer.uri)), None),
    }
}

/// The friend does not answer a signed request as servers do.
fn trouble(said: String) -> Vec<Check> {
    let mut checks = stopped_at(Direction::Outbound, SIGNATURE, said);
    because(&mut checks, Cause::Trouble);
    checks
}

/// The friend has not answered in time.
pub(super) fn late() -> Vec<Check> {
    stopped_at(Direction::Outbound, ROOT_SERVICES, "it has not answered in time".to_owned())
}

/// Why what has failed did.
fn because(checks: &mut [Check], cause: Cause) {
    for check in checks.iter_mut().filter(|check| check.outcome == Outcome::Failed) {
        check.cause = cause;
    }
}

/// Why a friend refuses a signed request, as it says itself: at which step, if that is known, and in words.
pub(crate) fn refused(answer: &Answer) -> (Option<Step>, String) {
    const LONGEST: usize = 500;
    let told: Value = answer.json().unwrap_or_default();
    let text = |name: &str| told[name].as_str().unwrap_or_default().chars().take(LONGEST).collect::<String>();
    let (word, said) = (text("oauth_problem"), text("detail"));
    if word.is_empty() {
        return (None, format!("`{}` answers {} without a reason", answer.uri, answer.status));
    }
    (Step::from_word(&word), said)
}

/// By how many seconds the clock of a friend, which says what it likes, is ahead.
fn ahead(told: &Handshake) -> i64 {
    told.now.saturating_sub(now().microseconds() / 1_000_000)
}

fn passed(told: &Handshake) -> Vec<Check> {
    let ahead = ahead(told);
    STEPS
        .iter()
        .map(|step| {
            let said = match *step {
                ROOT_SERVICES => "the friend's root services can be read".to_owned(),
                KEY_KNOWN => format!("the friend knows this server as `{}`", short(&told.consumer)),
                SIGNATURE => accepted(told),
                CLOCK => format!("the friend's clock differs by {} seconds", ahead.unsigned_abs()),
                KEY_APPROVED => "the key was approved".to_owned(),
                _ => format!("this server acts there as `{}`", short(&told.functional_user)),
            };
            Check {
                direction: Direction::Outbound,
                step,
                outcome: Outcome::Passed,
                said,
                cause: Cause::Usual,
            }
        })
        .collect()
}

/// That the friend accepts the signature, and for how long where the secret was replaced there.
fn accepted(told: &Handshake) -> String {
    let until = told.secret_until.and_then(|until| jiff::Timestamp::from_second(until).ok());
    match until {
        None => "the friend accepts the signature".to_owned(),
        Some(until) => format!(
            "the secret was replaced there, and that of this server is good until {until}: set the new one here by \
             `bailiwick friend edit --secret-file`"
        ),
    }
}

/// What is before a step has passed, and what is after it was not reached.
fn stopped_at(direction: Direction, at: &'static str, said: String) -> Vec<Check> {
    let place = STEPS.iter().position(|step| *step == at).unwrap_or_default();
    let check = |(position, step): (usize, &&'static str)| {
        let (outcome, said) = match position.cmp(&place) {
            std::cmp::Ordering::Less => (Outcome::Passed, String::new()),
            std::cmp::Ordering::Equal => (Outcome::Failed, said.clone()),
            std::cmp::Ordering::Greater => (Outcome::Unknown, "not reached".to_owned()),
        };
        Check { direction, step, outcome, said, cause: Cause::Usual }
    };
    STEPS.iter().enumerate().map(check).collect()
}

/// What a key that waits says of itself is told as that: anybody may have asked for it.
fn claimed(friend: &Friend, consumer: &Consumer, waiting: usize) -> String {
    if waiting > 1 {
        return format!("{waiting} keys wait for approval that say they are of {}", friend.name);
    }
    let from = consumer.asked_from.as_deref().unwrap_or("nobody knows where");
    let (name, friend) = (&consumer.name, &friend.name);
    format!("a key that says it is of {friend} waits for approval: `{name}`, asked for from `{from}`")
}

/// The friend asks this server: what is known of its key here, and what it says of trying.
fn inbound(server: &Server, friend: &Friend, theirs: Theirs<'_>, told: Option<&Handshake>) -> Vec<Check> {
    // What nobody has tried is not known, but that the key is here.
    let stopped = |at, said: String| -> Vec<Check> {
        let mut checks = stopped_at(Direction::Inbound, at, said);
        for check in &mut checks {
            if check.outcome == Outcome::Passed && check.step != KEY_KNOWN {
                (check.outcome, check.said) = (Outcome::Unknown, "not tried".to_owned());
            }
        }
        checks
    };
    // What comes from it by a key that is said to be of another server is not believed to be of this one.
    if let Theirs::Known(consumer) = theirs
        && let Some(said) = consumer.root_services.as_deref()
        && !same_server(said, &friend.root_services)
    {
        let said = format!("its key here, `{}`, is said to be of `{said}`", consumer.key);
        let mut checks = stopped(KEY_KNOWN, said);
        because(&mut checks, Cause::Misplaced);
        return checks;
    }
    if let Theirs::Known(consumer) = theirs
        && consumer.root_services.is_none()
    {
        let said = format!("it is not known here which server has the key `{}`", consumer.key);
        let mut checks = stopped(KEY_KNOWN, said);
        because(&mut checks, Cause::Misplaced);
        return checks;
    }
    // No attempt succeeds while the secret cannot be read here.
    if let Theirs::Known(consumer) = theirs
        && let Err(error) = server.vault.open(&of_consumer(&consumer.key), &consumer.secret)
    {
        let mut checks = stopped(SIGNATURE, error.to_string());
        because(&mut checks, Cause::Unreadable);
        return checks;
    }
    // What the friend says of its own attempt is known best.
    let tried = told.map(|told| &told.reverse).filter(|reverse| !reverse.is_empty());
    if let Some(reverse) = tried {
        let check = |step: &&'static str| {
            let told = reverse.iter().find(|told| told.step == **step);
            let outcome = match told.map_or(Outcome::Unknown, |told| Outcome::from_word(&told.outcome)) {
                // It is let in by no key that is known to be its own.
                Outcome::Passed if !matches!(theirs, Theirs::Known(_)) => Outcome::Unknown,
                outcome => outcome,
            };
            let said = told.map_or_else(String::new, |told| told.said.chars().take(500).collect());
            let rejected = theirs.named().is_some_and(|it| it.state == KeyState::Rejected);
            let cause = match *step {
                KEY_APPROVED if rejected => Cause::Rejected,
                KEY_KNOWN | ROOT_SERVICES => Cause::IsFriend,
                _ => Cause::Usual,
            };
            Check { direction: Direction::Inbound, step, outcome, said, cause }
        };
        return STEPS.iter().map(check).collect();
    }
    if told.and_then(|told| told.is_friend) == Some(false) {
        return stopped(ROOT_SERVICES, format!("{} has not added this server as a friend", friend.name));
    }
    let consumer = match theirs {
        Theirs::Known(consumer) | Theirs::Claimed(consumer, _) => consumer,
        Theirs::None => {
            let said = format!("{} has asked for no key here, or the key was deleted", friend.name);
            return stopped(KEY_KNOWN, said);
        }
        Theirs::Nameless => {
            let said = format!(
                "no key here is known to be of {}: of one that was registered by hand it is not known which server has it",
                friend.name
            );
            let mut checks = stopped(KEY_KNOWN, said);
            because(&mut checks, Cause::Misplaced);
            return checks;
        }
    };
    match consumer.state {
        KeyState::Provisional => {
            let waiting = if let Theirs::Claimed(_, waiting) = theirs { waiting } else { 1 };
            let mut checks = stopped(KEY_APPROVED, claimed(friend, consumer, waiting));
            if let Theirs::Claimed(..) = theirs {
                for check in checks.iter_mut().filter(|check| check.step == KEY_KNOWN) {
                    (check.outcome, check.said) =
                        (Outcome::Unknown, "it only says that it is theirs".to_owned());
                }
            }
            because(&mut checks, Cause::Claimed);
            checks
        }
        KeyState::Rejected => {
            let mut checks = stopped(KEY_APPROVED, format!("the key of `{}` was rejected", consumer.name));
            because(&mut checks, Cause::Rejected);
            checks
        }
        KeyState::Authorized => match consumer.functional_user {
            None => {
                stopped(FUNCTIONAL_USER, format!("the key of `{}` has no functional user", consumer.name))
            }
            Some(user) if !server.is_active(user) => {
                stopped(FUNCTIONAL_USER, format!("the functional user of `{}` is archived", consumer.name))
            }
            Some(_) => {
                let all = stopped(FUNCTIONAL_USER, String::new()).into_iter();
                // Nobody can say whether the friend reaches this server while it cannot be asked.
                let unknown = match told {
                    Some(_) => "the friend cannot tell which server has the key: set its root services there",
                    None => "the friend cannot be asked yet",
                };
                let check = |check: Check| match check.step {
                    KEY_KNOWN | KEY_APPROVED | FUNCTIONAL_USER => {
                        Check { outcome: Outcome::Passed, said: String::new(), ..check }
                    }
                    _ => Check { outcome: Outcome::Unknown, said: unknown.to_owned(), ..check },
                };
                all.map(check).collect()
            }
        },
    }
}
