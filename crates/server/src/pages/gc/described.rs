//! What components and configurations carry for people, as fields of a form: description, tags, links and
//! attributes (docs/global-configurations.md#the-vocabulary).

use governance::{AreaId, AttributeType, Item, ValueType, View};
use serde_json::{Map, Value, json};

use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::saving::Sent;

/// What carries it: in which project area, and `component` or the word of a kind of configuration.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    pub(super) project: AreaId,
    pub(super) kind: &'a str,
    /// How it is by REST.
    pub(super) now: &'a Value,
}

/// A field of an attribute is called so, and then its id.
const ATTRIBUTE: &str = "attribute.";

impl Carrier<'_> {
    fn types(&self, view: &View) -> Vec<AttributeType> {
        let types = view.vocabulary(self.project).attribute_types.into_iter();
        types.filter(|it| it.on.contains(&self.kind)).collect()
    }

    /// Description, tags and attributes: what `modify-attributes` is for.
    pub(super) fn fields(&self, view: &View, sent: &Sent) -> Vec<Field> {
        let tags = view.tags(self.project).into_iter();
        let offered = tags.map(|it| Choice::new(it.tag.as_str(), it.description.unwrap_or_default(), false));
        let mut fields = vec![
            Field::prose("description", "Description", sent.typed("description", &self.text("description")))
                .wrong(sent.wrong("/description")),
            Field::line("tags", "Tags", sent.typed("tags", &self.text("tags")))
                .offering(offered.collect())
                .hint("With commas between them; nested ones have a slash: safety/brake.")
                .wrong(sent.wrong("/tags").or_else(|| self.wrong_tags(view, sent))),
        ];
        let types = self.types(view);
        fields.extend(types.iter().map(|it| self.field(it, sent)));
        let others = self.others(&types);
        if !others.is_empty() || types.is_empty() {
            let hint = "One on each line: name = value.";
            let field = Field::prose("others", "Other attributes", sent.typed("others", &others));
            fields.push(field.hint(hint).wrong(sent.wrong("/attributes")));
        }
        fields
    }

    /// What is wrong with tags that are not there yet, for somebody who may not make any.
    fn wrong_tags(&self, view: &View, sent: &Sent) -> Option<String> {
        sent.failure.as_ref()?;
        let known = view.tags(self.project);
        let is_known = |tag: &&str| known.iter().any(|it| it.tag.as_str() == *tag);
        let unknown: Vec<_> = sent.fields.list("tags").filter(|tag| !is_known(tag)).collect();
        let area = view.reference(Item::Area(self.project));
        if unknown.is_empty() || Ability::to_do(view, "gc.manage-tags/create", &area).is_allowed() {
            return None;
        }
        let named = unknown.iter().map(|tag| format!("“{tag}”")).collect::<Vec<_>>().join(", ");
        Some(format!(
            "There is no tag {named} in this project area, and you may not make tags: choose from those there are."
        ))
    }

    /// Links: what `modify-links` is for.
    pub(super) fn links(&self, view: &View, sent: &Sent) -> Field {
        let known: Vec<String> =
            view.vocabulary(self.project).link_types.iter().map(|it| it.id.to_string()).collect();
        let hint = match known.first() {
            None => "One on each line: its URI, such as https://elm.example.com/rm/1.".to_owned(),
            Some(first) => format!(
                "One on each line: the URI, then, after bars, its type ({}) and a title: https://… | {first} | Its title.",
                known.join(", ")
            ),
        };
        Field::prose("links", "Links", sent.typed("links", &self.text("links")))
            .hint(hint)
            .wrong(sent.wrong("/links").or_else(|| wrong_link_type(&known, sent)))
    }

    fn field(&self, it: &AttributeType, sent: &Sent) -> Field {
        let (name, id) = (format!("{ATTRIBUTE}{}", it.id), &*it.id);
        let label = it.name.as_deref().unwrap_or(id).to_owned();
        let now = plain(&self.now["attributes"][id]);
        let typed = sent.typed(&name, &now).to_owned();
        let wrong = sent.wrong(&format!("/attributes/{}", id.replace('~', "~0").replace('/', "~1")));
        let mut hint = it.description.clone().unwrap_or_default();
        if it.multiple {
            hint = format!("{hint} With commas between values.").trim().to_owned();
        }
        let field = match &it.value_type {
            ValueType::Enumeration(values) if !it.multiple => {
                let mut choices = vec![Choice::new("", "—", typed.is_empty())];
                choices.extend(
                    values.iter().map(|it| Choice::new(it.to_string(), it.to_string(), **it == *typed)),
                );
                Field::select(&name, &label, choices)
            }
            ValueType::Enumeration(values) => {
                let offered = values.iter().map(|it| Choice::new(it.to_string(), "", false)).collect();
                Field::line(&name, &label, typed).offering(offered)
            }
            ValueType::Date if !it.multiple => Field::line(&name, &label, typed).of_kind("date"),
            ValueType::Person if !it.multiple => Field::line(&name, &label, typed).of_person(),
            ValueType::Uri if !it.multiple => Field::line(&name, &label, typed).of_kind("url"),
            _ => Field::line(&name, &label, typed),
        };
        field.hint(hint).wrong(wrong)
    }

    /// A key as its field has it.
    fn text(&self, key: &str) -> String {
        match (key, &self.now[key]) {
            ("links", Value::Array(links)) => links.iter().map(link_text).collect::<Vec<_>>().join("\n"),
            (_, value) => plain(value),
        }
    }

    fn others(&self, types: &[AttributeType]) -> String {
        let all = self.now["attributes"].as_object().into_iter().flatten();
        let others = all.filter(|(id, _)| !types.iter().any(|it| *it.id == **id));
        let line = |(id, value): (&String, &Value)| match value {
            Value::String(text) if serde_json::from_str::<Value>(text).is_err() => format!("{id} = {text}"),
            value => format!("{id} = {value}"),
        };
        others.map(line).collect::<Vec<_>>().join("\n")
    }

    /// The keys that a form changes. What it does not have is as it was.
    pub(super) fn changed(&self, view: &View, fields: &Fields) -> Map<String, Value> {
        let has = |name: &str| fields.pairs().any(|(it, _)| it == name);
        let mut keys = Map::new();
        let mut put = |key: &str, value: Value| {
            let now = self.now.get(key).cloned().unwrap_or_default();
            if now != value {
                keys.insert(key.to_owned(), value);
            }
        };
        if has("description") {
            put("description", text(fields.get("description")));
        }
        if has("tags") {
            let tags: Vec<&str> = fields.list("tags").collect();
            put("tags", if tags.is_empty() { Value::Null } else { tags.into() });
        }
        if has("links") {
            let links: Vec<Value> = fields.get("links").lines().filter_map(link).collect();
            put("links", if links.is_empty() { Value::Null } else { links.into() });
        }
        let types = self.types(view);
        let mut attributes = Map::new();
        let mut asked = false;
        for it in &types {
            let name = format!("{ATTRIBUTE}{}", it.id);
            let now = &self.now["attributes"][&*it.id];
            if has(&name) {
                asked = true;
                if let Some(value) = value(it, fields.get(&name)) {
                    attributes.insert(it.id.to_string(), value);
                }
            } else if !now.is_null() {
                attributes.insert(it.id.to_string(), now.clone());
            }
        }
        if has("others") {
            asked = true;
            attributes.extend(fields.get("others").lines().filter_map(other));
        } else {
            let all = self.now["attributes"].as_object().into_iter().flatten();
            let others = all.filter(|(id, _)| !types.iter().any(|it| *it.id == **id));
            attributes.extend(others.map(|(id, value)| (id.clone(), value.clone())));
        }
        if asked {
            put("attributes", if attributes.is_empty() { Value::Null } else { attributes.into() });
        }
        keys
    }
}

fn text(typed: &str) -> Value {
    match typed.trim() {
        "" => Value::Null,
        text => text.replace("\r\n", "\n").into(),
    }
}

/// A value as it is typed.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What is typed into the field of an attribute; what it cannot be, the API says.
pub(super) fn value(it: &AttributeType, typed: &str) -> Option<Value> {
    let one = |text: &str| match it.value_type {
        ValueType::Number => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => Value::from(text),
    };
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    if it.multiple {
        return Some(typed.split(',').map(str::trim).filter(|it| !it.is_empty()).map(one).collect());
    }
    Some(one(typed))
}

/// `name = value`, where the value is JSON or a text.
fn other(line: &str) -> Option<(String, Value)> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    let (id, value) = line.split_once('=').unwrap_or((line, ""));
    let value = value.trim();
    Some((id.trim().to_owned(), untyped(value)))
}

/// A value of which no type is known: JSON, if that reads as it was typed. `1.10` is a text.
pub(super) fn untyped(typed: &str) -> Value {
    match serde_json::from_str(typed) {
        Ok(Value::Number(number)) if number.to_string() != typed => typed.into(),
        Ok(Value::Null) | Err(_) => typed.into(),
        Ok(value) => value,
    }
}

/// `https://… | type | title`.
fn link(line: &str) -> Option<Value> {
    let mut parts = line.split('|').map(str::trim);
    let uri = parts.next().filter(|it| !it.is_empty())?;
    let (kind, title) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if kind.is_empty() && title.is_empty() {
        return Some(uri.into());
    }
    let mut link = json!({ "uri": uri });
    for (key, value) in [("type", kind), ("title", title)] {
        if !value.is_empty() {
            link[key] = value.into();
        }
    }
    Some(link)
}

fn link_text(link: &Value) -> String {
    let part = |key: &str| link[key].as_str().unwrap_or_default();
    match link {
        Value::String(uri) => uri.clone(),
        _ => {
            let text = format!("{} | {} | {}", part("uri"), part("type"), part("title"));
            text.trim_end_matches([' ', '|']).to_owned()
        }
    }
}

/// What is wrong with a type of a link that was typed: one that the project area has not, and that is no URI.
fn wrong_link_type(known: &[String], sent: &Sent) -> Option<String> {
    sent.failure.as_ref()?;
    let types = sent.fields.get("links").lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    let wrong = |of: &&str| !of.is_empty() && !of.contains(':') && !known.iter().any(|it| it == of);
    let unknown = types.into_iter().find(wrong)?;
    Some(format!("There is no type of links `{unknown}` in this project area."))
}

/// Links as a page tells them: the address, if it is one that a browser may follow, and the words.
pub(super) fn links_told(now: &Value) -> Vec<(Option<String>, String)> {
    let told = |link: &Value| {
        let uri = link.as_str().or_else(|| link["uri"].as_str()).unwrap_or_default().to_owned();
        let title = link["title"].as_str().unwrap_or(&uri).to_owned();
        let follows = uri.starts_with("https://") || uri.starts_with("http://");
        (follows.then_some(uri), title)
    };
    now["links"].as_array().into_iter().flatten().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_of_the_web_is_told_and_not_followed() {
        for (uri, follows) in
            [("https://a.example/x", true), ("javascript://%0aalert(1)", false), ("urn://a", false)]
        {
            let told = links_told(&json!({"links": [{"uri": uri, "title": "A"}]}));
            assert_eq!(told, [(follows.then(|| uri.to_owned()), "A".to_owned())]);
        }
    }

    #[test]
    fn links_and_attributes_are_typed_as_they_are_shown() {
        for text in
            ["https://a.example/x", "https://a.example/x | tests", "https://a.example/x | tests | A report"]
        {
            assert_eq!(link_text(&link(text).unwrap()), text);
        }
        assert_eq!(link("  "), None);
        assert_eq!(link("https://a.example/ || T"), Some(json!({"uri": "https://a.example/", "title": "T"})));
        assert_eq!(other("mass = 12.5"), Some(("mass".to_owned(), json!(12.5))));
        assert_eq!(other("name = A = B"), Some(("name".to_owned(), json!("A = B"))));
        for text in ["1.10", "null", "01"] {
            assert_eq!(untyped(text), json!(text));
        }
    }
}
