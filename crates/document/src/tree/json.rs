//! JSON text as a tree.

use std::borrow::Cow;

use super::{Growth, Node, Stop, Value};
use crate::span::Span;

pub(super) fn read(text: &str, growth: &mut Growth<'_>) -> Result<Node, Stop> {
    let mut reader = Reader { text, at: 0, line: 1, column: 1, growth };
    let root = reader.value(0)?;
    match reader.peek() {
        None => Ok(root),
        Some(_) => Err(reader.expected("the end of the document")),
    }
}

struct Reader<'t, 'g, 'l> {
    text: &'t str,
    at: usize,
    line: usize,
    column: usize,
    growth: &'g mut Growth<'l>,
}

impl<'t> Reader<'t, '_, '_> {
    fn value(&mut self, depth: u8) -> Result<Node, Stop> {
        let next = self.peek();
        let span = self.span(depth);
        self.growth.count(span)?;
        let value = match next {
            Some(b'{') => self.mapping(depth + 1)?,
            Some(b'[') => self.sequence(depth + 1)?,
            Some(b'"') => {
                let text = self.string(span)?;
                Value::Quoted(self.growth.text(span, &text))
            }
            _ => Value::Plain(self.word()?.into()),
        };
        Ok(Node { span, value })
    }

    fn mapping(&mut self, depth: u8) -> Result<Value, Stop> {
        let mut entries = Vec::new();
        self.take(b'{')?;
        while self.peek() != Some(b'}') {
            if !entries.is_empty() {
                self.take(b',')?;
                self.peek();
            }
            let span = self.span(depth);
            self.growth.count(span)?;
            let key = self.string(span)?;
            self.take(b':')?;
            entries.push((self.growth.key(span, &key), self.value(depth)?));
        }
        self.take(b'}')?;
        Ok(self.growth.mapping(entries))
    }

    fn sequence(&mut self, depth: u8) -> Result<Value, Stop> {
        let mut items = Vec::new();
        self.take(b'[')?;
        while self.peek() != Some(b']') {
            if !items.is_empty() {
                self.take(b',')?;
            }
            items.push(self.value(depth)?);
        }
        self.take(b']')?;
        Ok(Value::Sequence(items.into_boxed_slice()))
    }

    fn string(&mut self, span: Span) -> Result<Cow<'t, str>, Stop> {
        self.take(b'"')?;
        let start = self.at;
        let (mut escaped, mut last) = (false, b' ');
        let bytes = &self.text.as_bytes()[start..];
        let length = bytes.iter().position(|&byte| {
            let ends = byte < b' ' || byte == b'"' && last != b'\\';
            escaped |= byte == b'\\';
            // The second of two backslashes escapes nothing.
            last = if last == b'\\' { b' ' } else { byte };
            ends
        });
        let length = length.unwrap_or(bytes.len());
        if length > self.growth.limits.value {
            return Err(self.growth.stop(span, self.growth.limits.too_long()));
        }
        let text = &self.text[start..start + length];
        self.at += length;
        self.column += text.chars().count();
        self.take(b'"')?;
        if !escaped {
            return Ok(text.into());
        }
        serde_json::from_str(&self.text[start - 1..self.at])
            .map_err(|_| self.growth.stop(span, "this is not JSON: the text has an unknown escape"))
    }

    /// A number, `true`, `false` or `null`, told apart when it is known what is expected.
    fn word(&mut self) -> Result<&'t str, Stop> {
        let rest = &self.text[self.at..];
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = &rest[..length];
        let number = word.starts_with(|letter: char| letter == '-' || letter.is_ascii_digit());
        if !number && !["true", "false", "null"].contains(&word) {
            return Err(self.expected("a value"));
        }
        self.at += length;
        self.column += length;
        Ok(word)
    }

    fn span(&self, depth: u8) -> Span {
        self.growth.span(self.line, self.column, depth)
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at).copied() {
                Some(b' ' | b'\t') => self.column += 1,
                // The line feed after a carriage return ends no further line.
                Some(b'\n') if self.at > 0 && bytes[self.at - 1] == b'\r' => {}
                Some(b'\n' | b'\r') => (self.line, self.column) = (self.line + 1, 1),
                other => return other,
            }
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek() != Some(byte) {
            let or = if byte == b',' { " or the closing bracket" } else { "" };
            return Err(self.expected(&format!("`{}`{or}", byte as char)));
        }
        self.at += 1;
        self.column += 1;
        Ok(())
    }

    fn expected(&self, what: &str) -> Stop {
        self.growth.stop(self.span(0), format!("this is not JSON: expected {what}"))
    }
}
