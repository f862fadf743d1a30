//! Which tags the components and configurations of a project area have.

use imbl::OrdMap;

use crate::carried::Carried;
use crate::event::{Event, Facts};
use crate::process_area::AreaId;
use crate::text::Name;
use crate::vocabulary::tags_of;

/// How many items have each tag, by project area.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags(OrdMap<AreaId, OrdMap<Name, usize>>);

impl Tags {
    pub(crate) fn of(&self, area: AreaId) -> impl Iterator<Item = (&str, usize)> {
        self.0.get(&area).into_iter().flatten().map(|(tag, count)| (&**tag, *count))
    }

    /// Follows one event, whose fact is already in place.
    pub(crate) fn note<'e>(&mut self, facts: &Facts, event: &'e Event) {
        let (before, after, area) = match event {
            Event::Component(change) => {
                let (before, after) = (change.before.as_ref(), change.after.as_ref());
                let area = after.or(before).map(|it| it.project_area);
                (before.map(|it| &it.carried), after.map(|it| &it.carried), area)
            }
            Event::Configuration(change) => {
                let (before, after) = (change.before.as_ref(), change.after.as_ref());
                let component = after.or(before).and_then(|it| facts.components.get(it.component));
                let area = component.map(|it| it.project_area);
                (before.map(|it| &it.carried), after.map(|it| &it.carried), area)
            }
            _ => return,
        };
        let tags = |carried: Option<&'e Carried>| carried.and_then(|it| it.get("tags"));
        let Some(area) = area.filter(|_| tags(before) != tags(after)) else { return };
        let counts = self.0.entry(area).or_default();
        for tag in before.into_iter().flat_map(tags_of) {
            match counts.get_mut(tag) {
                Some(count) if *count > 1 => *count -= 1,
                Some(_) => _ = counts.remove(tag),
                None => {}
            }
        }
        for tag in after.into_iter().flat_map(tags_of) {
            match counts.get_mut(tag) {
                Some(count) => *count += 1,
                None => _ = counts.insert(tag.into(), 1),
            }
        }
        if counts.is_empty() {
            self.0.remove(&area);
        }
    }
}
