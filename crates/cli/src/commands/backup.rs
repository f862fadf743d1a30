//! `backup`: all that a database holds, in one file.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use store::{Moment, Written};

use crate::Status;
use crate::database::{DatabaseArgs, Opened, now};
use crate::failure::{Failure, note};
use crate::output::{Output, count};
use crate::progress::Progress;
use crate::table::Table;

/// Write all that a database holds into one file, while its server runs
///
/// Facts, journal, passwords and access tokens of one moment, compressed, with a checksum; sessions and
/// one-time links stay out. Either kind of database can be restored from it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick backup --data /var/lib/bailiwick --to bailiwick.backup")]
#[group(required = true, multiple = true, id = "place", args = ["data", "database"])]
pub(crate) struct Backup {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The file; `-` is standard output. The default is named after the time, in the current folder
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// What was written.
#[derive(Serialize)]
struct Shown {
    file: String,
    revision: u64,
    history_id: String,
    at: String,
    rows: u64,
    bytes: u64,
    sha256: String,
}

impl Backup {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let at = now();
        if self.to.as_deref() == Some(Path::new("-")) {
            return self.to_stdout(at);
        }
        let file = self.to.clone().unwrap_or_else(|| default_name(at));
        let mut target = Target::new(&file, self.force)?;
        let mut out = BufWriter::new(target.file()?);
        let written = self.write(&mut out, at).map_err(|error| target.named(error))?;
        out.flush().map_err(|cause| target.cannot_write(&cause))?;
        drop(out);
        target.keep()?;
        let Written { header, rows, bytes, sha256 } = written;
        let shown = Shown {
            file: file.display().to_string(),
            revision: header.revision.number(),
            history_id: header.history_id,
            at: moment(at),
            rows,
            bytes,
            sha256,
        };
        output.write(&shown, || shown.table(), || shown.text())?;
        Ok(Status::Done)
    }

    /// Nothing else is written there.
    fn to_stdout(&self, at: Moment) -> anyhow::Result<Status> {
        let stdout = io::stdout().lock();
        if stdout.is_terminal() {
            let help = "send it to a file or a program, or name a file with `--to`";
            return Err(Failure::new("a backup is nothing for a terminal", help).into());
        }
        let written = self.write(&mut BufWriter::new(stdout), at)?;
        let (revision, rows) = (written.header.revision, count(written.rows as usize, "row"));
        note(format_args!("wrote revision {revision}, {rows}; SHA-256 {}", written.sha256));
        Ok(Status::Done)
    }

    fn write(&self, out: impl Write, at: Moment) -> anyhow::Result<Written> {
        let Opened { runtime, store, .. } = self.database.open_unread()?;
        let progress = Progress::of_unknown_length();
        let report = |rows| progress.step(&format!("Writing the backup: {rows} rows"));
        let written = runtime.block_on(store.backup(out, env!("CARGO_PKG_VERSION"), at, report))?;
        runtime.block_on(store.close());
        Ok(written)
    }
}

impl Shown {
    fn table(&self) -> Table {
        let mut table = Table::new(&["file", "revision", "history_id", "at", "rows", "bytes", "sha256"]);
        let Self { file, revision, history_id, at, rows, bytes, sha256 } = self;
        let [revision, rows, bytes] = [revision, rows, bytes].map(u64::to_string);
        table.row([file.clone(), revision, history_id.clone(), at.clone(), rows, bytes, sha256.clone()]);
        table
    }

    fn text(&self) -> String {
        let Self { file, revision, at, rows, bytes, .. } = self;
        let rows = count(*rows as usize, "row");
        format!("Wrote `{file}`: revision {revision}, as of {at}; {rows} in {bytes} bytes.\n")
    }
}

/// A moment to the second, as people and programs read it.
pub(crate) fn moment(moment: Moment) -> String {
    let seconds = moment.microseconds().div_euclid(1_000_000);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} s"), |at| at.to_string())
}

/// No colons, which Windows does not take in a name.
fn default_name(at: Moment) -> PathBuf {
    format!("bailiwick-{}.backup", moment(at).replace([':', '-'], "")).into()
}

/// A file in the making. It has another name until it is whole, and is removed if it never is.
struct Target {
    name: PathBuf,
    unfinished: PathBuf,
    force: bool,
    is_whole: bool,
}

impl Target {
    fn new(name: &Path, force: bool) -> anyhow::Result<Self> {
        let last = name.file_name().filter(|_| !name.is_dir()).ok_or_else(|| {
            Failure::new(format_args!("`{}` is a folder", name.display()), "name a file in it")
        })?;
        let mut unfinished = std::ffi::OsString::from(".");
        unfinished.push(last);
        unfinished.push(format!(".{}.part", std::process::id()));
        let target = Self {
            name: name.to_owned(),
            unfinished: name.with_file_name(unfinished),
            force,
            is_whole: false,
        };
        target.check_absent()?;
        Ok(target)
    }

    fn check_absent(&self) -> anyhow::Result<()> {
        if !self.force && fs::symlink_metadata(&self.name).is_ok() {
            let cause = format!("`{}` is there already", self.name.display());
            return Err(Failure::new(cause, "name another file, or add `--force` to replace it").into());
        }
        Ok(())
    }

    /// For its owner alone: there are password hashes in it.
    fn file(&self) -> anyhow::Result<File> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(options.open(&self.unfinished).map_err(|cause| self.cannot_write(&cause))?)
    }

    fn keep(&mut self) -> anyhow::Result<()> {
        let written = File::options().write(true).open(&self.unfinished).and_then(|file| file.sync_all());
        written.map_err(|cause| self.cannot_write(&cause))?;
        self.check_absent()?;
        fs::rename(&self.unfinished, &self.name).map_err(|cause| self.cannot_write(&cause))?;
        self.is_whole = true;
        Ok(())
    }

    fn cannot_write(&self, cause: &io::Error) -> Failure {
        let file = self.name.display();
        Failure::new(format_args!("cannot write `{file}`: {cause}"), "check the folder and its free space")
    }

    /// What could not be written, by the name that was asked for.
    fn named(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast() {
            Ok(store::BackupError::Output(cause)) => self.cannot_write(&cause).into(),
            Ok(other) => other.into(),
            Err(error) => error,
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.is_whole {
            // It may not have come to be.
            fs::remove_file(&self.unfinished).unwrap_or_default();
        }
    }
}
