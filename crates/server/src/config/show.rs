//! The configuration as text: an example of it, and what it came to.

use std::fmt::Write as _;
use std::path::Path;

use super::Loaded;
use super::provider;
use super::settings::{Origin, Settings};
use crate::tls::{Pair, TlsError};

/// What a key came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The key, with its section.
    pub key: String,
    /// Its value as TOML, without secrets, if it has one.
    pub value: Option<String>,
    /// Who said it: `default`, a place in the file, a variable, a flag.
    pub origin: String,
}

impl Loaded {
    /// Tells the log where it comes from, and what may be a mistake.
    pub fn tell(&self) {
        if let Some(file) = &self.config.file {
            tracing::info!(file = %file.display(), "configured by a file");
        }
        for warning in &self.warnings {
            tracing::warn!("{warning}");
        }
    }

    /// Reads what only a server that starts reads: the certificate and its key.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn check(&mut self) -> Result<(), TlsError> {
        if let Some(https) = &self.config.https {
            self.warnings.extend(Pair::read(https)?.warning());
            if others_read(&https.key) {
                let shown = https.key.display();
                self.warnings
                    .push(format!("everybody on this machine may read the private key in `{shown}`"));
            }
        }
        Ok(())
    }

    /// The file that is to hold the key of secrets, if one was named.
    pub fn secrets_key_file(&self) -> Option<&Path> {
        self.settings.secrets_key_file.value.as_deref()
    }

    /// What each key came to.
    pub fn shown(&self) -> Vec<Shown> {
        let shown = |key: String, value, origin: &Origin| Shown { key, value, origin: origin.to_string() };
        let own = self.settings.written().map(|(key, value, at)| shown(key.name.to_owned(), value, at));
        let of_providers = self.providers.iter().flat_map(|(section, said)| {
            said.written().map(move |(key, value, at)| shown(provider::named(section, key.name), value, at))
        });
        own.chain(of_providers).collect()
    }
}

#[cfg(unix)]
fn others_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_read(_: &Path) -> bool {
    false
}

const INTRODUCTION: &str = "\
# Every key of the configuration, with its default; those that have none are commented out.
#
# `bailiwick serve --config FILE` reads such a file, or bailiwick.toml in the data folder. An environment
# variable sets a key in place of it (BAILIWICK_HTTP_LISTEN for http.listen), and a flag in place of both.
# Paths are relative to this file. `bailiwick config check --config FILE` tells what is wrong, and what every
# key comes to.
";

/// A complete file with every key, which says what each is for.
pub fn example() -> String {
    let defaults = Settings::default();
    let mut text = INTRODUCTION.to_owned();
    let mut section_before = "";
    for (key, value, _) in defaults.written() {
        let (section, name) = key.parts();
        if section != section_before {
            // Writing to a text cannot fail.
            _ = write!(text, "\n[{section}]");
            section_before = section;
        }
        text.push('\n');
        for line in key.about {
            _ = writeln!(text, "#{line}");
        }
        _ = match (value, key.example) {
            (Some(value), _) => writeln!(text, "{name} = {value}"),
            (None, example) => writeln!(text, "#{name} = \"{}\"", example.unwrap_or_default()),
        };
    }
    text + &provider::example()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{Config, ConfigFile, Sources, load};
    use super::example;

    fn loaded(text: &str) -> Result<super::Loaded, super::super::ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        load(&Sources { file: ConfigFile::Named(path), ..Sources::default() })
    }

    #[test]
    fn the_example_is_the_defaults() {
        let from_example = loaded(&example()).unwrap();
        let from_nothing = loaded("").unwrap();
        for (said, default) in from_example.shown().iter().zip(from_nothing.shown()) {
            if said.key == "data" {
                // A path in a file is meant from its folder.
                assert!(said.value.as_ref().unwrap().ends_with("/bailiwick-data\""));
            } else {
                assert_eq!(said.value, default.value, "{}", said.key);
            }
            assert_eq!(said.value.is_some(), said.origin != "default", "{}", said.key);
        }
        let mut config = from_example.config;
        config.data = PathBuf::from("bailiwick-data");
        // Who has said it is no part of what is said.
        (config.file, config.shown) = (None, Vec::new());
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn what_the_example_comments_out_is_valid_too() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("token");
        std::fs::write(&secret, "0123456789abcdef\n").unwrap();
        let mut text = String::new();
        for line in example().lines() {
            let begins = |it: char| it.is_ascii_lowercase() || it == '[';
            let key = line.strip_prefix('#').filter(|rest| rest.starts_with(begins));
            text += &match key {
                Some(key) if key.starts_with("database_url_file") => String::new(),
                Some(key) if key.starts_with("token_file") || key.starts_with("password_file") => {
                    let name = key.split(' ').next().unwrap();
                    format!("{name} = {:?}", secret.to_str().unwrap())
                }
                Some(key) if key.starts_with("client_secret_file") => {
                    format!("client_secret_file = {:?}", secret.to_str().unwrap())
                }
                // One of the two is given, and there is no such file here.
                Some(key) if key.starts_with("key_file") => String::new(),
                Some(key) if key.starts_with("key = ") => format!("key = {:?}", "k".repeat(32)),
                Some(key) if key.starts_with("authority = ") => String::new(),
                Some(key) => key.to_owned(),
                None => line.to_owned(),
            };
            text.push('\n');
        }
        let text = text.replacen("listen = \"off\"", "listen = \"[::]:8443\"", 1);
        let config = loaded(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).config;
        assert!(config.https.is_some() && config.database.is_some() && config.mail.is_some());
        assert!(config.base_uri.is_some());
        assert_eq!(config.providers.len(), 1);
    }
}
