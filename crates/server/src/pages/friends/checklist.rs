//! The six steps between this server and a friend, each with its state, where it is done and by whom, and a
//! button where that is here (docs/cross-server.md#doctor).

use governance::User;
use serde_json::Value;

use super::friend::Friend;
use super::{consumer_path, text};
use crate::pages::field::{Choice, Field};
use crate::pages::part::{Button, Icon};
use crate::pages::sign_in::sentence;
use crate::pages::visitor::Visitor;

/// The steps, in both directions.
pub(super) struct Checklist {
    pub(super) works: bool,
    /// Why the friend cannot be reached, if so: then nothing of what it was to do is known to be missing.
    pub(super) away: Option<String>,
    pub(super) ways: [Way; 2],
    /// By how much the clocks differ, in words.
    pub(super) clock: Option<String>,
}

/// One direction.
pub(super) struct Way {
    pub(super) title: String,
    pub(super) steps: Vec<Step>,
}

/// One of the six.
pub(super) struct Step {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) state: State,
    /// The server on which it is done.
    pub(super) place: String,
    /// Who can do what about it.
    pub(super) remedy: Option<String>,
    pub(super) checks: Vec<Check>,
    pub(super) todo: Option<Todo>,
}

/// What was looked at.
pub(super) struct Check {
    pub(super) state: State,
    pub(super) title: &'static str,
    pub(super) said: String,
}

/// What the visitor can do about a step.
pub(super) enum Todo {
    /// Here, by a form.
    Form {
        action: String,
        /// Where it leads to.
        back: String,
        field: Box<Field>,
        button: Box<Button>,
    },
    /// On another page, or on the page of the other server.
    Link { address: String, words: String },
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Done,
    Missing,
    /// It was not reached.
    Open,
}

impl State {
    fn of(word: &str) -> Self {
        match word {
            "passed" => Self::Done,
            "failed" => Self::Missing,
            _ => Self::Open,
        }
    }
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Done => "passed",
            Self::Missing => "stopped",
            Self::Open => "open",
        }
    }
    pub(super) fn badge(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Missing => "",
            Self::Open => "plain",
        }
    }
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Missing => "missing",
            Self::Open => "not reached",
        }
    }
    pub(super) fn icon(self) -> Icon {
        Icon(match self {
            Self::Done => "check",
            Self::Missing => "cross",
            Self::Open => "clock",
        })
    }
}

/// What each check looks at.
fn title_of(check: &str) -> &'static str {
    match check {
        "root-services" => "Root services can be read",
        "key-known" => "The key is known",
        "signature" => "Both have the same secret",
        "clock" => "The clocks agree",
        "key-approved" => "The key is approved",
        _ => "Its functional user is set, and not archived",
    }
}

impl Checklist {
    /// Of what `doctor` has found; `theirs` is how the friend's own key stands here.
    pub(super) fn of(visitor: &Visitor, friend: &Friend, found: &Value, theirs: Option<&Value>) -> Self {
        let name = &friend.name;
        let all: Vec<&Value> = found["checks"].as_array().into_iter().flatten().collect();
        let step = |number: u64| {
            let mine: Vec<&Value> =
                all.iter().copied().filter(|check| check["guide_step"] == number).collect();
            let states: Vec<State> = mine.iter().map(|check| State::of(text(check, "outcome"))).collect();
            let state = match () {
                () if mine.iter().any(|check| is_away(check)) => State::Open,
                () if states.contains(&State::Missing) => State::Missing,
                () if states.iter().all(|state| *state == State::Done) => State::Done,
                () => State::Open,
            };
            let stopped = mine.iter().copied().find(|check| text(check, "outcome") == "failed");
            let check = |check: &&Value| Check {
                state: State::of(text(check, "outcome")),
                title: title_of(text(check, "step")),
                said: match text(check, "said") {
                    "" | "not reached" => String::new(),
                    said => sentence(said),
                },
            };
            let is_here = matches!(number, 1 | 5 | 6);
            // A clock or a secret is set on either.
            let place = stopped.map_or(is_here, |check| check["server"].is_null());
            Step {
                number,
                title: title(number, name),
                state,
                place: if place { "this server".to_owned() } else { name.clone() },
                remedy: stopped.filter(|it| !is_away(it)).and_then(|it| it["remedy"].as_str()).map(remedy),
                checks: mine.iter().map(check).collect(),
                todo: stopped.and_then(|check| todo(visitor, friend, check, theirs)),
            }
        };
        let clock = found["clock_ahead"].as_i64().filter(|ahead| ahead.abs() > 1).map(|ahead| {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            format!("The clock of {name} is {} seconds {side} this server’s.", ahead.abs())
        });
        Self {
            works: found["works"] == true,
            away: all.iter().find(|check| is_away(check)).map(|check| {
                let todo = check["remedy"].as_str().map(remedy).unwrap_or_default();
                format!("{} {todo}", sentence(text(check, "said")))
            }),
            ways: [
                Way { title: format!("This server asks {name}"), steps: (1..=3).map(step).collect() },
                Way { title: format!("{name} asks this server"), steps: (4..=6).map(step).collect() },
            ],
            clock,
        }
    }

    /// The first that is missing.
    pub(super) fn missing(&self) -> Option<&Step> {
        self.ways.iter().flat_map(|way| &way.steps).find(|step| step.state == State::Missing)
    }
}

fn title(number: u64, friend: &str) -> String {
    match number {
        1 => format!("Add {friend} as a friend"),
        2 => "Approve the key of this server".to_owned(),
        3 => "Give it a functional user".to_owned(),
        4 => "Add this server as a friend".to_owned(),
        5 => format!("Approve the key of {friend}"),
        _ => "Give it a functional user".to_owned(),
    }
}

/// Whether it is found that the friend does not answer at its address.
fn is_away(check: &Value) -> bool {
    (text(check, "direction"), text(check, "step"), text(check, "outcome"))
        == ("outbound", "root-services", "failed")
}

/// Without the commands, in place of which there is a button.
fn remedy(text: &str) -> String {
    let mut told = String::new();
    // What stands between backquotes is every other piece.
    for (place, piece) in text.split('`').enumerate() {
        let is_quoted = place % 2 == 1;
        match is_quoted && (piece.starts_with("bailiwick ") || piece.starts_with("friend add")) {
            true => told.truncate(told.trim_end_matches([':', ',', ' ']).len()),
            false if is_quoted => told.push_str(&format!("`{piece}`")),
            false => told.push_str(piece),
        }
    }
    sentence(told.trim_end())
}

fn todo(visitor: &Visitor, friend: &Friend, check: &Value, theirs: Option<&Value>) -> Option<Todo> {
    let link = |address: String, words: String| Some(Todo::Link { address, words });
    if let Some(there) = check["server"].as_str() {
        let key = text(&friend.told, "consumer_key");
        let path = match text(check, "step") {
            "key-approved" | "functional-user" => consumer_path(key),
            _ => "/friends".to_owned(),
        };
        return link(format!("{}{path}", friend.server()), format!("Open {there}"));
    }
    match (text(check, "direction"), text(check, "step")) {
        (_, "clock") => None,
        ("outbound", _) => link(format!("{}/settings", friend.path), "Correct it in the settings".to_owned()),
        (_, step) => {
            let Some(theirs) = theirs else {
                let may_look = visitor.view().may_manage_consumers().is_ok() && step == "key-approved";
                let waiting = "/consumers?state=provisional".to_owned();
                return link(waiting, "Look at the keys".to_owned()).filter(|_| may_look);
            };
            let ability = visitor.may("repository.manage-consumers", "repository");
            let address = consumer_path(text(theirs, "key"));
            // What was decided against is decided anew by a new key; what anybody may have asked for, or has
            // a secret that is short, is looked at first.
            let is_short = step == "key-approved" && theirs["short_secret"] == true;
            if check["claimed"] == true || is_short || text(theirs, "state") == "rejected" {
                return link(address, "Look at the key".to_owned());
            }
            let (words, verb) = match step {
                "key-approved" => ("Approve the key", "approve"),
                "functional-user" => ("Set the functional user", "employ"),
                _ => return link(address, "Look at the key".to_owned()),
            };
            let view = visitor.view();
            let employed = view.each::<User>(0).filter(|(_, user)| user.functional && !user.archived);
            let employed: Vec<_> =
                employed.map(|(_, user)| Choice::new(&*user.id, &*user.name, false)).collect();
            if employed.is_empty() && view.may_manage_users().is_ok() {
                return link(
                    "/new-user?kind=functional".to_owned(),
                    "Make a functional user first".to_owned(),
                );
            }
            let proposed = text(theirs, "proposed_functional_user");
            let user = Field::line("functional_user", "Functional user", proposed)
                .offering(employed)
                .hint("As whom it acts here. It needs no licence and no permission.");
            Some(Todo::Form {
                action: address,
                back: friend.path.clone(),
                field: Box::new(user),
                button: Box::new(ability.button(words).primary().sends("do", verb)),
            })
        }
    }
}
