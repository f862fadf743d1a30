//! What is wrong with a document, and where (docs/organisation-document.md).

use std::fmt::{self, Display};
use std::sync::Arc;

use governance::text::nearest;

use crate::span::Span;
use crate::tree::{self, Node, Value};
use crate::{Limits, Source};

/// How many problems a report tells.
const SHOWN: usize = 50;

/// Collects problems: counts all, keeps the first in file order, unless it is told otherwise fifty.
#[derive(Clone, Debug)]
pub struct Problems {
    first: Vec<(Span, String)>,
    total: usize,
    kept: usize,
}

impl Default for Problems {
    fn default() -> Self {
        Self::keeping(SHOWN)
    }
}

impl Problems {
    /// Keeps so many.
    pub(crate) const fn keeping(kept: usize) -> Self {
        Self { first: Vec::new(), total: 0, kept }
    }

    /// Notes a problem. The message is only written out when it will be shown.
    pub fn add(&mut self, span: Span, message: impl Display) {
        self.total += 1;
        let place = self.first.partition_point(|(other, _)| other <= &span);
        if place < self.kept {
            self.first.truncate(self.kept - 1);
            self.first.insert(place, (span, message.to_string()));
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Notes that something is unknown, with the nearest known name. Known names are looked for only when
    /// shown.
    pub(crate) fn unknown<I, K>(&mut self, span: Span, what: impl Display, word: &str, known: impl Fn() -> I)
    where
        I: IntoIterator<Item = K>,
        K: AsRef<str>,
    {
        let message = fmt::from_fn(|f| {
            write!(f, "unknown {what} {}", quoted(word))?;
            let known: Vec<K> = known().into_iter().collect();
            match nearest(word, known.iter().map(AsRef::as_ref)) {
                Some(near) => write!(f, "; did you mean {}?", quoted(near)),
                None => Ok(()),
            }
        });
        self.add(span, message);
    }

    pub(crate) fn absorb(&mut self, others: Self) {
        self.total += others.total - others.first.len();
        for (span, message) in others.first {
            self.add(span, message);
        }
    }

    /// The report, with the path to each problem looked up in the sources that were read.
    pub fn report(self, sources: &[Source<'_>], limits: &Limits) -> Report {
        let mut problems: Vec<Problem> = Vec::with_capacity(self.first.len());
        for of_file in self.first.chunk_by(|(a, _), (b, _)| a.file == b.file) {
            let source = of_file
                .first()
                .and_then(|(span, _)| sources.get(usize::from(span.file)).map(|it| (span, it)));
            let tree = source.and_then(|(span, source)| {
                let readable = of_file.iter().all(|(span, _)| span.is_node());
                readable
                    .then(|| tree::read(source.text, span.file, limits, &mut Self::default()).ok())
                    .flatten()
            });
            problems.extend(of_file.iter().map(|(span, message)| Problem {
                file: source.map_or_else(|| Arc::from(""), |(_, source)| Arc::clone(&source.name)),
                line: span.line,
                column: span.column,
                path: tree.as_ref().map(|tree| path_to(tree, *span)).unwrap_or_default(),
                message: message.clone(),
            }));
        }
        Report { problems, total: self.total }
    }
}

/// The path from the root to the node at a place: `project_areas[0].components[2].name`.
fn path_to(root: &Node, span: Span) -> String {
    let mut path = String::new();
    let mut node = root;
    while node.span != span {
        // Nodes stand in the order of their places; what is no node any more gets the path of what it is in.
        let inner = match &node.value {
            Value::Sequence(items) => {
                let index = items.partition_point(|item| item.span <= span).checked_sub(1);
                index.map(|index| (format!("[{index}]"), items[index].span, &items[index]))
            }
            Value::Mapping(entries) => {
                let index = entries.partition_point(|(key, _)| key.span <= span).checked_sub(1);
                index.map(|index| (step(&entries[index].0.text), entries[index].0.span, &entries[index].1))
            }
            _ => None,
        };
        let Some((step, key, inner)) =
            inner.filter(|(_, key, inner)| key.leads_to(span) || inner.span == span)
        else {
            break;
        };
        path += if path.is_empty() { step.trim_start_matches('.') } else { &step };
        if key == span {
            break;
        }
        node = inner;
    }
    path
}

/// The step from a mapping to the value of a key.
fn step(key: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    if key.chars().all(plain) { format!(".{key}") } else { format!("[{key:?}]") }
}

/// One problem of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The path from the root of the document; empty for the root itself and for what is no node.
    pub path: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with some documents: the first problems in file order, and how many there are in
/// all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Report {
    /// The first of them.
    pub problems: Vec<Problem>,
    /// How many there are.
    pub total: usize,
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        match self.total - self.problems.len() {
            0 => Ok(()),
            1 => write!(f, "\n… and 1 more problem ({} in all)", self.total),
            more => write!(f, "\n… and {more} more problems ({} in all)", self.total),
        }
    }
}

/// A text of the user's within a message: in backticks, on one line, of bearable length.
pub fn quoted(text: &str) -> impl Display {
    fmt::from_fn(move |f| {
        f.write_str("`")?;
        for letter in text.chars().take(80) {
            match letter {
                letter if letter.is_control() => write!(f, "{}", letter.escape_default())?,
                letter => write!(f, "{letter}")?,
            }
        }
        f.write_str(if text.chars().nth(80).is_some() { "…`" } else { "`" })
    })
}

/// ``did you mean `name`?``, where a known word is near.
pub fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    nearest(word, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}

/// ``one of `a`, `b` ``; of a single one just `` `a` ``, of none nothing.
pub fn one_of(known: &[&str]) -> String {
    match known {
        [] => String::new(),
        [only] => format!("`{only}`"),
        _ => format!("one of `{}`", known.join("`, `")),
    }
}
