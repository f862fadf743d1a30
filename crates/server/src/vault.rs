//! Secrets that are needed as they are, and so cannot be kept as hashes: encrypted by a key that is not in
//! the database (docs/cross-server.md#secrets).

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
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
        "secrets here were encrypted with a key that is not in `{path}`: give it back; if it is lost, name a new one in \
         `secrets.key_file`, and set each secret anew"
    )]
    Lost { path: String },
    #[error("the encrypted secret is damaged: set it anew")]
    Damaged,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// It is the server's own fault, of which its log tells, and strangers nothing.
impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => error.into(),
            error => {
                tracing::error!(%error, "a secret cannot be kept, or had back");
                Self::internal()
            }
        }
    }
}

impl VaultError {
    /// The same for whoever looks after friends and consumers, and can mend it.
    pub(crate) fn told(self) -> Problem {
        match self {
            Self::Store(error) => error.into(),
            error => {
                tracing::error!(%error, "a secret cannot be kept, or had back");
                Problem::new(Kind::Internal, error.to_string())
            }
        }
    }
}

const FILE_NAME: &str = "secrets.key";
const FORM: &str = "v1";
/// A text that stands for a key has so many characters at least (docs/cross-server.md#secrets).
const SHORTEST: usize = 32;

impl Vault {
    pub(crate) fn new(config: &Config) -> Self {
        let (told, file) = (config.secrets_key.clone(), config.data.join(FILE_NAME));
        Self { told, file, key: OnceLock::new() }
    }

    /// Tells the log what is amiss with the key in the data folder: that it is not there, and secrets are, or
    /// that others can read it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn look_for_key(&self, store: &Store) -> Result<(), StoreError> {
        if self.told.is_some() {
            return Ok(());
        }
        if let KeptSecrets::KeyElsewhere(secrets) = kept_secrets(Some(self.folder()), store).await? {
            tracing::error!(error = %self.lost(), secrets, "secrets of friends and consumers cannot be had back");
        }
        if let Some(warning) = open_to_others(&self.file) {
            tracing::warn!("{warning}");
        }
        Ok(())
    }

    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(&self.file)
    }

    fn lost(&self) -> VaultError {
        VaultError::Lost { path: self.file.display().to_string() }
    }

    /// A secret as it may be kept. `of` says whose it is: nobody else's place can hold it.
    pub(crate) async fn seal(&self, store: &Store, of: &str, secret: &str) -> Result<String, VaultError> {
        let Key { key, id } = match self.key()? {
            Some(key) => key,
            None => self.made(store).await?,
        };
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = secret.as_bytes().to_vec();
        let done =
            key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(of), &mut sealed);
        done.map_err(|_| VaultError::Damaged)?;
        Ok(format!("{FORM}.{id}.{}", BASE64_STANDARD.encode([&nonce[..], &sealed].concat())))
    }

    /// The secret that was kept.
    pub(crate) fn open(&self, of: &str, sealed: &str) -> Result<Token, VaultError> {
        let Some(Key { key, id }) = self.key()? else { return Err(self.lost()) };
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

    /// The key, if there is one yet.
    fn key(&self) -> Result<Option<&Key>, VaultError> {
        if let Some(key) = self.key.get() {
            return Ok(Some(key));
        }
        let text = match &self.told {
            Some(told) => Some(told.text().to_owned()),
            None => in_file(&self.file).map_err(|cause| self.unusable(cause))?,
        };
        let Some(text) = text else { return Ok(None) };
        let (bytes, id) = derived(&text);
        let unbound = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| VaultError::Damaged)?;
        Ok(Some(self.key.get_or_init(|| Key { key: LessSafeKey::new(unbound), id })))
    }

    /// The key, which is made now, unless secrets are kept whose key it would not be.
    async fn made(&self, store: &Store) -> Result<&Key, VaultError> {
        if let KeptSecrets::KeyElsewhere(_) = kept_secrets(Some(self.folder()), store).await? {
            return Err(self.lost());
        }
        make(&self.file).map_err(|cause| self.unusable(cause))?;
        self.key()?.ok_or_else(|| self.unusable("it has gone again"))
    }

    fn unusable(&self, cause: impl ToString) -> VaultError {
        VaultError::KeyFile { path: self.file.display().to_string(), cause: cause.to_string() }
    }
}

/// That others than its owner can read a file with a key, and what to do about it.
pub fn open_to_others(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let shown = path.display();
    (mode & 0o077 != 0).then(|| {
        format!("others than its owner can read the key of secrets in `{shown}`; run `chmod go= {shown}`")
    })
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

/// Whether the key in a data folder, if there is one, is that of the secrets of friends and consumers.
///
/// # Errors
/// When the database cannot be read.
pub async fn kept_secrets(folder: Option<&Path>, store: &Store) -> Result<KeptSecrets, StoreError> {
    let (friends, consumers) = (store.friends().await?, store.consumers().await?);
    let sealed = friends.iter().map(|friend| &friend.secret).chain(consumers.iter().map(|it| &it.secret));
    let keys: Vec<&str> = sealed.map(|sealed| sealed.split('.').nth(1).unwrap_or_default()).collect();
    if keys.is_empty() {
        return Ok(KeptSecrets::None);
    }
    let Some(folder) = folder else { return Ok(KeptSecrets::KeyElsewhere(keys.len())) };
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

/// The key that a file holds, if it is there.
fn in_file(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
        Ok(text) => match text.trim() {
            "" => Err("it is empty".to_owned()),
            text if text.len() < SHORTEST => Err(format!("it has fewer than {SHORTEST} characters")),
            text => Ok(Some(text.to_owned())),
        },
    }
}

/// Makes a key, unless somebody was faster.
fn make(path: &Path) -> std::io::Result<()> {
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        file => file?,
    };
    file.write_all(format!("{}\n", hex(&random::<32>())).as_bytes())?;
    file.sync_all()?;
    tracing::info!(path = %path.display(), "made the key with which secrets are encrypted: keep a copy");
    Ok(())
}

#[cfg(test)]
mod tests {
    use store::{Consumer, KeyState, Location, Moment};

    use super::*;

    fn vault(folder: &Path, told: Option<&str>) -> Vault {
        let told = told.map(|text| Token::new(text.to_owned()));
        Vault::new(&Config { data: folder.to_owned(), secrets_key: told, ..Config::default() })
    }

    async fn opened(folder: &Path) -> Store {
        Store::open(&Location::folder(folder), "fresh").await.unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_opens_in_its_own_place_by_the_same_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = opened(folder.path()).await;
        let first = vault(folder.path(), None);
        let seal = || first.seal(&store, "friend Consumer", "a phrase");
        let sealed = seal().await.unwrap();
        assert!(!sealed.contains("phrase") && sealed != seal().await.unwrap());
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
    async fn no_other_key_is_made_where_one_is_lost_until_its_secrets_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (store, key_file) = (opened(folder.path()).await, folder.path().join(FILE_NAME));
        let consumer = Consumer {
            key: "k".to_owned(),
            name: "Reports".to_owned(),
            state: KeyState::Provisional,
            secret: vault(folder.path(), None).seal(&store, "consumer k", "a phrase").await.unwrap(),
            old_secret: None,
            trusted: false,
            functional_user: None,
            callback_hosts: Vec::new(),
            root_services: None,
            asked_from: None,
            asks_trust: false,
            renewed: false,
            created: Moment::new(0),
            decided: None,
        };
        assert!(store.add_consumer(&consumer).await.unwrap());
        let kept = std::fs::read_to_string(&key_file).unwrap();
        std::fs::remove_file(&key_file).unwrap();

        let running = vault(folder.path(), None);
        let refused = running.seal(&store, "consumer l", "x").await;
        assert!(matches!(refused, Err(VaultError::Lost { .. })) && !key_file.exists());
        assert!(matches!(running.open("consumer k", &consumer.secret), Err(VaultError::Lost { .. })));
        // Found again, it opens what there is; and with nothing left to open another one is made. Neither
        // needs a start.
        std::fs::write(&key_file, kept).unwrap();
        assert_eq!(running.open("consumer k", &consumer.secret).unwrap().text(), "a phrase");
        std::fs::remove_file(&key_file).unwrap();
        let running = vault(folder.path(), None);
        assert!(running.seal(&store, "consumer l", "x").await.is_err());
        store.forget_expired(Moment::new(i64::MAX)).await.unwrap();
        assert!(running.seal(&store, "consumer l", "x").await.is_ok() && key_file.exists());
    }

    #[tokio::test]
    async fn the_key_that_is_made_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (store, key_file) = (opened(folder.path()).await, folder.path().join(FILE_NAME));
        vault(folder.path(), None).seal(&store, "x", "y").await.unwrap();
        let set = |mode| std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(key_file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(open_to_others(&key_file), None);
        set(0o640);
        assert!(open_to_others(&key_file).unwrap().contains("run `chmod go= "));
        std::fs::write(&key_file, "\n").unwrap();
        let empty = vault(folder.path(), None).seal(&store, "x", "y").await.unwrap_err().to_string();
        assert!(empty.contains("empty"), "{empty}");
        let nowhere = folder.path().join("nowhere");
        let unmade = vault(&nowhere, None).seal(&store, "x", "y").await;
        assert!(matches!(unmade, Err(VaultError::KeyFile { .. })));
        assert_eq!(open_to_others(&nowhere), None);
    }
}
