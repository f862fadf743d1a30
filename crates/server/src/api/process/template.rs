//! Process templates (docs/process.md#process-templates).

use document::{OfferedTemplate, built_in_templates, templates};
use governance::{
    Application, Command, Create, CreateProjectArea, Delete, Edit, Event, KeepProcessTemplate,
    MakeTemplateFromProjectArea, ProcessTemplateKey, Subject, View,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::permission::{PermissionEntry, entries};
use super::precondition::{self, PreconditionEntry};
use super::project_area::iteration_types;
use super::role::{Role, roles};
use crate::api::area::ProjectAreaPath;
use crate::api::body::{Key, NoParameters, Nothing, bad_value};
use crate::api::resolve::{CarriedKeys, carried, carried_text, found, name, segment, texts};
use crate::api::route::{Api, Rows, Verb};
use crate::api::word::Word;
use crate::documents::read_template;
use crate::problem::{Kind, Problem};

pub(super) fn routes(api: &mut Api) {
    const ALL: &str = "/process-templates";
    const ONE: &str = "/process-templates/{template}";
    const OF_AREA: &str = "/project-areas/{project_area}/process-template";
    api.list(ALL, "List the process templates.", list);
    let summary = "Make a process template, or import one.";
    api.create_by_text::<NoParameters, ProcessTemplate>((ALL, ONE), summary, create, created);
    api.read(ONE, "Read a process template.", read);
    let summary = "Import a process template, in the place of the one of its name if there is one.";
    api.put_by_text::<TemplatePath, ProcessTemplate>(ONE, summary, put);
    api.change(Verb::Patch, ONE, "Change a process template.", change);
    api.change(Verb::Delete, ONE, "Delete a process template.", delete);
    api.read(OF_AREA, "Read the process of a project area as a template.", read_of_area);
    let summary = "Make a process template of a project area's process.";
    api.create((OF_AREA, ONE), summary, create_of_area, created);
}

/// A process template, as a document has it.
#[derive(Serialize, JsonSchema)]
#[schemars(example = serde_json::json!({"template": "Tram Process", "application": "gc", "roles": [{"id": "driver", "name": "Driver"}], "permissions": [{"role": "driver", "operation": "gc.save-stream", "actions": ["*"]}]}))]
pub(super) struct ProcessTemplate {
    /// Its name.
    template: String,
    /// Whose project areas can begin with it.
    application: Word<Option<Application>>,
    #[serde(default)]
    roles: Vec<Role>,
    /// A template has no timelines: `at` is absent, or one of its iteration types.
    #[serde(default)]
    permissions: Vec<PermissionEntry>,
    #[serde(default)]
    preconditions: Vec<PreconditionEntry>,
    #[serde(default)]
    iteration_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_types: Option<Value>,
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

impl ProcessTemplate {
    pub(super) fn of(template: &governance::ProcessTemplate) -> Self {
        let keys = &template.carried;
        let permissions = template.permissions.iter();
        Self {
            template: template.name.to_string(),
            application: Word(template.application),
            roles: template.roles.iter().map(Role::of).collect(),
            permissions: permissions.map(|(key, it)| PermissionEntry::of(key, it)).collect(),
            preconditions: template.preconditions.iter().map(PreconditionEntry::of).collect(),
            iteration_types: texts(template.iteration_types.iter()),
            description: carried_text(keys, "description"),
            attribute_types: carried(keys, "attribute_types"),
            link_types: carried(keys, "link_types"),
            denial_texts: carried(keys, "denial_texts"),
            work_item_types: carried(keys, "work_item_types"),
            artefact_types: carried(keys, "artefact_types"),
            test_artefact_types: carried(keys, "test_artefact_types"),
            test_categories: carried(keys, "test_categories"),
        }
    }
}

/// A process template that project areas can begin with.
#[derive(Serialize, JsonSchema)]
#[schemars(transform = without_examples)]
struct OfferedProcessTemplate {
    /// Its number, where the server keeps it; null for a built-in one that nobody has edited.
    number: Option<u32>,
    /// Whether the program brings one of this name: this one, or one that counts again when this is deleted.
    built_in: bool,
    #[serde(flatten)]
    template: ProcessTemplate,
}

/// Those of the template are of what is sent.
fn without_examples(schema: &mut Schema) {
    schema.remove("examples");
}

impl OfferedProcessTemplate {
    fn of(offered: &OfferedTemplate<'_>) -> Self {
        Self {
            number: offered.kept.map(|id| id.number()),
            built_in: offered.built_in,
            template: ProcessTemplate::of(offered.template),
        }
    }
}

/// A process template in a list.
#[derive(Serialize, JsonSchema)]
struct ProcessTemplateSummary {
    /// Its name.
    template: String,
    /// Its number, where the server keeps it; null for a built-in one that nobody has edited.
    number: Option<u32>,
    /// Whose project areas can begin with it.
    application: Word<Option<Application>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whether the program brings one of this name.
    built_in: bool,
}

/// Which process templates.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProcessTemplateFilter {
    /// Only those that project areas of this application can begin with.
    application: Option<Word<Application>>,
}

fn list(
    view: &View,
    filter: ProcessTemplateFilter,
    first: u64,
) -> Result<Rows<'_, ProcessTemplateSummary>, Problem> {
    let built_in = built_in_templates();
    // Whoever edits a built-in one changes nothing of its place.
    let place = move |it: &OfferedTemplate<'_>| {
        let before = built_in.iter().position(|other| other.name == it.template.name);
        let kept = it.kept.map_or(0, |id| id.number() as usize);
        before.unwrap_or(built_in.len() + kept) as u64
    };
    let mut offered: Vec<_> = templates(view.process_templates())
        .into_iter()
        .filter(|it| filter.application.is_none_or(|Word(application)| it.template.fits(application)))
        .map(|it| (place(&it), it))
        .filter(|(place, _)| *place >= first)
        .collect();
    offered.sort_by_key(|(place, _)| *place);
    let summary = |it: &OfferedTemplate<'_>| ProcessTemplateSummary {
        template: it.template.name.to_string(),
        number: it.kept.map(|id| id.number()),
        application: Word(it.template.application),
        description: carried_text(&it.template.carried, "description"),
        built_in: it.built_in,
    };
    Ok(Box::new(offered.into_iter().map(move |(place, it)| (place, summary(&it)))))
}

/// Which process template.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TemplatePath {
    /// Its name, such as `Scrum`.
    template: String,
}

impl TemplatePath {
    fn find<'v>(&self, view: &'v View) -> Result<OfferedTemplate<'v>, Problem> {
        let offered = templates(view.process_templates());
        found(offered.into_iter().find(|it| *it.template.name == *self.template))
    }
}

fn read(view: &View, path: TemplatePath) -> Result<OfferedProcessTemplate, Problem> {
    Ok(OfferedProcessTemplate::of(&path.find(view)?))
}

fn create(_view: &View, _: NoParameters, text: &[u8]) -> Result<Command, Problem> {
    Ok(Create { new: read_template(text)? }.into())
}

fn created(_view: &View, events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::ProcessTemplate(change) => {
            Some(format!("/process-templates/{}", segment(&change.after.as_ref()?.name)))
        }
        _ => None,
    })
}

fn put(_view: &View, path: TemplatePath, text: &[u8]) -> Result<Command, Problem> {
    let template = read_template(text)?;
    if *template.name != *path.template {
        let said = format!("this is `{}`; the address says `{}`", template.name, path.template);
        return Err(bad_value("/template", said));
    }
    Ok(KeepProcessTemplate { template }.into())
}

/// What is to change. Lists are sent whole.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct ProcessTemplateChange {
    /// Another name.
    #[serde(default)]
    template: Key<String>,
    #[serde(default)]
    application: Key<Word<Option<Application>>>,
    #[serde(default)]
    roles: Key<Vec<Role>>,
    #[serde(default)]
    permissions: Key<Vec<PermissionEntry>>,
    #[serde(default)]
    iteration_types: Key<Vec<String>>,
    #[serde(default)]
    description: Key<Option<String>>,
    #[serde(default)]
    preconditions: Key<Vec<PreconditionEntry>>,
    #[serde(default)]
    attribute_types: Key<Option<Value>>,
    #[serde(default)]
    link_types: Key<Option<Value>>,
    #[serde(default)]
    denial_texts: Key<Option<Value>>,
    #[serde(default)]
    work_item_types: Key<Option<Vec<Value>>>,
    #[serde(default)]
    artefact_types: Key<Option<Vec<Value>>>,
    #[serde(default)]
    test_artefact_types: Key<Option<Vec<Value>>>,
    #[serde(default)]
    test_categories: Key<Option<Vec<Value>>>,
}

impl ProcessTemplateChange {
    fn keys(&self) -> Result<Vec<ProcessTemplateKey>, Problem> {
        let mut set = Vec::new();
        if let Some(text) = &self.template.0 {
            set.push(ProcessTemplateKey::Name(name(text, "/template")?));
        }
        set.extend(self.application.0.map(|Word(it)| ProcessTemplateKey::Application(it)));
        if let Some(list) = &self.roles.0 {
            set.push(ProcessTemplateKey::Roles(roles(list, "/roles")?.into()));
        }
        if let Some(list) = &self.permissions.0 {
            let entries = entries(list, "/permissions")?;
            set.push(ProcessTemplateKey::Permissions(entries.into_iter().collect()));
        }
        if let Some(list) = &self.preconditions.0 {
            let entries = precondition::entries(list, "/preconditions")?;
            set.push(ProcessTemplateKey::Preconditions(entries.into()));
        }
        if let Some(ids) = &self.iteration_types.0 {
            set.push(ProcessTemplateKey::IterationTypes(iteration_types(ids)?.into()));
        }
        let carried = CarriedKeys::default()
            .with("description", &self.description)?
            .with("attribute_types", &self.attribute_types)?
            .with("link_types", &self.link_types)?
            .with("denial_texts", &self.denial_texts)?
            .with("work_item_types", &self.work_item_types)?
            .with("artefact_types", &self.artefact_types)?
            .with("test_artefact_types", &self.test_artefact_types)?
            .with("test_categories", &self.test_categories)?;
        set.extend(carried.keys(ProcessTemplateKey::Carried));
        Ok(set)
    }
}

/// To edit a built-in one is to keep one of the same name, which then counts in its place.
fn change(view: &View, path: TemplatePath, change: ProcessTemplateChange) -> Result<Command, Problem> {
    let offered = path.find(view)?;
    let set = change.keys()?;
    if let Some(id) = offered.kept {
        return Ok(Edit { id, set }.into());
    }
    let mut template = offered.template.clone();
    set.iter().for_each(|key| template.set(key));
    if template.name != offered.template.name {
        let said = "a built-in template keeps its name: make another one with the new name";
        return Err(bad_value("/template", said));
    }
    if template == *offered.template {
        // Nothing is edited, and nothing need be kept.
        return Ok(Command::together([]));
    }
    Ok(KeepProcessTemplate { template }.into())
}

fn delete(view: &View, path: TemplatePath, _: Nothing) -> Result<Command, Problem> {
    let kept = path.find(view)?.kept.ok_or_else(|| {
        let said = format!("`{}` is part of the program: it can be edited, and not deleted", path.template);
        Problem::new(Kind::Conflict, said)
    })?;
    Ok(Delete { subject: Subject::ProcessTemplate(kept) }.into())
}

fn read_of_area(view: &View, path: ProjectAreaPath) -> Result<ProcessTemplate, Problem> {
    let area = path.find(view)?;
    let called = found(view.see(area))?.name.clone();
    Ok(ProcessTemplate::of(&found(view.process_of(area, called))?))
}

/// A template that is made of a project area's process.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"template": "Tram Process"}))]
#[serde(deny_unknown_fields, expecting = "an object with the key `template`")]
struct TemplateOfProjectArea {
    /// The new template's name.
    template: String,
}

fn create_of_area(
    view: &View,
    path: ProjectAreaPath,
    new: TemplateOfProjectArea,
) -> Result<Command, Problem> {
    Ok(MakeTemplateFromProjectArea { area: path.find(view)?, name: name(&new.template, "/template")? }.into())
}

/// The project area, beginning with the template of this name.
pub(super) fn begun_with(
    view: &View,
    area: CreateProjectArea,
    name: &str,
) -> Result<CreateProjectArea, Problem> {
    let offered = templates(view.process_templates());
    let fitting = offered.iter().map(|it| it.template).filter(|it| it.fits(area.application));
    let found = fitting.clone().find(|it| *it.name == *name);
    let found = found.ok_or_else(|| {
        let known: Vec<_> = fitting.map(|it| format!("`{}`", it.name)).collect();
        let (application, known) = (area.application, known.join(", "));
        bad_value("/template", format!("there is no template `{name}` for {application}, but {known}"))
    })?;
    Ok(area.begun_with(found))
}
