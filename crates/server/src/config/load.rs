//! The configuration from its sources: a file, the environment over it, flags over both.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use governance::text::nearest;
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::provider::{self, Sections};
use super::settings::{KEYS, Key, Origin, PREFIX, Settings, Written};
use super::{Config, build};
use crate::vault::open_to_others;

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file.
    pub file: ConfigFile,
    /// The environment's variables, as names and values.
    pub environment: Vec<(String, String)>,
    /// Flags: the key that each sets, the flag's name, and its value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// Which file is read.
#[derive(Clone, Debug, Default)]
pub enum ConfigFile {
    /// `bailiwick.toml` in the data folder, if it is there.
    #[default]
    InDataFolder,
    /// This one.
    Named(PathBuf),
    /// None.
    None,
}

/// A valid configuration.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the server is told.
    pub config: Config,
    /// What may be a mistake, and keeps nobody from going on.
    pub warnings: Vec<String>,
    pub(super) settings: Settings,
    pub(super) providers: Sections,
}

/// What is wrong with a configuration: one line for each mistake.
#[derive(Clone, Debug, Error)]
pub struct ConfigError {
    /// Where each mistake is, and what it is.
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

const FILE_NAME: &str = "bailiwick.toml";
const LARGEST_FILE: u64 = 1 << 20;

/// Reads the configuration.
///
/// # Errors
/// All that is wrong with it, each with its place and what was expected.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut reading = Reading::default();
    let file = match &sources.file {
        ConfigFile::InDataFolder => file_in_data_folder(sources),
        ConfigFile::Named(path) => Some(path.clone()),
        ConfigFile::None => None,
    };
    if let Some(path) = &file {
        match text_of(path, LARGEST_FILE) {
            Ok(text) => reading.file(path, &text),
            Err(cause) => reading.problems.push(format!("cannot read `{}`: {cause}", path.display())),
        }
    }
    let mut warnings = reading.environment(&sources.environment);
    for (key, flag, value) in &sources.flags {
        reading.set(key, &Written::Text(value), Origin::Flag((*flag).to_owned()));
    }
    let Reading { settings, providers, mut problems } = reading;
    let config = build::config(&settings, &providers, &mut problems);
    warnings.extend(settings.secrets_key_file.value.as_deref().and_then(open_to_others));
    match config {
        Some(config) if problems.is_empty() => {
            let mut loaded = Loaded { config, warnings, settings, providers };
            (loaded.config.file, loaded.config.shown) = (file, loaded.shown());
            Ok(loaded)
        }
        _ => Err(ConfigError { problems }),
    }
}

/// The data folder may be named by all but the file itself.
fn file_in_data_folder(sources: &Sources) -> Option<PathBuf> {
    let flag = sources.flags.iter().find(|(key, ..)| *key == "data").map(|(.., value)| value);
    let variable = sources.environment.iter().find(|(name, _)| name == "BAILIWICK_DATA");
    let folder = flag.or(variable.map(|(_, value)| value)).map(PathBuf::from);
    let path = folder.unwrap_or_else(|| Settings::default().data.value).join(FILE_NAME);
    path.exists().then_some(path)
}

/// A small file; a device or a pipe ends nothing.
pub(super) fn text_of(path: &Path, largest: u64) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    file.take(largest + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > largest { Err(format!("it has more than {largest} bytes")) } else { Ok(text) }
}

#[derive(Default)]
struct Reading {
    settings: Settings,
    providers: Sections,
    problems: Vec<String>,
}

impl Reading {
    fn set(&mut self, name: &str, written: &Written<'_>, origin: Origin) {
        let place = origin.to_string();
        let set = match provider::parts(name) {
            Some((section, key)) => {
                self.providers.entry(section.to_owned()).or_default().set(key, written, origin)
            }
            None => self.settings.set(name, written, origin),
        };
        match set {
            Some(Ok(())) => {}
            Some(Err(cause)) => self.problems.push(format!("{place}: {name}: {cause}")),
            None => {
                let near = did_you_mean(name, known_beside(name).iter().map(String::as_str));
                self.problems.push(format!("{place}: unknown key `{name}`{near}"));
            }
        }
    }

    fn file(&mut self, path: &Path, text: &str) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = File { path: path.into(), text, folder };
        match DeTable::parse(text) {
            Ok(table) => self.table(&file, "", table.get_ref()),
            Err(error) => {
                let origin = file.origin(error.span().map_or(0, |span| span.start));
                self.problems.push(format!("{origin}: {}", error.message().replace('\n', "; ")));
            }
        }
    }

    fn table(&mut self, file: &File<'_>, above: &str, table: &DeTable<'_>) {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let name = format!("{above}{}", key.get_ref());
            let section = format!("{name}.");
            let of_keys = KEYS.iter().any(|known| known.name.starts_with(&section));
            let is_section = of_keys || provider::is_section(&name);
            match value.get_ref() {
                DeValue::Table(below) if is_section => self.table(file, &section, below),
                _ if is_section => {
                    let origin = file.origin(value.span().start);
                    self.problems.push(format!("{origin}: `{name}` is a section; write `[{name}]`"));
                }
                found => self.entry(file, &name, key, value.span().start, found),
            }
        }
    }

    fn entry(
        &mut self,
        file: &File<'_>,
        name: &str,
        key: &Spanned<impl Sized>,
        at: usize,
        value: &DeValue<'_>,
    ) {
        let known = known_beside(name).iter().any(|known| known == name);
        let origin = file.origin(if known { at } else { key.span().start });
        self.set(name, &Written::Toml { value, folder: file.folder }, origin);
    }

    /// Others may have put variables there that look like ours: they are told of, and no mistake.
    fn environment(&mut self, environment: &[(String, String)]) -> Vec<String> {
        let variables: Vec<(String, &Key)> = KEYS.iter().map(|key| (key.variable(), key)).collect();
        let mut warnings = Vec::new();
        let ours = |name: &str| name.starts_with(PREFIX) && !OF_THE_COMMAND_LINE.contains(&name);
        for (name, value) in environment.iter().filter(|(name, _)| ours(name)) {
            let origin = Origin::Environment(name.clone());
            if let Some((_, key)) = variables.iter().find(|(variable, _)| variable == name) {
                self.set(key.name, &Written::Text(value), origin);
            } else if let Some(key) = provider::key_of_variable(name) {
                self.set(&key, &Written::Text(value), origin);
            } else if let Some(near) = nearest(name, variables.iter().map(|(variable, _)| variable.as_str()))
            {
                warnings.push(format!("${name} sets nothing; did you mean ${near}?"));
            }
        }
        warnings
    }
}

/// Which server the other commands ask, and as whom: whoever runs one may have said so.
const OF_THE_COMMAND_LINE: [&str; 3] = ["BAILIWICK_SERVER", "BAILIWICK_TOKEN", "BAILIWICK_CONFIG"];

/// The keys that there are where this one stands.
fn known_beside(name: &str) -> Vec<String> {
    match provider::parts(name) {
        Some((section, _)) => provider::keys_of(section).collect(),
        None => KEYS.iter().map(|key| key.name.to_owned()).collect(),
    }
}

fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

struct File<'a> {
    path: Arc<Path>,
    text: &'a str,
    folder: &'a Path,
}

impl File<'_> {
    fn origin(&self, at: usize) -> Origin {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_at = before.rfind('\n').map_or(0, |position| position + 1);
        let line = before.matches('\n').count() + 1;
        Origin::File { path: Arc::clone(&self.path), line, column: before[line_at..].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests;
