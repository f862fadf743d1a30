//! The processes of other servers that are used here: how old they are, and what keeps them from being followed.

use governance::Organisation;
use server::{Followed, FriendProcesses, followed};
use store::{Moment, Store, StoreError};

use super::Found;
use crate::output::count;

const CHECK: &str = "friend";

pub(super) async fn examine(
    organisation: &Organisation,
    store: &Store,
    all: &mut Vec<Found>,
) -> Result<(), StoreError> {
    for FriendProcesses { friend, processes } in followed(organisation, store).await? {
        let name = friend.as_ref().map(|friend| friend.name.as_str());
        if let Some(name) = name.filter(|_| processes.is_empty()) {
            all.push(Found::ok(CHECK, format!("no process of `{name}` is used")));
        }
        all.extend(processes.iter().map(|process| found(name, process)));
    }
    Ok(())
}

fn found(friend: Option<&str>, process: &Followed) -> Found {
    let text = told(process);
    match friend {
        None => {
            let text = format!("{text}; no friend is at its server");
            Found::advice(CHECK, text, "`bailiwick friend add` makes it one, so that the process is followed")
        }
        Some(_) if process.trouble.is_none() && process.version.is_some() => Found::ok(CHECK, text),
        Some(name) => {
            let remedy = format!("`bailiwick doctor --friend \"{name}\"` finds out what is missing");
            Found::advice(CHECK, text, remedy)
        }
    }
}

fn told(process: &Followed) -> String {
    let age = process
        .age
        .map_or_else(|| "was never told of".to_owned(), |age| format!("was told of {} ago", span(age)));
    let mut text = format!("`{}` {age}", process.name());
    if process.version.is_none() {
        text.push_str(", and is not here yet");
    }
    if process.versions_behind > 0 {
        let many = usize::try_from(process.versions_behind).unwrap_or(usize::MAX);
        text += &format!(", {} behind", count(many, "version"));
    }
    let failure = process.trouble.as_ref().or(process.last_failure.as_ref());
    if let Some(failure) = failure {
        let when = if process.trouble.is_some() { "since" } else { "last failure" };
        text += &format!("; {when} {}: {}", instant(failure.since), failure.said);
    }
    text
}

/// As people say it.
fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn instant(moment: Moment) -> String {
    let instant = jiff::Timestamp::from_microsecond(moment.microseconds());
    instant.map(|instant| instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}
