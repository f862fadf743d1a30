//! Servers that are known by a name, kept in the user's configuration folder.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Token;
use crate::failure::Failure;
use crate::organisation_source::cannot_read;

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    /// The one that is asked where no other is named.
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// A server, and as whom it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    pub(crate) server: String,
    /// The file that holds the access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    /// The access token itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<Token>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) insecure: bool,
}

const FILE: &str = "contexts.json";
const LARGEST: u64 = 1 << 20;

impl Context {
    /// A server of which nothing but the address is known.
    pub(super) fn at(server: String) -> Self {
        Self { server, token_file: None, token: None, ca: None, insecure: false }
    }
}

impl Contexts {
    pub(crate) fn load() -> anyhow::Result<Self> {
        match folder() {
            Some(folder) => Self::load_from(&folder),
            None => Ok(Self::default()),
        }
    }

    fn load_from(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let mut text = String::new();
        match File::open(&path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Self::default());
            }
            other => other.map_err(|cause| cannot_read(&path, &cause))?,
        };
        serde_json::from_str(&text).map_err(|error| {
            // The error tells the place and what was expected, and nothing of a token.
            let cause = format!("`{}` is not understood: {error}", path.display());
            Failure::new(cause, "correct it, or remove it and make the contexts anew").into()
        })
    }

    /// Keeps them, for nobody but the user to read.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        let Some(folder) = folder() else {
            let cause = "there is no folder to keep contexts in";
            return Err(Failure::new(cause, "set $XDG_CONFIG_HOME or $HOME").into());
        };
        self.save_to(&folder)
    }

    fn save_to(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(FILE);
        let text = serde_json::to_string_pretty(self)? + "\n";
        replace(folder, &path, text.as_bytes()).map_err(|cause| {
            let cause = format!("cannot write `{}`: {cause}", path.display());
            Failure::new(cause, "check the folder and its permissions").into()
        })
    }

    pub(crate) fn named(&self, name: &str) -> anyhow::Result<Context> {
        self.contexts.get(name).cloned().ok_or_else(|| {
            let help = "`bailiwick context list` shows those that are there";
            Failure::new(format_args!("there is no context `{name}`"), help).into()
        })
    }

    pub(crate) fn in_use(&self) -> Option<&Context> {
        self.contexts.get(self.current.as_ref()?)
    }
}

/// The user's configuration folder, as the XDG base directory specification has it.
fn folder() -> Option<PathBuf> {
    let path = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let above = path("XDG_CONFIG_HOME").or_else(|| Some(path("HOME")?.join(".config")));
    let above = if cfg!(windows) { above.or_else(|| path("APPDATA")) } else { above };
    Some(above?.join("bailiwick"))
}

/// Puts a new file in the place of an old one, at once.
fn replace(folder: &Path, path: &Path, text: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let new = folder.join(format!("{FILE}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        // What another left there has the mode of another.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        options.create_new(true).mode(0o600);
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    let mut file = options.open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}
