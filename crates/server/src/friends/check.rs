//! The checks of the two ways between servers: the six steps, which of them is missing, on which server, and
//! who can do it (docs/cross-server.md#doctor).

use governance::{Application, View};
use store::{Consumer, Friend};

use crate::oauth::Step;

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
    pub(super) fn from_word(word: &str) -> Self {
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
    /// The key is here, and said to be of another server, or of none.
    Misplaced,
    /// The friend does not know which server has the key of this one.
    Nameless,
    /// The friend does not answer at all.
    Down,
    /// The configuration here does not let it be asked.
    Forbidden,
    /// This server cannot sign what it would ask: it lacks the secret, or the key of it.
    Unsigned,
    /// This server cannot read the secret of the friend's key here: it lacks the key of its secrets.
    Unreadable,
    /// The certificate of the friend is not believed.
    Distrusted,
    /// The key says itself that it is of the friend, which cannot be asked.
    Claimed,
}

pub(super) const ROOT_SERVICES: &str = "root-services";
pub(super) const KEY_KNOWN: &str = "key-known";
pub(super) const SIGNATURE: &str = "signature";
pub(super) const CLOCK: &str = "clock";
pub(super) const KEY_APPROVED: &str = "key-approved";
pub(super) const FUNCTIONAL_USER: &str = "functional-user";

/// In the order in which a signed request meets them.
pub(super) const STEPS: [&str; 6] =
    [ROOT_SERVICES, KEY_KNOWN, SIGNATURE, CLOCK, KEY_APPROVED, FUNCTIONAL_USER];

/// The step at which a signed request was refused.
pub(super) const fn step_of(refused: Step) -> &'static str {
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

    /// Whether it is of a key that says itself that it is of the friend.
    pub(crate) fn is_claimed(&self) -> bool {
        self.cause == Cause::Claimed
    }

    /// On which server it is done; `None` is this one.
    pub(crate) fn server<'a>(&self, friend: &'a Friend) -> Option<&'a str> {
        // What was rejected is asked for anew; what is wrong with the answers of one is looked into there.
        let by_who_is_asked = match self.cause {
            Cause::Rejected | Cause::Unsigned => false,
            Cause::Trouble | Cause::Misplaced | Cause::Nameless | Cause::Down | Cause::Unreadable => true,
            _ => matches!(self.step, KEY_APPROVED | FUNCTIONAL_USER),
        };
        let here = (self.direction == Direction::Inbound) == by_who_is_asked;
        if here { None } else { Some(&friend.name) }
    }

    /// Who can do it, and how.
    pub(crate) fn remedy(&self, view: &View, friend: &Friend, consumer: Option<&Consumer>) -> Option<String> {
        if self.outcome != Outcome::Failed {
            return None;
        }
        let who = match self.server(friend) {
            Some(there) => format!("somebody who manages consumers and friends on {there} (JazzAdmins)"),
            None => managers(view),
        };
        let key = consumer.map_or("KEY", |consumer| &consumer.key);
        let name = &quoted(&friend.name);
        let how = match (self.direction, self.step) {
            _ if self.cause == Cause::Trouble => {
                "looks into the log of that server, which knows why it answers so".to_owned()
            }
            _ if self.cause == Cause::Unsigned => format!(
                "gives the server the key of its secrets back (`secrets.key_file`), or sets this one anew: `bailiwick \
                 friend edit {name} --secret-file FILE`"
            ),
            _ if self.cause == Cause::Unreadable => format!(
                "gives the server the key of its secrets back (`secrets.key_file`), or replaces the secret of the key, \
                 `bailiwick consumer rotate {key}`, which somebody on {} then sets there: `bailiwick friend edit NAME \
                 --secret-file FILE`",
                friend.name
            ),
            _ if self.cause == Cause::Distrusted => "names the authority that has signed it in `friends.authority` of this \
                 server's configuration, or has the certificate there mended"
                .to_owned(),
            _ if self.cause == Cause::Misplaced => format!(
                "says which server has the key: `bailiwick consumer edit {key} --root-services {}`",
                friend.root_services
            ),
            _ if self.cause == Cause::Nameless => format!(
                "says which server has the key: `bailiwick consumer edit {} --root-services URI`, with the address of this one",
                friend.consumer_key
            ),
            _ if self.cause == Cause::Down => format!(
                "starts that server; if it has moved to another address, it is another friend: `bailiwick friend remove {name}`, \
                 `friend add` with the new address, and the steps from there on"
            ),
            _ if self.cause == Cause::Forbidden => format!(
                "has the host listed in `friends.allow` of this server's configuration, if it is meant, or corrects the \
                 address: `bailiwick friend edit {name} --root-services URI`"
            ),
            (Direction::Outbound, KEY_KNOWN) => again(name),
            (Direction::Outbound, KEY_APPROVED) if self.cause == Cause::Rejected => again(name),
            (Direction::Inbound, KEY_APPROVED) if self.cause == Cause::Rejected => AGAIN_THERE.to_owned(),
            (Direction::Inbound, KEY_KNOWN) if self.cause == Cause::IsFriend => AGAIN_THERE.to_owned(),
            (Direction::Inbound, ROOT_SERVICES) if self.cause == Cause::IsFriend => {
                "corrects the address of this server there: `bailiwick friend edit NAME --root-services URI`, or, if it is \
                 right, has it listed in `friends.allow` of the configuration there, or the authority of its certificate \
                 named in `friends.authority`; if this server has moved, it is another friend there: `bailiwick friend \
                 remove NAME`, `friend add`"
                    .to_owned()
            }
            (Direction::Outbound, ROOT_SERVICES) => format!(
                "corrects the address with `bailiwick friend edit {name} --root-services URI`, or starts that \
                 server"
            ),
            (Direction::Outbound, SIGNATURE) => format!(
                "and somebody on {} replace the secret on both sides: there `bailiwick consumer rotate {}`, then here \
                 `bailiwick friend edit {name} --secret-file FILE`; if the secret is right, the friend is asked by another \
                 address than its `base_uri`",
                friend.name, friend.consumer_key
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
            (Direction::Inbound, SIGNATURE) => format!(
                "sets the secret that is known here, which somebody here replaces first, `bailiwick consumer rotate {key}`: \
                 `bailiwick friend edit NAME --secret-file FILE`; if the secret is right, this server is asked by another \
                 address than its `base_uri`: `bailiwick consumer refused`"
            ),
            (Direction::Inbound, _) => format!(
                "adds this server as a friend: `bailiwick friend add`; if it is one, its key there has another address: \
                 `bailiwick consumer edit {} --root-services URI`",
                friend.consumer_key
            ),
        };
        Some(format!("{who} {how}"))
    }
}

const AGAIN_THERE: &str =
    "removes this server as a friend there, and adds it again: `bailiwick friend remove NAME`, `friend add`";

fn again(name: &str) -> String {
    format!("removes the friend and adds it again: `bailiwick friend remove {name}`, `friend add`")
}

/// Who manages friends and consumers here, in words.
fn managers(view: &View) -> String {
    const MOST_NAMED: usize = 5;
    match view.who_may_manage_consumers(MOST_NAMED) {
        people if people.is_empty() => "somebody who manages consumers and friends here".to_owned(),
        people => people.join(" or "),
    }
}

/// That the first step is missing: nothing was added under this name.
pub(crate) fn no_friend_called(view: &View, name: &str) -> String {
    format!(
        "no friend is called `{name}` here, so step 1 is missing, here: {} adds it: `bailiwick friend add {} \
         URI`, with the address of its root services",
        managers(view),
        quoted(name)
    )
}

/// The same of the server at an address.
pub(crate) fn no_friend_at(view: &View, server: &str, application: Application) -> String {
    format!(
        "no friend is at `{server}`, so step 1 is missing, here: {} adds it: `bailiwick friend add NAME \
         {server}/{application}/rootservices`",
        managers(view)
    )
}

/// A name as it is typed on a command line.
fn quoted(name: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "-_.".contains(it);
    if name.chars().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
