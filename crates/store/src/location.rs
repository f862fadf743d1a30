//! Where a database is.

use std::fmt;
use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;

/// Where a database is. Neither `Display` nor `Debug` shows a password.
#[derive(Clone)]
pub struct Location(pub(crate) Place);

#[derive(Clone)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl Location {
    /// `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE` with the parameters of PostgreSQL's
    /// own clients.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        // What follows the colon may hold a password, hence is not repeated.
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(StoreError::BadLocation("this names no database".to_owned()));
        };
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path.starts_with(':') {
                    return Err(StoreError::BadLocation(format!("`{path}` is not the path of a file")));
                }
                Ok(Self(Place::Sqlite(path.into())))
            }
            "postgres" | "postgresql" => match PgConnectOptions::from_str(text) {
                Ok(options) => Ok(Self(Place::Postgres(Box::new(options.application_name("bailiwick"))))),
                Err(error) => {
                    Err(StoreError::BadLocation(format!("this is no address of PostgreSQL: {error}")))
                }
            },
            _ => Err(StoreError::BadLocation(format!("`{scheme}:` is no database that can be used"))),
        }
    }

    /// The SQLite database `bailiwick.db` in a data folder.
    pub fn folder(folder: &Path) -> Self {
        Self(Place::Sqlite(folder.join("bailiwick.db")))
    }

    /// Whether several processes may have it open at a time.
    pub const fn is_shared(&self) -> bool {
        matches!(self.0, Place::Postgres(_))
    }

    /// Makes the folder of a file, and the file, for nobody else to read; and locks out other processes,
    /// which SQLite alone would let in.
    pub(crate) fn guard(&self) -> Result<Option<Guard>, StoreError> {
        let Place::Sqlite(database) = &self.0 else { return Ok(None) };
        if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_folders().create(folder).map_err(|cause| file_error(folder, cause))?;
        }
        // Appended: `a.db` and `a.sqlite` are two databases.
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let lock = private_file(&path).map_err(|cause| file_error(&path, cause))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked(path)),
            Err(TryLockError::Error(cause)) => return Err(file_error(&path, cause)),
        }
        // An empty file is a new database. SQLite gives its mode to the files that it makes beside it.
        private_file(database).map_err(|cause| file_error(database, cause))?;
        Ok(Some(Guard(lock)))
    }
}

/// Keeps other processes out as long as it is there.
#[derive(Debug)]
pub(crate) struct Guard(File);

impl Drop for Guard {
    fn drop(&mut self) {
        // A child process that is being started at this moment has the file open, too, and would go on
        // keeping everybody out. If this fails, the lock ends when the last of them closes the file.
        self.0.unlock().unwrap_or_default();
    }
}

fn file_error(path: &Path, cause: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), cause }
}

/// A file to write, which nobody else may read if it is new.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Folders that nobody else may look into: they will hold password hashes.
fn private_folders() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Place::Postgres(options) => {
                let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
                write!(f, "postgres://{user}@{host}:{port}/{}", options.get_database().unwrap_or(user))
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_file_or_a_server_and_never_tells_the_password() {
        for (text, shown) in [
            ("sqlite:data/x.db", "sqlite:data/x.db"),
            ("sqlite:///srv/x.db", "sqlite:/srv/x.db"),
            ("postgres://ann:secret@db:5433/jazz", "postgres://ann@db:5433/jazz"),
            ("postgresql://ann@db:5433/jazz?sslmode=require", "postgres://ann@db:5433/jazz"),
        ] {
            let location = Location::parse(text).unwrap();
            assert_eq!(location.to_string(), shown);
            assert_eq!(format!("{location:?}"), shown);
        }
    }

    #[test]
    fn what_names_no_database_is_refused_without_repeating_it() {
        for text in [
            "",
            "data",
            "sqlite:",
            "sqlite::memory:",
            "postgre://ann:secret@db/x",
            "postgres://a:secret@:x/y",
        ] {
            let said = Location::parse(text).unwrap_err().to_string();
            assert!(said.contains("sqlite:PATH") && !said.contains("secret"), "{said}");
        }
    }
}
