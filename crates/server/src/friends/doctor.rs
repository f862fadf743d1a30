//! Which of the six steps is missing between two servers, on which of them, and who can do it
//! (docs/cross-server.md#doctor).

use axum::http::{HeaderMap, StatusCode};
use governance::View;
use serde_json::Value;
use store::{Consumer, Friend, KeyState};

use super::{Handshake, get, same_server};
use crate::chance::now;
use crate::oauth::Step;
use crate::peer::Answer;
use crate::problem::Problem;
use crate::router::Server;

/// Which server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// This one.
    Outbound,
    /// The friend.
    Inbound,
}

impl Direction {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
    /// What cannot be done of a friend that fails this way.
    pub(crate) const fn in_vain(self) -> &'static str {
        match self {
            Self::Outbound => "cannot be asked",
            Self::Inbound => "cannot ask this server",
        }
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// It was not reached.
    Unknown,
}

impl Outcome {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
    fn from_word(word: &str) -> Self {
        match word {
            "passed" => Self::Passed,
            "failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// One check.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) direction: Direction,
    pub(crate) step: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) said: String,
    pub(crate) cause: Cause,
}

/// What lies behind a check that has failed, where that makes something else of what is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Usual,
    /// The key was rejected: it is never approved any more.
    Rejected,
    /// The friend has this server as a friend already.
    IsFriend,
    /// The friend answers, and not as it answers those whom it lets in or refuses.
    Trouble,
    /// The key says itself that it is of the friend, which cannot be asked.
    Claimed,
}

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

const ROOT_SERVICES: &str = "root-services";
const KEY_KNOWN: &str = "key-known";
const SIGNATURE: &str = "signature";
const CLOCK: &str = "clock";
const KEY_APPROVED: &str = "key-approved";
const FUNCTIONAL_USER: &str = "functional-user";

/// In the order in which a signed request meets them.
const STEPS: [&str; 6] = [ROOT_SERVICES, KEY_KNOWN, SIGNATURE, CLOCK, KEY_APPROVED, FUNCTIONAL_USER];

const fn step_of(refused: Step) -> &'static str {
    match refused {
        Step::KeyKnown => KEY_KNOWN,
        Step::Form | Step::Token | Step::Signature | Step::Nonce | Step::TokenLasts => SIGNATURE,
        Step::Clock => CLOCK,
        Step::KeyApproved | Step::KeyRejected => KEY_APPROVED,
        Step::FunctionalUser => FUNCTIONAL_USER,
    }
}

impl Check {
    /// Which of the six steps of the procedure does it (docs/guide/sharing-a-process.md).
    pub(crate) fn guide_step(&self) -> u8 {
        let first = match self.direction {
            Direction::Outbound => 1,
            Direction::Inbound => 4,
        };
        match self.step {
            KEY_APPROVED => first + 1,
            FUNCTIONAL_USER => first + 2,
            _ => first,
        }
    }

    /// On which server it is done; `None` is this one.
    pub(crate) fn server<'a>(&self, friend: &'a Friend) -> Option<&'a str> {
        // What was rejected is asked for anew; what is wrong with the answers of one is looked into there.
        let by_who_is_asked = match self.cause {
            Cause::Rejected => false,
            Cause::Trouble => true,
            _ => matches!(self.step, KEY_APPROVED | FUNCTIONAL_USER),
        };
        let here = (self.direction == Direction::Inbound) == by_who_is_asked;
        if here { None } else { Some(&friend.name) }
    }

    /// Who can do it, and how.
    pub(crate) fn remedy(&self, view: &View, friend: &Friend, consumer: Option<&Consumer>) -> Option<String> {
        const MOST_NAMED: usize = 5;
        if self.outcome != Outcome::Failed {
            return None;
        }
        let who = match self.server(friend) {
            Some(there) => format!("somebody who manages consumers and friends on {there} (JazzAdmins)"),
            None => match view.who_may_manage_consumers(MOST_NAMED) {
                people if people.is_empty() => "somebody who manages consumers and friends here".to_owned(),
                people => people.join(" or "),
            },
        };
        let key = consumer.map_or("KEY", |consumer| &consumer.key);
        let name = &quoted(&friend.name);
        let how = match (self.direction, self.step) {
            _ if self.cause == Cause::Trouble => {
                "looks into the log of that server, which knows why it answers so".to_owned()
            }
            (Direction::Outbound, KEY_APPROVED) if self.cause == Cause::Rejected => {
                format!(
                    "removes the friend and adds it again: `bailiwick friend remove {name}`, `friend add`"
                )
            }
            (Direction::Inbound, KEY_APPROVED) if self.cause == Cause::Rejected => AGAIN.to_owned(),
            (Direction::Inbound, KEY_KNOWN) if self.cause == Cause::IsFriend => AGAIN.to_owned(),
            (Direction::Inbound, ROOT_SERVICES) if self.cause == Cause::IsFriend => {
                "corrects the address of this server there: `bailiwick friend edit NAME --root-services URI`"
                    .to_owned()
            }
            (Direction::Outbound, ROOT_SERVICES) => format!(
                "corrects the address with `bailiwick friend edit {name} --root-services URI`, or starts that \
                 server"
            ),
            (Direction::Outbound, KEY_KNOWN) => {
                format!(
                    "removes the friend and adds it again: `bailiwick friend remove {name}`, `friend add`"
                )
            }
            (Direction::Outbound, SIGNATURE) => format!(
                "sets the secret that the friend knows: `bailiwick friend edit {name} --secret-file FILE`"
            ),
            (_, CLOCK) => "sets the clock of one of the two machines (NTP)".to_owned(),
            (Direction::Outbound, KEY_APPROVED) => {
                format!("approves the key: `bailiwick consumer approve {}`", friend.consumer_key)
            }
            (Direction::Outbound, _) => format!(
                "gives the key a functional user: `bailiwick consumer edit {} --functional-user USER`",
                friend.consumer_key
            ),
            // Anybody may have asked for it.
            (Direction::Inbound, KEY_APPROVED) if self.cause == Cause::Claimed => format!(
                "asks whoever looks after {} whether the key is theirs, and approves it: \
                 `bailiwick consumer approve {key}`",
                friend.name
            ),
            (Direction::Inbound, KEY_APPROVED) => {
                format!("approves the key: `bailiwick consumer approve {key}`")
            }
            (Direction::Inbound, FUNCTIONAL_USER) => format!(
                "gives the key a functional user: `bailiwick consumer edit {key} --functional-user USER`"
            ),
            (Direction::Inbound, SIGNATURE) => {
                "sets the secret that this server knows: `bailiwick friend edit NAME --secret-file FILE`"
                    .to_owned()
            }
            (Direction::Inbound, _) => "adds this server as a friend: `bailiwick friend add`".to_owned(),
        };
        Some(format!("{who} {how}"))
    }
}

const AGAIN: &str =
    "removes this server as a friend there, and adds it again: `bailiwick friend remove NAME`, `friend add`";

/// A name as it is typed on a command line.
fn quoted(name: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "-_.".contains(it);
    if name.chars().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// Tries both ways. `own` is the address of this server's root services.
pub(crate) async fn diagnose(server: &Server, friend: &Friend, own: &str) -> Result<Diagnosis, Problem> {
    let (mut checks, told) = outbound(server, friend, Some(own)).await;
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
    // The friend knows its own key, and anybody can claim to have its address.
    let own = told.as_ref().and_then(|told| told.key.as_deref());
    let own = own.and_then(|own| consumers.iter().find(|it| it.key == own));
    let mut claiming: Vec<_> = consumers.iter().filter(is_theirs).collect();
    claiming.sort_by_key(|consumer| (progress(consumer), consumer.created));
    let waiting = claiming.iter().filter(|it| it.state == KeyState::Provisional).count();
    let theirs = match (own, claiming.last().copied()) {
        (Some(own), _) => Theirs::Known(own),
        (None, Some(it)) if it.state != KeyState::Provisional => Theirs::Known(it),
        (None, Some(it)) => Theirs::Claimed(it, waiting),
        (None, None) => Theirs::None,
    };
    let inbound = inbound(server, friend, theirs, told.as_ref());
    server.failing.note(friend, Direction::Inbound, failed(&inbound));
    checks.extend(inbound);
    let clock_ahead = told.map(|told| told.now - now().microseconds() / 1_000_000);
    Ok(Diagnosis { checks, consumer: theirs.named().cloned(), clock_ahead })
}

/// The key by which a friend asks this server.
#[derive(Clone, Copy)]
enum Theirs<'c> {
    None,
    Known(&'c Consumer),
    /// The newest of so many that wait, and say that they are of the friend.
    Claimed(&'c Consumer, usize),
}

impl<'c> Theirs<'c> {
    /// Which of several that wait is the friend's, if any is, nobody here can say.
    const fn named(self) -> Option<&'c Consumer> {
        match self {
            Self::Known(consumer) | Self::Claimed(consumer, 1) => Some(consumer),
            Self::None | Self::Claimed(..) => None,
        }
    }
}

/// This server asks the friend.
pub(super) async fn outbound(
    server: &Server,
    friend: &Friend,
    own: Option<&str>,
) -> (Vec<Check>, Option<Handshake>) {
    let (checks, told) = try_outbound(server, friend, own).await;
    server.failing.note(friend, Direction::Outbound, failed(&checks));
    (checks, told)
}

/// What the check says that has failed.
fn failed(checks: &[Check]) -> Option<String> {
    checks.iter().find(|check| check.outcome == Outcome::Failed).map(|check| check.said.clone())
}

async fn try_outbound(
    server: &Server,
    friend: &Friend,
    own: Option<&str>,
) -> (Vec<Check>, Option<Handshake>) {
    let stopped = |at: &'static str, said: String| (stopped_at(Direction::Outbound, at, said), None);
    let read = async {
        let uri = server.peers.uri(&friend.root_services)?;
        server.peers.read(&uri, HeaderMap::new()).await?.success()?.root_services()
    };
    if let Err(refusal) = read.await {
        return stopped(ROOT_SERVICES, refusal.to_string());
    }
    let path = own.map_or_else(
        || "/api/v1/handshake".to_owned(),
        |own| {
            let own: String = form_urlencoded::byte_serialize(own.as_bytes()).collect();
            format!("/api/v1/handshake?root_services={own}")
        },
    );
    let answer = match get(server, friend, &path, HeaderMap::new()).await {
        Ok(answer) => answer,
        Err(error) => return (trouble(error.to_string()), None),
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

fn passed(told: &Handshake) -> Vec<Check> {
    let ahead = told.now - now().microseconds() / 1_000_000;
    STEPS
        .iter()
        .map(|step| {
            let said = match *step {
                ROOT_SERVICES => "the friend's root services can be read".to_owned(),
                KEY_KNOWN => format!("the friend knows this server as `{}`", told.consumer),
                SIGNATURE => "the friend accepts the signature".to_owned(),
                CLOCK => format!("the friend's clock differs by {} seconds", ahead.abs()),
                KEY_APPROVED => "the key was approved".to_owned(),
                _ => format!("this server acts there as `{}`", told.functional_user),
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
    // What the friend says of its own attempt is known best.
    let tried = told.map(|told| &told.reverse).filter(|reverse| !reverse.is_empty());
    if let Some(reverse) = tried {
        let check = |step: &&'static str| {
            let told = reverse.iter().find(|told| told.step == **step);
            let outcome = told.map_or(Outcome::Unknown, |told| Outcome::from_word(&told.outcome));
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
    let (Theirs::Known(consumer) | Theirs::Claimed(consumer, _)) = theirs else {
        let said = format!("{} has asked for no key here, or the key was deleted", friend.name);
        return stopped(KEY_KNOWN, said);
    };
    match consumer.state {
        KeyState::Provisional => {
            let waiting = if let Theirs::Claimed(_, waiting) = theirs { waiting } else { 1 };
            let mut checks = stopped(KEY_APPROVED, claimed(friend, consumer, waiting));
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
