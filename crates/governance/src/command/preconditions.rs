//! Preconditions of an area (docs/process.md#preconditions).

use serde::{Deserialize, Serialize};

use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::PreconditionEntry;
use crate::process_area::AreaId;
use crate::user::UserId;

/// Puts an area's preconditions in the place of those that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetPreconditions {
    /// In which area.
    pub area: AreaId,
    /// All of them, in order.
    pub preconditions: Vec<PreconditionEntry>,
}

/// That an area has these and no others; none is no fact.
pub(super) fn set(organisation: &Organisation, area: AreaId, entries: &[PreconditionEntry]) -> Event {
    let before = organisation.facts.preconditions.get(&area).cloned();
    Event::Preconditions(Change { key: area, before, after: (!entries.is_empty()).then(|| entries.into()) })
}

impl Step for SetPreconditions {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-specification", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(vec![set(organisation, self.area, &self.preconditions)])
    }
}
