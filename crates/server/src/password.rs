//! Passwords: argon2id hashes in the store, checked a few at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use governance::UserId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::{Store, StoreError};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::chance::{hex, random};

/// Longer ones are not hashed: nobody types them.
const LONGEST: usize = 1024;
/// Each check takes 19 MiB; more wait for their turn.
const AT_A_TIME: usize = 2;

/// The number of no user, for whom the store is asked all the same.
const NOBODY: UserId = UserId::new(u32::MAX);

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

/// Sets a user's password.
///
/// # Errors
/// When it is empty or too long, or when the database cannot be written.
pub async fn set_password(store: &Store, user: UserId, password: &str) -> Result<(), PasswordError> {
    if password.is_empty() || password.len() > LONGEST {
        return Err(PasswordError::Length);
    }
    let password = password.to_owned();
    let hashed = spawn_blocking(move || hash(&password)).await.map_err(|_| PasswordError::Hashing)?;
    Ok(store.set_password_hash(user, &hashed.ok_or(PasswordError::Hashing)?).await?)
}

fn hash(password: &str) -> Option<String> {
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &random::<16>()).ok()?;
    Some(hashed.to_string())
}

/// What an unknown user's password is compared with, so that it takes as long as a known one's. Made before
/// the first sign-in, since making it takes time.
pub(crate) fn nobodys_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash(&hex(&random::<32>())).unwrap_or_default()).clone()
}

/// Checks passwords, and remembers for a minute which ones were right.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// A keyed hash of id and password stands for both; the key never leaves the process.
    key: [u8; 32],
    right: Mutex<HashMap<[u8; 32], Remembered>>,
}

struct Remembered {
    user: UserId,
    until: Instant,
}

/// A client that sends HTTP Basic with each request pays for the hash once in this time.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
const MOST_REMEMBERED: usize = 1024;

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_A_TIME)), key: random(), right: Mutex::default() }
    }
}

impl Passwords {
    /// Whether it is the password of the user; with no user it never is, and that takes as long.
    pub(crate) async fn is_right(
        &self,
        store: &Store,
        user: Option<UserId>,
        password: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let kept = store.password_hash(user.unwrap_or(NOBODY)).await?.filter(|_| user.is_some());
        let known = kept.is_some() && password.len() <= LONGEST;
        let password = password.get(..LONGEST.min(password.len())).unwrap_or_default().to_owned();
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return Ok(None) };
        let check = spawn_blocking(move || {
            let _turn = turn;
            let kept = kept.unwrap_or_else(nobodys_hash);
            let parsed = PasswordHash::new(&kept);
            parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        let right = check.await.unwrap_or(false);
        Ok(user.filter(|_| known && right))
    }

    /// The same for credentials that come with each request.
    pub(crate) async fn is_right_again(
        &self,
        store: &Store,
        id: &str,
        user: Option<UserId>,
        password: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let stands_for = self.stands_for(id, password);
        if let Some(remembered) = self.remembered(&stands_for) {
            // The id may have come to mean nobody since.
            return Ok(user.filter(|user| *user == remembered));
        }
        let right = self.is_right(store, user, password).await?;
        if let Some(user) = right {
            self.remember(stands_for, user);
        }
        Ok(right)
    }

    fn stands_for(&self, id: &str, password: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(&(id.len() as u64).to_le_bytes());
        mac.update(id.as_bytes());
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn remembered(&self, stands_for: &[u8; 32]) -> Option<UserId> {
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.get(stands_for).filter(|it| it.until > Instant::now()).map(|it| it.user)
    }

    fn remember(&self, stands_for: [u8; 32], user: UserId) {
        let now = Instant::now();
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        if right.len() >= MOST_REMEMBERED {
            right.retain(|_, it| it.until > now);
        }
        if right.len() < MOST_REMEMBERED {
            right.insert(stands_for, Remembered { user, until: now + REMEMBERED_FOR });
        }
    }
}
