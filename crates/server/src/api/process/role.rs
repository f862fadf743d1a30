//! Roles of process areas and of templates (docs/process.md#roles).

use governance::{
    AddRole, AreaId, Cardinality, ChangeRole, Command, Event, RemoveRole, RoleKey as Key, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::area::{Of, ProjectAreaPath, ProjectAreaRole, RoleKey, TeamAreaPath, TeamAreaRole, address};
use crate::api::body::{self, Nothing};
use crate::api::resolve::{CarriedKeys, carried_text, found, name, segment};
use crate::api::route::{Api, Verb};
use crate::api::word::Word;
use crate::problem::Problem;

macro_rules! routes {
    ($api:ident, $at:literal, $of:literal, $area:ty, $role:ty) => {
        $api.read(concat!($at, "/roles"), concat!("List the roles of ", $of, "."), list::<$area>);
        $api.create(
            (concat!($at, "/roles"), concat!($at, "/roles/{role}")),
            concat!("Define a role of ", $of, "."),
            create::<$area>,
            created,
        );
        $api.read(concat!($at, "/roles/{role}"), concat!("Read a role of ", $of, "."), read::<$role>);
        $api.change(
            Verb::Patch,
            concat!($at, "/roles/{role}"),
            concat!("Change a role of ", $of, "."),
            change::<$role>,
        );
        $api.change(
            Verb::Delete,
            concat!($at, "/roles/{role}"),
            concat!("Remove a role of ", $of, "."),
            remove::<$role>,
        );
    };
}

pub(super) fn routes(api: &mut Api) {
    routes!(api, "/project-areas/{project_area}", "a project area", ProjectAreaPath, ProjectAreaRole);
    routes!(api, "/team-areas/{team_area}", "a team area", TeamAreaPath, TeamAreaRole);
}

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a role")]
pub(super) struct Role {
    /// Unique on the way from the project area down.
    id: String,
    /// The name for people. Default: the id.
    name: Option<String>,
    /// How many members of one area may have it. Default: `many`.
    cardinality: Option<Word<Cardinality>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl Role {
    pub(super) fn of(role: &governance::Role) -> Self {
        Self {
            id: role.id.to_string(),
            name: Some(role.name.to_string()),
            cardinality: Some(Word(role.cardinality)),
            description: carried_text(&role.carried, "description"),
        }
    }

    pub(super) fn defines(&self, id: &str) -> bool {
        self.id == id
    }

    /// The role, with what is not said of it taken from what lies below, if there is something.
    pub(super) fn over(
        &self,
        below: Option<&governance::Role>,
        pointer: &str,
    ) -> Result<governance::Role, Problem> {
        let id = name(&self.id, &format!("{pointer}/id"))?;
        let called = self.name.as_ref().map(|text| name(text, &format!("{pointer}/name"))).transpose()?;
        let own = CarriedKeys::at(pointer).with_some("description", self.description.as_ref())?.all();
        let kept = below.filter(|_| own.is_empty()).map(|it| it.carried.clone());
        Ok(governance::Role {
            name: called.or(below.map(|it| it.name.clone())).unwrap_or_else(|| id.clone()),
            cardinality: self
                .cardinality
                .map(|Word(it)| it)
                .or(below.map(|it| it.cardinality))
                .unwrap_or(Cardinality::Many),
            carried: kept.unwrap_or(own),
            id,
        })
    }
}

/// The roles of a list, each as it stands there.
pub(super) fn roles(list: &[Role], pointer: &str) -> Result<Vec<governance::Role>, Problem> {
    list.iter().enumerate().map(|(at, role)| role.over(None, &format!("{pointer}/{at}"))).collect()
}

/// The roles that an area defines, in order.
#[derive(Serialize, JsonSchema)]
struct RoleList {
    items: Vec<Role>,
}

fn list<P: Of<()>>(view: &View, path: P) -> Result<RoleList, Problem> {
    let (area, ()) = path.split(view)?;
    Ok(RoleList { items: view.roles(area).iter().map(Role::of).collect() })
}

fn create<P: Of<()>>(view: &View, path: P, new: Role) -> Result<Command, Problem> {
    let (area, ()) = path.split(view)?;
    Ok(AddRole { area, role: new.over(None, "")? }.into())
}

fn created(view: &View, events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::Roles(change) => {
            let id = &change.after.as_ref()?.last()?.id;
            Some(format!("{}/roles/{}", address(view, change.key), segment(id)))
        }
        _ => None,
    })
}

fn role<'v>(view: &'v View, area: AreaId, id: &str) -> Result<&'v governance::Role, Problem> {
    found(view.roles(area).iter().find(|role| *role.id == *id))
}

fn read<P: Of<RoleKey>>(view: &View, path: P) -> Result<Role, Problem> {
    let (area, key) = path.split(view)?;
    Ok(Role::of(role(view, area, &key.role)?))
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct RoleChange {
    #[serde(default)]
    name: body::Key<String>,
    #[serde(default)]
    cardinality: body::Key<Word<Cardinality>>,
    #[serde(default)]
    description: body::Key<Option<String>>,
}

fn change<P: Of<RoleKey>>(view: &View, path: P, change: RoleChange) -> Result<Command, Problem> {
    let (area, key) = path.split(view)?;
    let role = role(view, area, &key.role)?.id.clone();
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(Key::Name(name(text, "/name")?));
    }
    set.extend(change.cardinality.0.map(|Word(it)| Key::Cardinality(it)));
    let carried = CarriedKeys::default().with("description", &change.description)?;
    set.extend(carried.keys(Key::Carried));
    Ok(ChangeRole { area, role, set }.into())
}

fn remove<P: Of<RoleKey>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    let (area, key) = path.split(view)?;
    let role = role(view, area, &key.role)?.id.clone();
    Ok(RemoveRole { area, role }.into())
}
