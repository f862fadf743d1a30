//! The types of attributes and links that a project area of global configurations declares: their forms,
//! and what those mean (docs/global-configurations.md#the-vocabulary).

use governance::{AreaId, ConfigurationKind, ProcessArea, View};
use serde_json::{Value, json};

use super::vocabulary::put;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::process::area::Area;
use crate::pages::saving::Sent;
use crate::problem::Problem;

/// So many project areas are offered.
const OFFERED: usize = 200;
/// A type, of attributes or of links.
pub(super) struct Type {
    pub(super) id: String,
    pub(super) name: String,
    /// What it is, in a few words.
    pub(super) what: String,
    pub(super) items: u64,
}

const TYPES: [(&str, &str); 6] = [
    ("string", "Text"),
    ("number", "Number"),
    ("date", "Date"),
    ("enumeration", "One of some values"),
    ("person", "Person"),
    ("uri", "URI"),
];

pub(super) fn listed(list: &Value, what: impl Fn(&Value) -> String) -> Vec<Type> {
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
pub(super) fn attribute_words(it: &Value) -> String {
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

pub(super) fn attribute_fields(it: &Value, sent: &Sent) -> Vec<Field> {
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

pub(super) fn link_fields(it: &Value, sent: &Sent) -> Vec<Field> {
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
pub(super) fn import_field(view: &View, area: &Area, sent: &Sent) -> Option<Field> {
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

/// A list of types with one put in the place of what had its id, or taken out.
pub(super) fn types(
    view: &View,
    area: AreaId,
    key: &str,
    id: &str,
    new: Option<Value>,
) -> Result<Value, Problem> {
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

pub(super) fn attribute(verb: &str, fields: &Fields) -> Option<Value> {
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

pub(super) fn link(verb: &str, fields: &Fields) -> Option<Value> {
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
