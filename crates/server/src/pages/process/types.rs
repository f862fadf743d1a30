//! The types that the process of a project area declares for its application: of work items, of artefacts, of
//! test artefacts, and the categories of tests (docs/process.md#types).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{Application, AreaId, OperationId, View};
use serde_json::{Map, Value, json};

use super::area::{Area, AreaPath};
use crate::api::Posted;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// A list of types.
struct Kind {
    /// Its key, of project areas and process templates.
    key: &'static str,
    title: &'static str,
    one: &'static str,
    /// What each type lists: the key and the words.
    lists: &'static [(&'static str, &'static str)],
}

const WORK_ITEMS: Kind = Kind {
    key: "work_item_types",
    title: "Types of work items",
    one: "type of work items",
    lists: &[("states", "States"), ("actions", "Workflow actions"), ("attributes", "Attributes")],
};
const ARTEFACTS: Kind = Kind {
    key: "artefact_types",
    title: "Types of artefacts",
    one: "type of artefacts",
    lists: &[("attributes", "Attributes")],
};
const TEST_ARTEFACTS: Kind = Kind {
    key: "test_artefact_types",
    title: "Types of test artefacts",
    one: "type of test artefacts",
    lists: &[("states", "States"), ("attributes", "Attributes")],
};
const TEST_CATEGORIES: Kind = Kind {
    key: "test_categories",
    title: "Categories of tests",
    one: "category of tests",
    lists: &[("values", "Values")],
};

/// Every list of types: its key, and what it is called.
pub(in crate::pages) const LISTS: [(&str, &str); 4] = [
    (WORK_ITEMS.key, WORK_ITEMS.title),
    (ARTEFACTS.key, ARTEFACTS.title),
    (TEST_ARTEFACTS.key, TEST_ARTEFACTS.title),
    (TEST_CATEGORIES.key, TEST_CATEGORIES.title),
];

const fn kinds(application: Application) -> &'static [Kind] {
    match application {
        Application::Ccm => &[WORK_ITEMS],
        Application::Rm => &[ARTEFACTS],
        Application::Qm => &[TEST_ARTEFACTS, TEST_CATEGORIES],
        Application::Gc => &[],
    }
}

#[derive(Template)]
#[template(path = "process/types.html")]
struct TypesPage<'a> {
    frame: Frame,
    path: String,
    told: Told<'a>,
    /// The tag under which the types can be changed.
    tag: String,
    kinds: Vec<Shown>,
    edit: Ability,
}

/// A list of types with the form of one of them.
struct Shown {
    key: &'static str,
    title: &'static str,
    one: &'static str,
    rows: Vec<Row>,
    fields: Vec<Field>,
    /// The id of the type that is changed.
    edited: Option<String>,
}

struct Row {
    id: String,
    name: String,
    description: String,
    lists: Vec<(&'static str, String)>,
    change: Address,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &area_of(visitor.view(), &path)?, &Sent::default())
}

/// A project area of an application that has types.
fn area_of(view: &View, path: &AreaPath) -> Result<Area, Problem> {
    let area = Area::of(view, path)?;
    if kinds(area.application).is_empty() { Err(Problem::not_found()) } else { Ok(area) }
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let edit = area.may(visitor, "modify-specification");
    let (now, tag) = area.representation(visitor.view())?;
    let button = if sent.fields.get("verb") == "remove" { "Remove the type" } else { "Save the type" };
    Ok(render(&TypesPage {
        path: area.path(),
        told: sent.review(edit.button(button), area.tab("types"), &area.address("types")),
        tag: sent.upon(tag),
        kinds: kinds(area.application).iter().map(|kind| shown(visitor, area, kind, &now, sent)).collect(),
        edit,
        frame: area.frame(visitor, "types")?,
    }))
}

fn shown(visitor: &Visitor, area: &Area, kind: &Kind, now: &Value, sent: &Sent) -> Shown {
    let is_sent = sent.is_any() && sent.fields.get("kind") == kind.key;
    let asked = if sent.is_any() { &sent.fields } else { &visitor.query };
    let wanted = if asked.get("kind") == kind.key { asked.get("type") } else { "" };
    let list = now[kind.key].as_array().map(Vec::as_slice).unwrap_or_default();
    let edited = list.iter().find(|it| !wanted.is_empty() && id_of(it) == Some(wanted));
    let unsent = Sent::default();
    let row = |it: &Value| {
        let id = id_of(it)?.to_owned();
        let lists = kind.lists.iter().map(|(key, words)| (*words, lines_of(it, key).join(", ")));
        Some(Row {
            name: text_of(it, "name").to_owned(),
            description: text_of(it, "description").to_owned(),
            lists: lists.filter(|(_, said)| !said.is_empty()).collect(),
            change: area.address("types").with("kind", kind.key).with("type", &id),
            id,
        })
    };
    Shown {
        key: kind.key,
        title: kind.title,
        one: kind.one,
        rows: list.iter().filter_map(row).collect(),
        fields: fields(kind, edited.unwrap_or(&Value::Null), if is_sent { sent } else { &unsent }),
        edited: edited.and_then(id_of).map(str::to_owned),
    }
}

fn fields(kind: &Kind, now: &Value, sent: &Sent) -> Vec<Field> {
    let called = |key: &str| format!("{}-{key}", kind.key);
    let id = Field::line("id", "Id", sent.typed("id", id_of(now).unwrap_or_default()));
    let wrong = |key: &str| sent.failure.as_ref().and_then(|it| it.wrong(&format!("/{key}")));
    let mut fields = vec![
        id.called(called("id"))
            .required()
            .fixed(!now.is_null())
            .hint("Items and permissions call it so; it stays for good.")
            .wrong(wrong(kind.key).or_else(|| wrong("id"))),
        Field::line("name", "Name", sent.typed("name", text_of(now, "name")))
            .called(called("name"))
            .hint("For people; the id, if there is none."),
        Field::prose("description", "Description", sent.typed("description", text_of(now, "description")))
            .called(called("description")),
    ];
    fields.extend(kind.lists.iter().map(|(key, words)| {
        Field::prose(key, words, sent.typed(key, &lines_of(now, key).join("\n")))
            .called(called(key))
            .hint("Each on a line of its own.")
            .wrong(wrong(key))
    }));
    fields
}

/// A type is its id, or has one.
fn id_of(it: &Value) -> Option<&str> {
    it.as_str().or_else(|| it["id"].as_str())
}

fn text_of<'a>(it: &'a Value, key: &str) -> &'a str {
    it[key].as_str().unwrap_or_default()
}

/// What a type lists, each by its id.
fn lines_of<'a>(it: &'a Value, key: &str) -> Vec<&'a str> {
    it[key].as_array().into_iter().flatten().filter_map(id_of).collect()
}

/// The types that a project area declares itself.
pub(in crate::pages) fn declared(view: &View, area: AreaId, key: &str) -> Vec<Choice> {
    let found = view.see(area).and_then(|it| it.carried.get(key)).and_then(Value::as_array);
    choices(found.map(Vec::as_slice).unwrap_or_default())
}

/// The types of a project area and of the process that it uses, to be offered where one is chosen.
pub(super) fn offered_types(view: &View, area: AreaId, key: &str) -> Vec<Choice> {
    choices(&all_of(view, area, key))
}

fn all_of(view: &View, area: AreaId, key: &str) -> Vec<Value> {
    match view.process_says(area, key) {
        Some(Value::Array(types)) => types,
        _ => Vec::new(),
    }
}

fn choices(types: &[Value]) -> Vec<Choice> {
    let choice = |it: &Value| {
        let id = id_of(it)?;
        let words = Some(text_of(it, "name")).filter(|name| !name.is_empty()).unwrap_or(id);
        Some(Choice::new(id, words, false))
    };
    types.iter().filter_map(choice).collect()
}

/// The nodes of entries that are about single types, attributes and workflow actions that the process
/// declares: `create/type/defect`.
pub(super) fn single_nodes(view: &View, area: AreaId, operation: OperationId) -> Vec<String> {
    let key = match operation.name() {
        "ccm.save-work-item" => WORK_ITEMS.key,
        "rm.save-artifact" => ARTEFACTS.key,
        _ => return Vec::new(),
    };
    let types = all_of(view, area, key);
    let mut nodes: Vec<String> = Vec::new();
    for (before, of) in operation.leaves().filter_map(|leaf| leaf.path().split_once('<')) {
        let list = match of {
            "attribute>" => "attributes",
            "workflow-action>" => "actions",
            _ => "",
        };
        let ids = types.iter().flat_map(|it| {
            if list.is_empty() { id_of(it).into_iter().collect() } else { lines_of(it, list) }
        });
        for node in ids.filter(|id| can_be_named(id)).map(|id| format!("{before}{id}")) {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
    }
    nodes
}

/// What is said beside the line for other types than those: which of what it has are none that the process
/// declares.
pub(super) fn others_hint(view: &View, area: AreaId, operation: OperationId, others: &[&str]) -> String {
    let known = single_nodes(view, area, operation);
    let hint = "Such as create/type/defect, with commas between them.";
    match others {
        [] => hint.to_owned(),
        _ if known.is_empty() => hint.to_owned(),
        others => format!("{hint} The process does not declare: {}.", others.join(", ")),
    }
}

/// Whether entries can name a type by its id: they divide what they list by commas, and its parts by slashes.
fn can_be_named(id: &str) -> bool {
    !id.is_empty()
        && !id
            .chars()
            .any(|letter| letter.is_whitespace() || matches!(letter, '/' | ',' | '<' | '>' | '*' | '"'))
}

/// What one of these types lists, to be offered where one of it is chosen.
pub(super) fn listed(view: &View, area: AreaId, key: &str, of: &str, list: &str) -> Vec<Choice> {
    let types = all_of(view, area, key);
    let found = types.iter().find(|it| id_of(it) == Some(of));
    let lines = found.map(|it| lines_of(it, list)).unwrap_or_default();
    lines.into_iter().map(|line| Choice::new(line, line, false)).collect()
}

/// Adds, changes or removes a type.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = area_of(visitor.view(), &path)?;
    let posted = posted(visitor.view(), &area, &fields);
    let to = area.address("types");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &area, &sent)).await
}

fn posted(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let kind = kinds(area.application).iter().find(|kind| kind.key == fields.get("kind"));
    let kind = kind.ok_or_else(Problem::not_found)?;
    let found = area.see(view)?.carried.get(kind.key).and_then(Value::as_array);
    let mut list = found.cloned().unwrap_or_default();
    let (of, id) = (fields.get("type"), fields.get("id").trim());
    let place = list.iter().position(|it| !of.is_empty() && id_of(it) == Some(of));
    let wrong = |said: &str| Err(crate::api::bad_value("/id", said));
    if place.is_none() && !of.is_empty() {
        return wrong("the type is gone: somebody else has removed or renamed it");
    }
    if fields.get("verb") == "remove" {
        place.map(|place| list.remove(place));
    } else {
        if id.is_empty() {
            return wrong("a type has an id: type one");
        }
        // Items and entries would go on naming it as it was.
        if place.is_some() && id != of {
            return wrong("the id stays: make another type, and give the items that one");
        }
        if place.is_none() && !can_be_named(id) {
            return wrong(
                "an entry cannot name this id: leave out blanks, slashes, commas, quotes, < > and *",
            );
        }
        for (key, _) in kind.lists {
            if let Some(twice) = twice(fields.get(key)) {
                let said = format!("`{twice}` is there twice: once is enough");
                return Err(crate::api::bad_value(format!("/{key}"), said));
            }
        }
        if list.iter().enumerate().any(|(at, it)| Some(at) != place && id_of(it) == Some(id)) {
            return wrong("a type has this id already: choose another, or change that one");
        }
        match place {
            Some(place) => list[place] = typed(kind, &list[place], id, fields),
            None => list.push(typed(kind, &Value::Null, id, fields)),
        }
    }
    let list = if list.is_empty() { Value::Null } else { list.into() };
    area.change(&json!({ kind.key: list }))?.upon(fields.get("upon"))
}

/// A line that a field has twice.
fn twice(typed: &str) -> Option<&str> {
    let mut lines: Vec<&str> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.windows(2).find(|two| two[0] == two[1]).map(|two| two[0])
}

/// The type that a form says. What the form has no field for stays; a type that says nothing else is its id.
fn typed(kind: &Kind, now: &Value, id: &str, fields: &Fields) -> Value {
    let mut keys = now.as_object().cloned().unwrap_or_default();
    let mut put = |key: &str, value: Option<Value>| match value {
        Some(value) => _ = keys.insert(key.to_owned(), value),
        None => _ = keys.remove(key),
    };
    put("id", Some(id.into()));
    for key in ["name", "description"] {
        put(key, Some(fields.get(key).trim()).filter(|text| !text.is_empty()).map(Value::from));
    }
    for (key, _) in kind.lists {
        put(key, lines_typed(&now[*key], fields.get(key)));
    }
    if keys.len() == 1 { id.into() } else { Value::Object(keys) }
}

/// The lines of a field, each as what was listed under its id before; nothing if there are none.
fn lines_typed(now: &Value, typed: &str) -> Option<Value> {
    let known: Map<String, Value> = now
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| Some((id_of(it)?.to_owned(), it.clone())))
        .collect();
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<Value> =
        lines.map(|line| known.get(line).cloned().unwrap_or_else(|| line.into())).collect();
    (!lines.is_empty()).then(|| lines.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_keeps_what_its_form_has_no_field_for() {
        let fields = Fields::read(b"name=Defect&states=new%0D%0A%0D%0A+done+%0D%0A&actions=");
        let now = json!({
            "id": "bug", "icon": "beetle", "actions": ["start"], "states": [{"id": "new", "group": "open"}],
        });
        assert_eq!(
            typed(&WORK_ITEMS, &now, "defect", &fields),
            json!({
                "id": "defect", "icon": "beetle", "name": "Defect",
                "states": [{"id": "new", "group": "open"}, "done"],
            })
        );
        assert_eq!(typed(&ARTEFACTS, &Value::Null, "term", &Fields::default()), json!("term"));
    }

    #[test]
    fn an_id_that_entries_can_name_has_nothing_that_divides_them() {
        assert!(can_be_named("user-story") && can_be_named("größe"));
        for id in ["", "we ird", "a/b", "a,b", "a\"b", "*"] {
            assert!(!can_be_named(id), "{id}");
        }
        assert_eq!((twice("a\nb\n a \n"), twice("a\n\n\nb")), (Some("a"), None));
    }
}
