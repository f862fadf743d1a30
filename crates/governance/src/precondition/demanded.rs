//! What is demanded of whom: found as permissions are, except that the first role in the member's order that
//! has an entry wins (docs/process.md#preconditions).

use super::{Precondition, PreconditionEntry};
use crate::catalogue::OperationId;
use crate::index::Law;
use crate::organisation::Organisation;
use crate::process::EVERYONE;
use crate::process_area::AreaId;
use crate::user::UserId;

/// What is demanded of a user who performs the operation where the area governs.
pub(super) fn demanded(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    operation: OperationId,
) -> &[Precondition] {
    let Some(law) = organisation.index.law(area) else { return &[] };
    // The order of a member is told area by area; what is assigned nearer comes first, Everyone last.
    let assigned = law.counted().iter().rev().filter_map(|area| organisation.member(*area, user));
    let roles = assigned.flat_map(|roles| roles.iter().map(|role| &**role)).chain([EVERYONE]);
    roles
        .into_iter()
        .find_map(|role| entry_of(organisation, law, role, operation))
        .map_or(&[], |entry| &entry.require)
}

/// The entry that counts for one role: within an area the most specific slot, of the areas the first final
/// one, else the nearest.
fn entry_of<'a>(
    organisation: &'a Organisation,
    law: &Law,
    role: &str,
    operation: OperationId,
) -> Option<&'a PreconditionEntry> {
    let mut result: Option<&PreconditionEntry> = None;
    for area in law.areas_that_apply() {
        let entries = organisation.preconditions(area).iter();
        let entries = entries.filter(|it| *it.key.role == *role && it.key.operation == operation);
        let ranked = entries.filter_map(|it| Some((law.rank(area, &it.key.slot)?, it)));
        let winner = ranked.min_by_key(|(rank, _)| *rank).map(|(_, entry)| entry);
        if winner.is_some() && !result.is_some_and(|above| above.is_final) {
            result = winner;
        }
    }
    result
}
