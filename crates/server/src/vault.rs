//! Secrets that are needed as they are, and so cannot be kept as hashes: encrypted by a key that is not in
//! the database (docs/cross-server.md#secrets).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};
use store::{Store, StoreError};
use thiserror::Error;

use crate::chance::{hex, random};
use crate::config::{Config, Token};
use crate::problem::{Kind, Problem};

/// What encrypts, and what has been encrypted.
pub(crate) struct Vault {
    told: Option<Token>,
    file: PathBuf,
    /// Made when it is first needed: whoever has no friends has no file either.
    key: OnceLock<Key>,
    /// How many secrets were encrypted by a key that is not there.
    lacked: OnceLock<usize>,
}

struct Key {
    key: LessSafeKey,
    /// By which another key is told apart.
    id: String,
}

/// Why a secret cannot be kept, or had back.
#[derive(Debug, Error)]
pub(crate) enum VaultError {
    #[error("cannot use the key file `{path}`: {cause}; name a file of the key in `secrets.key_file`")]
    KeyFile { path: String, cause: String },
    #[error(
        "the secret was encrypted with the key `{theirs}`, and this server has the key `{ours}`: give it that \
         one in `secrets.key_file`, or set the secret anew"
    )]
    OtherKey { theirs: String, ours: String },
    #[error(
        "{secrets} of the secrets here were encrypted with a key that is not in `{path}`: give it back; if it is lost, name a new one \
         in `secrets.key_file`, and set each secret anew"
    )]
    Lost { path: String, secrets: usize },
    #[error("the encrypted secret is damaged: set it anew")]
    Damaged,
}

/// It is the server's own fault, of which its log tells, and strangers nothing.
impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "a secret cannot be kept, or had back");
        Self::internal()
    }
}

impl VaultError {
    /// The same for whoever looks after friends and consumers, and can mend it.
    pub(crate) fn told(self) -> Problem {
        tracing::error!(error = %self, "a secret cannot be kept, or had back");
        Problem::new(Kind::Internal, self.to_string())
    }
}

const FILE_NAME: &str = "secrets.key";
const FORM: &str = "v1";

impl Vault {
    pub(crate) fn new(config: &Config) -> Self {
        let (told, file) = (config.secrets_key.clone(), config.data.join(FILE_NAME));
        Self { told, file, key: OnceLock::new(), lacked: OnceLock::new() }
    }

    /// Notes that secrets are kept whose key is not in the data folder: no other one is made there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn look_for_key(&self, store: &Store) -> Result<(), StoreError> {
        let folder = self.file.parent().unwrap_or(&self.file);
        if self.told.is_none()
            && let KeptSecrets::KeyElsewhere(secrets) = kept_secrets(folder, store).await?
        {
            let error = VaultError::Lost { path: self.file.display().to_string(), secrets };
            tracing::error!(%error, "secrets of friends and consumers cannot be had back");
            self.lacked.get_or_init(|| secrets);
        }
        Ok(())
    }

    /// A secret as it may be kept. `of` says whose it is: nobody else's place can hold it.
    pub(crate) fn seal(&self, of: &str, secret: &str) -> Result<String, VaultError> {
        let Key { key, id } = self.key()?;
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = secret.as_bytes().to_vec();
        let done =
            key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(of), &mut sealed);
        done.map_err(|_| VaultError::Damaged)?;
        Ok(format!("{FORM}.{id}.{}", BASE64_STANDARD.encode([&nonce[..], &sealed].concat())))
    }

    /// The secret that was kept.
    pub(crate) fn open(&self, of: &str, sealed: &str) -> Result<Token, VaultError> {
        let Key { key, id } = self.key()?;
        let parts = sealed.strip_prefix(FORM).and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
        let (theirs, text) = parts.ok_or(VaultError::Damaged)?;
        if theirs != id {
            return Err(VaultError::OtherKey { theirs: theirs.to_owned(), ours: id.clone() });
        }
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| VaultError::Damaged)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(VaultError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Damaged)?;
        let mut sealed = sealed.to_vec();
        let secret = key.open_in_place(nonce, Aad::from(of), &mut sealed).map_err(|_| VaultError::Damaged)?;
        String::from_utf8(secret.to_vec()).map(Token::new).map_err(|_| VaultError::Damaged)
    }

    fn key(&self) -> Result<&Key, VaultError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let text = match &self.told {
            Some(told) => told.text().to_owned(),
            None if !self.file.exists()
                && let Some(secrets) = self.lacked.get() =>
            {
                return Err(VaultError::Lost { path: self.file.display().to_string(), secrets: *secrets });
            }
            None => in_file(&self.file)
                .map_err(|cause| VaultError::KeyFile { path: self.file.display().to_string(), cause })?,
        };
        let (bytes, id) = derived(&text);
        let unbound = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| VaultError::Damaged)?;
        Ok(self.key.get_or_init(|| Key { key: LessSafeKey::new(unbound), id }))
    }
}

/// The key that a text stands for, and its id.
fn derived(text: &str) -> ([u8; 32], String) {
    let bytes: [u8; 32] = Sha256::digest(format!("bailiwick secrets\n{text}")).into();
    let id = hex(&Sha256::digest(format!("id of {}", hex(&bytes)))[..4]);
    (bytes, id)
}

/// How the secrets of a database go with its data folder. Keys are told by their fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptSecrets {
    /// There are none.
    None,
    /// The key in the folder opens all of them.
    Open(usize),
    /// No key is in the folder; the configuration must name one.
    KeyElsewhere(usize),
    /// The key in the folder, if it can be read at all, is not the one by which so many were encrypted.
    OtherKey {
        /// How many.
        secrets: usize,
        /// By which.
        theirs: String,
    },
}

/// Whether the key in a data folder is that of the secrets of friends and consumers.
///
/// # Errors
/// When the database cannot be read.
pub async fn kept_secrets(folder: &Path, store: &Store) -> Result<KeptSecrets, StoreError> {
    let (friends, consumers) = (store.friends().await?, store.consumers().await?);
    let sealed = friends.iter().map(|friend| &friend.secret).chain(consumers.iter().map(|it| &it.secret));
    let keys: Vec<&str> = sealed.map(|sealed| sealed.split('.').nth(1).unwrap_or_default()).collect();
    if keys.is_empty() {
        return Ok(KeptSecrets::None);
    }
    let ours = match std::fs::read_to_string(folder.join(FILE_NAME)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(KeptSecrets::KeyElsewhere(keys.len()));
        }
        text => text.map(|text| derived(text.trim()).1).unwrap_or_default(),
    };
    let others: Vec<_> = keys.iter().filter(|key| **key != ours).collect();
    Ok(match others.first() {
        None => KeptSecrets::Open(keys.len()),
        Some(theirs) => KeptSecrets::OtherKey { secrets: others.len(), theirs: (**theirs).to_owned() },
    })
}

/// The key that a file holds, which is made where there is none.
fn in_file(path: &Path) -> Result<String, String> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(mut file) => {
            let text = hex(&random::<32>());
            let written = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all());
            written.map_err(|error| error.to_string())?;
            tracing::info!(path = %path.display(), "made the key with which secrets are encrypted: keep a copy");
            Ok(text)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
            match text.trim() {
                "" => Err("it is empty".to_owned()),
                text => Ok(text.to_owned()),
            }
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn vault(folder: &Path, told: Option<&str>) -> Vault {
        let told = told.map(|text| Token::new(text.to_owned()));
        Vault::new(&Config { data: folder.to_owned(), secrets_key: told, ..Config::default() })
    }

    #[test]
    fn what_is_kept_opens_in_its_own_place_by_the_same_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = vault(folder.path(), None);
        let sealed = first.seal("friend Consumer", "a phrase").unwrap();
        assert!(!sealed.contains("phrase") && sealed != first.seal("friend Consumer", "a phrase").unwrap());
        let again = vault(folder.path(), None);
        assert_eq!(again.open("friend Consumer", &sealed).unwrap().text(), "a phrase");
        assert!(matches!(again.open("friend Other", &sealed), Err(VaultError::Damaged)));
        for damaged in ["", "v1", "v1..", "v2.0.0", &sealed[..sealed.len() - 8]] {
            assert!(again.open("friend Consumer", damaged).is_err(), "{damaged}");
        }
        let other = vault(folder.path(), Some("the key of another server, thirty-two long"));
        let said = other.open("friend Consumer", &sealed).unwrap_err().to_string();
        assert!(said.contains("secrets.key_file") && !said.contains("phrase"), "{said}");
    }

    #[tokio::test]
    async fn no_other_key_is_made_where_one_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), None);
        vault.lacked.get_or_init(|| 2);
        assert!(matches!(vault.seal("x", "y"), Err(VaultError::Lost { secrets: 2, .. })));
        assert!(!folder.path().join(FILE_NAME).exists());
        std::fs::write(folder.path().join(FILE_NAME), "the key that was found again\n").unwrap();
        assert!(vault.seal("x", "y").is_ok());
    }

    #[test]
    fn the_key_that_is_made_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        vault(folder.path(), None).seal("x", "y").unwrap();
        let mode = folder.path().join(FILE_NAME).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE_NAME), "\n").unwrap();
        assert!(vault(folder.path(), None).seal("x", "y").unwrap_err().to_string().contains("empty"));
        let nowhere = folder.path().join("nowhere");
        assert!(matches!(vault(&nowhere, None).seal("x", "y"), Err(VaultError::KeyFile { .. })));
    }
}
