//! Timelines of a project area: their iterations, which of them is current, and which change permissions.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::text::encode;
use governance::{Slot, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use super::matrix::slot_word;
use super::picture::{Bar, bars};
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::{Address, segment};
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/timelines.html")]
struct TimelinesPage<'a> {
    frame: Frame,
    path: String,
    timelines: Vec<Shown>,
    told: Told<'a>,
    add: Field,
    iteration: Option<AddIteration>,
    edit: Ability,
}

/// A timeline.
struct Shown {
    name: String,
    tag: String,
    project: bool,
    current: String,
    rows: Vec<Row>,
    bars: Vec<Bar>,
    /// How wide and high the picture is.
    size: (usize, usize),
}

/// An iteration.
pub(super) struct Row {
    pub(super) path: String,
    pub(super) name: String,
    of_type: String,
    dates: String,
    pub(super) depth: usize,
    /// Whether it is the current one, or one that it is in.
    pub(super) current: Current,
    /// How many entries hold in it alone, or in its type, and where they are.
    pub(super) entries: usize,
    matrix: String,
    /// How many iterations below it have none in them.
    pub(super) width: usize,
}

impl Row {
    fn is_current(&self) -> bool {
        self.current == Current::Is
    }
    fn shown_depth(&self) -> usize {
        self.depth.min(8)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    No,
    Holds,
    Is,
}

/// The form for another iteration.
struct AddIteration {
    timeline: String,
    below: String,
    tag: String,
    fields: [Field; 5],
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let edit = area.may(visitor, "modify-iterations");
    let timelines = view.timelines(area.project).iter().map(|it| shown(view, area, it));
    let timelines = timelines.collect::<Result<Vec<_>, _>>()?;
    let named = |name: &str| timelines.iter().find(|it| it.name == name);
    let asked = if sent.fields.get("verb") == "iteration" { &sent.fields } else { &visitor.query };
    let iteration =
        named(asked.get("timeline")).filter(|_| !visitor.query.get("add").is_empty() || sent.is_any());
    let iteration =
        iteration.filter(|_| matches!(asked.get("verb"), "" | "iteration")).map(|it| AddIteration {
            timeline: it.name.clone(),
            below: asked.get("below").to_owned(),
            tag: it.tag.clone(),
            fields: iteration_fields(view, area, sent),
        });
    let verb = match sent.fields.get("verb") {
        "current" => "Set as current",
        "remove" => "Remove the timeline",
        "take" => "Remove the iteration",
        "project" => "Make it the project timeline",
        _ => "Save",
    };
    Ok(render(&TimelinesPage {
        path: area.path(),
        told: sent.review(edit.button(verb), area.tab("timelines"), &area.address("timelines")),
        add: Field::line(
            "name",
            "Name",
            if sent.fields.get("verb") == "add" { sent.fields.get("name") } else { "" },
        )
        .required()
        .called("new-timeline")
        .wrong(sent.wrong("/name")),
        iteration,
        edit,
        frame: area.frame(visitor, "timelines")?,
        timelines,
    }))
}

fn iteration_fields(view: &View, area: &Area, sent: &Sent) -> [Field; 5] {
    let project = view.see(area.project).and_then(|it| it.project());
    let chosen = sent.typed("type", "");
    let mut types = vec![Choice::new("", "None", chosen.is_empty())];
    types.extend(
        project
            .map(|it| &*it.iteration_types)
            .unwrap_or_default()
            .iter()
            .map(|id| Choice::new(id.to_string(), id.to_string(), **id == *chosen)),
    );
    [
        Field::line("id", "Id", sent.typed("id", "")).required().wrong(sent.wrong("/iterations")),
        Field::line("name", "Name", sent.typed("name", "")),
        Field::select("type", "Type", types),
        Field::line("start", "Begins", sent.typed("start", "")).of_kind("date"),
        Field::line("end", "Ends", sent.typed("end", "")).of_kind("date"),
    ]
}

fn shown(view: &View, area: &Area, timeline: &governance::Timeline) -> Result<Shown, Problem> {
    let (_, tag) = representation(view, &address(area, &timeline.name))?;
    let mut rows = Vec::new();
    let current = timeline.current.as_deref().unwrap_or_default();
    let level = Level { view, area, timeline: &timeline.name, current };
    level.walk(&timeline.iterations, "", 0, &mut rows);
    let (bars, size) = bars(&rows);
    let name = timeline.name.to_string();
    Ok(Shown { name, tag, project: timeline.project, current: current.to_owned(), rows, bars, size })
}

struct Level<'a> {
    view: &'a View,
    area: &'a Area,
    timeline: &'a governance::text::Name,
    current: &'a str,
}

impl Level<'_> {
    /// Adds the iterations of a level with those below; answers how many of them have none below.
    fn walk(
        &self,
        iterations: &[governance::Iteration],
        above: &str,
        depth: usize,
        rows: &mut Vec<Row>,
    ) -> usize {
        let mut width = 0;
        for it in iterations {
            let id = encode(&it.id);
            let path = if above.is_empty() { id } else { format!("{above}/{id}") };
            let text = |key: &str| it.carried.get(key).and_then(Value::as_str);
            let dates = match (text("start"), text("end")) {
                (None, None) => String::new(),
                (start, end) => format!("{} – {}", start.unwrap_or("…"), end.unwrap_or("…")),
            };
            let is_current = match () {
                () if self.current == path => Current::Is,
                () if self.current.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/')) => {
                    Current::Holds
                }
                () => Current::No,
            };
            let at = rows.len();
            rows.push(Row {
                name: text("name").map_or_else(|| it.id.to_string(), str::to_owned),
                of_type: it.iteration_type.as_deref().unwrap_or_default().to_owned(),
                dates,
                depth,
                current: is_current,
                entries: self.entries(&path, it),
                matrix: self.matrix(&path),
                width: 1,
                path: path.clone(),
            });
            let below = self.walk(&it.iterations, &path, depth + 1, rows).max(1);
            rows[at].width = below;
            width += below;
        }
        width
    }

    /// The entries of all areas of the project area that hold in an iteration, or in its type.
    fn entries(&self, path: &str, iteration: &governance::Iteration) -> usize {
        let holds = |slot: &Slot| match slot {
            Slot::Iteration { timeline, iteration } => timeline == self.timeline && **iteration == *path,
            Slot::IterationType(id) => iteration.iteration_type.as_ref() == Some(id),
            Slot::Timeline(_) | Slot::Always => false,
        };
        let areas = self.view.areas_in(self.area.project).into_iter();
        areas.flat_map(|area| self.view.permissions(area)).filter(|(key, _)| holds(&key.slot)).count()
    }

    fn matrix(&self, path: &str) -> String {
        let slot = Slot::Iteration { timeline: self.timeline.clone(), iteration: path.into() };
        Address::new(self.area.tab("permissions")).with("at", slot_word(&slot)).to_string()
    }
}

fn address(area: &Area, timeline: &str) -> String {
    format!("{}/timelines/{}", area.path(), segment(timeline))
}

/// Makes, changes or removes a timeline or one of its iterations.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let one = address(&area, fields.get("timeline"));
    let patch =
        |body: Value| Posted::new(Verb::Patch, &one, &body).and_then(|it| it.upon(fields.get("upon")));
    let posted = match fields.get("verb") {
        "current" => patch(json!({"current": fields.get("path")})),
        "project" => patch(json!({"project": true})),
        "remove" => Posted::new(Verb::Delete, &one, &Value::Null).and_then(|it| it.upon(fields.get("upon"))),
        "iteration" => with_iteration(visitor.view(), &one, &fields).and_then(patch),
        "take" => without_iteration(visitor.view(), &one, fields.get("path")).and_then(patch),
        _ => {
            let first = visitor.view().timelines(area.project).is_empty();
            let body = json!({"name": fields.get("name").trim(), "project": first});
            Posted::new(Verb::Post, &area.tab("timelines"), &body)
        }
    };
    let to = area.address("timelines");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &area, &sent)).await
}

/// The iterations of a timeline with another one.
fn with_iteration(view: &View, address: &str, fields: &Fields) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let mut new = json!({"id": fields.get("id").trim()});
    for key in ["name", "type", "start", "end"] {
        if !fields.get(key).trim().is_empty() {
            new[key] = fields.get(key).trim().into();
        }
    }
    let list = level_of(&mut timeline, fields.get("below")).ok_or_else(Problem::not_found)?;
    list.push(new);
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// The iterations of a timeline without one.
fn without_iteration(view: &View, address: &str, path: &str) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let (above, id) = path.rsplit_once('/').unwrap_or(("", path));
    let list = level_of(&mut timeline, above).ok_or_else(Problem::not_found)?;
    list.retain(|it| it["id"].as_str().map(encode).as_deref() != Some(id));
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// The iterations directly below a path of a timeline, as REST has it.
fn level_of<'a>(timeline: &'a mut Value, path: &str) -> Option<&'a mut Vec<Value>> {
    let mut level = timeline.get_mut("iterations")?.as_array_mut()?;
    for id in path.split('/').filter(|id| !id.is_empty()) {
        let found = level.iter_mut().find(|it| it["id"].as_str().map(encode).as_deref() == Some(id))?;
        if found.get("iterations").is_none_or(Value::is_null) {
            found["iterations"] = json!([]);
        }
        level = found.get_mut("iterations")?.as_array_mut()?;
    }
    Some(level)
}
