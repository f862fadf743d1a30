//! Where an organisation comes from: documents, a database, or a server.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use document::{Limits, Source};
use governance::Organisation;

use crate::database::{At, DatabaseArgs};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::remote::{Remote, ServerArgs};

/// One of `--org`, `--data`, `--database`, `--server` and `--context`, or the context in use.
#[derive(Debug, Args)]
#[command(mut_group("ServerArgs", |group| group.conflicts_with_all(["org", "data", "database"])))]
pub(crate) struct OrganisationSource {
    /// An organisation document; more of them are laid over it in order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "database", "at_revision"])]
    pub(crate) org: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// As of this revision of the database or server: its number, or a moment such as 2026-11-21T10:00:00Z
    #[arg(long, value_name = "REVISION")]
    pub(crate) at_revision: Option<At>,
}

/// What answers questions.
pub(crate) enum Opened {
    /// An organisation that was read.
    Here(Box<Organisation>),
    /// A server.
    There(There),
}

/// A server, and the revision from which it is to answer.
pub(crate) struct There {
    pub(crate) remote: Remote,
    pub(crate) as_of: Option<String>,
}

impl OrganisationSource {
    /// Whether one was named, where none need be.
    pub(crate) fn is_given(&self) -> bool {
        !self.org.is_empty() || self.database.is_given() || self.server.is_given()
    }

    pub(crate) fn open(&self) -> anyhow::Result<Opened> {
        Ok(if !self.org.is_empty() {
            Opened::Here(Box::new(load(&self.org)?))
        } else if self.database.is_given() {
            Opened::Here(Box::new(self.database.read(self.at_revision)?))
        } else {
            let as_of = self.at_revision.map(|at| at.to_string());
            Opened::There(There { remote: self.server.connect()?, as_of })
        })
    }
}

/// The organisation that documents describe.
pub(crate) fn load(files: &[PathBuf]) -> anyhow::Result<Organisation> {
    let files = Files::read(files)?;
    let progress = Progress::of(files.bytes());
    progress.step("Reading the documents");
    Ok(document::load(&files.sources(), &files.limits)?.organisation)
}

/// Documents as they were read.
pub(crate) struct Files {
    files: Vec<(Arc<str>, Vec<u8>)>,
    pub(crate) limits: Limits,
}

impl Files {
    pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let limits = Limits::default();
        let read = |path: &PathBuf| Ok((path.to_string_lossy().into(), read(path, limits.bytes)?));
        let files = paths.iter().map(read).collect::<anyhow::Result<_>>()?;
        Ok(Self { files, limits })
    }

    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        self.files.iter().map(|(name, text)| Source { name: Arc::clone(name), text }).collect()
    }

    /// How much there is to read, all together.
    pub(crate) fn bytes(&self) -> usize {
        self.files.iter().map(|(_, text)| text.len()).sum()
    }

    /// The names, for the journal.
    pub(crate) fn names(&self) -> String {
        self.files.iter().map(|(name, _)| name.as_ref()).collect::<Vec<_>>().join(", ")
    }
}

/// A file of bearable length; a longer one is refused before it is read. `-` is stdin.
fn read(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let too_long = || {
        let limit = limit >> 20;
        Failure::new(format_args!("`{shown}` is larger than {limit} MiB"), "split it into several files")
    };
    let unreadable = |cause: std::io::Error| cannot_read(path, &cause);
    let mut text = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit as u64 + 1).read_to_end(&mut text).map_err(unreadable)?;
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        if length > limit as u64 {
            return Err(too_long().into());
        }
        text.reserve_exact(length as usize);
        file.take(limit as u64 + 1).read_to_end(&mut text).map_err(unreadable)?;
    }
    if text.len() > limit { Err(too_long().into()) } else { Ok(text) }
}

pub(crate) fn cannot_read(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::new(
        format_args!("cannot read `{}`: {cause}", path.display()),
        "check the path and its permissions",
    )
}
