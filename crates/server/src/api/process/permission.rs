//! Permission entries of process areas (docs/decision.md#permission-lookup).

use std::collections::BTreeMap;

use governance::text::{Name, decode, encode, nearest};
use governance::{
    ActionPattern, AreaId, Command, OperationId, Permission, PermissionKey, RemovePermission,
    RepositoryOperation, Save, SetPermission, Slot, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::area::{Of, PermissionFilter, ProjectAreaPath, ProjectAreaPermissions};
use crate::api::area::{TeamAreaPath, TeamAreaPermissions};
use crate::api::body::bad_value;
use crate::api::resolve::{name, slash_path};
use crate::api::route::{Api, Verb};
use crate::problem::Problem;

macro_rules! routes {
    ($api:ident, $at:literal, $of:literal, $filtered:ty, $area:ty) => {
        $api.read($at, concat!("List the permission entries of ", $of, "."), list::<$filtered>);
        $api.change(
            Verb::Patch,
            $at,
            concat!("Set and remove permission entries of ", $of, "."),
            change::<$area>,
        );
    };
}

pub(super) fn routes(api: &mut Api) {
    routes!(
        api,
        "/project-areas/{project_area}/permissions",
        "a project area",
        ProjectAreaPermissions,
        ProjectAreaPath
    );
    routes!(api, "/team-areas/{team_area}/permissions", "a team area", TeamAreaPermissions, TeamAreaPath);
}

/// An entry: what a role may do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a permission entry")]
pub(in crate::api) struct PermissionEntry {
    /// A role's id; `default` is Everyone.
    role: String,
    operation: String,
    /// Nodes of the operation's action tree: `*` grants every action; none revokes.
    actions: Vec<String>,
    /// Whether areas below cannot say otherwise.
    #[serde(rename = "final", default)]
    is_final: bool,
    /// When it holds; without, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<PermissionSlot>,
}

/// When an entry holds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PermissionSlot {
    /// While this iteration, or one in it, is current: `Main:1.0/Sprint 1`.
    Iteration(String),
    /// While the area follows this timeline.
    Timeline(String),
    /// While an iteration of this type is current.
    IterationType(String),
}

impl PermissionSlot {
    pub(super) fn of(slot: &Slot) -> Option<Self> {
        match slot {
            Slot::Always => None,
            Slot::Timeline(timeline) => Some(Self::Timeline(timeline.to_string())),
            Slot::IterationType(id) => Some(Self::IterationType(id.to_string())),
            Slot::Iteration { timeline, iteration } => {
                Some(Self::Iteration(format!("{}:{iteration}", encode(timeline))))
            }
        }
    }

    fn slot(at: Option<&Self>, pointer: &str) -> Result<Slot, Problem> {
        Ok(match at {
            None => Slot::Always,
            Some(Self::Timeline(timeline)) => {
                Slot::Timeline(name(timeline, &format!("{pointer}/at/timeline"))?)
            }
            Some(Self::IterationType(id)) => {
                Slot::IterationType(name(id, &format!("{pointer}/at/iteration_type"))?)
            }
            Some(Self::Iteration(text)) => iteration_slot(text, &format!("{pointer}/at/iteration"))?,
        })
    }
}

/// `Timeline:path/of/iterations`.
fn iteration_slot(text: &str, pointer: &str) -> Result<Slot, Problem> {
    let expected = "expected `TIMELINE:PATH OF ITERATIONS`, such as `Main:1.0/Sprint 2`";
    let (timeline, path) = text.split_once(':').ok_or_else(|| bad_value(pointer, expected))?;
    let timeline = decode(timeline).map_err(|wrong| bad_value(pointer, wrong))?;
    Ok(Slot::Iteration { timeline: Name::from(timeline), iteration: slash_path(path, pointer)? })
}

impl PermissionEntry {
    pub(in crate::api) fn of(key: &PermissionKey, permission: &Permission) -> Self {
        Self {
            role: key.role.to_string(),
            operation: key.operation.name().to_owned(),
            actions: permission.actions.iter().map(|it| it.path().to_owned()).collect(),
            is_final: permission.is_final,
            at: PermissionSlot::of(&key.slot),
        }
    }

    fn read(&self, pointer: &str) -> Result<(PermissionKey, Permission), Problem> {
        let key = key(&self.role, &self.operation, self.at.as_ref(), pointer)?;
        let mut actions: Vec<ActionPattern> = Vec::with_capacity(self.actions.len());
        for (at, action) in self.actions.iter().enumerate() {
            let pointer = format!("{pointer}/actions/{at}");
            let pattern = ActionPattern::parse(key.operation, action);
            let pattern = pattern.map_err(|unknown| bad_value(pointer.as_str(), unknown))?;
            if actions.contains(&pattern) {
                return Err(bad_value(pointer, format!("`{action}` is there twice")));
            }
            actions.push(pattern);
        }
        Ok((key, Permission { actions: actions.into(), is_final: self.is_final }))
    }
}

pub(super) fn key(
    role: &str,
    operation: &str,
    at: Option<&PermissionSlot>,
    pointer: &str,
) -> Result<PermissionKey, Problem> {
    Ok(PermissionKey {
        role: name(role, &format!("{pointer}/role"))?,
        operation: operation_named(operation, &format!("{pointer}/operation"))?,
        slot: PermissionSlot::slot(at, pointer)?,
    })
}

fn operation_named(text: &str, pointer: &str) -> Result<OperationId, Problem> {
    OperationId::from_name(text).ok_or_else(|| {
        if RepositoryOperation::from_name(text).is_some() {
            let said = format!("`{text}` is decided by repository groups alone: no entry grants it");
            return bad_value(pointer, said);
        }
        let near = nearest(text, OperationId::all().map(OperationId::name));
        let hint = near.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        bad_value(pointer, format!("there is no operation `{text}`{hint}"))
    })
}

/// The entries of a list by their keys, each with its place.
pub(super) type Entries = BTreeMap<PermissionKey, Permission>;

/// The entries of a list, of which no two have the same key.
pub(super) fn entries(list: &[PermissionEntry], pointer: &str) -> Result<Entries, Problem> {
    let mut entries = Entries::new();
    for (at, entry) in list.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        let (key, permission) = entry.read(&pointer)?;
        if entries.insert(key, permission).is_some() {
            return Err(twice(&pointer, &entry.role, &entry.operation));
        }
    }
    Ok(entries)
}

fn twice(pointer: &str, role: &str, operation: &str) -> Problem {
    bad_value(pointer, format!("there are two entries for `{role}` and `{operation}` in this slot"))
}

/// The entries of an area, for its representation.
pub(super) fn permissions(view: &View, area: AreaId) -> Vec<PermissionEntry> {
    view.permissions(area).map(|(key, permission)| PermissionEntry::of(key, permission)).collect()
}

/// What makes the whole list so.
pub(super) fn changes(view: &View, area: AreaId, list: &[PermissionEntry]) -> Result<Vec<Command>, Problem> {
    let wanted = entries(list, "/permissions")?;
    let now: BTreeMap<&PermissionKey, &Permission> = view.permissions(area).collect();
    let mut changes = Vec::new();
    for (key, permission) in &wanted {
        if now.get(key) != Some(&permission) {
            changes.push(SetPermission { area, key: key.clone(), permission: permission.clone() }.into());
        }
    }
    for key in now.keys().filter(|key| !wanted.contains_key(**key)) {
        changes.push(RemovePermission { area, key: (*key).clone() }.into());
    }
    Ok(changes)
}

/// The entries of an area, in order of role and operation.
#[derive(Serialize, JsonSchema)]
struct PermissionList {
    items: Vec<PermissionEntry>,
}

fn list<P: Of<PermissionFilter>>(view: &View, path: P) -> Result<PermissionList, Problem> {
    let (area, filter) = path.split(view)?;
    let wanted = |key: &PermissionKey| {
        filter.role.as_ref().is_none_or(|role| *key.role == **role)
            && filter.operation.as_ref().is_none_or(|operation| key.operation.name() == operation)
    };
    let items = view.permissions(area).filter(|(key, _)| wanted(key));
    Ok(PermissionList { items: items.map(|(key, it)| PermissionEntry::of(key, it)).collect() })
}

/// What is to change; every other entry stays as it is.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"set": [{"role": "contributor", "operation": "gc.save-baseline", "actions": ["create"]}], "remove": [{"role": "contributor", "operation": "gc.save-stream"}]}))]
#[serde(deny_unknown_fields, expecting = "an object with `set` or `remove`")]
struct PermissionsChange {
    /// Entries that are made, or take the place of those with the same role, operation and `at`.
    #[serde(default)]
    set: Vec<PermissionEntry>,
    /// Entries that are removed, so that what is above them counts.
    #[serde(default)]
    remove: Vec<PermissionRemoval>,
}

/// Which entry is removed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `role`, `operation` and, unless always, `at`")]
struct PermissionRemoval {
    role: String,
    operation: String,
    at: Option<PermissionSlot>,
}

fn change<P: Of<()>>(view: &View, path: P, change: PermissionsChange) -> Result<Command, Problem> {
    let (area, ()) = path.split(view)?;
    let set = entries(&change.set, "/set")?;
    let mut changes = Vec::with_capacity(set.len() + change.remove.len());
    for (at, it) in change.remove.iter().enumerate() {
        let pointer = format!("/remove/{at}");
        let key = key(&it.role, &it.operation, it.at.as_ref(), &pointer)?;
        if set.contains_key(&key) {
            return Err(twice(&pointer, &it.role, &it.operation));
        }
        changes.push(RemovePermission { area, key }.into());
    }
    let set = set.into_iter();
    changes.extend(set.map(|(key, permission)| SetPermission { area, key, permission }.into()));
    Ok(Save { changes }.into())
}
