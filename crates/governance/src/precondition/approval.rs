//! Approvals of streams and staging streams (docs/process.md#approvals).

use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::configuration::{Configuration, ConfigurationId, ConfigurationKind};
use crate::event::{Change, Event};
use crate::organisation::Organisation;
use crate::text::Name;
use crate::user::UserId;

/// That somebody has approved a stream or staging stream as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The revision of the organisation that was approved.
    pub revision: u64,
    /// When.
    pub at: Instant,
}

/// A moment in universal time, as it was told: `2026-11-26T16:52:22.123456Z`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Name", into = "Name")]
pub struct Instant(Name);

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected a moment in universal time, such as `2026-11-26T16:52:22Z`, found `{0}`")]
pub struct BadInstant(Name);

impl TryFrom<Name> for Instant {
    type Error = BadInstant;
    fn try_from(text: Name) -> Result<Self, BadInstant> {
        if is_instant(&text) { Ok(Self(text)) } else { Err(BadInstant(text)) }
    }
}

impl From<Instant> for Name {
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

impl Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it is written as RFC 3339 has it, in universal time and within the calendar.
fn is_instant(text: &str) -> bool {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|it| it.bytes().all(|digit| digit.is_ascii_digit()));
        digits.and_then(|it| it.parse::<u16>().ok())
    };
    let within = |from, to, range: std::ops::RangeInclusive<u16>| {
        number(from, to).is_some_and(|number| range.contains(&number))
    };
    let separators = [(4, '-'), (7, '-'), (10, 'T'), (13, ':'), (16, ':')];
    let (Some(year), Some(month), Some(seconds)) = (number(0, 4), number(5, 7), text.get(19..)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let fraction = seconds.strip_suffix('Z').is_some_and(|it| {
        it.is_empty()
            || it.strip_prefix('.').is_some_and(|it| {
                (1..=9).contains(&it.len()) && it.bytes().all(|digit| digit.is_ascii_digit())
            })
    });
    separators.iter().all(|(at, separator)| text.get(*at..).is_some_and(|it| it.starts_with(*separator)))
        && (1..=12).contains(&month)
        && within(8, 10, 1..=days)
        && within(11, 13, 0..=23)
        && within(14, 16, 0..=59)
        && within(17, 19, 0..=59)
        && fraction
}

/// The events, with the end of the approvals that they make void: of a configuration whose content or keys
/// they change. Its Team Area and whether it is archived are not part of what was approved, and a staging
/// stream that ends as a baseline is what was approved.
pub fn without_void_approvals(before: &Organisation, mut events: Vec<Event>) -> Vec<Event> {
    if before.facts.approvals.is_empty() {
        return events;
    }
    let approved = |it: &Configuration| {
        let kind = match it.kind {
            ConfigurationKind::Staging(_) | ConfigurationKind::Baseline(_) => 0,
            ConfigurationKind::Stream(_) => 1,
            ConfigurationKind::Personal(_) => 2,
        };
        (it.component, kind, it.name.clone(), it.source, it.carried.clone())
    };
    let changed: HashSet<ConfigurationId> = events
        .iter()
        .filter_map(|event| match event {
            Event::Contributions(change) => Some(change.key),
            Event::Configuration(change) => {
                let same = change.before.as_ref().map(approved) == change.after.as_ref().map(approved);
                (!same).then_some(change.key)
            }
            _ => None,
        })
        .collect();
    let told: HashSet<(ConfigurationId, UserId)> = events
        .iter()
        .filter_map(|event| if let Event::Approval(change) = event { Some(change.key) } else { None })
        .collect();
    let mut void: Vec<_> = changed
        .into_iter()
        .flat_map(|id| before.approvals(id).map(move |(user, approval)| ((id, user), approval.clone())))
        .filter(|(key, _)| !told.contains(key))
        .collect();
    void.sort_by_key(|(key, _)| *key);
    let gone = |(key, approval)| Event::Approval(Change { key, before: Some(approval), after: None });
    events.extend(void.into_iter().map(gone));
    events
}

#[cfg(test)]
mod tests {
    use super::is_instant;

    #[test]
    fn a_moment_is_written_as_rfc_3339_has_it() {
        let check = |text: &str, expected: bool| assert_eq!(is_instant(text), expected, "{text}");
        check("2026-11-26T16:52:22Z", true);
        check("2026-11-26T16:52:22.123456Z", true);
        check("2024-02-29T00:00:00Z", true);
        check("2026-02-29T00:00:00Z", false);
        check("2026-13-01T00:00:00Z", false);
        check("2026-11-26T24:00:00Z", false);
        check("2026-11-26T16:52:22", false);
        check("2026-11-26T16:52:22.Z", false);
        check("2026-11-26 16:52:22Z", false);
        check("2026-11-26T16:52:22+01:00", false);
        check("yesterday", false);
        check("", false);
    }
}
