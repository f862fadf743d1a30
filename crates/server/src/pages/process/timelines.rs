//! Timelines of a project area: their iterations, which of them is current, and which change permissions.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::text::encode;
use governance::{Carried, Iteration, Slot, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use super::picture::{Bar, bars};
use super::slot::slot_word;
use super::timeline_form::{
    Open, address, changed, days_in_words, new_timeline, open, with_changed, with_iteration,
    without_iteration,
};
use super::timeline_use::Uses;
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Button;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::pages::words::count;
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
    /// The current iteration, with those that it is in, as they are called.
    current: Option<String>,
    /// What else is said of it: days, working days, description.
    says: String,
    remove: Button,
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
    description: String,
    has_release: bool,
    remove: Button,
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
    remove: Button,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let edit = area.may(visitor, "modify-iterations");
    let uses = Uses::of(view, area);
    let timelines = view.timelines(area.project).iter().enumerate();
    let timelines = timelines.map(|(at, it)| shown(view, area, (at, it), &uses, &edit));
    let timelines = timelines.collect::<Result<Vec<_>, _>>()?;
    let verb = sent.fields.get("verb");
    let edit_types = area.may(visitor, "modify-specification");
    let button = match verb {
        "current" => edit.button("Set as current"),
        "none" => edit.button("Make none current"),
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
        open: open(visitor, area, &uses, sent)?,
        types: types(view, area, &uses, &edit_types),
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
fn types(view: &View, area: &Area, uses: &Uses<'_>, edit: &Ability) -> Vec<IterationType> {
    let project = view.see(area.project).and_then(|it| it.project());
    let ids = project.map(|it| &*it.iteration_types).unwrap_or_default().iter();
    let timelines = view.timelines(area.project);
    let one = |(at, id): (usize, &governance::text::Name)| {
        let slot = Slot::IterationType(id.clone());
        let of_it: Vec<String> = timelines.iter().flat_map(|it| of_type(&it.iterations, id)).collect();
        let ability = match &*of_it {
            [] => uses.unused(|it| *it == slot),
            [only] => Ability::refused(&format!("{only} is of this type: give it another one first"), None),
            [first, others @ ..] => {
                let said = format!(
                    "{first} and {} more are of this type: give them another one first",
                    others.len()
                );
                Ability::refused(&said, None)
            }
        };
        IterationType {
            id: id.to_string(),
            iterations: of_it.len(),
            entries: uses.entries(|it| *it == slot),
            matrix: Address::new(area.tab("permissions")).with("at", slot_word(&slot)).to_string(),
            remove: edit
                .clone()
                .and(ability)
                .button("Remove")
                .quiet()
                .of(format!("the type {id}"))
                .asks(format!("type-{at}"), format!("No iteration can be of the type {id} any more."))
                .sends("verb", "untype"),
        }
    };
    ids.enumerate().map(one).collect()
}

/// What the iterations of a type are called.
fn of_type(iterations: &[Iteration], id: &str) -> Vec<String> {
    let one = |it: &Iteration| {
        let own = (it.iteration_type.as_deref() == Some(id)).then(|| it.called());
        own.into_iter().chain(of_type(&it.iterations, id)).collect::<Vec<_>>()
    };
    iterations.iter().flat_map(one).collect()
}

fn shown(
    view: &View,
    area: &Area,
    (at, timeline): (usize, &governance::Timeline),
    uses: &Uses<'_>,
    edit: &Ability,
) -> Result<Shown, Problem> {
    let (now, tag) = representation(view, &address(area, &timeline.name))?;
    let mut rows = Vec::new();
    let current = timeline.current.as_deref().unwrap_or_default();
    let level = Level { area, timeline, at, current, uses, edit };
    level.walk(&timeline.iterations, "", 0, &mut rows);
    let (bars, size) = bars(&rows);
    let is_needed = timeline.project && view.timelines(area.project).len() > 1;
    let ability = match is_needed {
        true => Ability::refused("it is the project timeline: make another one that first", None),
        false => uses.timeline_unused(&timeline.name),
    };
    let said = match rows.len() {
        0 => "It cannot be brought back by a page.".to_owned(),
        rows => format!("It cannot be brought back by a page, nor can {}.", count(rows, "iteration")),
    };
    let days = days_in_words(&now["working_days"]);
    let days = if days.is_empty() { days } else { format!("Working days: {days}") };
    let says = [dates(&timeline.carried), days, now["description"].as_str().unwrap_or_default().to_owned()];
    Ok(Shown {
        name: timeline.name.to_string(),
        tag,
        project: timeline.project,
        current: timeline.current.as_ref().map(|path| timeline.called(path)),
        says: says.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
        remove: edit
            .clone()
            .and(ability)
            .button("Remove")
            .danger()
            .of(timeline.name.to_string())
            .asks(format!("timeline-{at}"), format!("Remove the timeline {}? {said}", timeline.name))
            .sends("verb", "remove"),
        rows,
        bars,
        size,
    })
}

/// When something begins and ends; nothing, where neither is known.
fn dates(carried: &Carried) -> String {
    let text = |key: &str| carried.get(key).and_then(Value::as_str);
    match (text("start"), text("end")) {
        (None, None) => String::new(),
        (start, end) => format!("{} – {}", start.unwrap_or("…"), end.unwrap_or("…")),
    }
}

struct Level<'a> {
    area: &'a Area,
    timeline: &'a governance::Timeline,
    /// Which timeline of the page it is.
    at: usize,
    current: &'a str,
    uses: &'a Uses<'a>,
    edit: &'a Ability,
}

impl Level<'_> {
    /// Adds the iterations of a level with those below; answers how many of them have none below.
    fn walk(&self, iterations: &[Iteration], above: &str, depth: usize, rows: &mut Vec<Row>) -> usize {
        let mut width = 0;
        for it in iterations {
            let id = encode(&it.id);
            let path = if above.is_empty() { id } else { format!("{above}/{id}") };
            let is_current = match () {
                () if self.current == path => Current::Is,
                () if self.current.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/')) => {
                    Current::Holds
                }
                () => Current::No,
            };
            let at = rows.len();
            rows.push(Row {
                name: it.called(),
                of_type: it.iteration_type.as_deref().unwrap_or_default().to_owned(),
                dates: dates(&it.carried),
                description: it
                    .carried
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                has_release: it.carried.get("has_release") == Some(&Value::Bool(true)),
                remove: self.remove(at, it, &path, is_current),
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

    /// The button that removes an iteration with those in it, or what is in its way.
    fn remove(&self, at: usize, it: &Iteration, path: &str, current: Current) -> Button {
        let name = it.called();
        let ability = match current {
            Current::Is => format!("{name} is current: make another one current, or none, first"),
            Current::Holds => {
                "the current iteration is in it: make another one current, or none, first".to_owned()
            }
            Current::No => String::new(),
        };
        let ability = match &*ability {
            "" => self.uses.iteration_unused(&self.timeline.name, path),
            said => Ability::refused(said, None),
        };
        let said = match nested(it) {
            0 => "It cannot be brought back by a page.".to_owned(),
            below => {
                format!("It cannot be brought back by a page, nor can {} in it.", count(below, "iteration"))
            }
        };
        let button = self.edit.clone().and(ability).button("Remove").quiet().of(&*name);
        button.asks(format!("{}-{at}", self.at), format!("Remove {name}? {said}")).sends("verb", "take")
    }

    /// The entries of all areas of the project area that hold in an iteration, or in its type.
    fn entries(&self, path: &str, iteration: &Iteration) -> usize {
        self.uses.entries(|slot| match slot {
            Slot::Iteration { timeline, iteration } => {
                *timeline == self.timeline.name && **iteration == *path
            }
            Slot::IterationType(id) => iteration.iteration_type.as_ref() == Some(id),
            Slot::Timeline(_) | Slot::Always => false,
        })
    }

    fn matrix(&self, path: &str) -> String {
        let slot = Slot::Iteration { timeline: self.timeline.name.clone(), iteration: path.into() };
        Address::new(self.area.tab("permissions")).with("at", slot_word(&slot)).to_string()
    }
}

/// How many iterations are in one.
fn nested(it: &Iteration) -> usize {
    it.iterations.iter().map(|it| 1 + nested(it)).sum()
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
        "none" => patch(json!({"current": null})),
        "project" => patch(json!({"project": true})),
        "remove" => Posted::new(Verb::Delete, &one, &Value::Null).and_then(|it| it.upon(fields.get("upon"))),
        "iteration" => with_iteration(visitor.view(), &one, &fields).and_then(patch),
        "edit" => with_changed(visitor.view(), &one, &fields).and_then(patch),
        "timeline" => changed(visitor.view(), (&area, &one), &fields).and_then(patch),
        "type" | "untype" => with_types(visitor.view(), &area, &fields),
        "take" => without_iteration(visitor.view(), &one, fields.get("path")).and_then(patch),
        _ => new_timeline(visitor.view(), &area, &fields),
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
