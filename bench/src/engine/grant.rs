//! Which roles the entries in force in an area grant an action to: for engines that have to be told. Written
//! after docs/decision.md#permission-lookup, apart from the server's own.

use std::collections::{BTreeMap, BTreeSet};

use governance::{Action, AreaId, Now, Organisation, Permission};

/// The ids of the roles.
pub(crate) fn granted_roles(organisation: &Organisation, area: AreaId, action: &Action) -> BTreeSet<String> {
    let now = organisation.timeline_of(area).map(Now::on).unwrap_or_default();
    let operation = action.leaf.operation();
    // Of each role the entry that counts so far, going down from the project area.
    let mut found: BTreeMap<String, &Permission> = BTreeMap::new();
    for above in organisation.path(area) {
        let mut winning: BTreeMap<&str, (usize, &Permission)> = BTreeMap::new();
        for (key, permission) in
            organisation.permissions(*above).filter(|(key, _)| key.operation == operation)
        {
            let Some(rank) = now.rank(&key.slot) else { continue };
            let best = winning.entry(&key.role).or_insert((rank, permission));
            if rank < best.0 {
                *best = (rank, permission);
            }
        }
        for (role, (_, permission)) in winning {
            let bound = found.get(role).is_some_and(|it| it.is_final);
            if !bound {
                found.insert(role.to_owned(), permission);
            }
        }
    }
    found.into_iter().filter(|(_, permission)| permission.grants(action)).map(|(role, _)| role).collect()
}
