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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let by_who_is_asked = matches!(self.step, KEY_APPROVED | FUNCTIONAL_USER);
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
        let name = &friend.name;
        let how = match (self.direction, self.step) {
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
            (Direction::Inbound, KEY_APPROVED) => format!(
                "asks whoever looks after {name} whether the key is theirs, and approves it: \
                 `bailiwick consumer approve {key}`"
            ),
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
    let mut theirs: Vec<_> = consumers.iter().filter(is_theirs).collect();
    theirs.sort_by_key(|consumer| (progress(consumer), consumer.created));
    let consumer = theirs.last().copied();
    let waiting = theirs.iter().filter(|it| it.state == KeyState::Provisional).count();
    checks.extend(inbound(server, friend, (consumer, waiting), told.as_ref()));
    let clock_ahead = told.map(|told| told.now - now().microseconds() / 1_000_000);
    // Which of several that wait is the friend's, if any is, nobody here can say.
    let known = |it: &&Consumer| it.state != KeyState::Provisional || waiting == 1;
    Ok(Diagnosis { checks, consumer: consumer.filter(known).cloned(), clock_ahead })
}

/// This server asks the friend.
pub(super) async fn outbound(
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
        Err(error) => return stopped(SIGNATURE, error.to_string()),
    };
    match answer.status {
        StatusCode::OK => match answer.json::<Handshake>() {
            Ok(told) => (passed(&told), Some(told)),
            Err(refusal) => stopped(SIGNATURE, refusal.to_string()),
        },
        StatusCode::UNAUTHORIZED => {
            let (step, said) = refused(&answer);
            stopped(step.map_or(SIGNATURE, step_of), said)
        }
        status => stopped(SIGNATURE, format!("`{}` answers {status} to a signed request", answer.uri)),
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
            Check { direction: Direction::Outbound, step, outcome: Outcome::Passed, said }
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
        Check { direction, step, outcome, said }
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
fn inbound(
    server: &Server,
    friend: &Friend,
    (consumer, waiting): (Option<&Consumer>, usize),
    told: Option<&Handshake>,
) -> Vec<Check> {
    let stopped = |at, said: String| stopped_at(Direction::Inbound, at, said);
    // What the friend says of its own attempt is known best.
    let tried = told.map(|told| &told.reverse).filter(|reverse| !reverse.is_empty());
    if let Some(reverse) = tried {
        let check = |step: &&'static str| {
            let told = reverse.iter().find(|told| told.step == **step);
            let outcome = told.map_or(Outcome::Unknown, |told| Outcome::from_word(&told.outcome));
            let said = told.map_or_else(String::new, |told| told.said.chars().take(500).collect());
            Check { direction: Direction::Inbound, step, outcome, said }
        };
        return STEPS.iter().map(check).collect();
    }
    if told.and_then(|told| told.is_friend) == Some(false) {
        return stopped(ROOT_SERVICES, format!("{} has not added this server as a friend", friend.name));
    }
    let Some(consumer) = consumer else {
        let said = format!("{} has asked for no key here, or the key was deleted", friend.name);
        return stopped(KEY_KNOWN, said);
    };
    match consumer.state {
        KeyState::Provisional => stopped(KEY_APPROVED, claimed(friend, consumer, waiting)),
        KeyState::Rejected => stopped(KEY_APPROVED, format!("the key of `{}` was rejected", consumer.name)),
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
                    KEY_KNOWN | KEY_APPROVED | FUNCTIONAL_USER => Check { outcome: Outcome::Passed, ..check },
                    _ => Check { outcome: Outcome::Unknown, said: unknown.to_owned(), ..check },
                };
                all.map(check).collect()
            }
        },
    }
}
