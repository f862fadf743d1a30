//! The words of a project area of global configurations: tags, types of attributes and links, shared queries
//! (docs/global-configurations.md#the-vocabulary).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{AreaId, ConfigurationKind, KnownTag, ProcessArea, Sort, View};
use serde_json::{Map, Value, json};

use super::lists::query_address;
use super::{count, review_page};
use crate::api::{Posted, SharedQuery, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::segment;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Pager, place};
use crate::pages::process::area::{Area, AreaPath};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/vocabulary.html")]
struct VocabularyPage<'a> {
    frame: Frame,
    path: String,
    number: u32,
    told: Told<'a>,
    tag: String,
    tags: Vec<KnownTag>,
    pager: Pager,
    /// Where the page of tags begins.
    after: String,
    tag_fields: [Field; 2],
    edited_tag: Option<(String, String)>,
    create_tag: Ability,
    rename_tag: Ability,
    delete_tag: Ability,
    attribute_types: Vec<Type>,
    attribute_fields: Vec<Field>,
    edited_attribute: Option<String>,
    link_types: Vec<Type>,
    link_fields: Vec<Field>,
    edited_link: Option<String>,
    /// Another project area, whose types are taken over; nothing where the visitor sees no other.
    import_field: Option<Field>,
    edit_types: Ability,
    queries: Vec<Query>,
    query_fields: [Field; 3],
    create_query: Ability,
    delete_query: Ability,
}

/// So many project areas are offered.
const OFFERED: usize = 200;
/// So many tags a page has.
const ROWS: usize = 100;

struct Type {
    id: String,
    name: String,
    what: String,
    items: u64,
}

struct Query {
    name: String,
    description: String,
    /// The configurations that it finds.
    address: String,
    /// The components, where it can find any.
    components: Option<String>,
    /// What it names that is not there.
    missing: String,
    tag: String,
}

const TYPES: [(&str, &str); 6] = [
    ("string", "Text"),
    ("number", "Number"),
    ("date", "Date"),
    ("enumeration", "One of some values"),
    ("person", "Person"),
    ("uri", "URI"),
];

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::with_vocabulary(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let (_, tag) = area.representation(view)?;
    let (types, _) = representation(view, &format!("{}/types", area.path()))?;
    let may = |deed: &str| visitor.may(deed, &area.reference);
    let (attribute, link) = (query.get("attribute"), query.get("link"));
    let known = |key: &str, id: &str| {
        let mut list = types[key].as_array().into_iter().flatten();
        list.find(|it| it["id"] == *id).cloned().unwrap_or_default()
    };
    let tags = view.tags(area.id);
    let edited_tag = tags.iter().find(|it| it.tag.as_str() == query.get("tag"));
    let (name, description) =
        edited_tag.map_or(("", ""), |it| (it.tag.as_str(), it.description.as_deref().unwrap_or_default()));
    let (first, next) = place(query, ROWS, tags.len());
    let tag_fields = [
        Field::line("tag_name", "Tag", sent.typed("tag_name", name))
            .required()
            .hint("In lower case, with a slash before what is nested: safety/brake.")
            .wrong(sent.wrong("/name")),
        Field::line("tag_description", "What it is for", sent.typed("tag_description", description)),
    ];
    Ok(render(&VocabularyPage {
        path: area.path(),
        number: area.id.number(),
        told: sent.review(
            button(visitor),
            format!("{}/vocabulary", area.path()),
            &area.address("vocabulary"),
        ),
        edited_tag: edited_tag
            .map(|it| {
                let path = format!("{}/tags/{}", area.path(), segment(it.tag.as_str()));
                representation(view, &path).map(|(_, tag)| (it.tag.as_str().to_owned(), tag))
            })
            .transpose()?,
        tag_fields,
        pager: Pager::new(&visitor.here, count(tags.len(), "tag"), next),
        after: query.get("after").to_owned(),
        tags: tags.into_iter().skip(first).take(ROWS).collect(),
        create_tag: may("gc.manage-tags/create"),
        rename_tag: may("gc.manage-tags/rename"),
        delete_tag: may("gc.manage-tags/delete"),
        attribute_fields: attribute_fields(&known("attribute_types", attribute), sent),
        attribute_types: listed(&types["attribute_types"], attribute_words),
        edited_attribute: (!attribute.is_empty()).then(|| attribute.to_owned()),
        link_fields: link_fields(&known("link_types", link), sent),
        link_types: listed(&types["link_types"], |it| it["inverse"].as_str().unwrap_or_default().to_owned()),
        edited_link: (!link.is_empty()).then(|| link.to_owned()),
        edit_types: may("gc.manage-types/modify"),
        queries: queries(view, area)?,
        query_fields: [
            Field::line("query_name", "Name", sent.typed("query_name", "")).required().called("query-name"),
            Field::line("query_description", "What it is for", sent.typed("query_description", "")),
            Field::line("criteria", "Search", sent.typed("criteria", ""))
                .required()
                .hint("The address of a list that shows what is to be found, with its filters.")
                .wrong(sent.wrong("/criteria")),
        ],
        import_field: import_field(view, area, sent),
        create_query: may("gc.save-shared-query/create"),
        delete_query: may("gc.save-shared-query/delete"),
        tag,
        frame: area.frame(visitor, "vocabulary")?,
    }))
}

fn button(visitor: &Visitor) -> crate::pages::part::Button {
    visitor.only_in_earnest(Ability::Allowed).button("Save it")
}

fn listed(list: &Value, what: impl Fn(&Value) -> String) -> Vec<Type> {
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let list = list.as_array().into_iter().flatten();
    list.map(|it| Type {
        id: text(it, "id"),
        name: text(it, "name"),
        what: what(it),
        items: it["items"].as_u64().unwrap_or(0),
    })
    .collect()
}

/// A type of attributes in a few words.
fn attribute_words(it: &Value) -> String {
    let kind = it["type"].as_str().unwrap_or_default();
    let mut words =
        vec![TYPES.iter().find(|(word, _)| *word == kind).map_or(kind, |(_, words)| words).to_lowercase()];
    if let Some(values) = it["values"].as_array() {
        words[0] = values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ");
    }
    for (key, said) in
        [("multiple", "several"), ("required", "required"), ("editable_on_baselines", "also on baselines")]
    {
        if it[key] == true {
            words.push(said.to_owned());
        }
    }
    words.join(", ")
}

fn attribute_fields(it: &Value, sent: &Sent) -> Vec<Field> {
    let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| {
        let list = it[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        list.collect::<Vec<_>>().join("\n")
    };
    let default = match &it["default"] {
        Value::Null => String::new(),
        Value::Array(list) => list.iter().map(as_typed).collect::<Vec<_>>().join("\n"),
        one => as_typed(one),
    };
    let kind = sent.typed("type", &text("type")).to_owned();
    let kinds = TYPES.iter().map(|(word, words)| Choice::new(*word, *words, *word == kind));
    let typed: Vec<&str> = sent.fields.all("on").collect();
    let all: Vec<&str> = std::iter::once("component").chain(ConfigurationKind::WORDS).collect();
    let on = |kind: &str| match (sent.is_any(), it["on"].as_array()) {
        (true, _) => typed.contains(&kind),
        (false, Some(list)) => list.iter().any(|it| it == kind),
        (false, None) => true,
    };
    let on = all.iter().map(|kind| Choice::new(*kind, kind_of(kind), on(kind)));
    let flag = |key: &str, words: &str| {
        let chosen =
            if sent.is_any() { sent.fields.all("flag").any(|it| it == key) } else { it[key] == true };
        Choice::new(key, words, chosen)
    };
    let flags = vec![
        flag("multiple", "Several values"),
        flag("required", "Required"),
        flag("editable_on_baselines", "Can be changed on baselines"),
    ];
    vec![
        Field::line("attribute_id", "Id", sent.typed("attribute_id", &text("id")))
            .required()
            .wrong(sent.wrong("/attribute_types")),
        Field::line("attribute_name", "Name", sent.typed("attribute_name", &text("name")))
            .hint("For people; the id, if there is none."),
        Field::select("type", "What a value is", kinds.collect()),
        Field::prose("values", "Values", sent.typed("values", &list("values")))
            .hint("Each on a line of its own; of “one of some values” alone."),
        Field::checks("flag", "Rules", flags),
        Field::prose("default", "Default", sent.typed("default", &default))
            .hint("Of what is required: what it is unless it is given. Of several values each on a line of its own."),
        Field::checks("on", "On", on.collect()),
    ]
}

/// A value as somebody types it.
fn as_typed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn kind_of(kind: &str) -> &'static str {
    match kind {
        "component" => "components",
        "stream" => "streams",
        "baseline" => "baselines",
        "staging" => "staging streams",
        _ => "personal streams",
    }
}

fn link_fields(it: &Value, sent: &Sent) -> Vec<Field> {
    let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
    vec![
        Field::line("link_id", "Id", sent.typed("link_id", &text("id")))
            .required()
            .wrong(sent.wrong("/link_types")),
        Field::line("link_name", "Name", sent.typed("link_name", &text("name"))),
        Field::line("inverse", "From the other end", sent.typed("inverse", &text("inverse"))),
    ]
}

/// The other project areas of global configurations that have types.
fn import_field(view: &View, area: &Area, sent: &Sent) -> Option<Field> {
    let others = view.each::<ProcessArea>(0).filter(|(id, it)| {
        let has_types = ["attribute_types", "link_types"].iter().any(|key| it.carried.get(key).is_some());
        *id != area.id && has_types && it.project().is_some_and(|it| it.application == area.application)
    });
    let chosen = sent.typed("from", "");
    let choice = |(id, it): (AreaId, &ProcessArea)| {
        let number = id.number().to_string();
        let is_chosen = number == chosen;
        Choice::new(number, it.name.to_string(), is_chosen)
    };
    let choices: Vec<Choice> = others.take(OFFERED).map(choice).collect();
    let hint = "A type that is here under the same id is replaced.";
    let field = || Field::select("from", "Of", choices.clone()).hint(hint).wrong(sent.wrong("/from"));
    (!choices.is_empty()).then(field)
}

fn queries(view: &View, area: &Area) -> Result<Vec<Query>, Problem> {
    let query = |(it, tag): (SharedQuery, String)| {
        let criteria = &it.criteria;
        let of_components = criteria.kind.is_empty()
            && criteria.owner.is_none()
            && !matches!(criteria.sort, Some(Sort::Kind | Sort::KindDescending));
        let components = of_components.then(|| query_address("components", area.id, criteria.clone()));
        Some(Query {
            components: components.flatten(),
            address: query_address("configurations", area.id, it.criteria)?,
            missing: it.missing.into_iter().map(|it| it.detail).collect::<Vec<_>>().join("; "),
            name: it.name,
            description: it.description.unwrap_or_default(),
            tag,
        })
    };
    Ok(SharedQuery::tagged(view, area.id)?.into_iter().filter_map(query).collect())
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::with_vocabulary(visitor.view(), &path)?;
    let posted = posted(visitor.view(), &area, &fields);
    let to = area.address("vocabulary");
    let again = |sent: Sent| {
        // A form that only has a button has nothing to be shown in.
        if sent.change.is_some() && sent.fields.get("verb").starts_with("delete") {
            let told = sent.review(button(&visitor), format!("{}/vocabulary", area.path()), &to.clone());
            return review_page(area.frame(&visitor, "vocabulary")?, told);
        }
        page(&visitor, &area, &sent)
    };
    save(&server, &visitor, fields, posted, |_| area.address("vocabulary"), again).await
}

fn posted(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let (verb, upon) = (fields.get("verb"), fields.get("upon"));
    let text = |name: &str| match fields.get(name).trim() {
        "" => Value::Null,
        text => text.into(),
    };
    let below = |noun: &str, name: &str| format!("{}/{noun}/{}", area.path(), segment(name));
    match verb {
        "create-tag" => {
            let mut body = json!({"name": text("tag_name")});
            put(&mut body, "description", text("tag_description"));
            Posted::new(Verb::Post, &format!("{}/tags", area.path()), &body)
        }
        "change-tag" => {
            let mut body = json!({"description": text("tag_description")});
            if fields.get("tag_name") != fields.get("tag") {
                body["name"] = text("tag_name");
            }
            Posted::new(Verb::Patch, &below("tags", fields.get("tag")), &body)?.upon(upon)
        }
        "delete-tag" => {
            Posted::new(Verb::Delete, &below("tags", fields.get("tag")), &Value::Null)?.upon(upon)
        }
        "delete-query" => {
            Posted::new(Verb::Delete, &below("shared-queries", fields.get("query")), &Value::Null)?.upon(upon)
        }
        "create-query" => {
            let mut body = json!({"name": text("query_name"), "criteria": criteria(fields.get("criteria"))});
            put(&mut body, "description", text("query_description"));
            Posted::new(Verb::Post, &format!("{}/shared-queries", area.path()), &body)
        }
        "import-types" => {
            let body = json!({"from": fields.get("from")});
            Posted::new(Verb::Post, &format!("{}/import-types", area.path()), &body)
        }
        "save-attribute" | "delete-attribute" => {
            types(view, area.id, "attribute_types", fields.get("attribute"), attribute(verb, fields))
                .and_then(|keys| area.change(&keys)?.upon(upon))
        }
        "save-link" | "delete-link" => {
            types(view, area.id, "link_types", fields.get("link"), link(verb, fields))
                .and_then(|keys| area.change(&keys)?.upon(upon))
        }
        _ => Err(Problem::not_found()),
    }
}

fn put(body: &mut Value, key: &str, value: Value) {
    if !value.is_null() {
        body[key] = value;
    }
}

/// A list of types with one put in the place of what had its id, or taken out.
fn types(view: &View, area: AreaId, key: &str, id: &str, new: Option<Value>) -> Result<Value, Problem> {
    let found = view.see(area).ok_or_else(Problem::not_found)?;
    let mut list = found.carried.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let place = list.iter().position(|it| !id.is_empty() && it["id"] == *id);
    match (place, new) {
        (Some(place), Some(mut new)) => {
            // What the form has no field for stays.
            put(&mut new, "description", list[place]["description"].clone());
            list[place] = new;
        }
        (Some(place), None) => drop(list.remove(place)),
        (None, Some(new)) => list.push(new),
        (None, None) => return Err(Problem::not_found()),
    }
    let list = if list.is_empty() { Value::Null } else { list.into() };
    Ok(json!({ key: list }))
}

fn attribute(verb: &str, fields: &Fields) -> Option<Value> {
    if verb.starts_with("delete") {
        return None;
    }
    let mut it = json!({"id": fields.get("attribute_id").trim(), "type": fields.get("type")});
    if !fields.get("attribute_name").trim().is_empty() {
        it["name"] = fields.get("attribute_name").trim().into();
    }
    let lines = |name: &str| fields.get(name).lines().map(str::trim).filter(|line| !line.is_empty());
    let values: Vec<&str> = lines("values").collect();
    if !values.is_empty() {
        it["values"] = values.into();
    }
    for flag in fields.all("flag") {
        it[flag] = true.into();
    }
    let default = fields.get("default").trim();
    if !default.is_empty() {
        let one = |text: &str| match fields.get("type") {
            "number" => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            _ => Value::from(text),
        };
        it["default"] = match fields.all("flag").any(|it| it == "multiple") {
            true => lines("default").map(one).collect(),
            false => one(default),
        };
    }
    let on: Vec<&str> = fields.all("on").collect();
    if on.len() < ConfigurationKind::WORDS.len() + 1 {
        it["on"] = on.into();
    }
    Some(it)
}

fn link(verb: &str, fields: &Fields) -> Option<Value> {
    if verb.starts_with("delete") {
        return None;
    }
    let mut it = json!({"id": fields.get("link_id").trim()});
    for (field, key) in [("link_name", "name"), ("inverse", "inverse")] {
        if !fields.get(field).trim().is_empty() {
            it[key] = fields.get(field).trim().into();
        }
    }
    Some(it)
}

/// What the address of a list says of a search.
fn criteria(address: &str) -> Value {
    let query = address.split_once('?').map_or(address, |(_, query)| query);
    let pairs: Vec<_> = form_urlencoded::parse(query.trim().as_bytes()).into_owned().collect();
    let mut criteria = Map::new();
    for (name, value) in super::lists::criteria(&pairs) {
        put_criterion(&mut criteria, &name, value);
    }
    criteria.into()
}

/// A criterion as JSON says it: some are lists, and one is true or false.
pub(super) fn put_criterion(criteria: &mut Map<String, Value>, name: &str, value: String) {
    match name {
        "tag" | "attribute" | "kind" => {
            let list = criteria.entry(name).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|list| list.push(value.clone().into()));
        }
        "archived" => _ = criteria.insert(name.to_owned(), json!(value == "true")),
        _ => _ = criteria.insert(name.to_owned(), value.into()),
    }
}
