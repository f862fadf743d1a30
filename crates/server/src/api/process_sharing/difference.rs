//! How a project area's own process lies over the one that it uses
//! (docs/cross-server.md#a-consumer-with-a-process-of-its-own).

use governance::{AreaId, PermissionKey, Role, Slot, View};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::area::ProjectAreaPath;
use crate::api::process::{PermissionEntry, PreconditionEntry};
use crate::api::route::Api;
use crate::problem::{Kind, Problem};

pub(super) fn routes(api: &mut Api) {
    let at = "/project-areas/{project_area}/process-difference";
    api.read(at, "Compare a project area's own process with the one that it uses.", difference);
}

/// How a project area's own process lies over the one that it uses.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProcessDifference {
    /// The ids of roles that both define; the own definition counts.
    roles_of_both: Vec<String>,
    /// The ids of roles that the project area alone defines.
    own_roles: Vec<String>,
    /// The ids of roles that come from the process that is used.
    lent_roles: Vec<String>,
    /// The own permission entries, each with what it meets.
    own_entries: Vec<OwnPermission>,
    /// How many permission entries come from the process that is used and can count here.
    lent_entries: usize,
    /// The own preconditions, each with what it meets.
    own_preconditions: Vec<OwnPrecondition>,
    /// How many preconditions come from the process that is used and can count here.
    lent_preconditions: usize,
}

/// A permission entry of a project area that uses another's process.
#[derive(Serialize, JsonSchema)]
struct OwnPermission {
    own: PermissionEntry,
    /// What the process that is used says of the same role and operation, and can count here.
    lent: Vec<PermissionEntry>,
    effect: Effect,
}

/// A precondition of a project area that uses another's process.
#[derive(Serialize, JsonSchema)]
struct OwnPrecondition {
    own: PreconditionEntry,
    /// What the process that is used demands of the same role and operation, and can count here.
    lent: Vec<PreconditionEntry>,
    effect: Effect,
}

/// What an own entry does to those that it meets, while it holds.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Effect {
    /// Nothing of the other process is hidden.
    Adds,
    /// What the other process says is hidden.
    Replaces,
    /// What the other process says is final.
    #[serde(rename = "without-effect")]
    Nothing,
}

impl Effect {
    /// Of the entries that an own one meets: the slot of each, and whether it is final.
    fn upon<'l>(met: impl Iterator<Item = (&'l Slot, bool)> + Clone) -> Self {
        let is_any = met.clone().next().is_some();
        // One that is final in some iterations binds nobody in the others.
        let always = met.clone().any(|(slot, _)| *slot == Slot::Always);
        match met.clone().all(|(_, is_final)| is_final) {
            _ if !is_any => Self::Adds,
            true if always => Self::Nothing,
            _ => Self::Replaces,
        }
    }
}

fn difference(view: &View, path: ProjectAreaPath) -> Result<ProcessDifference, Problem> {
    difference_of(view, path.find(view)?)
}

pub(super) fn difference_of(view: &View, area: AreaId) -> Result<ProcessDifference, Problem> {
    let none = || Problem::new(Kind::NotFound, "the project area uses nobody else's process yet");
    let lent = view.lent(area).ok_or_else(none)?;
    let same = |a: &PermissionKey, b: &PermissionKey| (&a.role, a.operation) == (&b.role, b.operation);
    let own_permission = |(key, permission)| {
        let met = lent.permissions.iter().filter(|(other, _)| same(other, key));
        OwnPermission {
            own: PermissionEntry::of(key, permission),
            lent: met.clone().map(|(key, permission)| PermissionEntry::of(key, permission)).collect(),
            effect: Effect::upon(met.map(|(key, permission)| (&key.slot, permission.is_final))),
        }
    };
    let own_precondition = |entry: &governance::PreconditionEntry| {
        let met = lent.preconditions.iter().filter(|other| same(&other.key, &entry.key));
        OwnPrecondition {
            own: PreconditionEntry::of(entry),
            lent: met.clone().map(|entry| PreconditionEntry::of(entry)).collect(),
            effect: Effect::upon(met.map(|entry| (&entry.key.slot, entry.is_final))),
        }
    };
    let ids = |roles: &[Role]| -> Vec<String> { roles.iter().map(|role| role.id.to_string()).collect() };
    let (own, theirs) = (ids(view.roles(area)), ids(lent.roles));
    Ok(ProcessDifference {
        roles_of_both: own.iter().filter(|id| theirs.contains(id)).cloned().collect(),
        own_roles: own.iter().filter(|id| !theirs.contains(id)).cloned().collect(),
        lent_roles: theirs.iter().filter(|id| !own.contains(id)).cloned().collect(),
        own_entries: view.permissions(area).map(own_permission).collect(),
        lent_entries: lent.permissions.len(),
        own_preconditions: view.preconditions(area).iter().map(own_precondition).collect(),
        lent_preconditions: lent.preconditions.len(),
    })
}
