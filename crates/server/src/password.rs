//! Passwords: argon2id hashes in the store, made and checked a few at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use governance::UserId;
use governance::text::composed;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::{Store, StoreError};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::chance::{hex, random};
use crate::secret::TokenHash;
use crate::sign_in::Proof;
use crate::throttle::NOBODY;

/// Longer ones are not hashed: nobody types them.
pub(crate) const LONGEST: usize = 1024;
/// Each hash takes 19 MiB; more wait for their turn.
const AT_A_TIME: usize = 2;
/// Whoever comes when so many wait is sent away: they would wait for longer than anybody does.
const MOST_WAITING: usize = 64;

/// Why a password was not set.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// It is empty or too long.
    #[error("a password has 1 to {LONGEST} bytes")]
    Length,
    /// Hashing failed.
    #[error("the password could not be hashed")]
    Hashing,
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets a user's password, and leaves sessions and links as they are.
///
/// # Errors
/// When it is empty or too long, or when the database cannot be written.
pub async fn set_password(store: &Store, user: UserId, password: &str) -> Result<(), PasswordError> {
    let password = password.to_owned();
    let hashed = spawn_blocking(move || hashed(&password)).await.map_err(|_| PasswordError::Hashing)?;
    Ok(store.set_password_hash(user, &hashed?).await?)
}

fn hashed(password: &str) -> Result<String, PasswordError> {
    if password.is_empty() || password.len() > LONGEST {
        return Err(PasswordError::Length);
    }
    hash(password).ok_or(PasswordError::Hashing)
}

fn hash(password: &str) -> Option<String> {
    let password = composed(password);
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &random::<16>()).ok()?;
    Some(hashed.to_string())
}

/// What an unknown user's password is compared with, so that it takes as long as a known one's. Made before
/// the first sign-in, since making it takes time.
pub(crate) fn nobodys_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash(&hex(&random::<32>())).unwrap_or_default()).clone()
}

/// Hashes passwords in turn, and remembers for a minute which ones were right.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Semaphore,
    /// A keyed hash of id and password stands for both; the key never leaves the process.
    key: [u8; 32],
    right: Mutex<HashMap<[u8; 32], Remembered>>,
}

struct Remembered {
    right: Right,
    until: Instant,
}

/// Whose password was right, and what has shown it: another node may have changed it since.
#[derive(Clone)]
pub(crate) struct Right {
    pub(crate) user: UserId,
    pub(crate) proof: Proof,
}

impl Right {
    /// Whose password has just been set, as this hash.
    pub(crate) fn by(user: UserId, hash: &str) -> Self {
        Self { user, proof: Proof::kept(hash) }
    }
}

/// A client that sends HTTP Basic with each request pays for the hash once in this time.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
const MOST_REMEMBERED: usize = 1024;

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            waiting: Semaphore::new(MOST_WAITING),
            key: random(),
            right: Mutex::default(),
        }
    }
}

/// The turn to hash; it lasts as long as this does.
#[must_use]
pub(crate) struct Turn(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Passwords {
    /// Waits for a turn, unless too many do.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        let _waiting = self.waiting.try_acquire().ok()?;
        Arc::clone(&self.turns).acquire_owned().await.ok().map(Turn)
    }

    /// The hash of a password.
    pub(crate) async fn hash(&self, _turn: &Turn, password: String) -> Result<String, PasswordError> {
        spawn_blocking(move || hashed(&password)).await.map_err(|_| PasswordError::Hashing)?
    }

    /// What stands for the password that is kept, if this is the user's; with no user it never is, and that
    /// takes as long.
    pub(crate) async fn right(
        &self,
        _turn: &Turn,
        store: &Store,
        user: Option<UserId>,
        password: String,
    ) -> Result<Option<TokenHash>, StoreError> {
        let kept = store.password_hash(user.unwrap_or(NOBODY)).await?.filter(|_| user.is_some());
        let known = kept.as_deref().filter(|_| password.len() <= LONGEST).map(TokenHash::of);
        let check = spawn_blocking(move || {
            let shortened = password.get(..LONGEST.min(password.len())).unwrap_or_default();
            let kept = kept.unwrap_or_else(nobodys_hash);
            let parsed = PasswordHash::new(&kept);
            let tried = composed(shortened);
            parsed.is_ok_and(|hash| Argon2::default().verify_password(tried.as_bytes(), &hash).is_ok())
        });
        // Waited for in any case.
        let right = check.await.unwrap_or(false);
        Ok(known.filter(|_| right))
    }

    /// Whose credentials these are, if they were right a moment ago.
    pub(crate) fn remembered(&self, id: &str, password: &str) -> Option<Right> {
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        let found = right.get(&self.stands_for(id, password));
        found.filter(|it| it.until > Instant::now()).map(|it| it.right.clone())
    }

    pub(crate) fn remember(&self, id: &str, password: &str, entered: Right) {
        let now = Instant::now();
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        if right.len() >= MOST_REMEMBERED {
            right.retain(|_, it| it.until > now);
        }
        if right.len() < MOST_REMEMBERED {
            right.insert(
                self.stands_for(id, password),
                Remembered { right: entered, until: now + REMEMBERED_FOR },
            );
        }
    }

    fn stands_for(&self, id: &str, password: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(&(id.len() as u64).to_le_bytes());
        mac.update(id.as_bytes());
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }
}
