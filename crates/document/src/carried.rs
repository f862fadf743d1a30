//! What is carried from import to export though no decision reads it (docs/organisation-document.md).

use governance::Carried;
use serde_json::{Number, Value as Json};

use crate::overlay::Lay;
use crate::reading::{Prose, Read, truth, whole, wrong};
use crate::report::Problems;
use crate::tree::{Node, Value, is_null};

/// What a carried key holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Texts,
    Truth,
    List,
    Map,
    Any,
}

/// The carried keys of one thing, in the reading.
#[derive(Default)]
pub(crate) struct Reading(Vec<(String, Json)>);

impl Reading {
    pub(crate) fn read(&mut self, key: &str, kind: Kind, node: Node, problems: &mut Problems) {
        let value = match (kind, &node.value) {
            (Kind::Text, _) => Prose::read(node, problems).map(|text| Json::from(&*text.0)),
            (Kind::Truth, _) => bool::read(node, problems).map(Json::from),
            (Kind::Texts, _) => {
                let texts = Vec::<Prose>::read(node, problems);
                texts.map(|texts| texts.iter().map(|text| Json::from(&*text.0)).collect())
            }
            (Kind::List, Value::Sequence(_)) | (Kind::Map, Value::Mapping(_)) | (Kind::Any, _) => {
                json(node, problems)
            }
            (Kind::List, _) => wrong(&node, "a list", problems),
            (Kind::Map, _) => wrong(&node, "a mapping", problems),
        };
        self.0.extend(value.map(|value| (key.to_owned(), value)));
    }

    pub(crate) fn finish(&mut self) -> Carried {
        self.0.drain(..).collect()
    }
}

/// Maps key by key, everything else whole.
impl Lay for Carried {
    fn lay(&mut self, over: Self) {
        for (key, value) in over.iter() {
            let mut base = self.get(key).cloned().unwrap_or_default();
            lay(&mut base, value.clone());
            *self = self.with(key, Some(base));
        }
    }
}

fn lay(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(base) => lay(base, value),
                    None => _ = base.insert(key, value),
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// A node as JSON, by the YAML 1.2 core schema.
fn json(node: Node, problems: &mut Problems) -> Option<Json> {
    Some(match node.value {
        Value::Plain(text) if is_null(&text) => Json::Null,
        Value::Plain(ref text) => match (truth(text), number(text)) {
            (Some(truth), _) => truth.into(),
            (_, Some(Some(number))) => number.into(),
            (_, Some(None)) => {
                return wrong(&node, "a number of bearable size, or a text in quotes", problems);
            }
            _ => Json::from(&**text),
        },
        Value::Quoted(text) => Json::from(&*text),
        Value::Sequence(items) => items.into_iter().filter_map(|item| json(item, problems)).collect(),
        Value::Mapping(entries) => {
            let entries = entries.into_iter();
            entries.filter_map(|(key, value)| Some((key.text.to_string(), json(value, problems)?))).collect()
        }
        Value::Unread => return None,
    })
}

/// A number of the core schema, within if JSON can hold it without loss of size.
fn number(text: &str) -> Option<Option<Number>> {
    if let ".inf" | ".Inf" | ".INF" | "+.inf" | "-.inf" | ".nan" | ".NaN" | ".NAN" = text {
        return Some(None);
    }
    if let Some(number) = whole(text) {
        return Some(Some(number.into()));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() {
        return Some(text.parse::<i64>().ok().map(Number::from));
    }
    let looks = digits.starts_with(|first: char| first == '.' || first.is_ascii_digit());
    let number = text.parse::<f64>().ok().filter(|_| looks)?;
    Some(Number::from_f64(number))
}
