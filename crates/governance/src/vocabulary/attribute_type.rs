//! Types of attributes, and values (docs/global-configurations.md#attributes).

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::{Flaw, Word};
use crate::day::Day;
use crate::organisation::Organisation;
use crate::reference::is_uri;
use crate::rules::bad_name;
use crate::text::Name;

/// What an attribute may be.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct AttributeType {
    /// The key of the values.
    pub id: Name,
    /// For people; the id, unless it is there.
    pub name: Option<Name>,
    /// For people.
    pub description: Option<String>,
    /// What a value is.
    pub value_type: ValueType,
    /// Whether there is a list of values.
    pub multiple: bool,
    /// Whether there must be a value.
    pub presence: Presence,
    /// The kinds that have it: `component`, and the words of the kinds of configuration.
    pub on: Vec<&'static str>,
    /// Whether it can be changed on what is frozen.
    pub editable_on_baselines: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the documentation")]
pub enum ValueType {
    String,
    Number,
    Date,
    /// One of these.
    Enumeration(Vec<Name>),
    /// The id of a user.
    Person,
    Uri,
}

/// Whether there must be a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Presence {
    /// It may be absent.
    Optional,
    /// It must be given.
    Required,
    /// It is this unless it is given.
    Default(Value),
}

/// The kinds of items that attributes are of.
const KINDS: [&str; 5] = ["component", "stream", "baseline", "staging", "personal"];

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with the `id` and the `type` of an attribute")]
struct Written {
    id: Name,
    name: Option<Name>,
    description: Option<String>,
    #[serde(rename = "type")]
    value_type: String,
    values: Option<Vec<Name>>,
    #[serde(default)]
    multiple: bool,
    #[serde(default)]
    required: bool,
    default: Option<Value>,
    on: Option<Vec<String>>,
    #[serde(default)]
    editable_on_baselines: bool,
}

impl TryFrom<Written> for AttributeType {
    type Error = String;

    fn try_from(it: Written) -> Result<Self, String> {
        let value_type = match (&*it.value_type, it.values) {
            ("enumeration", Some(values)) if !values.is_empty() => {
                let mut seen = HashSet::new();
                if let Some(twice) = values.iter().find(|value| !seen.insert(*value)) {
                    return Err(format!("the value `{twice}` is there twice"));
                }
                ValueType::Enumeration(values)
            }
            ("enumeration", _) => return Err("an enumeration needs its `values`".into()),
            (_, Some(_)) => return Err("only an enumeration has `values`".into()),
            ("string", _) => ValueType::String,
            ("number", _) => ValueType::Number,
            ("date", _) => ValueType::Date,
            ("person", _) => ValueType::Person,
            ("uri", _) => ValueType::Uri,
            (other, _) => {
                let expected = "`string`, `number`, `date`, `enumeration`, `person`, `uri`";
                return Err(format!("unknown type `{other}`; expected one of {expected}"));
            }
        };
        let kind = |text: String| {
            let known = KINDS.into_iter().find(|kind| *kind == text);
            known.ok_or_else(|| format!("unknown kind `{text}`; expected one of `{}`", KINDS.join("`, `")))
        };
        let on: Vec<&'static str> = match it.on {
            Some(on) => on.into_iter().map(kind).collect::<Result<_, _>>()?,
            None => KINDS.to_vec(),
        };
        if on.is_empty() {
            return Err("it is on no kind of item: name one at least, or leave `on` out".into());
        }
        if let Some(bad) = bad_name("attribute type", &it.id) {
            return Err(bad.to_string());
        }
        let presence = match (it.required, it.default) {
            (false, None) => Presence::Optional,
            (true, None) => Presence::Required,
            (true, Some(default)) => Presence::Default(default),
            (false, Some(_)) => return Err("only what is `required` has a `default`".into()),
        };
        let made = Self {
            id: it.id,
            name: it.name,
            description: it.description,
            value_type,
            multiple: it.multiple,
            presence,
            on,
            editable_on_baselines: it.editable_on_baselines,
        };
        match &made.presence {
            Presence::Default(Value::String(_)) if made.value_type == ValueType::Person => {
                Err("a person has no `default`: people come and go".into())
            }
            Presence::Default(default) => match made.misfit(default, |_| false) {
                Some(flaw) => Err(format!("the default does not fit: {flaw}")),
                None => Ok(made),
            },
            Presence::Optional | Presence::Required => Ok(made),
        }
    }
}

impl Word for AttributeType {
    const KEY: &'static str = "attribute_types";
    const KIND: &'static str = "an attribute type";
    fn name(&self) -> &str {
        &self.id
    }
}

impl AttributeType {
    /// Why a value is none of this type, if it is not.
    pub fn flaw(&self, value: &Value, organisation: &Organisation) -> Option<Flaw> {
        self.misfit(value, |user| organisation.user_by_id(user).is_some())
    }

    fn misfit(&self, value: &Value, is_user: impl Fn(&str) -> bool) -> Option<Flaw> {
        let one = |value: &Value| match (&self.value_type, value) {
            (ValueType::Number, Value::Number(_)) | (ValueType::String, Value::String(_)) => None,
            (ValueType::Date, Value::String(text)) if Day::parse(text).is_some() => None,
            (ValueType::Uri, Value::String(text)) if is_uri(text) => None,
            (ValueType::Enumeration(values), Value::String(text))
                if values.iter().any(|it| **it == **text) =>
            {
                None
            }
            (ValueType::Person, Value::String(text)) if is_user(text) => None,
            (ValueType::Person, Value::String(text)) => {
                Some(Flaw::NoPerson { id: self.id.to_string(), user: text.clone() })
            }
            (_, other) => Some(self.unexpected(other)),
        };
        match value {
            // In a table no value is told from none by nothing.
            nothing if says_nothing(nothing) => Some(self.unexpected(nothing)),
            Value::Array(list) if self.multiple => list.iter().find_map(one),
            other if self.multiple => Some(self.unexpected(other)),
            value => one(value),
        }
    }

    fn unexpected(&self, found: &Value) -> Flaw {
        let one = match &self.value_type {
            ValueType::String => "some text".to_owned(),
            ValueType::Number => "a number".to_owned(),
            ValueType::Date => "a date, such as `2026-11-26`".to_owned(),
            ValueType::Enumeration(values) => format!("one of `{}`", values.join("`, `")),
            ValueType::Person => "the id of a user".to_owned(),
            ValueType::Uri => "a URI, such as `https://example.com`".to_owned(),
        };
        let expected = if self.multiple { format!("a list, each element {one}") } else { one };
        let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        Flaw::Value { id: self.id.to_string(), expected, found }
    }
}

/// A value that is there and says no more than its absence would.
pub(super) fn says_nothing(value: &Value) -> bool {
    value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_type_that_contradicts_itself_is_refused() {
        let wrong = |value: Value| {
            serde_json::from_value::<AttributeType>(value).err().map(|it| it.to_string()).unwrap_or_default()
        };
        for (written, said) in [
            (json!({"id": "a"}), "missing field `type`"),
            (json!({"id": "a", "type": "colour"}), "unknown type `colour`"),
            (json!({"id": "a", "type": "enumeration"}), "needs its `values`"),
            (json!({"id": "a", "type": "number", "values": ["1"]}), "only an enumeration"),
            (json!({"id": "a", "type": "number", "default": 1}), "only what is `required`"),
            (json!({"id": "a", "type": "number", "required": true, "default": "1"}), "does not fit"),
            (json!({"id": "a", "type": "person", "required": true, "default": "bob"}), "a person has no"),
            (json!({"id": "a", "type": "number", "on": ["folder"]}), "unknown kind `folder`"),
            (json!({"id": "a", "type": "number", "colour": 1}), "unknown field `colour`"),
        ] {
            let text = written.to_string();
            let wrong = wrong(written);
            assert!(wrong.contains(said), "{text}: {wrong}");
        }
    }
}
