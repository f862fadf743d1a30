//! YAML text as a tree.

use std::borrow::Cow;
use std::cell::Cell;
use std::str::Chars;

use saphyr_parser::{BufferedInput, Event, Marker, Parser, ScalarStyle, Tag};

use super::{Growth, Node, Stop, Value};
use crate::reading::wrong;
use crate::span::Span;

pub(super) fn read(text: &str, growth: &mut Growth<'_>) -> Result<Node, Stop> {
    let left = Cell::new(0);
    let parser = Parser::new_from_iter(Metered { letters: text.chars(), left: &left });
    let mut reader = Reader { parser, left: &left, growth };
    let root = loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_), _) => {}
            (Event::StreamEnd, mark) => {
                return Err(reader.stop(mark, "the file is empty; expected a document"));
            }
            (event, mark) => break reader.node(event, mark, 0)?,
        }
    };
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(root),
            (Event::DocumentEnd, _) => {}
            (_, mark) => {
                return Err(reader.stop(mark, "a second document begins here; expected one in a file"));
            }
        }
    }
}

/// Gives the parser no more than it may read before its next event, since it keeps all that it has read since
/// the last one: a whole `{…}` within a list, in case that should turn out to be a key.
struct Metered<'t> {
    letters: Chars<'t>,
    left: &'t Cell<usize>,
}

impl Iterator for Metered<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.left.set(self.left.get().checked_sub(1)?);
        self.letters.next()
    }
}

struct Reader<'t, 'g, 'l> {
    parser: Parser<'t, BufferedInput<Metered<'t>>>,
    left: &'t Cell<usize>,
    growth: &'g mut Growth<'l>,
}

impl<'t> Reader<'t, '_, '_> {
    fn next(&mut self) -> Result<(Event<'t>, Marker), Stop> {
        self.left.set(self.growth.limits.value);
        let event = self.parser.next_event().unwrap_or(Ok((Event::StreamEnd, Default::default())));
        let mark = match &event {
            Ok((_, span)) => span.start,
            Err(error) => *error.marker(),
        };
        match event {
            _ if self.left.get() == 0 => Err(self.stop(mark, self.growth.limits.too_long())),
            Ok((event, _)) => Ok((event, mark)),
            Err(error) if error.info() == "recursion limit exceeded" => {
                Err(self.stop(mark, self.growth.limits.too_deep()))
            }
            Err(error) => Err(self.stop(mark, format!("this is not YAML: {}", error.info()))),
        }
    }

    fn node(&mut self, event: Event<'t>, mark: Marker, depth: u8) -> Result<Node, Stop> {
        let span = self.span(mark, depth);
        self.growth.count(span)?;
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(anchor, tag, span);
                let text = self.growth.text(span, &text);
                if style == ScalarStyle::Plain { Value::Plain(text) } else { Value::Quoted(text) }
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(anchor, tag, span);
                self.sequence(depth + 1)?
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(anchor, tag, span);
                self.mapping(depth + 1)?
            }
            Event::Alias(_) => {
                self.refuse(1, None, span);
                Value::Unread
            }
            _ => return Err(self.stop(mark, "this is not YAML: expected a value")),
        };
        Ok(Node { span, value })
    }

    fn sequence(&mut self, depth: u8) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Sequence(items.into_boxed_slice())),
                (event, mark) => items.push(self.node(event, mark, depth)?),
            }
        }
    }

    fn mapping(&mut self, depth: u8) -> Result<Value, Stop> {
        let mut entries = Vec::new();
        loop {
            let (event, mark) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(self.growth.mapping(entries));
            }
            let span = self.span(mark, depth);
            let key = match event {
                Event::Scalar(text, _, 0, None) if !text.is_empty() => {
                    self.growth.count(span)?;
                    Some(self.growth.key(span, &text))
                }
                event => {
                    let key = self.node(event, mark, depth)?;
                    wrong::<()>(&key, "a key that is text", &mut self.growth.problems);
                    None
                }
            };
            let (event, mark) = self.next()?;
            let value = self.node(event, mark, depth)?;
            entries.extend(key.map(|key| (key, value)));
        }
    }

    /// Nothing in a document needs them, and aliases are how a small file grows into a large one.
    fn refuse(&mut self, anchor: usize, tag: Option<Cow<'_, Tag>>, span: Span) {
        if anchor > 0 {
            self.growth
                .problems
                .add(span, "anchors and aliases (`&`, `*`) are not read; write the value out");
        }
        if let Some(tag) = tag {
            self.growth.problems.add(span, format_args!("tags (`{tag}`) are not read; leave it out"));
        }
    }

    fn span(&self, mark: Marker, depth: u8) -> Span {
        self.growth.span(mark.line(), mark.col() + 1, depth)
    }

    fn stop(&self, mark: Marker, message: impl Into<String>) -> Stop {
        self.growth.stop(self.span(mark, 0), message)
    }
}
