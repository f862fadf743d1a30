//! Items by reference, number and address.

use governance::{
    Artefact, Category, Component, Configuration, Folder, Item, Plan, ScmItem, Seen, TestArtefact, View,
    WorkItem,
};
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ROOT;
use super::resolve::found;
use super::route::Api;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.read("/items", "Find the item of a reference.", find);
}

/// Which item.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ItemQuery {
    /// Such as `gc:Electric Vehicle#Motor/stream:Motor 1.0`, or an address such as `/api/v1/components/3`.
    reference: String,
}

/// An item.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Item")]
struct ItemFound {
    /// `project-area`, `team-area`, `component`, `stream` …, as references write it.
    kind: &'static str,
    /// The number by which it is addressed.
    number: u64,
    name: String,
    /// What questions call it.
    reference: String,
    /// The address at which it is read.
    address: String,
}

fn find(view: &View, query: ItemQuery) -> Result<ItemFound, Problem> {
    let item = match query.reference.strip_prefix(ROOT) {
        Some(path) => at(view, path),
        None => view.item_at(&query.reference),
    };
    let item = found(item)?;
    let (number, path) = found(place(view, item))?;
    Ok(ItemFound {
        kind: view.kind_of(item),
        number,
        name: view.name_of(item),
        reference: view.reference(item),
        address: format!("{ROOT}{path}"),
    })
}

/// The path at which an item is read, below [`ROOT`].
pub(super) fn path(view: &View, item: Item) -> Option<String> {
    place(view, item).map(|(_, path)| path)
}

/// The number of an item, and the path at which it is read.
fn place(view: &View, item: Item) -> Option<(u64, String)> {
    let (number, collection) = match item {
        Item::Repository => return None,
        Item::Area(id) if view.see(id)?.project().is_some() => (id.number().into(), "project-areas"),
        Item::Area(id) => (id.number().into(), "team-areas"),
        Item::Component(id) => (id.number().into(), "components"),
        Item::Configuration(id) => (id.number().into(), "configurations"),
        Item::Category(id) => (id.number().into(), "categories"),
        Item::WorkItem(id) => (view.see(id)?.number, "work-items"),
        Item::Plan(id) => (id.number().into(), "plans"),
        Item::ScmItem(id) => (id.number().into(), "scm"),
        Item::TestArtefact(id) => (id.number().into(), "test-artefacts"),
        Item::Folder(id) => (id.number().into(), "folders"),
        Item::Artefact(id) => (view.see(id)?.number, "artefacts"),
    };
    Some((number, format!("/{collection}/{number}")))
}

/// What is read at a path.
fn at(view: &View, path: &str) -> Option<Item> {
    fn of<N: Seen>(view: &View, key: &str) -> Option<Item> {
        N::item(view.find::<N>(key)?)
    }
    let (collection, key) = path.strip_prefix('/')?.split_once('/')?;
    let key = percent_decode_str(key).decode_utf8().ok()?;
    match collection {
        "project-areas" => view.find_project_area(&key).map(Item::Area),
        "team-areas" => view.find_team_area(&key).map(Item::Area),
        "components" => of::<Component>(view, &key),
        "configurations" => of::<Configuration>(view, &key),
        "categories" => of::<Category>(view, &key),
        "work-items" => of::<WorkItem>(view, &key),
        "plans" => of::<Plan>(view, &key),
        "scm" => of::<ScmItem>(view, &key),
        "test-artefacts" => of::<TestArtefact>(view, &key),
        "folders" => of::<Folder>(view, &key),
        "artefacts" => of::<Artefact>(view, &key),
        _ => None,
    }
}
