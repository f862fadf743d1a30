//! From nodes to typed values: what is expected where, and what is said when something else is found.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use governance::Day;
use governance::text::Name;

use crate::report::{Problems, did_you_mean, one_of, quoted};
use crate::span::Spanned;
use crate::tree::{Key, Node, Value, is_null};

/// A name, an id or a reference, with its place.
pub type Text = Spanned<Name>;

/// A type that can be read from a node. Whatever is wrong goes to `problems`; `None` means that there is
/// nothing to go on with.
pub(crate) trait Read: Sized {
    fn read(node: Node, problems: &mut Problems) -> Option<Self>;

    /// Notes the keys of each noun in it.
    fn note_keys(_keys: &mut Keys) {}
}

/// The keys of each noun, by the noun's name.
pub(crate) type Keys = BTreeMap<&'static str, &'static [&'static str]>;

/// Says that something else was expected, unless the node was refused already.
pub(crate) fn wrong<T>(node: &Node, expected: impl Display, problems: &mut Problems) -> Option<T> {
    if !matches!(node.value, Value::Unread) {
        problems.add(node.span, format_args!("expected {expected}, found {}", node.found()));
    }
    None
}

/// Says that none of the words was found, nor a mapping with one of the keys.
pub(crate) fn wrong_word<T>(
    node: &Node,
    words: &[&str],
    keys: &[&str],
    problems: &mut Problems,
) -> Option<T> {
    let or = if words.is_empty() || keys.is_empty() { "" } else { " or " };
    let mapping = if keys.is_empty() { "" } else { "a mapping with " };
    // Written out only when shown: it may be one of a million.
    let message = fmt::from_fn(|f| {
        write!(f, "expected {}{or}{mapping}{}, found {}", one_of(words), one_of(keys), node.found())?;
        match node.text().and_then(|text| did_you_mean(text, words)) {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    });
    if !matches!(node.value, Value::Unread) {
        problems.add(node.span, message);
    }
    None
}

/// Says that there is no such key.
pub(crate) fn unknown_key(key: &Key, keys: &[&str], problems: &mut Problems) {
    let hint = || did_you_mean(&key.text, keys).unwrap_or_else(|| format!("expected {}", one_of(keys)));
    problems.add(key.span, fmt::from_fn(|f| write!(f, "unknown key {}; {}", quoted(&key.text), hint())));
}

/// The entries of a mapping, in which the keys are required.
pub(crate) fn entries(node: Node, keys: &[&str], problems: &mut Problems) -> Option<Box<[(Key, Node)]>> {
    match node.value {
        Value::Mapping(entries) => Some(entries),
        _ if keys.is_empty() => wrong(&node, "a mapping", problems),
        _ => wrong(&node, format_args!("a mapping with `{}`", keys.join("`, `")), problems),
    }
}

/// The entry of a mapping that has just one, where one of the words would have done as well.
pub(crate) fn only_entry(
    node: Node,
    words: &[&str],
    keys: &[&str],
    problems: &mut Problems,
) -> Option<(Key, Node)> {
    match node.value {
        Value::Mapping(entries) if entries.len() == 1 => entries.into_iter().next(),
        Value::Mapping(_) => {
            problems.add(node.span, format_args!("expected exactly {}", one_of(keys)));
            None
        }
        _ => wrong_word(&node, words, keys, problems),
    }
}

impl<T: Read> Read for Spanned<T> {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        let span = node.span;
        T::read(node, problems).map(|value| Self { value, span })
    }
    fn note_keys(keys: &mut Keys) {
        T::note_keys(keys);
    }
}

/// `null`, where an answer can be that.
impl<T: Read> Read for Option<T> {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        if node.is_null() { Some(None) } else { T::read(node, problems).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        match node.value {
            Value::Sequence(items) => {
                Some(items.into_iter().filter_map(|item| T::read(item, problems)).collect())
            }
            _ => wrong(&node, "a list", problems),
        }
    }
    fn note_keys(keys: &mut Keys) {
        T::note_keys(keys);
    }
}

/// A name, an id or a reference: never empty. A number or a boolean without quotes is taken as it is written.
impl Read for Name {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        match node.value {
            Value::Plain(text) if !is_null(&text) => Some(text),
            Value::Quoted(text) if !text.is_empty() => Some(text),
            _ => wrong(&node, "text", problems),
        }
    }
}

/// Text for people, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose(pub Name);

impl Read for Prose {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        match node.value {
            Value::Plain(text) if !is_null(&text) => Some(Self(text)),
            Value::Quoted(text) => Some(Self(text)),
            _ => wrong(&node, "text", problems),
        }
    }
}

impl Read for Day {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        let day = node.text().and_then(Self::parse);
        day.or_else(|| wrong(&node, "a day, such as `2026-11-26`", problems))
    }
}

impl Read for bool {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        let truth = match &node.value {
            Value::Plain(text) => truth(text),
            _ => None,
        };
        truth.or_else(|| wrong(&node, "`true` or `false`", problems))
    }
}

/// At most what a database's signed integer holds.
impl Read for u64 {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        read_whole(&node, i64::MAX.unsigned_abs(), problems)
    }
}

impl Read for u32 {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        read_whole(&node, Self::MAX.into(), problems).and_then(|number| number.try_into().ok())
    }
}

fn read_whole(node: &Node, most: u64, problems: &mut Problems) -> Option<u64> {
    let number = match &node.value {
        Value::Plain(text) => whole(text).filter(|number| *number <= most),
        _ => None,
    };
    number.or_else(|| wrong(node, format_args!("a whole number from 0 to {most}"), problems))
}

/// A boolean in the YAML 1.2 core schema.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A whole number from 0 in the core schema.
pub(crate) fn whole(text: &str) -> Option<u64> {
    match text.split_at_checked(2) {
        Some(("0x", digits)) => u64::from_str_radix(digits, 16).ok(),
        Some(("0o", digits)) => u64::from_str_radix(digits, 8).ok(),
        _ => text.parse().ok(),
    }
}
