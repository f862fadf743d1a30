//! Types of links, and links (docs/global-configurations.md#links).

use serde::Deserialize;
use serde_json::Value;

use super::{Flaw, Flawed, Word};
use crate::reference::is_uri;
use crate::text::Name;

/// What a link says about the two that it joins.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with the `id` of a link type")]
pub struct LinkType {
    /// What links write.
    pub id: Name,
    /// For people; the id, unless it is there.
    pub name: Option<Name>,
    /// What it says from the other end.
    pub inverse: Option<Name>,
    /// For people.
    pub description: Option<String>,
}

impl Word for LinkType {
    const KEY: &'static str = "link_types";
    const KIND: &'static str = "a link type";
    fn name(&self) -> &str {
        &self.id
    }
}

/// What is wrong with the links of an item.
pub(super) fn flaws(links: &Value, types: &[LinkType]) -> Vec<Flawed> {
    let Value::Array(links) = links else {
        let flaw = Flaw::Shape("links", "a list of URIs, or of mappings with `uri`, `type` and `title`");
        return vec![Flawed { at: "links".to_owned(), flaw }];
    };
    let flaw = |(at, link)| Some(Flawed { at: format!("links/{at}"), flaw: flaw(link, types)? });
    links.iter().enumerate().filter_map(flaw).collect()
}

fn flaw(link: &Value, types: &[LinkType]) -> Option<Flaw> {
    let keys = match link {
        Value::Object(keys) => keys,
        other => return bad_uri(Some(other)),
    };
    let is_text = |(key, value): &(&String, &Value)| {
        matches!(key.as_str(), "uri" | "type" | "title") && value.is_string()
    };
    if let Some((key, _)) = keys.iter().find(|entry| !is_text(entry)) {
        return Some(Flaw::LinkKey(key.clone()));
    }
    let declared = |id: &str| is_uri(id) || types.iter().any(|it| *it.id == *id);
    let unknown = keys.get("type").and_then(Value::as_str).filter(|id| !declared(id));
    bad_uri(keys.get("uri")).or_else(|| unknown.map(|id| Flaw::LinkType(id.to_owned())))
}

fn bad_uri(uri: Option<&Value>) -> Option<Flaw> {
    match uri {
        Some(Value::String(text)) if is_uri(text) => None,
        Some(Value::String(text)) => Some(Flaw::LinkUri(text.clone())),
        Some(other) => Some(Flaw::LinkUri(other.to_string())),
        None => Some(Flaw::LinkUri(String::new())),
    }
}
