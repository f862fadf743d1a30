//! From bytes to lines of cells.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::ATTRIBUTE;
use crate::Limits;
use crate::report::{Problems, did_you_mean, one_of, quoted};
use crate::span::Span;

/// What the columns of a file can be.
pub(super) struct Heading {
    pub(super) columns: &'static [&'static str],
    /// Those without which a line says nothing.
    pub(super) required: &'static [&'static str],
    /// Whether there can be columns of attributes besides.
    pub(super) attributes: bool,
    /// Where a file need not say what its columns are, the one that only a header names; without a header
    /// they stand in their order.
    pub(super) told_by: Option<&'static str>,
}

/// A file, with what its columns are.
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
}

/// A line.
pub(super) struct Row {
    line: u32,
    columns: Rc<Columns>,
    cells: Vec<String>,
}

/// The names of the columns, and where each is.
struct Columns {
    names: Vec<String>,
    at: HashMap<String, usize>,
}

impl Row {
    /// Its number.
    pub(super) fn line(&self) -> u32 {
        self.line
    }
    /// The line.
    pub(super) fn span(&self) -> Span {
        Span::text(0, self.line, 1)
    }
    /// A cell; columns count cells.
    pub(super) fn span_of(&self, column: &str) -> Span {
        let at = self.columns.at.get(column).copied().unwrap_or_default();
        Span::text(0, self.line, u32::try_from(at + 1).unwrap_or(u32::MAX))
    }
    /// What is in a column; `None` where there is no such column.
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        self.columns.at.get(column).and_then(|at| self.cells.get(*at)).map(String::as_str)
    }
    /// The same, without blanks around it; `None` where it is empty as well.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.cell(column).map(str::trim).filter(|text| !text.is_empty())
    }
    /// The attributes that have a column, each with its cell.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        let cells = self.columns.names.iter().zip(&self.cells);
        cells.filter_map(|(name, cell)| Some((name.strip_prefix(ATTRIBUTE)?, cell.as_str())))
    }
}

impl Table {
    /// Reads a file: UTF-8, with or without a byte-order mark; cells separated by what a first line `sep=;`
    /// says, or else by commas, semicolons or tabs, whichever the first line has most of.
    pub(super) fn read(
        bytes: &[u8],
        heading: &Heading,
        limits: &Limits,
        problems: &mut Problems,
    ) -> Option<Self> {
        let start = Span::text(0, 1, 1);
        if bytes.len() > limits.bytes {
            problems.add(start, format_args!("the file is larger than {} bytes", limits.bytes));
            return None;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            problems.add(start, "the file is UTF-16: save it as UTF-8");
            return None;
        }
        let (first, delimiter, bytes) = match separator_line(bytes) {
            Some((said, rest)) => (2, said, rest),
            None => (1, delimiter(bytes, heading), bytes),
        };
        if let Some((span, said)) = wrong_quote(bytes, delimiter, first) {
            problems.add(span, said);
            return None;
        }
        let mut reader = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(bytes);
        let mut columns: Option<Rc<Columns>> = None;
        let mut rows = Vec::new();
        let mut record = ByteRecord::new();
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    let line = line_of(error.position(), bytes, first);
                    let said = match error.kind() {
                        ErrorKind::UnequalLengths { expected_len, len, .. } => {
                            let first = if heading.told_by.is_some() { "first line" } else { "header" };
                            format!(
                                "this line has {len} cells, the {first} {expected_len}: quote a cell that has the separator in it"
                            )
                        }
                        _ => error.to_string(),
                    };
                    problems.add(Span::text(0, line, 1), said);
                    continue;
                }
            }
            let line = line_of(record.position(), bytes, first);
            let mut cells = Vec::with_capacity(record.len());
            for (at, cell) in record.iter().enumerate() {
                match std::str::from_utf8(cell) {
                    Ok(cell) => cells.push(cell.to_owned()),
                    Err(_) => {
                        let span = Span::text(0, line, u32::try_from(at + 1).unwrap_or(u32::MAX));
                        problems.add(span, "this cell is not UTF-8: save the file as UTF-8");
                        cells.push(String::new());
                    }
                }
            }
            let columns = match &columns {
                Some(columns) => Rc::clone(columns),
                None if is_header(&cells, heading) => {
                    columns = Some(Rc::new(header(&cells, line, heading, problems)?));
                    continue;
                }
                None => Rc::clone(columns.insert(Rc::new(in_order(&cells, line, heading, problems)?))),
            };
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push(Row { line, columns, cells });
            }
        }
        if columns.is_none() {
            let columns = heading.columns.join(",");
            let begin = if heading.told_by.is_some() { "write lines" } else { "begin with a header" };
            problems.add(start, format_args!("the file is empty: {begin}, such as `{columns}`"));
        }
        problems.is_empty().then_some(Self { rows })
    }
}

/// The line on which a record begins: the reader may stand before what ends the line above, and before empty
/// lines.
fn line_of(position: Option<&csv::Position>, bytes: &[u8], first: u64) -> u32 {
    let Some(position) = position else { return number(first) };
    let rest = usize::try_from(position.byte()).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    number(position.line() - 1 + first + ends.filter(|byte| **byte == b'\n').count() as u64)
}

/// Lines that have something on them, or are followed by one.
fn number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// What a cell of a header names: a column in whichever case, as a spreadsheet has left it.
fn column_name<'c>(cell: &'c str, heading: &Heading) -> Cow<'c, str> {
    let name = match heading.told_by {
        // ELM's documentation writes lists so.
        Some(_) => cell.trim().trim_start_matches('[').trim_end_matches(']'),
        None => cell.trim(),
    };
    if let Some(known) = heading.columns.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        return (*known).into();
    }
    match name.split_at_checked(ATTRIBUTE.len()) {
        Some((begin, id)) if heading.attributes && begin.eq_ignore_ascii_case(ATTRIBUTE) => {
            format!("{ATTRIBUTE}{id}").into()
        }
        _ => name.into(),
    }
}

/// Also of one whose other columns are called right: nobody's name is that of a column twice.
fn is_header(cells: &[String], heading: &Heading) -> bool {
    let names: Vec<_> = cells.iter().map(|cell| column_name(cell, heading)).collect();
    let known = names.iter().filter(|name| heading.columns.contains(&&***name)).count();
    heading.told_by.is_none_or(|teller| known >= 2 || names.iter().any(|name| *name == teller))
}

/// The columns of a file that does not name them.
fn in_order(cells: &[String], line: u32, heading: &Heading, problems: &mut Problems) -> Option<Columns> {
    let names: Vec<String> = heading.columns.iter().take(cells.len()).map(ToString::to_string).collect();
    if names.len() < cells.len() || names.len() < heading.required.len() {
        let (columns, many) = (heading.columns.join(","), cells.len());
        let said = format!("this line has {many} cells: expected `{columns}`, or a header that names fewer");
        problems.add(Span::text(0, line, 1), said);
        return None;
    }
    let at = names.iter().cloned().zip(0..).collect();
    Some(Columns { names, at })
}

/// The names of the columns; nothing else is read where they are wrong.
fn header(cells: &[String], line: u32, heading: &Heading, problems: &mut Problems) -> Option<Columns> {
    let mut at: HashMap<String, usize> = HashMap::new();
    let names: Vec<String> = cells.iter().map(|it| column_name(it, heading).into_owned()).collect();
    let known = heading.columns;
    for (place, name) in names.iter().enumerate() {
        let span = Span::text(0, line, number(place as u64 + 1));
        let attribute = heading.attributes && name.strip_prefix(ATTRIBUTE).is_some_and(|id| !id.is_empty());
        if !attribute && !known.contains(&name.as_str()) {
            let hint = did_you_mean(name, known).unwrap_or_else(|| format!("expected {}", one_of(known)));
            problems.add(span, format_args!("unknown column {}; {hint}", quoted(name)));
        } else if at.insert(name.clone(), place).is_some() {
            problems.add(span, format_args!("the column {} is there twice", quoted(name)));
        }
    }
    for required in heading.required {
        if !at.contains_key(*required) {
            problems.add(Span::text(0, line, 1), format_args!("missing column `{required}`"));
        }
    }
    problems.is_empty().then_some(Columns { names, at })
}

/// The first cell with something behind the quote that closes it, or with one that is never closed, which
/// would swallow all that comes after it.
fn wrong_quote(bytes: &[u8], delimiter: u8, first: u64) -> Option<(Span, &'static str)> {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        /// Behind what closes a quote, unless it is there twice.
        Closed,
    }
    let (mut at, mut line, mut cell) = (At::Start, first, 1);
    let mut begun = (line, cell);
    let found = |(line, cell), said| Some((Span::text(0, number(line), number(cell)), said));
    for byte in bytes {
        if at == At::Start && *byte == b'"' {
            begun = (line, cell);
        }
        at = match (at, byte) {
            (At::Start | At::Closed, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            (_, b'\n' | b'\r') => {
                cell = 1;
                At::Start
            }
            (_, byte) if *byte == delimiter => {
                cell += 1;
                At::Start
            }
            (At::Closed, _) => {
                let said = "there is something behind the quote that closes this cell: remove it, and write a \
                            quote within a cell twice";
                return found(begun, said);
            }
            _ => At::Plain,
        };
        line += u64::from(*byte == b'\n');
    }
    let said = "the quote that begins here is never closed: close it, and write one within a cell twice";
    if at == At::Quoted { found(begun, said) } else { None }
}

/// What Excel is told by a line of its own at the begin of a file, and what is behind that line.
fn separator_line(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (begin, rest) = bytes.split_at_checked(4)?;
    let (separator, rest) = rest.split_first()?;
    let end = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).take(2).collect::<Vec<_>>();
    let (ends, lasts) = match end[..] {
        [b'\r', b'\n'] => (2, false),
        [_, ..] => (1, false),
        [] => (0, !rest.is_empty()),
    };
    let is_one = begin.eq_ignore_ascii_case(b"sep=") && matches!(separator, b',' | b';' | b'\t' | b'|');
    (is_one && !lasts).then(|| (*separator, &rest[ends..]))
}

/// What separates the cells of the first line.
fn delimiter(bytes: &[u8], heading: &Heading) -> u8 {
    let (mut quoted, mut listed) = (false, false);
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            // What stands in a list separates nothing else.
            b'[' if heading.told_by.is_some() => listed = true,
            b']' => listed = false,
            _ if listed => {}
            other => counts.iter_mut().filter(|(it, _)| it == other).for_each(|(_, count)| *count += 1),
        }
    }
    // The first of those that are there most often.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| *byte)
}
