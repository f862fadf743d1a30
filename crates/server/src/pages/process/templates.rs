//! Process templates: what project areas can begin with (docs/process.md#process-templates).

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::response::Response;
use document::{OfferedTemplate, templates};
use governance::text::Name;
use governance::{ActionPattern, Cardinality, ProcessTemplate, Role, View};
use serde_json::{Value, json};

use super::matrix::title_of;
use super::preconditions::demands;
use super::project_areas;
use super::slot::slot_words;
use crate::api::{Posted, Verb, bad_value, representation};
use crate::documents::{Form, exported_template, read_template};
use crate::pages::ability::Ability;
use crate::pages::address::{Address, segment};
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Mark, Pager, place};
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/templates.html")]
struct TemplatesPage<'a> {
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
    told: Told<'a>,
    keep: [Field; 2],
    import: [Field; 2],
    manage: Ability,
    /// The one that is changed as a text, and its page; it stands alone then.
    edited: Option<(String, String)>,
}

/// A template in the list.
struct Row {
    mark: Mark,
    application: &'static str,
    description: String,
    roles: usize,
    entries: usize,
    origin: &'static str,
}

#[derive(Template)]
#[template(path = "process/template.html")]
struct TemplatePage<'a> {
    frame: Frame,
    path: String,
    export: String,
    application: &'static str,
    origin: &'static str,
    iteration_types: String,
    roles: Vec<RoleThere>,
    demanded: Vec<Demanded>,
    told: [Told<'a>; 2],
    fields: Vec<Field>,
    bar: SaveBar<'a>,
    tag: String,
    manage: Ability,
    /// What deleting comes to, if it can be deleted.
    delete: Option<&'static str>,
}

impl TemplatePage<'_> {
    /// Where it is changed as a whole.
    fn as_text(&self) -> String {
        Address::new(LIST).with("edit", &self.frame.title).to_string()
    }
}

/// A role, with what it may do.
struct RoleThere {
    id: String,
    name: String,
    description: String,
    one: bool,
    entries: Vec<Entry>,
}

struct Entry {
    operation: String,
    name: &'static str,
    actions: String,
    when: String,
    is_final: bool,
}

/// What a role must fulfil besides.
struct Demanded {
    role: String,
    operation: String,
    demands: String,
    when: String,
}

/// So many are on a page of the list.
const ROWS: usize = 100;
/// So many project areas are offered by name.
const OFFERED: usize = 200;
const LIST: &str = "/process-templates";

/// Whose project areas can begin with it, in words.
fn application_of(template: &ProcessTemplate) -> &'static str {
    template.application.map_or("any application", project_areas::title_of)
}

fn origin(offered: &OfferedTemplate<'_>) -> &'static str {
    match (offered.built_in, offered.kept) {
        (true, None) => "built in",
        (true, Some(_)) => "built in, edited",
        (false, _) => "kept here",
    }
}

fn path_of(name: &str) -> String {
    format!("{LIST}/{}", segment(name))
}

fn description(template: &ProcessTemplate) -> String {
    template.carried.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn manages(visitor: &Visitor) -> Ability {
    visitor.may("repository.manage-process-templates", "repository")
}

pub(crate) async fn list(visitor: Visitor) -> Result<Response, Problem> {
    list_page(&visitor, &Sent::default())
}

fn list_page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let offered = templates(view.process_templates());
    let total = offered.len();
    let (first, next) = place(&visitor.query, ROWS, total);
    let row = |it: &OfferedTemplate<'_>| Row {
        mark: Mark::new("process template", it.template.name.to_string()).at(path_of(&it.template.name)),
        application: application_of(it.template),
        description: description(it.template),
        roles: it.template.roles.len(),
        entries: it.template.permissions.len(),
        origin: origin(it),
    };
    let manage = manages(visitor);
    let asked = visitor.query.get("project_area");
    let areas =
        view.each::<governance::ProcessArea>(0).filter(|(_, it)| it.project().is_some() && !it.archived);
    let areas =
        areas.take(OFFERED).map(|(id, it)| Choice::new(view.reference_of(id), it.name.to_string(), false));
    let keep = [
        Field::line("project_area", "Project area", sent.typed("project_area", asked))
            .required()
            .offering(areas.collect())
            .hint("Its reference: the application and its name, such as gc:Powertrain.")
            .wrong(sent.wrong("/project_area")),
        Field::line("template", "Name of the template", sent.typed("template", ""))
            .required()
            .wrong(sent.wrong("/template")),
    ];
    // The text of one that is to be changed as a whole.
    let edited = [visitor.query.get("edit"), sent.fields.get("edit")];
    let edited = edited.into_iter().find(|name| !name.is_empty());
    let text = edited.and_then(|name| exported_template(view, name, Form::Yaml).ok());
    let replaces = match sent.is_any() {
        true => !sent.fields.get("replace").is_empty(),
        false => text.is_some(),
    };
    let over = vec![Choice::new("yes", "In the place of the one of its name, if there is one", replaces)];
    let import = [
        Field::document(
            "text",
            "The template, as YAML or JSON",
            sent.typed("text", text.as_deref().unwrap_or_default()),
        )
        .required()
        .hint("As a template’s page exports it."),
        Field::checks("replace", "If it is there already", over),
    ];
    let is_import = !sent.fields.get("text").is_empty();
    let (words, action) = match is_import {
        true => ("Import the template", "/process-template-import"),
        false => ("Keep it as a template", LIST),
    };
    Ok(render(&TemplatesPage {
        rows: offered.iter().skip(first).take(ROWS).map(row).collect(),
        pager: Pager::new(
            &visitor.here.at(LIST),
            crate::pages::words::count(total, "process template"),
            next,
        ),
        told: sent.review(manage.button(words), action, &Address::new(LIST)),
        keep,
        import,
        manage,
        edited: edited.map(|name| (name.to_owned(), path_of(name))),
        frame: visitor.frame("Process templates").in_part(LIST),
    }))
}

/// Keeps the process of a project area as a template.
pub(crate) async fn keep(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let wanted = fields.get("project_area").trim();
    let found =
        visitor.view().find_project_area(wanted).ok_or_else(|| match manages(&visitor).is_allowed() {
            true => bad_value("/project_area", format!("there is no project area `{wanted}`")),
            false => Problem::not_found(),
        });
    let name = fields.get("template").trim();
    let body = json!({"template": name});
    let posted = found.and_then(|id| {
        if document::built_in_templates().iter().any(|it| *it.name == *name) {
            let said = "a built-in template is called so: choose another name, or import a text in its place";
            return Err(bad_value("/template", said));
        }
        Posted::new(Verb::Post, &format!("/project-areas/{}/process-template", id.number()), &body)
    });
    made(&server, &visitor, fields, posted).await
}

/// Keeps a template that somebody has as a text.
pub(crate) async fn import(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let posted = imported(visitor.view(), &fields);
    made(&server, &visitor, fields, posted).await
}

fn imported(view: &View, fields: &Fields) -> Result<Posted, Problem> {
    fields.readable()?;
    let text = fields.get("text");
    let name = read_template(text.as_bytes())?.name;
    let is_there = templates(view.process_templates()).iter().any(|it| it.template.name == name);
    match is_there && !fields.get("replace").is_empty() {
        true => Posted::of_text(Verb::Put, &path_of(&name), text)?.upon("*"),
        false => Posted::of_text(Verb::Post, LIST, text),
    }
}

async fn made(
    server: &Arc<Server>,
    visitor: &Visitor,
    fields: Fields,
    posted: Result<Posted, Problem>,
) -> Result<Response, Problem> {
    let to = |it: &crate::api::Done| Address::new(it.created.as_deref().unwrap_or(LIST));
    save(server, visitor, fields, posted, to, |sent| list_page(visitor, &sent)).await
}

/// Which template a path names.
pub(crate) struct TemplatePath(String);

impl FromRequestParts<Arc<Server>> for TemplatePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let found = named.iter().find(|(name, _)| *name == "template").map(|(_, it)| Self(it.to_owned()));
        found.ok_or_else(Problem::not_found)
    }
}

pub(crate) async fn show(visitor: Visitor, path: TemplatePath) -> Result<Response, Problem> {
    page(&visitor, &path, &Sent::default())
}

fn page(visitor: &Visitor, TemplatePath(name): &TemplatePath, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let path = path_of(name);
    let (_, tag) = representation(view, &path)?;
    let offered = templates(view.process_templates());
    let found = offered.iter().find(|it| *it.template.name == **name).ok_or_else(Problem::not_found)?;
    let template = found.template;
    let manage = manages(visitor);
    let here = Address::new(path.clone());
    let delete = found.kept.map(|_| if found.built_in { "Go back to the built-in one" } else { "Delete" });
    let unsent = Sent::default();
    // Deleting is a form of its own, which does not send the fields.
    let (edited, deleted) = match sent.fields.get("verb") {
        "delete" => (&unsent, sent),
        _ => (sent, &unsent),
    };
    let mut fields = Vec::new();
    if found.kept.is_some() {
        let line = Field::line("template", "Name", edited.typed("template", name)).required();
        fields.push(line.wrong(edited.wrong("/template")));
    }
    let described = description(template);
    fields.push(
        Field::prose("description", "Description", edited.typed("description", &described))
            .wrong(edited.wrong("/description")),
    );
    let types: Vec<_> = template.iteration_types.iter().map(|it| &**it).collect();
    Ok(render(&TemplatePage {
        export: Address::new("/api/v1/export").with("template", name).to_string(),
        application: application_of(template),
        origin: origin(found),
        iteration_types: types.join(", "),
        roles: roles(template),
        demanded: demanded(template),
        told: [
            edited.above(),
            deleted.review(manage.button(delete.unwrap_or("Delete")).danger(), path.clone(), &here),
        ],
        fields,
        bar: edited.bar(&manage, &tag, &here),
        tag,
        manage,
        delete,
        frame: visitor
            .frame(name.clone())
            .by_way_of([(LIST.to_owned(), "Process templates".to_owned())])
            .in_part(LIST),
        path,
    }))
}

/// The roles of a template, Everyone first, with the entries of each.
fn roles(template: &ProcessTemplate) -> Vec<RoleThere> {
    let entries = |id: &str| {
        let own = template.permissions.iter().filter(|(key, _)| *key.role == *id);
        own.map(|(key, it)| Entry {
            operation: title_of(key.operation),
            name: key.operation.name(),
            actions: actions(&it.actions),
            when: slot_words(&key.slot, &[]),
            is_final: it.is_final,
        })
        .collect()
    };
    let of = |role: &Role| RoleThere {
        id: role.id.to_string(),
        name: role.name.to_string(),
        description: role.carried.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        one: role.cardinality == Cardinality::One,
        entries: entries(&role.id),
    };
    let everyone = RoleThere {
        id: governance::EVERYONE.to_owned(),
        name: "Everyone".to_owned(),
        description: "Every active user has it, everywhere.".to_owned(),
        one: false,
        entries: entries(governance::EVERYONE),
    };
    [everyone].into_iter().chain(template.roles.iter().map(of)).collect()
}

/// The nodes of an entry, in words.
fn actions(of: &[ActionPattern]) -> String {
    let one = |it: &ActionPattern| match it.path() {
        "*" => "everything".to_owned(),
        path => path.replace('-', " ").replace('/', " › "),
    };
    match of {
        [] => "nothing".to_owned(),
        of => of.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

fn demanded(template: &ProcessTemplate) -> Vec<Demanded> {
    let called = |id: &Name| match template.roles.iter().find(|it| it.id == *id) {
        Some(role) => role.name.to_string(),
        None => "Everyone".to_owned(),
    };
    let one = |it: &governance::PreconditionEntry| Demanded {
        role: called(&it.key.role),
        operation: title_of(it.key.operation),
        demands: demands(&it.require, called),
        when: slot_words(&it.key.slot, &[]),
    };
    template.preconditions.iter().map(one).collect()
}

/// Renames a template, describes it, or deletes it.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: TemplatePath,
    fields: Fields,
) -> Result<Response, Problem> {
    let one = path_of(&path.0);
    let name = fields.get("template").trim();
    let (posted, to) = match fields.get("verb") {
        "delete" => (Posted::new(Verb::Delete, &one, &Value::Null), LIST.to_owned()),
        _ => {
            let description = Some(fields.get("description").trim()).filter(|text| !text.is_empty());
            let mut keys = json!({"description": description});
            if fields.all("template").next().is_some() {
                keys["template"] = name.into();
            }
            let to = if name.is_empty() { one.clone() } else { path_of(name) };
            (Posted::new(Verb::Patch, &one, &keys), to)
        }
    };
    let posted = posted.and_then(|it| it.upon(fields.get("upon")));
    save(&server, &visitor, fields, posted, |_| Address::new(to), |sent| page(&visitor, &path, &sent)).await
}
