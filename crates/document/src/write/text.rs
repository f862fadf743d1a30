//! The text of a document: block YAML, small things on one line.

use std::borrow::Cow;

/// A value to be written.
#[derive(Clone, Debug)]
pub(super) enum Out {
    Text(String),
    /// `true`, `false`: written as it stands.
    Raw(&'static str),
    Number(u64),
    /// What is carried.
    Json(serde_json::Value),
    List(Vec<Out>),
    Map(Vec<(Cow<'static, str>, Out)>),
}

impl From<&str> for Out {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A mapping of the keys that have a value.
pub(super) fn map<const N: usize>(entries: [(&'static str, Option<Out>); N]) -> Out {
    Out::Map(entries.into_iter().filter_map(|(key, value)| Some((key.into(), value?))).collect())
}

/// Longer things are not written on one line.
const LINE: usize = 140;

impl Out {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Text(_) | Self::Raw(_) | Self::Number(_) | Self::Json(_) => false,
        }
    }

    /// `key: value` at an indentation, with the line's end.
    pub(super) fn write_key(&self, key: &str, indent: usize, text: &mut String) {
        pad(indent, text);
        scalar(key, text);
        text.push(':');
        self.write_after(indent, text);
    }

    /// The value after a key or at a dash's key.
    fn write_after(&self, indent: usize, text: &mut String) {
        if let Some(line) = self.one_line() {
            text.push(' ');
            text.push_str(&line);
            text.push('\n');
            return;
        }
        text.push('\n');
        match self {
            Self::List(items) => {
                for item in items {
                    item.write_item(indent + 2, text);
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    value.write_key(key, indent + 2, text);
                }
            }
            // Scalars are always on one line.
            Self::Text(_) | Self::Raw(_) | Self::Number(_) | Self::Json(_) => {}
        }
    }

    fn write_item(&self, indent: usize, text: &mut String) {
        pad(indent, text);
        text.push('-');
        if let Some(line) = self.one_line() {
            text.push(' ');
            text.push_str(&line);
            text.push('\n');
            return;
        }
        match self {
            Self::Map(entries) => {
                text.push(' ');
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 {
                        pad(indent + 2, text);
                    }
                    scalar(key, text);
                    text.push(':');
                    value.write_after(indent + 2, text);
                }
            }
            other => other.write_after(indent, text),
        }
    }

    /// The value on one line, where it fits and nothing in it is a list of things with keys.
    fn one_line(&self) -> Option<String> {
        let mut line = String::new();
        self.write_line(&mut line, true).then_some(line)
    }

    fn write_line(&self, line: &mut String, outermost: bool) -> bool {
        match self {
            Self::Text(text) => scalar(text, line),
            Self::Raw(word) => line.push_str(word),
            Self::Number(number) => line.push_str(&number.to_string()),
            Self::Json(value) => json(value, line),
            Self::List(items) => {
                line.push('[');
                for (at, item) in items.iter().enumerate() {
                    line.push_str(if at > 0 { ", " } else { "" });
                    if matches!(item, Self::Map(_) | Self::List(_)) || !item.write_line(line, false) {
                        return false;
                    }
                    if line.len() > LINE {
                        return false;
                    }
                }
                line.push(']');
            }
            Self::Map(entries) => {
                line.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    line.push_str(if at > 0 { ", " } else { "" });
                    scalar(key, line);
                    line.push_str(": ");
                    if !value.write_line(line, false) || line.len() > LINE {
                        return false;
                    }
                }
                line.push('}');
            }
        }
        !outermost || line.len() <= LINE || !matches!(self, Self::List(_) | Self::Map(_))
    }

    pub(super) fn write_json(&self, text: &mut String) {
        match self {
            Self::Text(value) => text.push_str(&serde_json::Value::from(value.as_str()).to_string()),
            Self::Raw(word) => text.push_str(word),
            Self::Number(number) => text.push_str(&number.to_string()),
            Self::Json(value) => text.push_str(&value.to_string()),
            Self::List(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    item.write_json(text);
                }
                text.push(']');
            }
            Self::Map(entries) => {
                text.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    text.push_str(&serde_json::Value::from(&**key).to_string());
                    text.push(':');
                    value.write_json(text);
                }
                text.push('}');
            }
        }
    }
}

fn pad(indent: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', indent));
}

/// A text as plain as can be: quoted where YAML would take it for something else.
fn scalar(value: &str, text: &mut String) {
    let plain = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, ' ' | '.' | '_' | '-' | '/' | '(' | ')' | '+')
    };
    let begins = value.chars().next().is_some_and(char::is_alphabetic);
    let reserved = matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if begins && !reserved && !value.ends_with(' ') && value.chars().all(plain) {
        text.push_str(value);
    } else {
        quoted(value, text);
    }
}

/// JSON's quoted texts are YAML's; what YAML does not print is escaped besides.
fn quoted(value: &str, text: &mut String) {
    let json = serde_json::Value::from(value).to_string();
    for letter in json.chars() {
        match letter {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", letter as u32));
            }
            other => text.push(other),
        }
    }
}

fn json(value: &serde_json::Value, text: &mut String) {
    match value {
        serde_json::Value::String(value) => scalar(value, text),
        serde_json::Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                json(item, text);
            }
            text.push(']');
        }
        serde_json::Value::Object(entries) => {
            text.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                scalar(key, text);
                text.push_str(": ");
                json(value, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}
