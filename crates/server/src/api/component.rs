//! Components of global configuration management (docs/global-configurations.md#components).

use governance::{
    Archive, Command, ComponentId, ComponentKey, CreateComponent, Edit, Item, Subject, Unarchive, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::area::ProjectAreaPath;
use super::body::{Key, Nothing};
use super::resolve::{CarriedKeys, carried, found, made, name, team_area, team_area_text};
use super::route::{Api, Rows, Verb};
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const BELOW: &str = "/project-areas/{project_area}/components";
    api.list(BELOW, "List the components of a project area.", list);
    api.create((BELOW, "/components/{component}"), "Make a component.", create, |_, events| {
        made::<governance::Component>(events).map(|number| format!("/components/{number}"))
    });
    api.read("/components/{component}", "Read a component.", read);
    api.change(Verb::Patch, "/components/{component}", "Change a component.", change);
    api.act("/components/{component}/archive", "Archive a component.", archive);
    api.act("/components/{component}/unarchive", "Take a component out of the archive.", unarchive);
}

/// A component.
#[derive(Serialize, JsonSchema)]
pub(super) struct Component {
    number: u32,
    /// What questions call it.
    reference: String,
    /// The reference of the project area.
    project_area: String,
    name: String,
    /// The team area that governs it: `unassigned`, or a slash path of names.
    team_area: String,
    archived: bool,
    #[serde(flatten)]
    carried: Described,
}

/// What components and configurations carry for people.
#[derive(Serialize, JsonSchema)]
pub(super) struct Described {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Value>,
}

impl Described {
    pub(super) fn of(keys: &governance::Carried) -> Self {
        Self {
            description: carried(keys, "description"),
            tags: carried(keys, "tags"),
            attributes: carried(keys, "attributes"),
            links: carried(keys, "links"),
        }
    }
}

pub(super) fn component(view: &View, id: ComponentId, it: &governance::Component) -> Component {
    Component {
        number: id.number(),
        reference: view.reference_of(id),
        project_area: view.reference(Item::Area(it.project_area)),
        name: it.name.to_string(),
        team_area: team_area_text(view, it.team_area),
        archived: it.archived,
        carried: Described::of(&it.carried),
    }
}

/// Which component.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentPath {
    /// Its number or its reference.
    component: String,
}

impl ComponentPath {
    pub(super) fn find(&self, view: &View) -> Result<ComponentId, Problem> {
        found(view.find(&self.component))
    }
}

fn list(view: &View, path: ProjectAreaPath, first: u64) -> Result<Rows<'_, Component>, Problem> {
    let project_area = path.find(view)?;
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let components = view.each::<governance::Component>(first);
    let ours = components.filter(move |(_, it)| it.project_area == project_area);
    Ok(Box::new(ours.map(|(id, it)| (id.number().into(), component(view, id, it)))))
}

fn read(view: &View, path: ComponentPath) -> Result<Component, Problem> {
    let id = path.find(view)?;
    Ok(component(view, id, found(view.see(id))?))
}

/// A new component.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"name": "Motor", "team_area": "Tuning Team", "tags": ["drive"]}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a component")]
struct NewComponent {
    name: String,
    /// Given to it afterwards, which needs the permission to modify its team area: `unassigned`, or a slash
    /// path of names.
    team_area: Option<String>,
    #[serde(default)]
    description: Key<Option<String>>,
    #[serde(default)]
    tags: Key<Option<Vec<String>>>,
    #[serde(default)]
    attributes: Key<Option<Map<String, Value>>>,
    #[serde(default)]
    links: Key<Option<Value>>,
}

fn create(view: &View, path: ProjectAreaPath, new: NewComponent) -> Result<Command, Problem> {
    let project_area = path.find(view)?;
    let carried = CarriedKeys::default()
        .with("description", &new.description)?
        .with("tags", &new.tags)?
        .with("attributes", &new.attributes)?
        .with("links", &new.links)?;
    let create = CreateComponent { project_area, name: name(&new.name, "/name")?, carried: carried.all() };
    let team = new.team_area.map(|text| team_area(view, project_area, &text, "/team_area")).transpose()?;
    let Some(team) = team.flatten() else { return Ok(create.into()) };
    let edit =
        Edit { id: view.next::<governance::Component>(), set: vec![ComponentKey::TeamArea(Some(team))] };
    Ok(Command::together([create.into(), edit.into()]))
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct ComponentChange {
    #[serde(default)]
    name: Key<String>,
    /// `unassigned`, or a slash path of names.
    #[serde(default)]
    team_area: Key<String>,
    #[serde(default)]
    description: Key<Option<String>>,
    #[serde(default)]
    tags: Key<Option<Vec<String>>>,
    #[serde(default)]
    attributes: Key<Option<Map<String, Value>>>,
    #[serde(default)]
    links: Key<Option<Value>>,
}

fn change(view: &View, path: ComponentPath, change: ComponentChange) -> Result<Command, Problem> {
    let id = path.find(view)?;
    let project_area = found(view.see(id))?.project_area;
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(ComponentKey::Name(name(text, "/name")?));
    }
    if let Some(text) = &change.team_area.0 {
        set.push(ComponentKey::TeamArea(team_area(view, project_area, text, "/team_area")?));
    }
    let carried = CarriedKeys::default()
        .with("description", &change.description)?
        .with("tags", &change.tags)?
        .with("attributes", &change.attributes)?
        .with("links", &change.links)?;
    set.extend(carried.keys(ComponentKey::Carried));
    Ok(Edit { id, set }.into())
}

fn archive(view: &View, path: ComponentPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Archive { subject: Subject::Component(path.find(view)?), replacement: None }.into())
}

fn unarchive(view: &View, path: ComponentPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Unarchive { subject: Subject::Component(path.find(view)?) }.into())
}
