//! Types of attributes and links (docs/global-configurations.md#attributes).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::{changed, found};
use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ProcessArea};
use crate::user::UserId;
use crate::vocabulary::{AttributeType, LinkType, Vocabulary, Word as _};

const OPERATION: &str = "gc.manage-types";

/// Takes the types of attributes and links from another project area: those that are not here, and, in the
/// place of those that are, what they are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportTypes {
    /// Where to.
    pub area: AreaId,
    /// Where from.
    pub from: AreaId,
}

impl Step for ImportTypes {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "import", Item::Area(self.area));
        needs.sees(Item::Area(self.from));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let from = found::<ProcessArea>(organisation, self.from)?;
        if !from.has_vocabulary() {
            let text = format!("`{}` is no project area of gc: choose one", from.name);
            return Err(Refusal::Precondition(text));
        }
        let event = changed(organisation, self.area, |area: &mut ProcessArea| {
            for key in [AttributeType::KEY, LinkType::KEY] {
                let list = |of: &ProcessArea| of.carried.get(key).and_then(Value::as_array).cloned();
                let mut types = list(area).unwrap_or_default();
                for imported in list(from).unwrap_or_default() {
                    match types.iter_mut().find(|it| it.get("id") == imported.get("id")) {
                        Some(place) => *place = imported,
                        None => types.push(imported),
                    }
                }
                area.carried = area.carried.with(key, (!types.is_empty()).then_some(Value::Array(types)));
            }
            Ok(())
        })?;
        let defaults = defaults_after(organisation, &event);
        Ok(std::iter::once(event).chain(defaults).collect())
    }
}

/// What gets the default of a required attribute by a change of types: everything that lacks it.
pub(super) fn defaults_after(organisation: &Organisation, change: &Event) -> Vec<Event> {
    let Event::Area(area) = change else { return Vec::new() };
    let after = organisation.after([change]);
    Vocabulary::of_area(&after, area.key).defaults_given(&after, area.key)
}
