//! Access groups (docs/process.md#access-groups).

use governance::{
    AccessGroupId, AccessGroupKey, AreaId, Command, Create, Delete, Edit, Subject, UserId, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Key, NoParameters, Nothing, bad_value};
use super::resolve::{CarriedKeys, area, carried, found, made, name, users};
use super::route::{Api, Rows, Verb};
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.list("/access-groups", "List the access groups.", list);
    api.create(
        ("/access-groups", "/access-groups/{access_group}"),
        "Make an access group.",
        create,
        |_, events| made::<governance::AccessGroup>(events).map(|number| format!("/access-groups/{number}")),
    );
    api.read("/access-groups/{access_group}", "Read an access group.", read);
    api.change(Verb::Patch, "/access-groups/{access_group}", "Change an access group.", change);
    api.change(Verb::Delete, "/access-groups/{access_group}", "Delete an access group.", delete);
}

/// An access group. What its reader may not see is left out of the lists.
#[derive(Serialize, JsonSchema)]
struct AccessGroup {
    number: u32,
    name: String,
    /// The ids of users.
    users: Vec<String>,
    /// Project areas whose members belong, with all of their team areas: `gc/Electric Vehicle`.
    project_areas: Vec<String>,
    /// Team areas whose members belong, with those nested in them: `gc/Electric Vehicle/Tuning Team`.
    team_areas: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

/// Which of an access group's lists.
#[derive(Clone, Copy, PartialEq)]
enum AreaKind {
    Project,
    Team,
}

fn kind_of(view: &View, area: AreaId) -> Option<AreaKind> {
    let is_team = view.see(area)?.team().is_some();
    Some(if is_team { AreaKind::Team } else { AreaKind::Project })
}

fn access_group(view: &View, id: AccessGroupId, group: &governance::AccessGroup) -> AccessGroup {
    let areas = |kind: AreaKind| {
        let seen = group.areas.iter().filter(|area| kind_of(view, **area) == Some(kind));
        seen.map(|area| view.area_text(*area)).collect()
    };
    AccessGroup {
        number: id.number(),
        name: group.name.to_string(),
        users: group.users.iter().map(|user| view.id_of(*user).to_string()).collect(),
        project_areas: areas(AreaKind::Project),
        team_areas: areas(AreaKind::Team),
        description: carried(&group.carried, "description"),
    }
}

/// Which access groups.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccessGroupFilter {
    /// Only the one of this name.
    name: Option<String>,
}

fn list(view: &View, filter: AccessGroupFilter, first: u64) -> Result<Rows<'_, AccessGroup>, Problem> {
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let groups = view.each::<governance::AccessGroup>(first);
    let wanted = groups.filter(move |(_, it)| filter.name.as_ref().is_none_or(|name| **name == *it.name));
    Ok(Box::new(wanted.map(|(id, it)| (id.number().into(), access_group(view, id, it)))))
}

/// Which access group.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccessGroupPath {
    /// Its number.
    access_group: String,
}

impl AccessGroupPath {
    fn find(&self, view: &View) -> Result<AccessGroupId, Problem> {
        found(view.find(&self.access_group))
    }
}

fn read(view: &View, path: AccessGroupPath) -> Result<AccessGroup, Problem> {
    let id = path.find(view)?;
    Ok(access_group(view, id, found(view.see(id))?))
}

/// A new access group.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"name": "Safety reviewers", "users": ["remy"], "team_areas": ["ccm/Development/Core"]}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of an access group")]
struct NewAccessGroup {
    name: String,
    #[serde(default)]
    users: Vec<String>,
    #[serde(default)]
    project_areas: Vec<String>,
    #[serde(default)]
    team_areas: Vec<String>,
    #[serde(default)]
    description: Key<Option<String>>,
}

fn create(view: &View, _: NoParameters, new: NewAccessGroup) -> Result<Command, Problem> {
    let mut all = areas(view, &new.project_areas, AreaKind::Project)?;
    all.extend(areas(view, &new.team_areas, AreaKind::Team)?);
    let new = governance::AccessGroup {
        name: name(&new.name, "/name")?,
        users: users(view, &new.users, "/users")?.into(),
        areas: all.into(),
        carried: CarriedKeys::default().with("description", &new.description)?.all(),
    };
    Ok(Create { new }.into())
}

/// What is to change. A list is sent whole; what its sender may not see stays in it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct AccessGroupChange {
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    users: Key<Vec<String>>,
    #[serde(default)]
    project_areas: Key<Vec<String>>,
    #[serde(default)]
    team_areas: Key<Vec<String>>,
    #[serde(default)]
    description: Key<Option<String>>,
}

fn change(view: &View, path: AccessGroupPath, change: AccessGroupChange) -> Result<Command, Problem> {
    let id = path.find(view)?;
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(AccessGroupKey::Name(name(text, "/name")?));
    }
    if let Some(ids) = &change.users.0 {
        let users: Vec<UserId> = users(view, ids, "/users")?;
        set.push(AccessGroupKey::Users(users.into()));
    }
    let lists = [(&change.project_areas, AreaKind::Project), (&change.team_areas, AreaKind::Team)];
    if lists.iter().any(|(list, _)| list.0.is_some()) {
        let mut all = found(view.see(id))?.areas.to_vec();
        for (list, kind) in lists {
            if let Some(texts) = &list.0 {
                all.retain(|area| kind_of(view, *area) != Some(kind));
                all.extend(areas(view, texts, kind)?);
            }
        }
        set.push(AccessGroupKey::Areas(all.into()));
    }
    let carried = CarriedKeys::default().with("description", &change.description)?;
    set.extend(carried.keys(AccessGroupKey::Carried));
    Ok(Edit { id, set }.into())
}

fn delete(view: &View, path: AccessGroupPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Delete { subject: Subject::AccessGroup(path.find(view)?) }.into())
}

/// The areas of one of the lists.
fn areas(view: &View, texts: &[String], kind: AreaKind) -> Result<Vec<AreaId>, Problem> {
    let (key, expected) = match kind {
        AreaKind::Project => ("project_areas", "a project area"),
        AreaKind::Team => ("team_areas", "a team area"),
    };
    let mut areas = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        let pointer = format!("/{key}/{at}");
        let found = area(view, text, &pointer)?;
        if kind_of(view, found) != Some(kind) {
            return Err(bad_value(pointer, format!("`{text}`: expected {expected}")));
        }
        if areas.contains(&found) {
            return Err(bad_value(pointer, format!("`{text}` is there twice")));
        }
        areas.push(found);
    }
    Ok(areas)
}
