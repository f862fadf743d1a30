//! Project areas (docs/process.md#project-areas).

use std::collections::BTreeMap;

use governance::text::Name;
use governance::{
    Application, Archive, AreaId, Carried, Command, CopyProcessAndUnlink, CreateProjectArea, Edit, Item,
    ProcessAreaKey, ReadAccess, Save, SetTimelines, Subject, Unarchive, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::member::{self, Members, members};
use super::permission::{self, PermissionEntry, permissions};
use super::person::{self, Administrator, Reader};
use super::precondition::{self, PreconditionEntry, preconditions};
use super::role::Role;
use super::save::{Lists, bodies};
use super::sharing::UsesProcess;
use super::template::begun_with;
use super::timeline::{Timeline, timelines};
use crate::api::area::{ProjectAreaPath, address};
use crate::api::body::{Key, NoParameters, Nothing, bad_value};
use crate::api::resolve::{CarriedKeys, carried, carried_text, found, made, name, texts, users};
use crate::api::route::{Api, Rows, Verb};
use crate::api::shared_query::list_kept;
use crate::api::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const ONE: &str = "/project-areas/{project_area}";
    api.list("/project-areas", "List the project areas.", list);
    api.create(("/project-areas", ONE), "Make a project area.", create, |view, events| {
        made::<governance::ProcessArea>(events).map(|number| address(view, AreaId::new(number)))
    });
    api.read(ONE, "Read a project area.", read);
    api.change(Verb::Patch, ONE, "Change a project area.", change);
    api.act("/project-areas/{project_area}/archive", "Archive a project area.", archive);
    api.act("/project-areas/{project_area}/unarchive", "Take a project area out of the archive.", unarchive);
    api.act(
        "/project-areas/{project_area}/copy-process",
        "Write the process that a project area uses into it, and end the use.",
        copy_process,
    );
}

/// A project area in a list.
#[derive(Serialize, JsonSchema)]
struct ProjectAreaSummary {
    number: u32,
    /// What questions call it.
    reference: String,
    application: Word<Application>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    archived: bool,
    /// Who reads it.
    access: Word<ReadAccess>,
    shares_process: bool,
}

/// Which project areas.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProjectAreaFilter {
    /// Only those of this application.
    application: Option<Word<Application>>,
    /// Only archived ones, or only others.
    archived: Option<bool>,
    /// Only those whose name or summary has this text in it.
    text: Option<String>,
}

fn list(view: &View, filter: ProjectAreaFilter, first: u64) -> Result<Rows<'_, ProjectAreaSummary>, Problem> {
    let wanted_text = filter.text.map(|text| text.to_lowercase());
    let summary = move |(id, area): (AreaId, &governance::ProcessArea)| {
        let project = area.project()?;
        let summary = carried_text(&area.carried, "summary");
        let has = |wanted: &String| {
            let texts = [Some(&*area.name), summary.as_deref()];
            texts.into_iter().flatten().any(|text| text.to_lowercase().contains(wanted))
        };
        let wanted = filter.application.is_none_or(|Word(wanted)| wanted == project.application)
            && filter.archived.is_none_or(|archived| archived == area.archived)
            && wanted_text.as_ref().is_none_or(has);
        wanted.then(|| {
            let summary = ProjectAreaSummary {
                number: id.number(),
                reference: view.reference_of(id),
                application: Word(project.application),
                name: area.name.to_string(),
                summary,
                archived: area.archived,
                access: Word(project.access),
                shares_process: project.shares_process,
            };
            (id.number().into(), summary)
        })
    };
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    Ok(Box::new(view.each::<governance::ProcessArea>(first).filter_map(summary)))
}

/// A project area, with all that it has besides team areas and items.
#[derive(Serialize, JsonSchema)]
struct ProjectArea {
    number: u32,
    /// What questions call it.
    reference: String,
    application: Word<Application>,
    name: String,
    archived: bool,
    /// Who reads it.
    access: Word<ReadAccess>,
    /// The ids of users.
    access_list: Vec<String>,
    /// The ids of users.
    administrators: Vec<String>,
    /// The ids of roles that each member has, by the user's id.
    members: BTreeMap<String, Vec<String>>,
    roles: Vec<Role>,
    /// Whether other project areas may use its process.
    shares_process: bool,
    /// Whose process it uses; null: its own alone.
    uses_process: Option<UsesProcess>,
    iteration_types: Vec<String>,
    timelines: Vec<Timeline>,
    permissions: Vec<PermissionEntry>,
    preconditions: Vec<PreconditionEntry>,
    #[serde(flatten)]
    carried: ProcessTexts,
}

/// What a project area carries for people and programs.
#[derive(Serialize, JsonSchema)]
struct ProcessTexts {
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associations: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_queries: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denial_texts: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_item_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artefact_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_artefact_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_categories: Option<Value>,
}

impl ProcessTexts {
    fn of(keys: &Carried) -> Self {
        Self {
            summary: carried_text(keys, "summary"),
            description: carried_text(keys, "description"),
            associations: carried(keys, "associations"),
            tags: carried(keys, "tags"),
            attribute_types: carried(keys, "attribute_types"),
            link_types: carried(keys, "link_types"),
            shared_queries: carried(keys, "shared_queries"),
            denial_texts: carried(keys, "denial_texts"),
            work_item_types: carried(keys, "work_item_types"),
            artefact_types: carried(keys, "artefact_types"),
            test_artefact_types: carried(keys, "test_artefact_types"),
            test_categories: carried(keys, "test_categories"),
        }
    }
}

fn read(view: &View, path: ProjectAreaPath) -> Result<ProjectArea, Problem> {
    let id = path.find(view)?;
    let area = found(view.see(id))?;
    let project = found(area.project())?;
    Ok(ProjectArea {
        number: id.number(),
        reference: view.reference(Item::Area(id)),
        application: Word(project.application),
        name: area.name.to_string(),
        archived: area.archived,
        access: Word(project.access),
        access_list: person::ids::<Reader>(view, id),
        administrators: person::ids::<Administrator>(view, id),
        members: members(view, id),
        roles: view.roles(id).iter().map(Role::of).collect(),
        shares_process: project.shares_process,
        uses_process: project.uses_process.as_ref().map(|link| UsesProcess::of(view, link)),
        iteration_types: texts(project.iteration_types.iter()),
        timelines: view.timelines(id).iter().map(Timeline::of).collect(),
        permissions: permissions(view, id),
        preconditions: preconditions(view, id),
        carried: ProcessTexts::of(&view.queries_by_name(area)),
    })
}

bodies! {
    /// A new project area.
    #[schemars(example = serde_json::json!({"application": "gc", "name": "Tram", "template": "Global Configuration Management", "administrators": ["ines"], "members": {"oli": ["configuration-lead"]}}))]
    NewProjectArea {
        application: Word<Application>,
        /// The name of the process template to begin with. What else the body has lies over it.
        template: Option<String>,
    }
    /// What is to change. Lists are sent whole, save `members`.
    ProjectAreaChange;
    summary: Option<String>,
    description: Option<String>,
    /// Who reads it. Default: `hierarchy`.
    access: Word<ReadAccess>,
    /// The ids of users.
    access_list: Vec<String>,
    /// The ids of users.
    administrators: Vec<String>,
    /// The ids of roles by the id of a user who is to have them, in order; null ends the membership. Who is
    /// not named stays as before.
    members: Members,
    roles: Vec<Role>,
    shares_process: bool,
    /// Null ends the use of another's process.
    uses_process: Option<UsesProcess>,
    iteration_types: Vec<String>,
    timelines: Vec<Timeline>,
    permissions: Vec<PermissionEntry>,
    preconditions: Vec<PreconditionEntry>,
    associations: Option<Value>,
    /// The tags that it lists, each with `name` and `description`. What lists a tag no longer takes it off
    /// nothing; `/tags` does.
    tags: Option<Value>,
    attribute_types: Option<Value>,
    link_types: Option<Value>,
    shared_queries: Option<Value>,
    denial_texts: Option<Value>,
    work_item_types: Option<Vec<Value>>,
    artefact_types: Option<Vec<Value>>,
    test_artefact_types: Option<Vec<Value>>,
    test_categories: Option<Vec<Value>>,
}

impl ProjectAreaChange {
    fn carried(&self, view: &View, application: Application, area: AreaId) -> Result<CarriedKeys, Problem> {
        let mut shared_queries = self.shared_queries.clone();
        if let Key(Some(Some(list))) = &mut shared_queries
            && application == Application::Gc
        {
            list_kept(view, area, list)?;
        }
        CarriedKeys::default()
            .with("summary", &self.summary)?
            .with("description", &self.description)?
            .with("associations", &self.associations)?
            .with("tags", &self.tags)?
            .with("attribute_types", &self.attribute_types)?
            .with("link_types", &self.link_types)?
            .with("shared_queries", &shared_queries)?
            .with("denial_texts", &self.denial_texts)?
            .with("work_item_types", &self.work_item_types)?
            .with("artefact_types", &self.artefact_types)?
            .with("test_artefact_types", &self.test_artefact_types)?
            .with("test_categories", &self.test_categories)
    }

    fn lists(&self) -> Lists<'_> {
        Lists {
            administrators: &self.administrators,
            members: &self.members,
            roles: &self.roles,
            permissions: &self.permissions,
            preconditions: &self.preconditions,
        }
    }
}

pub(super) fn iteration_types(ids: &[String]) -> Result<Vec<Name>, Problem> {
    let mut types: Vec<Name> = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        let pointer = format!("/iteration_types/{at}");
        let of = name(id, &pointer)?;
        if types.contains(&of) {
            return Err(bad_value(pointer, format!("`{id}` is there twice")));
        }
        types.push(of);
    }
    Ok(types)
}

/// Where it stands whose process is used.
const USES: &str = "/uses_process";

fn create(view: &View, _: NoParameters, new: NewProjectArea) -> Result<Command, Problem> {
    let Word(application) = new.application;
    let (called, template) = (name(&new.name, "/name")?, new.template.clone());
    let keys = new.keys();
    let access = keys.access.0.map_or(ReadAccess::Hierarchy, |Word(access)| access);
    let mut area = CreateProjectArea::new(application, called, access);
    area.carried = keys.carried(view, application, view.next::<governance::ProcessArea>())?.all();
    if let Some(template) = template {
        area = begun_with(view, area, &template)?;
    }
    for (at, role) in keys.roles.0.iter().flatten().enumerate() {
        let place = area.roles.iter().position(|it| role.defines(&it.id));
        let role = role.over(place.map(|at| &area.roles[at]), &format!("/roles/{at}"))?;
        match place {
            Some(place) => area.roles[place] = role,
            None => area.roles.push(role),
        }
    }
    let own = permission::entries(keys.permissions.0.as_deref().unwrap_or_default(), "/permissions")?;
    area.permissions.retain(|(key, _)| !own.contains_key(key));
    area.permissions.extend(own);
    if let Some(list) = &keys.preconditions.0 {
        area.preconditions = precondition::entries(list, "/preconditions")?;
    }
    if let Some(ids) = &keys.iteration_types.0 {
        area.iteration_types = iteration_types(ids)?.into();
    }
    area.shares_process = keys.shares_process.0.unwrap_or_default();
    if let Some(Some(uses)) = &keys.uses_process.0 {
        area.uses_process = Some(uses.link(USES, view, application, None)?);
    }
    area.timelines = timelines(keys.timelines.0.as_deref().unwrap_or_default(), "/timelines")?;
    let ids = |list: &Key<Vec<String>>, pointer| users(view, list.0.as_deref().unwrap_or_default(), pointer);
    area.administrators = ids(&keys.administrators, "/administrators")?;
    area.access_list = ids(&keys.access_list, "/access_list")?;
    if let Some(members) = &keys.members.0 {
        let members = member::wanted(view, members)?.into_iter();
        area.members = members.filter_map(|(user, roles)| Some((user, roles?))).collect();
    }
    Ok(area.into())
}

fn change(view: &View, path: ProjectAreaPath, change: ProjectAreaChange) -> Result<Command, Problem> {
    let area = path.find(view)?;
    let project = found(found(view.see(area))?.project())?;
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(ProcessAreaKey::Name(name(text, "/name")?));
    }
    set.extend(change.access.0.map(|Word(access)| ProcessAreaKey::Access(access)));
    set.extend(change.shares_process.0.map(ProcessAreaKey::SharesProcess));
    if let Some(uses) = &change.uses_process.0 {
        let now = project.uses_process.as_ref();
        let link = uses.as_ref().map(|uses| uses.link(USES, view, project.application, now));
        set.push(ProcessAreaKey::UsesProcess(link.transpose()?));
    }
    if let Some(ids) = &change.iteration_types.0 {
        set.push(ProcessAreaKey::IterationTypes(iteration_types(ids)?.into()));
    }
    set.extend(change.carried(view, project.application, area)?.keys(ProcessAreaKey::Carried));
    let mut changes: Vec<Command> = Vec::new();
    if !set.is_empty() {
        changes.push(Edit { id: area, set }.into());
    }
    if let Some(list) = &change.timelines.0 {
        changes.push(SetTimelines { area, timelines: timelines(list, "/timelines")? }.into());
    }
    changes.extend(change.lists().changes(view, area)?);
    if let Some(ids) = &change.access_list.0 {
        changes.extend(person::changes::<Reader>(view, area, ids, "/access_list")?);
    }
    Ok(Save { changes }.into())
}

fn archive(view: &View, path: ProjectAreaPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Archive::of(Subject::Area(path.find(view)?)).into())
}

fn unarchive(view: &View, path: ProjectAreaPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Unarchive { subject: Subject::Area(path.find(view)?) }.into())
}

fn copy_process(view: &View, path: ProjectAreaPath, _: Nothing) -> Result<Command, Problem> {
    Ok(CopyProcessAndUnlink { area: path.find(view)? }.into())
}
