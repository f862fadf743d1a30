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
use super::timeline_form::{Open, address, changed, open, with_changed, with_iteration, without_iteration};
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::Field;
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
    open: Option<Open>,
    types: Vec<IterationType>,
    /// The tag under which the types can be changed.
    tag: String,
    new_type: Field,
    edit: Ability,
    edit_types: Ability,
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

/// A type of iterations, with how many there are and how many entries hold in them.
struct IterationType {
    id: String,
    iterations: usize,
    entries: usize,
    matrix: String,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let edit = area.may(visitor, "modify-iterations");
    let timelines = view.timelines(area.project).iter().map(|it| shown(view, area, it));
    let timelines = timelines.collect::<Result<Vec<_>, _>>()?;
    let verb = sent.fields.get("verb");
    let edit_types = area.may(visitor, "modify-specification");
    let button = match verb {
        "current" => edit.button("Set as current"),
        "remove" => edit.button("Remove the timeline"),
        "take" => edit.button("Remove the iteration"),
        "project" => edit.button("Make it the project timeline"),
        "type" | "untype" => edit_types.button("Save"),
        _ => edit.button("Save"),
    };
    let typed = |of: &str| if verb == of { sent.fields.get("name") } else { "" };
    let wrong = |of: &str, pointer: &str| sent.wrong(pointer).filter(|_| verb == of);
    Ok(render(&TimelinesPage {
        path: area.path(),
        told: sent.review(button, area.tab("timelines"), &area.address("timelines")),
        add: Field::line("name", "Name", typed("add"))
            .required()
            .called("new-timeline")
            .wrong(wrong("add", "/name")),
        open: open(visitor, area, sent)?,
        types: types(view, area),
        tag: area.representation(view)?.1,
        new_type: Field::line("name", "Id", typed("type"))
            .required()
            .called("new-type")
            .hint("Such as “release” or “sprint”; it stays for good.")
            .wrong(wrong("type", "/iteration_types")),
        edit,
        edit_types,
        frame: area.frame(visitor, "timelines")?,
        timelines,
    }))
}

/// The types of iterations, with what they are used for.
fn types(view: &View, area: &Area) -> Vec<IterationType> {
    fn count(iterations: &[governance::Iteration], id: &str) -> usize {
        let one = |it: &governance::Iteration| {
            usize::from(it.iteration_type.as_deref() == Some(id)) + count(&it.iterations, id)
        };
        iterations.iter().map(one).sum()
    }
    let project = view.see(area.project).and_then(|it| it.project());
    let ids = project.map(|it| &*it.iteration_types).unwrap_or_default().iter();
    let one = |id: &governance::text::Name| {
        let slot = Slot::IterationType(id.clone());
        let timelines = view.timelines(area.project).iter();
        IterationType {
            id: id.to_string(),
            iterations: timelines.map(|it| count(&it.iterations, id)).sum(),
            entries: entries_in(view, area, |it| *it == slot),
            matrix: Address::new(area.tab("permissions")).with("at", slot_word(&slot)).to_string(),
        }
    };
    ids.map(one).collect()
}

/// The entries of all areas of the project area whose slot is such.
fn entries_in(view: &View, area: &Area, is_meant: impl Fn(&Slot) -> bool) -> usize {
    let areas = view.areas_in(area.project).into_iter();
    areas.flat_map(|area| view.permissions(area)).filter(|(key, _)| is_meant(&key.slot)).count()
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
        entries_in(self.view, self.area, holds)
    }

    fn matrix(&self, path: &str) -> String {
        let slot = Slot::Iteration { timeline: self.timeline.clone(), iteration: path.into() };
        Address::new(self.area.tab("permissions")).with("at", slot_word(&slot)).to_string()
    }
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
        "edit" => with_changed(visitor.view(), &one, &fields).and_then(patch),
        "timeline" => patch(changed(&fields)),
        "type" | "untype" => with_types(visitor.view(), &area, &fields),
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

/// The types of iterations with another one, or without one.
fn with_types(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let name = fields.get("name").trim();
    let project = view.see(area.project).and_then(|it| it.project()).ok_or_else(Problem::not_found)?;
    let mut types: Vec<&str> = project.iteration_types.iter().map(|it| &**it).collect();
    if fields.get("verb") == "type" {
        types.push(name);
    } else {
        types.retain(|it| *it != name);
    }
    area.change(&json!({"iteration_types": types}))?.upon(fields.get("upon"))
}
