//! Secrets: given out once, and kept as their hash.

use sha2::{Digest as _, Sha256};

use crate::chance::{hex, random};

/// A secret that nobody can guess, as text.
pub(crate) fn fresh() -> String {
    hex(&random::<32>())
}

/// What the store finds a secret by. A plain hash does, since the secret is no word that could be tried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenHash(String);

impl TokenHash {
    pub(crate) fn of(secret: &str) -> Self {
        Self(hex(&Sha256::digest(secret)))
    }
    /// That which the store has kept.
    pub(crate) const fn kept(text: String) -> Self {
        Self(text)
    }
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
    /// What its owner may call it by, and nobody can find the secret's row by.
    pub(crate) fn id(&self) -> String {
        hex(&Sha256::digest(format!("id of {}", self.0))[..8])
    }
}
