//! Cells of what components and configurations carry for people.

use governance::{AttributeType, Carried, ValueType};
use serde_json::{Map, Value};

use super::table::Row;
use super::{Import, Wrong};
use crate::report::quoted;

impl Import<'_> {
    /// The carried keys that a line changes, with their new values. An empty cell takes a value away.
    pub(super) fn carried(
        &mut self,
        row: &Row,
        now: &Carried,
    ) -> Result<Vec<(&'static str, Option<Value>)>, Wrong> {
        let mut keys: Vec<(&'static str, Option<Value>)> = Vec::new();
        if let Some(cell) = row.cell("description") {
            keys.push(("description", (!cell.is_empty()).then(|| cell.into())));
        }
        if row.cell("tags").is_some() {
            keys.push(("tags", self.list(row, "tags", |text| text.split(',').map(str::trim).collect())?));
        }
        if row.cell("links").is_some() {
            keys.push(("links", self.list(row, "links", |text| text.split_whitespace().collect())?));
        }
        let before = now.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut attributes = before.clone();
        for (id, cell) in row.attributes() {
            match self.value(row, id, cell)? {
                Some(value) => _ = attributes.insert(id.to_owned(), value),
                None => _ = attributes.remove(id),
            }
        }
        if attributes != before {
            keys.push(("attributes", (!attributes.is_empty()).then_some(Value::Object(attributes))));
        }
        keys.retain(|(key, value)| {
            let empty = |value: Option<&Value>| {
                value.is_none_or(|it| {
                    it.as_str() == Some("")
                        || it.as_array().is_some_and(Vec::is_empty)
                        || it.as_object().is_some_and(Map::is_empty)
                })
            };
            now.get(key) != value.as_ref() && !(empty(now.get(key)) && empty(value.as_ref()))
        });
        Ok(keys)
    }

    /// A list: JSON, or texts side by side.
    fn list(
        &mut self,
        row: &Row,
        column: &str,
        split: fn(&str) -> Vec<&str>,
    ) -> Result<Option<Value>, Wrong> {
        match row.text(column) {
            None => Ok(None),
            Some(text) if text.starts_with('[') => self.json(row, column, text).map(Some),
            Some(text) => Ok(Some(split(text).into())),
        }
    }

    /// The value of an attribute: as its type has it; without one, or for several, JSON, or else text.
    fn value(&mut self, row: &Row, id: &str, cell: &str) -> Result<Option<Value>, Wrong> {
        if cell.is_empty() {
            return Ok(None);
        }
        let of = self.vocabulary.attribute_types.iter().find(|it| *it.id == *id);
        let is_text = |it: &AttributeType| !it.multiple && it.value_type != ValueType::Number;
        match of {
            Some(of) if is_text(of) => Ok(Some(cell.into())),
            Some(_) => self.json(row, &format!("{}{id}", super::ATTRIBUTE), cell).map(Some),
            None => Ok(Some(serde_json::from_str(cell).unwrap_or_else(|_| cell.into()))),
        }
    }

    fn json(&mut self, row: &Row, column: &str, text: &str) -> Result<Value, Wrong> {
        serde_json::from_str(text).map_err(|_| {
            let said =
                format!("expected a number, or a list such as `[\"a\", \"b\"]`, found {}", quoted(text));
            self.problems.add(row.span_of(column), said);
            Wrong
        })
    }
}

/// The cell of a list whose elements are joined by `separator`, or JSON where that would not be read so.
pub(super) fn list_cell(list: Option<&Value>, separator: &str) -> String {
    let Some(Value::Array(items)) = list else { return String::new() };
    let apart = |letter: char| if separator == " " { letter.is_whitespace() } else { letter == ',' };
    let plain = |item: &Value| {
        item.as_str().is_some_and(|text| {
            !text.is_empty() && text.trim() == text && !text.contains(apart) && !text.starts_with('[')
        })
    };
    if items.iter().all(plain) {
        items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(separator)
    } else {
        Value::from(items.clone()).to_string()
    }
}

/// The cell of an attribute's value.
pub(super) fn value_cell(of: Option<&AttributeType>, value: Option<&Value>) -> String {
    match (of, value) {
        (_, None) => String::new(),
        (Some(of), Some(Value::String(text))) if !of.multiple => text.clone(),
        // A text that would be read as JSON is written as JSON.
        (None, Some(Value::String(text)))
            if serde_json::from_str::<Value>(text).is_err() && !text.is_empty() =>
        {
            text.clone()
        }
        (_, Some(other)) => other.to_string(),
    }
}
