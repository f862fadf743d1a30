//! Changes that keep an organisation valid: what commands could have done to it.

mod area;
mod consistent;
mod item;
mod people;
mod process;

use governance::{AreaId, Change, Event, Organisation, UserId};

use crate::chance::Chance;

/// One change that is possible in the organisation now: events that agree with it, none of them void.
pub fn random_change(organisation: &Organisation, chance: &mut Chance) -> Vec<Event> {
    loop {
        let events = match chance.below(10) {
            0 => people::change(organisation, chance),
            1..4 => area::change(organisation, chance),
            4..7 => process::change(organisation, chance),
            _ => item::change(organisation, chance),
        };
        let events: Vec<_> = events.into_iter().filter(|event| !event.is_void()).collect();
        if !events.is_empty() && consistent::is_consistent(&organisation.after(&events)) {
            return events;
        }
    }
}

/// So many changes, each possible after the one before.
pub fn random_changes(organisation: &Organisation, seed: u64, count: usize) -> Vec<Vec<Event>> {
    let mut chance = Chance::new(seed);
    let mut now = organisation.clone();
    (0..count)
        .map(|_| {
            let events = random_change(&now, &mut chance);
            now.apply(&events);
            events
        })
        .collect()
}

fn changed<K, V>(key: K, before: Option<V>, after: Option<V>) -> Change<K, V> {
    Change { key, before, after }
}

fn anybody(organisation: &Organisation, chance: &mut Chance) -> Option<UserId> {
    let users: Vec<_> = organisation.users().map(|(id, _)| id).collect();
    chance.pick(&users).copied()
}

fn any_area(organisation: &Organisation, chance: &mut Chance) -> Option<AreaId> {
    let areas: Vec<_> = organisation.areas().map(|(id, _)| id).collect();
    chance.pick(&areas).copied()
}

/// The team areas of the project area.
fn teams(organisation: &Organisation, project: AreaId) -> Vec<AreaId> {
    let here = |id: &AreaId| *id != project && upwards(organisation, *id).last() == Some(project);
    organisation.areas().map(|(id, _)| id).filter(here).collect()
}

/// None, or one of the team areas of the project area.
fn maybe_team(organisation: &Organisation, project: AreaId, chance: &mut Chance) -> Option<AreaId> {
    chance.pick(&teams(organisation, project)).copied().filter(|_| chance.percent(70))
}

/// The area, then those above it, outwards; from the facts alone, so that no index can mislead a test.
fn upwards(organisation: &Organisation, area: AreaId) -> impl Iterator<Item = AreaId> {
    std::iter::successors(Some(area), |below| organisation.area(*below)?.parent())
}
