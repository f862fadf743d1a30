//! From bytes to lines of cells.

use std::collections::HashMap;
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::{ATTRIBUTE, CsvTable};
use crate::Limits;
use crate::report::{Problems, did_you_mean, one_of, quoted};
use crate::span::Span;

/// A file with a header.
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
    /// Reads a file: UTF-8, with or without a byte-order mark; cells separated by commas, semicolons or tabs,
    /// whichever the header has most of.
    pub(super) fn read(
        bytes: &[u8],
        what: CsvTable,
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
        let mut reader =
            ReaderBuilder::new().has_headers(false).delimiter(delimiter(bytes)).from_reader(bytes);
        let mut columns: Option<Rc<Columns>> = None;
        let mut rows = Vec::new();
        let mut record = ByteRecord::new();
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    let line = line_of(error.position(), bytes);
                    let said = match error.kind() {
                        ErrorKind::UnequalLengths { expected_len, len, .. } => {
                            format!(
                                "this line has {len} cells, the header {expected_len}: quote a cell that has the separator in it"
                            )
                        }
                        _ => error.to_string(),
                    };
                    problems.add(Span::text(0, line, 1), said);
                    continue;
                }
            }
            let line = line_of(record.position(), bytes);
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
            match &columns {
                None => columns = Some(Rc::new(header(cells, what, problems)?)),
                Some(columns) if cells.iter().any(|cell| !cell.trim().is_empty()) => {
                    rows.push(Row { line, columns: Rc::clone(columns), cells });
                }
                Some(_) => {}
            }
        }
        if columns.is_none() {
            let columns = what.columns().join(",");
            problems.add(start, format_args!("the file is empty: begin with a header, such as `{columns}`"));
        }
        problems.is_empty().then_some(Self { rows })
    }
}

/// The line on which a record begins: the reader may stand before what ends the line above, and before empty
/// lines.
fn line_of(position: Option<&csv::Position>, bytes: &[u8]) -> u32 {
    let Some(position) = position else { return 1 };
    let rest = usize::try_from(position.byte()).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    number(position.line() + ends.filter(|byte| **byte == b'\n').count() as u64)
}

fn number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The names of the columns; nothing else is read where they are wrong.
fn header(cells: Vec<String>, what: CsvTable, problems: &mut Problems) -> Option<Columns> {
    let mut at: HashMap<String, usize> = HashMap::new();
    let names: Vec<String> = cells.into_iter().map(|it| it.trim().to_owned()).collect();
    for (place, name) in names.iter().enumerate() {
        let span = Span::text(0, 1, number(place as u64 + 1));
        let attribute =
            what.has_attributes() && name.strip_prefix(ATTRIBUTE).is_some_and(|id| !id.is_empty());
        if !attribute && !what.columns().contains(&name.as_str()) {
            let hint = did_you_mean(name, what.columns());
            let hint = hint.unwrap_or_else(|| format!("expected {}", one_of(what.columns())));
            problems.add(span, format_args!("unknown column {}; {hint}", quoted(name)));
        } else if at.insert(name.clone(), place).is_some() {
            problems.add(span, format_args!("the column {} is there twice", quoted(name)));
        }
    }
    for required in what.required() {
        if !at.contains_key(*required) {
            problems.add(Span::text(0, 1, 1), format_args!("missing column `{required}`"));
        }
    }
    problems.is_empty().then_some(Columns { names, at })
}

/// What separates the cells of the header.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            other => counts.iter_mut().filter(|(it, _)| it == other).for_each(|(_, count)| *count += 1),
        }
    }
    // The first of those that are there most often.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| *byte)
}
