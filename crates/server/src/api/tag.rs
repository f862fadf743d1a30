//! Tags of project areas (docs/global-configurations.md#tags).

use governance::{AreaId, ChangeTag, Command, CreateTag, DeleteTag, Event, KnownTag, ListedTag, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::area::{ProjectAreaPath, address};
use super::body::{Key, Nothing, bad_value};
use super::resolve::{found, segment};
use super::route::{Api, Verb};
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const ALL: &str = "/project-areas/{project_area}/tags";
    const ONE: &str = "/project-areas/{project_area}/tags/{tag}";
    api.read(ALL, "List the tags of a project area.", list);
    api.create((ALL, ONE), "Make a tag.", create, created);
    api.read(ONE, "Read a tag.", read);
    api.change(Verb::Patch, ONE, "Rename a tag wherever it is, or describe it.", change);
    api.change(Verb::Delete, ONE, "Delete a tag wherever it is.", delete);
}

/// A tag.
#[derive(Serialize, JsonSchema)]
struct Tag {
    /// In lower case, with `/` before what is nested: `safety/brake`.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// How many components and configurations have this very tag.
    items: usize,
}

impl Tag {
    fn of(known: KnownTag) -> Self {
        Self { name: known.tag.into(), description: known.description, items: known.items }
    }
}

/// The tags of a project area, in order.
#[derive(Serialize, JsonSchema)]
struct TagList {
    items: Vec<Tag>,
}

/// Which tag.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TagPath {
    /// The number or the reference of the project area.
    project_area: String,
    /// The tag, its `/` as `%2F`.
    tag: String,
}

impl TagPath {
    fn find(&self, view: &View) -> Result<(AreaId, KnownTag), Problem> {
        let area = found(view.find_project_area(&self.project_area))?;
        Ok((area, found(view.tag(area, &self.tag))?))
    }
}

fn list(view: &View, path: ProjectAreaPath) -> Result<TagList, Problem> {
    Ok(TagList { items: view.tags(path.find(view)?).into_iter().map(Tag::of).collect() })
}

fn read(view: &View, path: TagPath) -> Result<Tag, Problem> {
    path.find(view).map(|(_, tag)| Tag::of(tag))
}

/// A new tag.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a tag")]
struct NewTag {
    /// In lower case, with `/` before what is nested: `safety/brake`.
    name: String,
    description: Option<String>,
}

fn tag(text: &str) -> Result<governance::Tag, Problem> {
    governance::Tag::parse(text).map_err(|flaw| bad_value("/name", flaw))
}

fn create(view: &View, path: ProjectAreaPath, new: NewTag) -> Result<Command, Problem> {
    let tag = ListedTag { name: tag(&new.name)?, description: new.description };
    Ok(CreateTag { area: path.find(view)?, tag }.into())
}

/// The path of the word that comes last in a list of an area that events change.
pub(super) fn last_word(view: &View, events: &[Event], key: &str, below: &str) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::Area(change) => {
            let list = change.after.as_ref()?.carried.get(key)?.as_array()?;
            let name = list.last()?.get("name").and_then(Value::as_str)?;
            Some(format!("{}/{below}/{}", address(view, change.key), segment(name)))
        }
        _ => None,
    })
}

fn created(view: &View, events: &[Event]) -> Option<String> {
    last_word(view, events, "tags", "tags")
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct TagChange {
    /// What is nested in it moves along.
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    description: Key<Option<String>>,
}

fn change(view: &View, path: TagPath, change: TagChange) -> Result<Command, Problem> {
    let (area, known) = path.find(view)?;
    let name = change.name.0.as_deref().map(tag).transpose()?;
    Ok(ChangeTag { area, tag: known.tag, name, description: change.description.0 }.into())
}

fn delete(view: &View, path: TagPath, _: Nothing) -> Result<Command, Problem> {
    let (area, known) = path.find(view)?;
    Ok(DeleteTag { area, tag: known.tag }.into())
}
