//! Writing a backup.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, Type};

use super::table::{Column, KEPT, Table};
use super::{BackupError, Header, HeaderLine, Mark, Written, checksum_line};
use crate::Store;
use crate::db::snapshot;
use crate::error::failed;
use crate::hexadecimal;
use crate::load::ORGANISATION;
use crate::migrate::MIGRATIONS;
use crate::revision::{Moment, Revision};

const DOING: &str = "read what is to be backed up";

/// The caller is told whenever so many more rows are written.
const ROWS_BETWEEN_REPORTS: u64 = 1 << 14;

impl Store {
    /// Writes everything that is worth keeping, as it is at one moment, while others go on. Of what is
    /// written little is in memory at a time. `report` is told now and then how many rows are written.
    ///
    /// # Errors
    /// When the database cannot be read, or the backup cannot be written.
    pub async fn backup(
        &self,
        out: impl Write,
        program: &str,
        at: Moment,
        mut report: impl FnMut(u64),
    ) -> Result<Written, BackupError> {
        snapshot!(&self.db, DOING, |snapshot| {
            let (revision, history_id): (i64, String) =
                sqlx::query_as(ORGANISATION).fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
            let header = Header {
                program: program.to_owned(),
                schema: MIGRATIONS.last().map_or(0, |migration| migration.version),
                history_id,
                revision: Revision::from_sql(revision, "organisation")?,
                at,
            };
            let mut writer = Writer::begin(out, &header)?;
            for table in KEPT {
                writer.table(table)?;
                let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(&mut *snapshot);
                while let Some(row) = rows.try_next().await.map_err(failed(DOING))? {
                    writer.row(&values(table, &row).map_err(failed(DOING))?)?;
                    if writer.rows.is_multiple_of(ROWS_BETWEEN_REPORTS) {
                        report(writer.rows);
                    }
                }
            }
            writer.end(header)
        })
    }
}

fn values<'r, R>(table: &Table, row: &'r R) -> Result<Vec<Value>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |(at, column): (usize, &Column)| {
        Ok(match column {
            Column::Integer(_) => row.try_get::<Option<i64>, _>(at)?.into(),
            Column::Text(_) => row.try_get::<Option<String>, _>(at)?.into(),
        })
    };
    table.columns.iter().enumerate().map(value).collect()
}

struct Writer<W: Write> {
    lines: GzEncoder<Hashing<W>>,
    rows: u64,
}

impl<W: Write> Writer<W> {
    fn begin(out: W, header: &Header) -> std::io::Result<Self> {
        let mut out = Hashing { out, sha256: Sha256::new(), bytes: 0 };
        let mut line = serde_json::to_vec(&HeaderLine::from(header))?;
        line.push(b'\n');
        out.write_all(&line)?;
        Ok(Self { lines: GzEncoder::new(out, Compression::fast()), rows: 0 })
    }

    fn table(&mut self, table: &Table) -> std::io::Result<()> {
        let columns = table.columns.iter().map(|column| column.name().to_owned()).collect();
        self.line(&Mark::Table { name: table.name.to_owned(), columns })
    }

    fn row(&mut self, values: &[Value]) -> std::io::Result<()> {
        self.rows += 1;
        self.line(&values)
    }

    fn line(&mut self, line: &impl serde::Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.lines.write_all(&line)
    }

    fn end(mut self, header: Header) -> Result<Written, BackupError> {
        let rows = self.rows;
        self.line(&Mark::End { rows })?;
        let Hashing { mut out, sha256, bytes } = self.lines.finish()?;
        let sha256 = hexadecimal(&sha256.finalize());
        let line = checksum_line(&sha256);
        out.write_all(line.as_bytes())?;
        out.flush()?;
        Ok(Written { header, rows, bytes: bytes + line.len() as u64, sha256 })
    }
}

/// Sees all that is written.
struct Hashing<W> {
    out: W,
    sha256: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
