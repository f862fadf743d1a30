//! A component: its attributes, its configurations, and making one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use governance::{Application, AreaId, Component, ComponentId, Item, ProcessArea, View};
use serde_json::{Value, json};

use super::configuration::{Shown, kind_words};
use super::described::{Carrier, links_told};
use super::team_area::{TeamArea, choices};
use super::{count, review_page};
use crate::api::{Done, Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Button, Mark, Pager, place};
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/component.html")]
struct ComponentPage<'a> {
    frame: Frame,
    path: String,
    archived: bool,
    project: Mark,
    team_now: TeamArea,
    reference: String,
    name: Field,
    fields: Vec<Field>,
    edit: Ability,
    team: Field,
    set_team: Ability,
    links: Field,
    edit_links: Ability,
    /// Whether some of it may be edited, though not all.
    some: bool,
    told_links: Vec<(Option<String>, String)>,
    bar: SaveBar<'a>,
    told: Told<'a>,
    archive: Button,
    kinds: Vec<Choice>,
    with_archived: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    mark: Mark,
    kind: &'static str,
    team: TeamArea,
    from: Option<Mark>,
    archived: bool,
    /// To make something of it.
    make: String,
}

/// So many configurations are shown at once.
const ROWS: usize = 50;

fn find(view: &View, key: &str) -> Result<ComponentId, Problem> {
    view.find::<Component>(key).ok_or_else(Problem::not_found)
}

fn see(view: &View, id: ComponentId) -> Result<&Component, Problem> {
    view.see(id).ok_or_else(Problem::not_found)
}

fn path(id: ComponentId) -> String {
    format!("/components/{}", id.number())
}

fn frame(visitor: &Visitor, it: &Component) -> Frame {
    let crumbs = [("/components".to_owned(), "Components".to_owned())];
    visitor.frame(it.name.to_string()).by_way_of(crumbs)
}

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    page(&visitor, find(visitor.view(), &key)?, &Sent::default())
}

fn page(visitor: &Visitor, id: ComponentId, sent: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let it = see(view, id)?;
    let (now, tag) = representation(view, &path(id))?;
    let reference = view.reference(Item::Component(id));
    let may = |action: &str| visitor.may(&format!("gc.save-component/{action}"), &reference);
    let carrier = Carrier { project: it.project_area, kind: "component", now: &now };
    let (edit, set_team, edit_links) =
        (may("modify-attributes"), may("modify-team-area"), may("modify-links"));
    let chosen = sent.typed("team_area", now["team_area"].as_str().unwrap_or_default());
    let team = Field::select("team_area", "Team Area", choices(view, it.project_area, None, chosen))
        .hint("Whose roles count for this component, and for every configuration of it that inherits.")
        .wrong(sent.wrong("/team_area"));
    let any = [&edit, &set_team, &edit_links].into_iter().find(|it| it.is_allowed()).unwrap_or(&edit);
    let some = any.is_allowed();
    let bar = sent.bar(any, &tag, &Address::new(path(id)));
    let verb = if it.archived { "unarchive" } else { "archive" };
    let archive = visitor.only_in_earnest(Ability::to_make(view, archiving(id, verb)));
    let archive = match verb {
        "archive" => archive.button("Archive it with its configurations").danger(),
        _ => archive.button("Take it out of the archive with its configurations"),
    };
    let kind = query.get("kind");
    let with_archived = query.get("archived") == "yes";
    let wanted = |shown: &Shown<'_>| {
        (kind.is_empty() || shown.it.kind.word() == kind)
            && (with_archived || !shown.it.archived || it.archived)
    };
    let all = view.configurations_of(id).iter().filter_map(|id| Shown::at(view, *id));
    let mut found: Vec<Shown<'_>> = all.filter(wanted).collect();
    // The newest first.
    found.reverse();
    let total = found.len();
    let (first, next) = place(query, ROWS, total);
    let rows = found.iter().skip(first).take(ROWS).map(|it| row(view, it)).collect();
    let mut kinds = vec![Choice::new("", "Every kind", kind.is_empty())];
    let words = governance::ConfigurationKind::WORDS;
    kinds.extend(words.into_iter().map(|it| Choice::new(it, kind_words(it), it == kind)));
    let project = view.see(it.project_area).ok_or_else(Problem::not_found)?;
    Ok(render(&ComponentPage {
        path: path(id),
        archived: it.archived,
        project: Mark::new("project area", project.name.to_string())
            .at(format!("/project-areas/{}", it.project_area.number())),
        team_now: TeamArea::of_component(view, it),
        reference,
        name: Field::line("name", "Name", sent.typed("name", &it.name)).required().wrong(sent.wrong("/name")),
        fields: carrier.fields(view, sent),
        edit,
        team,
        set_team,
        links: carrier.links(view, sent),
        edit_links,
        some,
        told_links: links_told(&now),
        bar,
        told: sent.above(),
        archive,
        kinds,
        with_archived,
        rows,
        pager: Pager::new(&visitor.here, count(total, "configuration"), next).back_by(&visitor.here, ROWS),
        frame: frame(visitor, it),
    }))
}

fn row(view: &View, shown: &Shown<'_>) -> Row {
    let from = shown.it.source.and_then(|source| Shown::at(view, source));
    Row {
        mark: shown.mark(),
        kind: shown.kind(),
        team: TeamArea::of(view, shown.it),
        from: from.map(|it| it.mark()),
        archived: shown.it.archived,
        make: shown.address("new").to_string(),
    }
}

fn archiving(id: ComponentId, verb: &str) -> Result<Posted, Problem> {
    Posted::new(Verb::Post, &format!("{}/{verb}", path(id)), &Value::Null)
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let id = find(view, &key)?;
    let (now, _) = representation(view, &path(id))?;
    let carrier = Carrier { project: see(view, id)?.project_area, kind: "component", now: &now };
    let mut keys = carrier.changed(view, &fields);
    for key in ["name", "team_area"] {
        let typed = fields.get(key).trim();
        if !typed.is_empty() && now[key].as_str() != Some(typed) {
            keys.insert(key.to_owned(), typed.into());
        }
    }
    let posted = Posted::new(Verb::Patch, &path(id), &json!(keys)).and_then(|it| it.upon(fields.get("upon")));
    let to = Address::new(path(id));
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, id, &sent)).await
}

/// Archives it with its configurations, or takes them out of the archive.
pub(crate) async fn archive(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let id = find(view, &key)?;
    let it = see(view, id)?;
    let (verb, words) =
        if it.archived { ("unarchive", "Take it out of the archive") } else { ("archive", "Archive") };
    let to = Address::new(path(id));
    let again = |sent: Sent| {
        let button = visitor.only_in_earnest(Ability::Allowed).button(words);
        let back = Address::new(path(id));
        review_page(frame(&visitor, it), sent.review(button, format!("{}/archive", path(id)), &back))
    };
    save(&server, &visitor, fields, archiving(id, verb), |_| to, again).await
}

#[derive(Template)]
#[template(path = "gc/new_component.html")]
struct NewPage<'a> {
    frame: Frame,
    fields: [Field; 4],
    create: Ability,
    told: Told<'a>,
}

/// The project areas of global configurations that somebody sees and that are not archived.
pub(super) fn project_areas(view: &View) -> impl Iterator<Item = (AreaId, &ProcessArea)> {
    let is_gc = |area: &ProcessArea| area.project().is_some_and(|it| it.application == Application::Gc);
    view.each::<ProcessArea>(0).filter(move |(_, area)| is_gc(area) && !area.archived)
}

pub(crate) async fn new(visitor: Visitor) -> Result<Response, Problem> {
    new_page(&visitor, &Sent::default())
}

fn new_page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let chosen = sent.typed("project_area", visitor.query.get("project_area"));
    let areas: Vec<_> = project_areas(view).collect();
    let choices = areas.iter().map(|(id, area)| {
        let number = id.number().to_string();
        let is_chosen = number == chosen;
        Choice::new(number, area.name.to_string(), is_chosen)
    });
    // Who may make one somewhere fills the form in; elsewhere the refusal says why not.
    let may = |id: AreaId| visitor.may("gc.save-component/create", &view.reference(Item::Area(id)));
    let named = areas.iter().map(|(id, _)| *id).find(|id| id.number().to_string() == chosen);
    let abilities = named.map_or_else(|| areas.iter().map(|(id, _)| may(*id)).collect(), |id| vec![may(id)]);
    let none = || Ability::refused("there is no project area of global configurations that you see", None);
    let first = abilities.first().cloned();
    let create = abilities.into_iter().find(Ability::is_allowed).or(first).unwrap_or_else(none);
    let fields = [
        Field::select("project_area", "Project area", choices.collect()).wrong(sent.wrong("/project_area")),
        Field::line("name", "Name", sent.typed("name", ""))
            .required()
            .hint("Its initial stream and initial baseline come with it.")
            .wrong(sent.wrong("/name")),
        Field::prose("description", "Description", sent.typed("description", ""))
            .wrong(sent.wrong("/description")),
        Field::line("tags", "Tags", sent.typed("tags", ""))
            .hint("With commas between them.")
            .wrong(sent.wrong("/tags")),
    ];
    let crumbs = [("/components".to_owned(), "Components".to_owned())];
    let frame = visitor.frame("New component").by_way_of(crumbs);
    let told = sent.review(create.button("Make the component"), "/components/new", &visitor.here);
    Ok(render(&NewPage { frame, fields, told, create }))
}

pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut body = json!({"name": fields.get("name").trim()});
    if !fields.get("description").trim().is_empty() {
        body["description"] = fields.get("description").trim().into();
    }
    let tags: Vec<&str> = fields.list("tags").collect();
    if !tags.is_empty() {
        body["tags"] = tags.into();
    }
    let area = visitor.view().find_project_area(fields.get("project_area")).ok_or_else(Problem::not_found)?;
    let posted = Posted::new(Verb::Post, &format!("/project-areas/{}/components", area.number()), &body);
    let to = |it: &Done| Address::new(it.created.as_deref().unwrap_or("/components"));
    save(&server, &visitor, fields, posted, to, |sent| new_page(&visitor, &sent)).await
}
