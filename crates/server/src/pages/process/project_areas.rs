//! The list of project areas, and making one.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use document::{OfferedTemplate, templates};
use governance::{Application, AreaId, ProcessArea, View};
use serde_json::json;

use super::carried;
use crate::api::{Done, Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Mark, Pager};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/project_areas.html")]
struct ListPage {
    frame: Frame,
    text: String,
    application: Field,
    archived: bool,
    rows: Vec<Row>,
    pager: Pager,
    create: Ability,
}

struct Row {
    mark: Mark,
    application: &'static str,
    summary: String,
    access: &'static str,
    teams: usize,
    members: usize,
    archived: bool,
}

/// So many rows a page has.
const ROWS: usize = 50;

/// What an application is called.
pub(super) const fn title_of(application: Application) -> &'static str {
    match application {
        Application::Gc => "Global Configuration Management",
        Application::Ccm => "Engineering Workflow Management",
        Application::Qm => "Engineering Test Management",
        Application::Rm => "Requirements Management",
    }
}

fn applications(chosen: &str) -> impl Iterator<Item = Choice> {
    Application::ALL.into_iter().map(move |it| Choice::new(it.id(), title_of(it), it.id() == chosen))
}

pub(crate) async fn list(visitor: Visitor) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let text = query.get("q").trim().to_lowercase();
    let (application, archived) = (query.get("application"), query.get("archived") == "yes");
    let first = query.get("after").parse::<u32>().map_or(0, |after| after.saturating_add(1));
    let wanted = |area: &ProcessArea| {
        let summary = carried(area, "summary");
        area.archived == archived
            && (text.is_empty()
                || area.name.to_lowercase().contains(&text)
                || summary.to_lowercase().contains(&text))
            && area.project().is_some_and(|it| application.is_empty() || it.application.id() == application)
    };
    let mut found = view.each::<ProcessArea>(first).filter(|(_, area)| wanted(area));
    let page: Vec<_> = found.by_ref().take(ROWS).collect();
    let next = page.last().map(|(id, _)| id.number()).filter(|_| found.next().is_some());
    let rows: Vec<Row> = page.into_iter().filter_map(|(id, area)| row(view, id, area)).collect();
    let mut choices = vec![Choice::new("", "Every application", application.is_empty())];
    choices.extend(applications(application));
    let shown = match rows.len() {
        1 => "1 project area".to_owned(),
        count => format!("{count} project areas"),
    };
    Ok(render(&ListPage {
        text: query.get("q").to_owned(),
        application: Field::select("application", "Application", choices),
        archived,
        rows,
        pager: Pager::new(&visitor.here, shown, next),
        create: visitor.may("repository.create-project-area", "repository"),
        frame: visitor.frame("Project areas"),
    }))
}

fn row(view: &View, id: AreaId, area: &ProcessArea) -> Option<Row> {
    let project = area.project()?;
    Some(Row {
        mark: Mark::new("project-area", area.name.to_string()).at(format!("/project-areas/{}", id.number())),
        application: project.application.id(),
        summary: carried(area, "summary"),
        access: project.access.name(),
        teams: view.areas_in(id).len() - 1,
        members: view.members(id).count(),
        archived: area.archived,
    })
}

#[derive(Template)]
#[template(path = "process/new_project_area.html")]
struct NewPage<'a> {
    frame: Frame,
    fields: [Field; 5],
    told: Told<'a>,
    create: Ability,
}

pub(crate) async fn new(visitor: Visitor) -> Result<Response, Problem> {
    new_page(&visitor, &Sent::default())
}

fn new_page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let application = sent.typed("application", "gc");
    let me = visitor.view().asker().id.to_string();
    let fields = [
        Field::line("name", "Name", sent.typed("name", "")).required().wrong(sent.wrong("/name")),
        Field::line("summary", "Summary", sent.typed("summary", "")).wrong(sent.wrong("/summary")),
        Field::select("application", "Application", applications(application).collect())
            .wrong(sent.wrong("/application")),
        Field::select("template", "Process template", offered(visitor.view(), sent.typed("template", "")))
            .hint("One of the same application, which stands before its name. Its roles and permissions are copied once, and are then the project area’s own.")
            .wrong(sent.wrong("/template")),
        Field::line("administrators", "Administrators", sent.typed("administrators", &me))
            .hint("The ids of users, with commas between them.")
            .wrong(sent.wrong("/administrators")),
    ];
    let create = visitor.may("repository.create-project-area", "repository");
    let frame = visitor
        .frame("New project area")
        .by_way_of([("/project-areas".to_owned(), "Project areas".to_owned())]);
    let told = sent.review(create.button("Make the project area"), "/project-areas/new", &visitor.here);
    Ok(render(&NewPage { frame, fields, told, create }))
}

/// The templates, of which one is chosen: the first for global configurations where none was.
fn offered(view: &View, chosen: &str) -> Vec<Choice> {
    let choice = |it: OfferedTemplate<'_>| {
        let application = it.template.application;
        let name = it.template.name.to_string();
        let is_chosen = if chosen.is_empty() { application == Some(Application::Gc) } else { name == chosen };
        let words = format!("{}: {name}", application.map_or("any", Application::id));
        Choice::new(name, words, is_chosen)
    };
    let mut offered = templates(view.process_templates());
    offered.sort_by_key(|it| it.template.application.map(Application::id));
    offered.into_iter().map(choice).collect()
}

pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let administrators: Vec<&str> = fields.list("administrators").collect();
    let mut body = json!({
        "application": fields.get("application"),
        "name": fields.get("name").trim(),
        "administrators": administrators,
    });
    for key in ["template", "summary"] {
        if !fields.get(key).trim().is_empty() {
            body[key] = fields.get(key).trim().into();
        }
    }
    let posted = Posted::new(Verb::Post, "/project-areas", &body);
    let to = |it: &Done| Address::new(it.created.as_deref().unwrap_or("/project-areas"));
    save(&server, &visitor, fields, posted, to, |sent| new_page(&visitor, &sent)).await
}
