//! The team areas nested in an area, and what each governs.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{Application, AreaId, Governs, Item, View};
use serde_json::json;

use super::area::{Area, AreaPath};
use super::picture::{BOX, Place, places};
use crate::api::{Done, Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::item_page;
use crate::pages::part::Mark;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::pages::words::{count, plural};
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/team_areas.html")]
struct TeamAreasPage<'a> {
    frame: Frame,
    path: String,
    rows: Vec<Row>,
    places: Vec<Place>,
    size: (usize, usize),
    /// What the area itself governs.
    governed: Vec<Governed>,
    told: Told<'a>,
    fields: [Field; 3],
    create: Ability,
    is_team: bool,
    is_of_gc: bool,
    /// So many areas are not in the picture.
    undrawn: usize,
    name: String,
}

/// An area of the tree.
struct Row {
    depth: usize,
    mark: Mark,
    archived: bool,
    isolates: bool,
    members: usize,
    components: usize,
    configurations: usize,
    /// How many of other kinds it governs itself.
    others: Vec<(&'static str, usize)>,
    address: String,
}

impl Row {
    fn shown_depth(&self) -> usize {
        self.depth.min(8)
    }
    /// What it governs itself, in words.
    fn governs(&self) -> String {
        let own = [("component", self.components), ("configuration", self.configurations)];
        let all = own.iter().chain(&self.others).filter(|(_, number)| *number > 0);
        let told: Vec<String> = all.map(|(kind, number)| count(*number, kind)).collect();
        if told.is_empty() { "governs nothing itself".to_owned() } else { told.join(", ") }
    }
}

/// What areas govern besides components and configurations, by kind.
type Others = BTreeMap<AreaId, BTreeMap<&'static str, Vec<Item>>>;

/// What is governed of one kind.
struct Governed {
    title: String,
    count: usize,
    first: Vec<Mark>,
}

/// So many of a kind are shown.
const SHOWN: usize = 50;
const DRAWN: usize = 60;

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let mut others = view.others_governed(area.project);
    let rows = tree(view, area, &others);
    let drawn = rows
        .iter()
        .take(DRAWN)
        .map(|row| (row.depth, row.mark.name().to_owned(), row.governs(), row.depth == 0));
    let (places, size) = places(drawn.collect());
    let undrawn = rows.len() - places.len();
    let create = visitor.may("process.save-team-area/create", &area.reference);
    let member = view.asker();
    let fields = [
        Field::line("name", "Name", sent.typed("name", "")).required().wrong(sent.wrong("/name")),
        Field::line("summary", "Summary", sent.typed("summary", "")).wrong(sent.wrong("/summary")),
        Field::line("administrators", "Administrators", sent.typed("administrators", ""))
            .hint(format!("Optional; the ids of users, such as {}, with commas between them.", member.id))
            .wrong(sent.wrong("/administrators")),
    ];
    Ok(render(&TeamAreasPage {
        path: area.path(),
        rows,
        places,
        size,
        governed: governed(view, &view.governed_by(area.id), others.remove(&area.id).unwrap_or_default()),
        told: sent.review(
            create.button("Make the team area"),
            area.tab("team-areas"),
            &area.address("team-areas"),
        ),
        fields,
        create,
        is_team: area.is_team,
        is_of_gc: area.application == Application::Gc,
        undrawn,
        name: area.see(view)?.name.to_string(),
        frame: area.frame(visitor, "team-areas")?,
    }))
}

/// The area with those nested in it, each below the one that it is in.
fn tree(view: &View, area: &Area, others: &Others) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut waiting = vec![(area.id, 0)];
    while let Some((id, depth)) = waiting.pop() {
        let Some(found) = view.see(id) else { continue };
        let mut below: Vec<_> = view.team_areas(id).map(|it| (it, depth + 1)).collect();
        below.reverse();
        waiting.extend(below);
        let (components, configurations) = view.governs_how_many(id);
        let address = item_page(view, Item::Area(id));
        let kind = if found.team().is_some() { "team-area" } else { "project-area" };
        rows.push(Row {
            depth,
            mark: Mark::new(kind, found.name.to_string()).at(address.clone()),
            archived: found.archived,
            isolates: found
                .team()
                .is_some_and(|team| team.role_inheritance == governance::RoleInheritance::Isolate),
            members: view.members(id).count(),
            components,
            configurations,
            others: others.get(&id).into_iter().flatten().map(|(kind, items)| (*kind, items.len())).collect(),
            address,
        });
    }
    rows
}

fn governed(view: &View, governs: &Governs, others: BTreeMap<&'static str, Vec<Item>>) -> Vec<Governed> {
    let of = |kind: &str, items: Vec<Item>| {
        let mark = |item: &Item| Mark::of(&view.item_text(*item)).at(item_page(view, *item));
        let title = plural(kind);
        let mut letters = title.chars();
        let title = letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str());
        Governed {
            title: title.unwrap_or_default(),
            count: items.len(),
            first: items.iter().take(SHOWN).map(mark).collect(),
        }
    };
    let components = governs.components.iter().map(|id| Item::Component(*id)).collect();
    let configurations = governs.configurations.iter().map(|id| Item::Configuration(*id)).collect();
    [("component", components), ("configuration", configurations)]
        .into_iter()
        .chain(others)
        .filter(|(_, items): &(&str, Vec<Item>)| !items.is_empty())
        .map(|(kind, items)| of(kind, items))
        .collect()
}

/// Makes a team area in this one.
pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let mut body = json!({"name": fields.get("name").trim()});
    if !fields.get("summary").trim().is_empty() {
        body["summary"] = fields.get("summary").trim().into();
    }
    let administrators: Vec<&str> = fields.list("administrators").collect();
    if !administrators.is_empty() {
        body["administrators"] = json!(administrators);
    }
    let posted = Posted::new(Verb::Post, &area.tab("team-areas"), &body);
    let here = area.tab("team-areas");
    let to = |it: &Done| Address::new(it.created.clone().unwrap_or(here));
    save(&server, &visitor, fields, posted, to, |sent| page(&visitor, &area, &sent)).await
}
