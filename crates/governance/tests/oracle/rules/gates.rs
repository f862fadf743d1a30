//! The gates that look at the user alone.

use governance::{Ask, Item, LicenceSet, OperationId, Organisation, RepositoryGroup, User, UserId};

/// docs/decision.md#account-gate: the user exists and is not archived.
pub(super) fn account(organisation: &Organisation, user: Option<UserId>) -> Option<(UserId, &User)> {
    let wanted = user?;
    organisation.users().find(|(id, user)| *id == wanted && !user.archived)
}

pub(super) fn is_in(user: &User, group: RepositoryGroup) -> bool {
    user.groups.iter().any(|it| it == group)
}

/// docs/decision.md#group-gate.
pub(super) fn group(user: &User, ask: &Ask) -> bool {
    match ask {
        // The user is in one of the groups listed for the operation, or is refused.
        Ask::Repository(operation) => operation.groups().iter().any(|group| is_in(user, group)),
        Ask::Read | Ask::SetContext => true,
        // A write needs one of three; whoever is only in others, or in none, may only read.
        Ask::Perform(..) => {
            is_in(user, RepositoryGroup::JazzUsers)
                || is_in(user, RepositoryGroup::JazzProjectAdmins)
                || is_in(user, RepositoryGroup::JazzAdmins)
        }
    }
}

/// docs/decision.md#licence-gate: process operations are exempt.
pub(super) fn licence(user: &User, leases: LicenceSet, operation: OperationId) -> bool {
    operation.is_process() || unlocked(user, leases, operation.name())
}

/// docs/decision.md#licence-gate: reading needs none, plans excepted.
pub(super) fn reading_licence(user: &User, leases: LicenceSet, item: Item) -> bool {
    !matches!(item, Item::Plan(_)) || unlocked(user, leases, "read:plan")
}

fn unlocked(user: &User, leases: LicenceSet, what: &str) -> bool {
    // A functional user holds the internal licence, which unlocks everything, without its being listed.
    if user.functional {
        return true;
    }
    for licence in user.licences.iter().chain(leases.iter()) {
        for pattern in licence.unlocks() {
            if *pattern == what || pattern.ends_with('*') && what.starts_with(pattern.trim_end_matches('*')) {
                return true;
            }
        }
    }
    false
}
