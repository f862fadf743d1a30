//! Timelines of project areas and their iterations (docs/process.md#timelines).

use std::sync::Arc;

use governance::{AreaId, ChangeTimeline, Command, CreateTimeline, Event, RemoveTimeline, TimelineKey, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::area::{ProjectAreaPath, TimelinePath, address};
use crate::api::body::{Key, Nothing, bad_value};
use crate::api::resolve::{CarriedKeys, carried, carried_text, found, name, segment, slash_path};
use crate::api::route::{Api, Verb};
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const ALL: &str = "/project-areas/{project_area}/timelines";
    const ONE: &str = "/project-areas/{project_area}/timelines/{timeline}";
    api.read(ALL, "List the timelines of a project area.", list);
    api.create((ALL, ONE), "Make a timeline.", create, created);
    api.read(ONE, "Read a timeline.", read);
    api.change(Verb::Patch, ONE, "Change a timeline, or make another iteration the current one.", change);
    api.change(Verb::Delete, ONE, "Remove a timeline.", remove);
}

/// A timeline.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a timeline")]
pub(super) struct Timeline {
    name: String,
    /// Whether it is the one that everything follows which has none of its own.
    #[serde(default)]
    project: bool,
    /// The current iteration, as a slash path of iteration ids.
    current: Option<String>,
    #[serde(default)]
    iterations: Vec<Iteration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_days: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<String>,
}

/// An iteration, with those in it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of an iteration")]
struct Iteration {
    /// Unique among its siblings.
    id: String,
    /// One of the iteration types of the project area.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    iteration_type: Option<String>,
    #[serde(default)]
    iterations: Vec<Iteration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    has_release: Option<bool>,
}

/// So deep iterations are nested at most: a document has them two levels apart, and no more than 64 in all.
const DEEPEST: usize = 24;

impl Timeline {
    pub(super) fn of(timeline: &governance::Timeline) -> Self {
        let carried_keys = &timeline.carried;
        Self {
            name: timeline.name.to_string(),
            project: timeline.project,
            current: timeline.current.as_ref().map(ToString::to_string),
            iterations: timeline.iterations.iter().map(Iteration::of).collect(),
            description: carried_text(carried_keys, "description"),
            working_days: carried(carried_keys, "working_days"),
            start: carried_text(carried_keys, "start"),
            end: carried_text(carried_keys, "end"),
        }
    }

    fn timeline(&self, pointer: &str) -> Result<governance::Timeline, Problem> {
        let carried = CarriedKeys::at(pointer)
            .with_some("description", self.description.as_ref())?
            .with_some("working_days", self.working_days.as_ref())?
            .with_some("start", self.start.as_ref())?
            .with_some("end", self.end.as_ref())?;
        let current = self.current.as_ref().map(|path| slash_path(path, &format!("{pointer}/current")));
        Ok(governance::Timeline {
            name: name(&self.name, &format!("{pointer}/name"))?,
            project: self.project,
            current: current.transpose()?,
            iterations: iterations(&self.iterations, &format!("{pointer}/iterations"), DEEPEST)?,
            carried: carried.all(),
        })
    }
}

impl Iteration {
    fn of(iteration: &governance::Iteration) -> Self {
        let carried_keys = &iteration.carried;
        Self {
            id: iteration.id.to_string(),
            iteration_type: iteration.iteration_type.as_ref().map(ToString::to_string),
            iterations: iteration.iterations.iter().map(Self::of).collect(),
            name: carried_text(carried_keys, "name"),
            description: carried_text(carried_keys, "description"),
            start: carried_text(carried_keys, "start"),
            end: carried_text(carried_keys, "end"),
            has_release: carried_keys.get("has_release").and_then(Value::as_bool),
        }
    }
}

fn iterations(
    list: &[Iteration],
    pointer: &str,
    levels: usize,
) -> Result<Arc<[governance::Iteration]>, Problem> {
    let below = || {
        let too_deep = || bad_value(pointer, format!("iterations are nested at most {DEEPEST} levels deep"));
        levels.checked_sub(1).ok_or_else(too_deep)
    };
    let iteration = |(at, it): (usize, &Iteration)| {
        let pointer = format!("{pointer}/{at}");
        let carried = CarriedKeys::at(&pointer)
            .with_some("name", it.name.as_ref())?
            .with_some("description", it.description.as_ref())?
            .with_some("start", it.start.as_ref())?
            .with_some("end", it.end.as_ref())?
            .with_some("has_release", it.has_release.as_ref())?;
        let of_type = it.iteration_type.as_ref().map(|id| name(id, &format!("{pointer}/type")));
        Ok(governance::Iteration {
            id: name(&it.id, &format!("{pointer}/id"))?,
            iteration_type: of_type.transpose()?,
            iterations: iterations(&it.iterations, &format!("{pointer}/iterations"), below()?)?,
            carried: carried.all(),
        })
    };
    list.iter().enumerate().map(iteration).collect()
}

/// The timelines of a list.
pub(super) fn timelines(list: &[Timeline], pointer: &str) -> Result<Vec<governance::Timeline>, Problem> {
    list.iter().enumerate().map(|(at, it)| it.timeline(&format!("{pointer}/{at}"))).collect()
}

/// The timelines of a project area, in order.
#[derive(Serialize, JsonSchema)]
struct TimelineList {
    items: Vec<Timeline>,
}

fn list(view: &View, path: ProjectAreaPath) -> Result<TimelineList, Problem> {
    Ok(TimelineList { items: view.timelines(path.find(view)?).iter().map(Timeline::of).collect() })
}

fn create(view: &View, path: ProjectAreaPath, new: Timeline) -> Result<Command, Problem> {
    Ok(CreateTimeline { area: path.find(view)?, timeline: new.timeline("")? }.into())
}

fn created(view: &View, events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::Timelines(change) => {
            let name = &change.after.as_ref()?.last()?.name;
            Some(format!("{}/timelines/{}", address(view, change.key), segment(name)))
        }
        _ => None,
    })
}

fn timeline(view: &View, path: TimelinePath) -> Result<(AreaId, &governance::Timeline), Problem> {
    let area = path.find(view)?;
    found(view.timelines(area).iter().find(|it| *it.name == *path.timeline)).map(|it| (area, it))
}

fn read(view: &View, path: TimelinePath) -> Result<Timeline, Problem> {
    timeline(view, path).map(|(_, it)| Timeline::of(it))
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct TimelineChange {
    #[serde(default)]
    name: Key<String>,
    /// True makes it the project timeline, in the place of the one that is.
    #[serde(default)]
    project: Key<bool>,
    /// The current iteration, as a slash path of iteration ids; null: none.
    #[serde(default)]
    current: Key<Option<String>>,
    /// The whole tree.
    #[serde(default)]
    iterations: Key<Vec<Iteration>>,
    #[serde(default)]
    description: Key<Option<String>>,
    #[serde(default)]
    working_days: Key<Option<Value>>,
    #[serde(default)]
    start: Key<Option<String>>,
    #[serde(default)]
    end: Key<Option<String>>,
}

fn change(view: &View, path: TimelinePath, change: TimelineChange) -> Result<Command, Problem> {
    let (area, now) = timeline(view, path)?;
    let mut set = Vec::new();
    if let Some(list) = &change.iterations.0 {
        set.push(TimelineKey::Iterations(iterations(list, "/iterations", DEEPEST)?));
    }
    if let Some(current) = &change.current.0 {
        let path = current.as_ref().map(|path| slash_path(path, "/current"));
        set.push(TimelineKey::Current(path.transpose()?));
    }
    match change.project.0 {
        Some(true) => set.push(TimelineKey::Project),
        Some(false) if now.project => {
            let said = "one timeline is the project timeline: set `project` of another to true";
            return Err(bad_value("/project", said));
        }
        Some(false) | None => {}
    }
    let carried = CarriedKeys::default()
        .with("description", &change.description)?
        .with("working_days", &change.working_days)?
        .with("start", &change.start)?
        .with("end", &change.end)?;
    set.extend(carried.keys(TimelineKey::Carried));
    if let Some(text) = &change.name.0 {
        set.push(TimelineKey::Name(name(text, "/name")?));
    }
    Ok(ChangeTimeline { area, timeline: now.name.clone(), set }.into())
}

fn remove(view: &View, path: TimelinePath, _: Nothing) -> Result<Command, Problem> {
    let (area, it) = timeline(view, path)?;
    Ok(RemoveTimeline { area, timeline: it.name.clone() }.into())
}
