//! YAML or JSON text as a tree of positioned nodes: untyped, bounded, never expanded.

mod json;
mod yaml;

use std::collections::{HashMap, HashSet};

use governance::text::Name;

use crate::Limits;
use crate::report::{Problems, quoted};
use crate::span::Span;

/// A value and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// Boxed slices keep a node at 40 bytes: there are ten million of them in a large organisation.
#[derive(Debug)]
pub(crate) enum Value {
    /// Text without quotes, which may stand for a number, a boolean or null.
    Plain(Name),
    Quoted(Name),
    Sequence(Box<[Node]>),
    Mapping(Box<[(Key, Node)]>),
    /// Something that was refused already; to be passed over without another word.
    Unread,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) span: Span,
    pub(crate) text: Name,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Plain(text) if is_null(text))
    }

    /// The text, of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(text) | Value::Quoted(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, in a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Mapping(entries) => {
                entries.iter().find(|(it, _)| *it.text == *key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// What stands here, for a message.
    pub(crate) fn found(&self) -> String {
        match &self.value {
            Value::Plain(text) if text.is_empty() => "nothing".into(),
            Value::Plain(text) => quoted(text).to_string(),
            Value::Quoted(text) => format!("the text {}", quoted(text)),
            Value::Sequence(_) => "a list".into(),
            Value::Mapping(_) | Value::Unread => "a mapping".into(),
        }
    }
}

/// Null in the YAML 1.2 core schema.
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Why a text gave no tree.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) span: Span,
    pub(crate) message: String,
}

/// Reads one document. What leaves the tree intact (a key given twice, a tag) goes to `problems`.
pub(crate) fn read(text: &[u8], file: u16, limits: &Limits, problems: &mut Problems) -> Result<Node, Stop> {
    if text.len() > limits.bytes {
        let message = format!("the file has {} bytes; at most {} are read", text.len(), limits.bytes);
        return Err(Stop { span: Span::text(file, 1, 1), message });
    }
    let text = match str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let (before, after) = text.split_at(error.valid_up_to());
            let (line, column) = place_after(str::from_utf8(before).unwrap_or_default());
            let byte = after.first().copied().unwrap_or_default();
            let message = format!("the byte 0x{byte:02X} is not UTF-8; expected text in UTF-8");
            return Err(Stop { span: Span::text(file, line, column), message });
        }
    };
    if let Some(index) = text.bytes().position(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        let (line, column) = place_after(&text[..index]);
        let message =
            format!("the control character U+{:04X} cannot stand in a document", text.as_bytes()[index]);
        return Err(Stop { span: Span::text(file, line, column), message });
    }
    let mut growth = Growth { file, limits, nodes: 0, keys: HashSet::new(), problems: Problems::default() };
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    // JSON is YAML, but a YAML reader keeps a whole `{…}` in memory until it has seen its end.
    let not_json = if text.trim_start().starts_with(['{', '[']) {
        match json::read(text, &mut growth) {
            Ok(node) => {
                problems.absorb(growth.problems);
                return Ok(node);
            }
            Err(stop) => Some(stop),
        }
    } else {
        None
    };
    growth = Growth { nodes: 0, problems: Problems::default(), ..growth };
    let read = yaml::read(text, &mut growth);
    problems.absorb(growth.problems);
    read.map_err(|stop| match not_json {
        Some(other) if other.span >= stop.span => other,
        _ => stop,
    })
}

/// Line and column of the character after a text.
fn place_after(text: &str) -> (u32, u32) {
    let (mut line, mut column, mut last) = (1, 1, ' ');
    for letter in text.trim_start_matches(BYTE_ORDER_MARK).chars() {
        match letter {
            '\n' if last == '\r' => {}
            '\n' | '\r' => (line, column) = (line + 1, 1),
            _ => column += 1,
        }
        last = letter;
    }
    (line, column)
}

const BYTE_ORDER_MARK: char = '\u{feff}';

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A tree in the making, within its limits.
struct Growth<'l> {
    file: u16,
    limits: &'l Limits,
    nodes: usize,
    /// The keys so far, of which there are many and few different.
    keys: HashSet<Name>,
    problems: Problems,
}

impl Growth<'_> {
    fn span(&self, line: usize, column: usize, depth: u8) -> Span {
        Span { file: self.file, line: number(line), column: number(column), depth }
    }

    fn stop(&self, span: Span, message: impl Into<String>) -> Stop {
        Stop { span: Span::text(self.file, span.line, span.column), message: message.into() }
    }

    /// Counts a node before it is made.
    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.stop(span, format!("the document has more than {} values", self.limits.nodes)));
        }
        if span.depth > self.limits.depth.min(Span::DEEPEST) {
            return Err(self.stop(span, self.limits.too_deep()));
        }
        Ok(())
    }

    /// U+0000 cannot be kept by every database.
    fn text(&mut self, span: Span, text: &str) -> Name {
        if text.contains('\0') {
            self.problems.add(span, "the character U+0000 cannot stand in a text");
        }
        text.into()
    }

    fn key(&mut self, span: Span, text: &str) -> Key {
        const DIFFERENT: usize = 256;
        if let Some(key) = self.keys.get(text) {
            return Key { span, text: Name::clone(key) };
        }
        let text = self.text(span, text);
        if self.keys.len() < DIFFERENT {
            self.keys.insert(Name::clone(&text));
        }
        Key { span, text }
    }

    /// A mapping; of a key that is there twice the first counts.
    fn mapping(&mut self, mut entries: Vec<(Key, Node)>) -> Value {
        let mut again: Vec<(usize, Span)> = Vec::new();
        if entries.len() <= 8 {
            for (index, (key, _)) in entries.iter().enumerate() {
                let first = entries[..index].iter().find(|(first, _)| first.text == key.text);
                again.extend(first.map(|(first, _)| (index, first.span)));
            }
        } else {
            let mut firsts: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
            for (index, (key, _)) in entries.iter().enumerate() {
                let first = *firsts.entry(&key.text).or_insert(key.span);
                again.extend((first != key.span).then_some((index, first)));
            }
        }
        for (index, first) in again {
            let (key, node) = &mut entries[index];
            let message = format_args!("the key {} is there twice, first at {first}", quoted(&key.text));
            self.problems.add(key.span, message);
            node.value = Value::Unread;
        }
        Value::Mapping(entries.into_boxed_slice())
    }
}
