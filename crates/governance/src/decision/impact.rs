//! Who gains and who loses by a change, worked out from its events: of the items alone that they touch
//! (docs/global-configurations.md#bulk-edit-of-attributes).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compare::{Lineage, Shift, Shifts, Told, compare_in_time, compare_items, compare_rules};
use crate::catalogue::OperationId;
use crate::configuration::{ComponentId, TeamAreaSetting};
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;

/// Who gains and who loses by a change of what governs items. People are counted whoever asks; what shifts
/// for whom is told as far as one may ask about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Impact {
    /// What shifts.
    Known(CountedShifts),
    /// What was found to shift until there was no time left: there may be more of everything.
    AtLeast(CountedShifts),
    /// It would have taken too long to tell.
    TooLong,
}

/// Who gains and who loses, counted, and the first of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountedShifts {
    /// How many people gain something.
    pub gain: usize,
    /// How many people lose something.
    pub lose: usize,
    /// On how many items, those that inherit included.
    pub items: usize,
    /// Who gains and who loses what on how many items: the first of each of the first people.
    pub shifts: Vec<Shift>,
    /// How many more shifts there are.
    pub more: usize,
    /// How many of these people are counted, though what shifts for them is not told.
    #[serde(default)]
    pub untold: usize,
}

/// So many shifts are told.
const TOLD: usize = 1000;

impl Impact {
    /// Of what a comparison has found; of nothing, if there was no time even for the items.
    fn of(found: Option<&Shifts<'_>>) -> Self {
        let Some(found) = found else { return Self::TooLong };
        let (shifts, more) = found.first(TOLD);
        let (gain, lose, untold, items) = (found.gain(), found.lose(), found.untold(), found.items);
        let counted = CountedShifts { gain, lose, items, shifts, more, untold };
        match (found.is_whole, gain + lose) {
            (true, _) => Self::Known(counted),
            (false, 0) => Self::TooLong,
            (false, _) => Self::AtLeast(counted),
        }
    }

    /// What was counted, of all or of a part.
    pub fn counted(&self) -> Option<&CountedShifts> {
        match self {
            Self::Known(counted) | Self::AtLeast(counted) => Some(counted),
            Self::TooLong => None,
        }
    }
}

/// The impact of events that have made `after` of `before`, if they change what governs something. `go_on` is
/// asked now and then whether there is time left.
pub fn impact(
    before: &Organisation,
    after: &Organisation,
    events: &[Event],
    go_on: impl FnMut() -> bool,
) -> Option<Impact> {
    let governs = |event: &Event| match event {
        Event::Component(change) => {
            let pair = change.before.as_ref().zip(change.after.as_ref());
            pair.is_some_and(|(before, after)| before.team_area != after.team_area)
        }
        Event::Configuration(change) => {
            let pair = change.before.as_ref().zip(change.after.as_ref());
            pair.is_some_and(|(before, after)| before.kind.team_area() != after.kind.team_area())
        }
        _ => false,
    };
    events.iter().any(governs).then(|| impact_told(before, after, events, |_| Told::Everybody, go_on))
}

/// The same of any events, as far as it is to be told.
pub(crate) fn impact_told(
    before: &Organisation,
    after: &Organisation,
    events: &[Event],
    told: impl Fn(Item) -> Told,
    go_on: impl FnMut() -> bool,
) -> Impact {
    let same_person = |event: &&Event| match event {
        Event::User(change) => {
            let is_there = change.before.is_some() && change.after.is_some();
            is_there && before.index.person(change.key) == after.index.person(change.key)
        }
        _ => false,
    };
    // Whoever is called another, or has another address, may do what they might.
    let events: Vec<Event> = events.iter().filter(|event| !same_person(event)).cloned().collect();
    // A functional user comes with what it works for, which it does by no right that anybody has thought of:
    // it is taken as if it had been there before.
    let (employed, events): (Vec<Event>, Vec<Event>) = events.into_iter().partition(|event| match event {
        Event::User(change) => {
            change.before.is_none() && change.after.as_ref().is_some_and(|user| user.functional)
        }
        _ => false,
    });
    let staffed = (!employed.is_empty()).then(|| before.after(&employed));
    let before = staffed.as_ref().unwrap_or(before);
    let shifts = match (touched(before, &events), rules(&events)) {
        (Some(items), _) => compare_items(before, after, items.into_iter(), told, go_on),
        (None, Some(operations)) => compare_rules(before, after, operations.as_ref(), told, go_on),
        (None, None) => compare_in_time(before, after, Lineage::Same, told, go_on),
    };
    Impact::of(shifts.as_ref())
}

/// The operations that events are about which change nothing but the rules of areas; all where they are not
/// of single ones. `None`: they change something else.
fn rules(events: &[Event]) -> Option<Option<BTreeSet<OperationId>>> {
    let mut operations = Some(BTreeSet::new());
    for event in events {
        match event {
            Event::Permission(change) => {
                if let Some(operations) = &mut operations {
                    operations.insert(change.key.1.operation);
                }
            }
            Event::Roles(_) | Event::Timelines(_) => operations = None,
            _ => return None,
        }
    }
    Some(operations)
}

/// The items of which events change what governs them or what is archived; `None`: the events change more
/// than that, and whose rights it touches only a comparison of everything tells.
pub(crate) fn touched(before: &Organisation, events: &[Event]) -> Option<BTreeSet<Item>> {
    let mut items = BTreeSet::new();
    for event in events {
        match event {
            Event::Component(change) => {
                let Some((earlier, later)) = change.before.as_ref().zip(change.after.as_ref()) else {
                    continue;
                };
                if earlier.project_area != later.project_area {
                    return None;
                }
                if (earlier.team_area, earlier.archived) != (later.team_area, later.archived) {
                    component(before, change.key, earlier.archived != later.archived, &mut items);
                }
            }
            Event::Configuration(change) => {
                if let Some((earlier, later)) = change.before.as_ref().zip(change.after.as_ref())
                    && (earlier.kind, earlier.archived) != (later.kind, later.archived)
                {
                    items.insert(Item::Configuration(change.key));
                }
            }
            // No decision reads what contains what, but for a replacement's second path.
            Event::Contributions(_) => {}
            Event::Area(change) => {
                let (earlier, later) = (change.before.as_deref()?, change.after.as_deref()?);
                if earlier.kind != later.kind || earlier.team().is_none() || !is_of_gc(before, change.key) {
                    return None;
                }
                if earlier.archived != later.archived {
                    area(before, change.key, &mut items);
                }
            }
            _ => return None,
        }
    }
    Some(items)
}

/// A component, with those of its configurations that go with it.
fn component(organisation: &Organisation, id: ComponentId, all: bool, items: &mut BTreeSet<Item>) {
    items.insert(Item::Component(id));
    for id in organisation.configurations_of(id) {
        let inherits = || {
            let configuration = organisation.configuration(*id);
            configuration.is_some_and(|it| it.kind.team_area() == Some(TeamAreaSetting::Inherit))
        };
        if all || inherits() {
            items.insert(Item::Configuration(*id));
        }
    }
}

/// A team area, with those in it and what they govern.
fn area(organisation: &Organisation, id: AreaId, items: &mut BTreeSet<Item>) {
    for area in organisation.subtree(id) {
        items.insert(Item::Area(area));
        let Some(governed) = organisation.index.governed(area) else { continue };
        governed.components.iter().for_each(|id| component(organisation, *id, false, items));
        items.extend(governed.configurations.iter().map(|id| Item::Configuration(*id)));
    }
}

/// Whether it is an area of global configuration management, which governs nothing of other applications.
fn is_of_gc(organisation: &Organisation, area: AreaId) -> bool {
    let project = organisation.area(organisation.project_of(area));
    project.and_then(|it| it.project()).is_some_and(|it| it.application == crate::catalogue::Application::Gc)
}
