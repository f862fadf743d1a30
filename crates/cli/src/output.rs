//! What a command found, in the form that was asked for.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::table::Table;
use crate::yaml;

/// The form of what a command writes: for people, for programs, and, unabridged, for spreadsheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Yaml,
    Csv,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Output {
    /// In which form to write what was found; the default is a table, for `export` YAML
    #[arg(long, value_enum, value_name = "FORMAT", global = true, display_order = 100)]
    output: Option<Format>,
    /// Short for `--output json`
    #[arg(long, global = true, display_order = 100, conflicts_with = "output")]
    json: bool,
}

impl Output {
    /// The form asked for, if one was.
    pub(crate) fn asked(self) -> Option<Format> {
        if self.json { Some(Format::Json) } else { self.output }
    }

    /// Writes what was found: `value` for programs, `rows` for spreadsheets, `text` for people.
    pub(crate) fn write<T: Serialize + ?Sized>(
        self,
        value: &T,
        rows: impl FnOnce() -> Table,
        text: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        let written = match self.asked().unwrap_or(Format::Table) {
            Format::Table => text(),
            Format::Csv => rows().csv(),
            Format::Json => serde_json::to_string_pretty(value)? + "\n",
            Format::Yaml => yaml::to_string(value)?,
        };
        Ok(print(&written)?)
    }

    /// The same, where the table says everything to people too.
    pub(crate) fn write_table<T: Serialize + ?Sized>(
        self,
        value: &T,
        table: impl Fn() -> Table,
        empty: &str,
    ) -> anyhow::Result<()> {
        self.write(value, &table, || {
            let table = table();
            if table.is_empty() { format!("{empty}\n") } else { table.text() }
        })
    }
}

/// Writes to stdout. That the reader has gone away (`| head`) is none of our errors.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// `1 user`, `2 users`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
