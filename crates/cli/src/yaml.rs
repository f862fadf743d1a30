//! YAML of what a command found: block style, texts in quotes, which is also how JSON writes them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The value as a YAML document.
pub(crate) fn to_string<T: Serialize + ?Sized>(value: &T) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Block::default()))?;
    bytes.push(b'\n');
    Ok(String::from_utf8(bytes)?)
}

/// Writes JSON's events as YAML's block collections.
#[derive(Default)]
struct Block {
    /// The collections around, outermost first.
    within: Vec<Collection>,
    in_key: bool,
}

struct Collection {
    sequence: bool,
    empty: bool,
}

impl Block {
    fn begin<W: Write + ?Sized>(&mut self, _: &mut W, sequence: bool) -> io::Result<()> {
        self.within.push(Collection { sequence, empty: true });
        Ok(())
    }

    fn end<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        let Some(Collection { sequence, empty: true }) = self.within.pop() else { return Ok(()) };
        let blank = matches!(self.within.last(), Some(Collection { sequence: false, .. }));
        let text = if sequence { "[]" } else { "{}" };
        write!(writer, "{}{text}", if blank { " " } else { "" })
    }

    /// Begins an entry of the innermost collection: on a new line, unless it stands behind an outer one's
    /// dash.
    fn entry<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        let depth = self.within.len() - 1;
        let outer_sequence = depth.checked_sub(1).is_some_and(|outer| self.within[outer].sequence);
        let Some(innermost) = self.within.last_mut() else { return Ok(()) };
        let first = std::mem::replace(&mut innermost.empty, false);
        if first && (depth == 0 || outer_sequence) {
            return Ok(());
        }
        write!(writer, "\n{:width$}", "", width = 2 * depth)
    }
}

impl Formatter for Block {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, true)
    }
    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer)
    }
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.entry(writer)?;
        writer.write_all(b"- ")
    }
    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, false)
    }
    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer)
    }
    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.in_key = true;
        self.entry(writer)
    }
    fn end_object_key<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        Ok(())
    }
    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b":")
    }
    fn begin_string<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        // The keys are our own, and plain.
        if self.in_key {
            return Ok(());
        }
        self.scalar(writer)?;
        writer.write_all(b"\"")
    }
    fn end_string<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.in_key { Ok(()) } else { writer.write_all(b"\"") }
    }
    fn write_null<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.scalar(writer)?;
        writer.write_all(b"null")
    }
    fn write_bool<W: Write + ?Sized>(&mut self, writer: &mut W, value: bool) -> io::Result<()> {
        self.scalar(writer)?;
        write!(writer, "{value}")
    }
    fn write_u32<W: Write + ?Sized>(&mut self, writer: &mut W, value: u32) -> io::Result<()> {
        self.write_u64(writer, value.into())
    }
    fn write_u64<W: Write + ?Sized>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.scalar(writer)?;
        write!(writer, "{value}")
    }
    fn write_i64<W: Write + ?Sized>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.scalar(writer)?;
        write!(writer, "{value}")
    }
    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.scalar(writer)?;
        write!(writer, "{value}")
    }
}

impl Block {
    /// A scalar behind a key stands after a blank; behind a dash there is one already.
    fn scalar<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        match self.within.last() {
            Some(Collection { sequence: false, .. }) => writer.write_all(b" "),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_nest_in_block_style() {
        let value = serde_json::json!({
            "a": "x: y", "b": [], "c": {}, "d": [1.5, {"e": null, "f": [true]}, ["g"], []],
        });
        assert_eq!(
            to_string(&value).unwrap(),
            "a: \"x: y\"\nb: []\nc: {}\nd:\n  - 1.5\n  - e: null\n    f:\n      - true\n  - - \"g\"\n  - []\n"
        );
        assert_eq!(to_string(&[0_u8; 0]).unwrap(), "[]\n");
    }
}
