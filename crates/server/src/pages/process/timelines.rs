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

/// The form that somebody has opened, of one timeline.
struct Open {
    title: String,
    words: &'static str,
    /// What it says besides, in hidden fields.
    says: Vec<(&'static str, String)>,
    fields: Vec<Field>,
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

/// The form that an address asks for, or that was sent.
fn open(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Option<Open>, Problem> {
    let view = visitor.view();
    let asked = if sent.is_any() { &sent.fields } else { &visitor.query };
    let (name, path) = (asked.get("timeline"), asked.get("path"));
    let Ok((timeline, newest)) = representation(view, &address(area, name)) else { return Ok(None) };
    let upon = || vec![("timeline", name.to_owned()), ("upon", sent.upon(newest))];
    Ok(match asked.get("verb") {
        "timeline" => {
            let text = |key: &str| timeline[key].as_str().unwrap_or_default().to_owned();
            let mut fields = vec![
                Field::line("name", "Name", sent.typed("name", &text("name")))
                    .required()
                    .wrong(sent.wrong("/name")),
            ];
            fields.extend(described(sent, &timeline));
            let title = format!("Change {name}");
            Some(Open { title, words: "Save the timeline", says: upon(), fields })
        }
        "edit" => {
            let mut timeline = timeline;
            let found = iteration_at(&mut timeline, path).ok_or_else(Problem::not_found)?;
            let title = format!("Change {} of {name}", found["name"].as_str().unwrap_or(path));
            let fields = iteration_fields(view, area, sent, found);
            let says = [upon(), vec![("path", path.to_owned())]].concat();
            Some(Open { title, words: "Save the iteration", says, fields })
        }
        "iteration" => {
            let below = asked.get("below");
            let title = match below {
                "" => format!("New iteration of {name}"),
                below => format!("New iteration in {below}"),
            };
            let id =
                Field::line("id", "Id", sent.typed("id", "")).required().wrong(sent.wrong("/iterations"));
            let mut fields = vec![id.hint("Entries and programs call it so; it stays for good.")];
            fields.extend(iteration_fields(view, area, sent, &Value::Null));
            let says = [upon(), vec![("below", below.to_owned())]].concat();
            Some(Open { title, words: "Add the iteration", says, fields })
        }
        _ => None,
    }
    .map(|open| Open { says: [open.says, vec![("verb", asked.get("verb").to_owned())]].concat(), ..open }))
}

/// The fields of an iteration, as REST has it.
fn iteration_fields(view: &View, area: &Area, sent: &Sent, now: &Value) -> Vec<Field> {
    let project = view.see(area.project).and_then(|it| it.project());
    let chosen = sent.typed("type", now["type"].as_str().unwrap_or_default());
    let mut types = vec![Choice::new("", "None", chosen.is_empty())];
    types.extend(
        project
            .map(|it| &*it.iteration_types)
            .unwrap_or_default()
            .iter()
            .map(|id| Choice::new(id.to_string(), id.to_string(), **id == *chosen)),
    );
    let name = now["name"].as_str().unwrap_or_default();
    let mut fields =
        vec![Field::line("name", "Name", sent.typed("name", name)), Field::select("type", "Type", types)];
    fields.extend(described(sent, now));
    fields
}

/// What timelines and iterations have for people.
fn described(sent: &Sent, now: &Value) -> [Field; 3] {
    let text = |key: &str| sent.typed(key, now[key].as_str().unwrap_or_default()).to_owned();
    [
        Field::line("start", "Begins", text("start")).of_kind("date").wrong(sent.wrong("/start")),
        Field::line("end", "Ends", text("end")).of_kind("date").wrong(sent.wrong("/end")),
        Field::prose("description", "Description", text("description")).wrong(sent.wrong("/description")),
    ]
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
        "edit" => with_changed(visitor.view(), &one, &fields).and_then(patch),
        "timeline" => patch(changed(&fields, &["description", "start", "end"])),
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

/// The iterations of a timeline with another one.
fn with_iteration(view: &View, address: &str, fields: &Fields) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let mut new = json!({"id": fields.get("id").trim()});
    for key in ["name", "type", "start", "end", "description"] {
        if !fields.get(key).trim().is_empty() {
            new[key] = fields.get(key).trim().into();
        }
    }
    let list = level_of(&mut timeline, fields.get("below")).ok_or_else(Problem::not_found)?;
    list.push(new);
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// What a form says of these keys, of which an empty one is none; and of the name.
fn changed(fields: &Fields, keys: &[&str]) -> Value {
    let mut body = json!({"name": fields.get("name").trim()});
    for key in keys {
        body[*key] = Some(fields.get(key).trim()).filter(|text| !text.is_empty()).into();
    }
    body
}

/// The iterations of a timeline, of which one is as the form says.
fn with_changed(view: &View, address: &str, fields: &Fields) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let found = iteration_at(&mut timeline, fields.get("path")).ok_or_else(Problem::not_found)?;
    for key in ["name", "type", "start", "end", "description"] {
        found[key] = Some(fields.get(key).trim()).filter(|text| !text.is_empty()).into();
    }
    Ok(json!({"iterations": timeline["iterations"].take()}))
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

/// The iterations of a timeline without one.
fn without_iteration(view: &View, address: &str, path: &str) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let (above, id) = path.rsplit_once('/').unwrap_or(("", path));
    let list = level_of(&mut timeline, above).ok_or_else(Problem::not_found)?;
    list.retain(|it| it["id"].as_str().map(encode).as_deref() != Some(id));
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// The iteration at a path of a timeline, as REST has it.
fn iteration_at<'a>(timeline: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let (above, id) = path.rsplit_once('/').unwrap_or(("", path));
    let level = level_of(timeline, above)?;
    level.iter_mut().find(|it| it["id"].as_str().map(encode).as_deref() == Some(id))
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
