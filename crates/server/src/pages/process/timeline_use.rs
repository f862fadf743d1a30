//! What names a timeline, an iteration or a type of iterations: it is in the way of removing or renaming
//! them.

use governance::{AreaId, Slot, View};

use super::area::Area;
use super::slot::slot_word;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::words::count;

/// The slots of all entries and preconditions of a project area.
pub(super) struct Uses<'v> {
    view: &'v View,
    area: &'v Area,
    entries: Vec<(AreaId, &'v Slot)>,
    preconditions: Vec<(AreaId, &'v Slot)>,
}

impl<'v> Uses<'v> {
    pub(super) fn of(view: &'v View, area: &'v Area) -> Self {
        let (mut entries, mut preconditions) = (Vec::new(), Vec::new());
        for it in view.areas_in(area.project) {
            entries.extend(view.permissions(it).map(|(key, _)| (it, &key.slot)));
            preconditions.extend(view.preconditions(it).iter().map(|entry| (it, &entry.key.slot)));
        }
        Self { view, area, entries, preconditions }
    }

    /// How many entries hold in such slots.
    pub(super) fn entries(&self, is_meant: impl Fn(&Slot) -> bool) -> usize {
        self.entries.iter().filter(|(_, slot)| is_meant(slot)).count()
    }

    /// Whether nothing holds in such slots; else what does, which has to go first.
    pub(super) fn unused(&self, is_meant: impl Fn(&Slot) -> bool) -> Ability {
        let of =
            [("entry", "permissions", &self.entries), ("precondition", "preconditions", &self.preconditions)];
        for (kind, tab, list) in of {
            let mut found = list.iter().filter(|(_, slot)| is_meant(slot));
            let Some((area, slot)) = found.next() else { continue };
            let said = match found.count() {
                0 => format!("1 {kind} holds in it: remove it first"),
                others => format!("{} hold in it: remove them first", count(others + 1, kind)),
            };
            let page = Area::at(self.view, *area).map_or_else(|_| self.area.tab(tab), |area| area.tab(tab));
            let address = Address::new(page).with("at", slot_word(slot)).to_string();
            return Ability::in_the_way(&said, address, "Show what does");
        }
        Ability::Allowed
    }

    /// Whether nothing names a timeline: no entry, no precondition, and no team area follows it.
    pub(super) fn timeline_unused(&self, name: &str) -> Ability {
        self.unused(|slot| match slot {
            Slot::Timeline(timeline) | Slot::Iteration { timeline, .. } => **timeline == *name,
            Slot::IterationType(_) | Slot::Always => false,
        })
        .and(self.unfollowed(name))
    }

    fn unfollowed(&self, name: &str) -> Ability {
        let follows = |area: &AreaId| {
            let team = self.view.see(*area).and_then(|it| it.team());
            team.and_then(|team| team.timeline.as_ref()).is_some_and(|timeline| **timeline == *name)
        };
        let found = self.view.areas_in(self.area.project).into_iter().find(follows);
        let Some(found) = found.and_then(|area| Area::at(self.view, area).ok()) else {
            return Ability::Allowed;
        };
        let called = found.see(self.view).map_or_else(|_| String::new(), |it| it.name.to_string());
        let said = format!("{called} follows it: let it follow another one first");
        Ability::in_the_way(&said, found.path(), "Show the team area")
    }

    /// Whether nothing holds in an iteration, or in one that is in it.
    pub(super) fn iteration_unused(&self, timeline: &str, path: &str) -> Ability {
        self.unused(|slot| match slot {
            Slot::Iteration { timeline: of, iteration } => {
                let below = iteration.strip_prefix(path);
                **of == *timeline && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Slot::Timeline(_) | Slot::IterationType(_) | Slot::Always => false,
        })
    }
}
