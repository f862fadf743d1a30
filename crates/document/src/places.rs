//! Where the parts of a carried key are written, for those keys that are checked.

use std::sync::Arc;

use crate::overlay::Lay;
use crate::span::Span;
use crate::tree::{Node, Value};

/// The places of checked keys and of what is directly in them, by their slash paths: `attributes/cost`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(Option<Arc<[Place]>>);

/// A key, and where it stands.
type Place = (Box<str>, Span);

/// The keys that rules look into.
const CHECKED: [&str; 6] = ["tags", "attributes", "links", "attribute_types", "link_types", "shared_queries"];

/// The places of one thing, in the reading.
#[derive(Default)]
pub(crate) struct Reading(Vec<Place>);

impl Reading {
    pub(crate) fn read(&mut self, key: &str, node: &Node) {
        if !CHECKED.contains(&key) {
            return;
        }
        self.0.push((key.into(), node.span));
        let mut put = |part: &str, span| self.0.push((format!("{key}/{part}").into(), span));
        match &node.value {
            Value::Sequence(items) => {
                items.iter().enumerate().for_each(|(at, item)| put(&at.to_string(), item.span));
            }
            Value::Mapping(entries) => entries.iter().for_each(|(key, value)| put(&key.text, value.span)),
            Value::Plain(_) | Value::Quoted(_) | Value::Unread => {}
        }
    }

    pub(crate) fn finish(&mut self) -> Places {
        Places((!self.0.is_empty()).then(|| self.0.drain(..).collect()))
    }
}

impl Places {
    /// The place of a path, or of the key that it begins with.
    pub(crate) fn find(&self, path: &str) -> Option<Span> {
        let key = path.split('/').next().unwrap_or_default();
        let of = |path: &str| self.0.iter().flat_map(|it| it.iter()).find(|(it, _)| **it == *path);
        of(path).or_else(|| of(key)).map(|(_, span)| *span)
    }
}

/// A path that is written again has its place there.
impl Lay for Places {
    fn lay(&mut self, over: Self) {
        let Some(over) = over.0 else { return };
        let base = self.0.iter().flat_map(|it| it.iter());
        let kept = base.filter(|(path, _)| !over.iter().any(|(it, _)| it == path)).cloned();
        self.0 = Some(kept.chain(over.iter().cloned()).collect());
    }
}
