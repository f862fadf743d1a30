//! Which tags the components and configurations of a project area have.

use imbl::OrdMap;

use crate::carried::Carried;
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

    /// Follows what something in a project area carries from one moment to the next.
    pub(super) fn note(&mut self, area: Option<AreaId>, before: Option<&Carried>, after: Option<&Carried>) {
        let changed = before.and_then(|it| it.get("tags")) != after.and_then(|it| it.get("tags"));
        let Some(area) = area.filter(|_| changed) else { return };
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
