//! Reading a backup, and seeing first that it is whole.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use flate2::bufread::GzDecoder;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::table::{Column, Table, table};
use super::{BEGINNING, CHECKSUM_LENGTH, FORMAT, Header, HeaderLine, Mark, RestoreError, checksum_line};
use crate::hexadecimal;
use crate::migrate::MIGRATIONS;

/// A backup that is whole and as it was written.
#[derive(Debug)]
pub struct Backup<R> {
    input: BufReader<R>,
    header: Header,
    /// Where the compressed part begins, and how long it is.
    begin: u64,
    length: u64,
}

/// No first line is longer.
const HEADER_LIMIT: u64 = 1 << 16;
/// Nor any other: it has a fact in it, twice.
const LINE_LIMIT: u64 = 1 << 30;

/// Bounds of what is handed out at a time.
pub(super) const ROWS_AT_A_TIME: usize = 32;
const BYTES_AT_A_TIME: usize = 1 << 20;

impl<R: Read + Seek> Backup<R> {
    /// Reads it from beginning to end, and compares its checksum.
    ///
    /// # Errors
    /// When it is none, is damaged, or comes from a newer program.
    pub fn open(input: R) -> Result<Self, RestoreError> {
        let mut input = BufReader::new(input);
        let mut first = Vec::new();
        input.by_ref().take(HEADER_LIMIT).read_until(b'\n', &mut first)?;
        if !first.starts_with(BEGINNING) {
            return Err(RestoreError::Foreign);
        }
        let length = input.seek(SeekFrom::End(0))?;
        let begin = first.len() as u64;
        let hashed = length.checked_sub(CHECKSUM_LENGTH as u64).filter(|hashed| *hashed >= begin);
        let hashed = hashed.ok_or(RestoreError::Truncated)?;

        input.seek(SeekFrom::Start(hashed))?;
        let mut last = Vec::new();
        input.read_to_end(&mut last)?;
        let sha256 = std::str::from_utf8(&last).ok().and_then(|line| line.trim_end().rsplit(' ').next());
        let sha256 = sha256.filter(|sum| checksum_line(sum).as_bytes() == last && sum.len() == 64);
        let sha256 = sha256.ok_or(RestoreError::Truncated)?;
        input.seek(SeekFrom::Start(0))?;
        if sum_of(&mut input.by_ref().take(hashed))? != sha256 {
            return Err(RestoreError::Altered);
        }
        Ok(Self { header: header(&first)?, input, begin, length: hashed - begin })
    }

    /// What its first line tells.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Its lines, from the first table on.
    pub(super) fn lines(&mut self) -> Result<Lines<impl BufRead>, RestoreError> {
        self.input.seek(SeekFrom::Start(self.begin))?;
        let compressed = self.input.by_ref().take(self.length);
        Ok(Lines {
            text: BufReader::new(GzDecoder::new(compressed)),
            line: Vec::new(),
            place: Place::Beginning,
            rows: 0,
        })
    }
}

fn sum_of(input: &mut impl BufRead) -> std::io::Result<String> {
    let mut sum = Sha256::new();
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hexadecimal(&sum.finalize()));
        }
        sum.update(bytes);
        let read = bytes.len();
        input.consume(read);
    }
}

fn header(line: &[u8]) -> Result<Header, RestoreError> {
    let value: Value = serde_json::from_slice(line).map_err(damaged)?;
    let newer = |program: &str| RestoreError::Newer { program: program.to_owned() };
    if value["bailiwick_backup"] != FORMAT {
        return Err(newer(value["program"].as_str().unwrap_or("unknown")));
    }
    let header: HeaderLine = serde_json::from_value(value).map_err(damaged)?;
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if header.schema > newest { Err(newer(&header.program)) } else { Ok(header.into()) }
}

fn damaged(cause: impl ToString) -> RestoreError {
    RestoreError::Damaged(cause.to_string())
}

/// The rows of one table after another.
pub(super) struct Lines<T> {
    text: T,
    line: Vec<u8>,
    place: Place,
    /// How many rows were read.
    pub(super) rows: u64,
}

enum Place {
    Beginning,
    Within(Section),
    End,
}

/// Rows that one statement can take.
pub(super) struct Batch {
    pub(super) section: Section,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// The table that rows belong to.
#[derive(Clone)]
pub(super) struct Section {
    pub(super) table: &'static Table,
    pub(super) columns: Vec<Column>,
}

/// One value, or none, of a row.
pub(super) enum Cell {
    Integer(Option<i64>),
    Text(Option<String>),
}

impl<T: BufRead> Lines<T> {
    pub(super) fn batch(&mut self) -> Result<Option<Batch>, RestoreError> {
        loop {
            let next = match &self.place {
                Place::End => return Ok(None),
                Place::Beginning => self.line()?,
                Place::Within(section) => {
                    let section = section.clone();
                    let rows = self.rows_of(&section)?;
                    if !rows.is_empty() {
                        return Ok(Some(Batch { section, rows }));
                    }
                    self.line()?
                }
            };
            self.place = match next {
                Mark::Table { name, columns } => Place::Within(Section::new(&name, &columns)?),
                Mark::End { rows } if rows == self.rows => Place::End,
                Mark::End { rows } => {
                    return Err(damaged(format!("it has {} rows in place of {rows}", self.rows)));
                }
            };
        }
    }

    fn rows_of(&mut self, section: &Section) -> Result<Vec<Vec<Cell>>, RestoreError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < ROWS_AT_A_TIME
            && bytes < BYTES_AT_A_TIME
            && self.text.fill_buf()?.first() == Some(&b'[')
        {
            let row = section.cells(self.line()?)?;
            bytes += row.iter().map(Cell::bytes).sum::<usize>();
            rows.push(row);
        }
        self.rows += rows.len() as u64;
        Ok(rows)
    }

    fn line<L: DeserializeOwned>(&mut self) -> Result<L, RestoreError> {
        self.line.clear();
        self.text.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut self.line)?;
        if self.line.last() != Some(&b'\n') {
            return Err(damaged("it breaks off within a line"));
        }
        serde_json::from_slice(&self.line).map_err(damaged)
    }
}

impl Section {
    fn new(name: &str, columns: &[String]) -> Result<Self, RestoreError> {
        let unknown = |what: &str, name: &str| damaged(format!("it has the unknown {what} `{name}`"));
        let table = table(name).ok_or_else(|| unknown("table", name))?;
        let column = |name: &String| table.column(name).ok_or_else(|| unknown("column", name));
        let columns = columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        if columns.is_empty() {
            return Err(damaged(format!("its table `{name}` has no column")));
        }
        Ok(Self { table, columns })
    }

    fn cells(&self, values: Vec<Value>) -> Result<Vec<Cell>, RestoreError> {
        let unlike = || damaged(format!("a row of `{}` has other columns than the table", self.table.name));
        if values.len() != self.columns.len() {
            return Err(unlike());
        }
        let cell = |(column, value): (&Column, Value)| {
            Ok(match (column, value) {
                (Column::Integer(_), Value::Null) => Cell::Integer(None),
                (Column::Integer(_), Value::Number(number)) => {
                    Cell::Integer(Some(number.as_i64().ok_or_else(unlike)?))
                }
                (Column::Text(_), Value::Null) => Cell::Text(None),
                (Column::Text(_), Value::String(text)) => Cell::Text(Some(text)),
                _ => return Err(unlike()),
            })
        };
        self.columns.iter().zip(values).map(cell).collect()
    }
}

impl Cell {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Integer(_) => size_of::<i64>(),
            Self::Text(text) => text.as_deref().map_or(0, str::len),
        }
    }
}
