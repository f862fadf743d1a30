//! The database of a server on this machine, or of one that shares it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use governance::Organisation;
use store::{Loaded, Location, Moment, Revision, Store, history_id};
use tokio::runtime::Runtime;

use crate::failure::Failure;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DatabaseArgs {
    /// The data folder of a server
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    pub(crate) data: Option<PathBuf>,
    /// The database of a server: `sqlite:PATH`, `postgres://USER@HOST/DATABASE`, or `@FILE`, the file that
    /// holds it, for one with a password
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// Which moment of a database is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At {
    Revision(u64),
    Moment(Moment),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(number) => number.fmt(f),
            Self::Moment(moment) => match jiff::Timestamp::from_microsecond(moment.microseconds()) {
                Ok(moment) => moment.fmt(f),
                // INVARIANT: it was parsed from one.
                Err(_) => Err(fmt::Error),
            },
        }
    }
}

impl FromStr for At {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Revision(number));
        }
        let moment: jiff::Timestamp = text
            .parse()
            .map_err(|_| "expected the number of a revision, or a moment such as 2026-11-21T10:00:00Z")?;
        Ok(Self::Moment(Moment::new(moment.as_microsecond())))
    }
}

impl DatabaseArgs {
    /// Whether one was named.
    pub(crate) fn is_given(&self) -> bool {
        self.data.is_some() || self.database.is_some()
    }

    pub(crate) fn location(&self) -> anyhow::Result<Location> {
        Ok(match &self.database {
            Some(url) => match url.strip_prefix('@') {
                Some(file) => Location::parse(&url_in(Path::new(file))?)?,
                None => Location::parse(url)?,
            },
            None => Location::folder(self.data.as_deref().unwrap_or(Path::new(""))),
        })
    }

    /// The file that must be there for the database to be, if it is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match (&self.database, &self.data) {
            (Some(url), _) => {
                let path = url.strip_prefix("sqlite:")?;
                Some(path.strip_prefix("//").unwrap_or(path).into())
            }
            (None, Some(folder)) => Some(folder.join("bailiwick.db")),
            (None, None) => None,
        }
    }

    /// Whether it is there already, as far as one can tell without opening it.
    pub(crate) fn exists(&self) -> bool {
        self.file().is_none_or(|file| file.exists())
    }

    /// Opens a database that must be there, to read it, be it in use or not.
    pub(crate) fn open_to_read(&self) -> anyhow::Result<Database> {
        let Opened { runtime, store, location } = self.open_unread()?;
        let loaded = runtime.block_on(store.load())?;
        Ok(Database { runtime, store, is_new: false, loaded, location })
    }

    /// The same, without loading what is in it.
    pub(crate) fn open_unread(&self) -> anyhow::Result<Opened> {
        if let Some(file) = self.file().filter(|file| !file.exists()) {
            let cause = format!("there is no database at `{}`", file.display());
            let help = "check the path; `bailiwick import` or `bailiwick serve` makes a new one";
            return Err(Failure::new(cause, help).into());
        }
        let location = self.location()?;
        let runtime = runtime()?;
        let store = runtime.block_on(Store::open_to_read(&location))?;
        Ok(Opened { runtime, store, location })
    }

    /// Opens a database, and makes it where there is none.
    pub(crate) fn open(&self) -> anyhow::Result<Database> {
        let location = self.location()?;
        let runtime = runtime()?;
        let fresh = fresh()?;
        let store = runtime.block_on(Store::open(&location, &fresh))?;
        let loaded = runtime.block_on(store.load())?;
        Ok(Database { runtime, store, is_new: loaded.history_id == history_id(&fresh), loaded, location })
    }

    /// The organisation that a database holds, or held.
    pub(crate) fn read(&self, at: Option<At>) -> anyhow::Result<Organisation> {
        self.reading(|database| database.as_of(at))
    }

    /// What a database holds, or held, at two moments.
    pub(crate) fn read_two(&self, at: [Option<At>; 2]) -> anyhow::Result<[Organisation; 2]> {
        self.reading(|database| Ok([database.as_of(at[0])?, database.as_of(at[1])?]))
    }

    fn reading<T>(&self, read: impl FnOnce(&Database) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let database = self.open_to_read()?;
        let read = read(&database)?;
        database.close();
        Ok(read)
    }
}

/// What a file says where a database is.
fn url_in(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).map_err(|cause| {
        let cause = format!("cannot read `{}`: {cause}", file.display());
        Failure::new(cause, "it should hold nothing but the address of the database")
    })?;
    Ok(text.trim().to_owned())
}

/// An open database.
pub(crate) struct Opened {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) location: Location,
}

/// An open database, and what it held when it was opened.
pub(crate) struct Database {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) loaded: Loaded,
    pub(crate) location: Location,
    /// Whether opening it made it.
    pub(crate) is_new: bool,
}

impl Database {
    fn as_of(&self, at: Option<At>) -> anyhow::Result<Organisation> {
        let Loaded { organisation, revision, .. } = &self.loaded;
        let target = self.revision(at)?;
        Ok(self.runtime.block_on(self.store.as_of(organisation, *revision, target))?)
    }

    fn revision(&self, at: Option<At>) -> anyhow::Result<Revision> {
        Ok(match at {
            None => self.loaded.revision,
            Some(At::Revision(number)) => Revision::new(number),
            Some(At::Moment(moment)) if moment > now() => {
                let cause = format!("{} is still to come", At::Moment(moment));
                let help = format!("the newest revision is {}", self.loaded.revision);
                return Err(Failure::new(cause, help).into());
            }
            Some(At::Moment(moment)) => self.runtime.block_on(self.store.revision_at(moment))?,
        })
    }

    /// Lets go of it properly; a process that ends without doing so loses nothing.
    pub(crate) fn close(self) {
        self.runtime.block_on(self.store.close());
    }
}

pub(crate) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// What nobody can guess, for a database that may be made now.
pub(crate) fn fresh() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The time.
#[expect(
    clippy::disallowed_methods,
    reason = "what a command makes is dated by the machine on which it runs"
)]
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment::new(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
