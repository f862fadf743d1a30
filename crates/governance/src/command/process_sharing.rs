//! Ending the use of another's process without losing it (docs/cross-server.md#ending-a-link).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::permissions::set;
use super::{Needs, Noun, Step};
use crate::act::Refusal;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::PreconditionEntry;
use crate::process::{PermissionKey, Slot};
use crate::process_area::{AreaId, AreaKind, ProcessArea};
use crate::user::UserId;

/// Writes the effective process into a consumer, then unlinks it.
///
/// Copied are the provider's role definitions and entries that apply here, unless an entry of the area's own
/// would have hidden them; a final one of the provider replaces the area's own for the same role and
/// operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CopyProcessAndUnlink {
    /// The consumer.
    pub area: AreaId,
}

impl Step for CopyProcessAndUnlink {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-specification", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        unlinking(organisation, self.area).ok_or_else(|| {
            let text = "the project area uses nobody else's process: there is nothing to unlink";
            Refusal::Precondition(text.into())
        })
    }
}

/// The organisation as it would be if the project area had done that; `None` where there is nothing to
/// unlink.
pub(crate) fn unlinked(organisation: &Organisation, area: AreaId) -> Option<Organisation> {
    Some(organisation.after(&unlinking(organisation, area)?))
}

/// The provider's preconditions that apply, below the own: an own entry for the same role, operation and slot
/// hides the provider's, unless that is final.
fn effective_preconditions(
    organisation: &Organisation,
    area: AreaId,
    provider: AreaId,
    applies: impl Fn(&Slot) -> bool,
) -> Vec<PreconditionEntry> {
    let own = organisation.preconditions(area);
    let shared = organisation.preconditions(provider).iter().filter(|it| applies(&it.key.slot));
    let same = |one: &PreconditionEntry, other: &PreconditionEntry| {
        (&one.key.role, one.key.operation) == (&other.key.role, other.key.operation)
    };
    let shared: Vec<_> = shared.filter(|it| it.is_final || !own.iter().any(|own| same(own, it))).collect();
    let kept = own.iter().filter(|own| !shared.iter().any(|it| it.is_final && same(own, it)));
    kept.chain(shared.iter().copied()).cloned().collect()
}

fn unlinking(organisation: &Organisation, area: AreaId) -> Option<Vec<Event>> {
    let project = organisation.area(area)?.project()?;
    let link = project.uses_process.as_ref()?;
    let mut types = project.iteration_types.to_vec();
    let mut events = Vec::new();
    // A provider elsewhere that was never fetched has nothing to copy.
    if let Some(provider) = link.lender() {
        let own: BTreeSet<_> = organisation.roles(area).iter().map(|role| &role.id).collect();
        let copied = organisation.roles(provider).iter().filter(|role| !own.contains(&role.id));
        let roles: Vec<_> = organisation.roles(area).iter().chain(copied).cloned().collect();
        let before = organisation.facts.roles.get(&area).cloned();
        let after = (!roles.is_empty()).then(|| roles.into());
        events.push(Event::Roles(Change { key: area, before, after }));

        if link.iteration_types
            && let Some((_, shared)) = organisation.area(provider).and_then(|it| it.process())
        {
            let more: Vec<_> = shared.iter().filter(|it| !types.contains(it)).cloned().collect();
            types.extend(more);
        }
        let applies = |slot: &Slot| match slot {
            Slot::Always => true,
            Slot::IterationType(_) => link.iteration_types,
            Slot::Timeline(_) | Slot::Iteration { .. } => false,
        };
        let shared: Vec<_> =
            organisation.permissions(provider).filter(|(key, _)| applies(&key.slot)).collect();
        let bound: BTreeSet<_> = shared
            .iter()
            .filter(|(key, permission)| permission.is_final && key.slot == Slot::Always)
            .map(|(key, _)| (&key.role, key.operation))
            .collect();
        for (key, _) in organisation.permissions(area) {
            if bound.contains(&(&key.role, key.operation)) {
                events.push(set(organisation, area, key, None));
            }
        }
        let demanded = effective_preconditions(organisation, area, provider, applies);
        events.push(super::preconditions::set(organisation, area, &demanded));
        for (key, permission) in shared {
            let always = PermissionKey { slot: Slot::Always, ..key.clone() };
            let hidden = [&always, key]
                .iter()
                .any(|key| organisation.facts.permissions.contains_key(&(area, (*key).clone())));
            if !hidden || bound.contains(&(&key.role, key.operation)) {
                events.push(set(organisation, area, key, Some(permission.clone())));
            }
        }
    }
    let before = organisation.area(area)?.clone();
    let mut after = before.clone();
    if let AreaKind::Project(project) = &mut after.kind {
        project.uses_process = None;
        project.iteration_types = types.into();
    }
    events.push(ProcessArea::event(area, Some(before), Some(after)));
    Some(events)
}
