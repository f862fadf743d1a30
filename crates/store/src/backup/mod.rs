//! A whole database as one file, which a database of either kind can be made from.
//!
//! The first line is a [`Header`] as JSON. After it comes, compressed by gzip, a line of JSON for each table,
//! then one for each of its rows, and at the end the number of rows. The last line is the SHA-256 of all
//! before it: `head -c -73 FILE | sha256sum` tells the same. Every format to come begins and ends so.

mod read;
mod restore;
mod table;
mod write;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::StoreError;
use crate::revision::{Moment, Revision};

pub use read::Backup;

/// What the first line of a backup tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the program that wrote it.
    pub program: String,
    /// The last migration of the database.
    pub schema: i64,
    /// The history that the database belonged to.
    pub history_id: String,
    /// The newest revision at that moment.
    pub revision: Revision,
    /// When it was written.
    pub at: Moment,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The first line.
    pub header: Header,
    /// How many rows, of all tables.
    pub rows: u64,
    /// The whole file, in bytes.
    pub bytes: u64,
    /// What the last line tells, in hexadecimal.
    pub sha256: String,
}

/// Why no backup was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup cannot be written.
    #[error("cannot write the backup: {0}; check the place and its free space")]
    Output(#[from] std::io::Error),
}

/// Why nothing was restored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The file cannot be read.
    #[error("cannot read the backup: {0}; check the file and its permissions")]
    Input(#[from] std::io::Error),
    /// Something else than a backup.
    #[error("this is no backup of Bailiwick; choose a file that `bailiwick backup` has written")]
    Foreign,
    /// The end is missing.
    #[error(
        "the backup ends before its checksum: it was not written or copied to its end; take another copy"
    )]
    Truncated,
    /// Its checksum is that of another content.
    #[error("the backup is not as it was written: its checksum differs; take another copy")]
    Altered,
    /// A newer program has written it.
    #[error(
        "the backup was written by version {program}, in a form that this program does not know; restore it \
         with that version"
    )]
    Newer {
        /// The version of that program.
        program: String,
    },
    /// The checksum is right, and yet it does not hold what a backup holds.
    #[error("the backup cannot be read: {0}; take another one")]
    Damaged(String),
    /// There is something in the database.
    #[error("`{0}` is not empty; restore into a new data folder, or into a new database")]
    NotEmpty(String),
    /// The database cannot be written. Nothing was restored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const FORMAT: u64 = 1;

/// The first line as it is written. Its first key tells a backup from other files.
#[derive(Serialize, Deserialize)]
struct HeaderLine {
    bailiwick_backup: u64,
    program: String,
    schema: i64,
    history_id: String,
    revision: u64,
    at: i64,
}

const BEGINNING: &[u8] = b"{\"bailiwick_backup\":";

impl From<&Header> for HeaderLine {
    fn from(header: &Header) -> Self {
        Self {
            bailiwick_backup: FORMAT,
            program: header.program.clone(),
            schema: header.schema,
            history_id: header.history_id.clone(),
            revision: header.revision.number(),
            at: header.at.microseconds(),
        }
    }
}

impl From<HeaderLine> for Header {
    fn from(line: HeaderLine) -> Self {
        Self {
            program: line.program,
            schema: line.schema,
            history_id: line.history_id,
            revision: Revision::new(line.revision),
            at: Moment::new(line.at),
        }
    }
}

/// Each line but the rows, which are lists.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Mark {
    Table { name: String, columns: Vec<String> },
    End { rows: u64 },
}

/// Between the compressed part and the checksum, and around it.
const CHECKSUM: &str = "\nsha256 ";
const CHECKSUM_LENGTH: usize = CHECKSUM.len() + 64 + 1;

fn checksum_line(sha256: &str) -> String {
    format!("{CHECKSUM}{sha256}\n")
}
