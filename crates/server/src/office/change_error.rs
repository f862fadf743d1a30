//! Why a change was not made.

use std::convert::Infallible;

use governance::{Gate, Refusal};
use store::{Answered, StoreError};
use thiserror::Error;

use crate::scope::Scope;

/// Why a change was not made; `E` is why there was none to make.
#[derive(Debug, Error)]
pub enum ChangeError<E: std::error::Error + 'static = Infallible> {
    /// There is no such command, as things are.
    #[error(transparent)]
    Composed(E),
    /// The organisation, as it is now, does not take it.
    #[error(transparent)]
    Refused(Refusal),
    /// The user may, and the token is not for it.
    #[error("the token lacks the scope `{}`", .0.id())]
    Scope(Scope),
    /// What it does to what is no fact cannot be done any more: that was changed, or is gone, meanwhile.
    #[error("what is to be changed was changed, or is gone, meanwhile")]
    InVain,
    /// No space is left; reading goes on.
    #[error("no space left for the database; nothing was changed")]
    Full,
    /// The database fails.
    #[error(transparent)]
    Store(StoreError),
    /// The database was lost while it kept the change, and cannot be asked whether it has.
    #[error("the database was lost while it kept the change")]
    Unknown,
    /// It was made before, under the same key; this is what was answered.
    #[error("this was done before, as revision {}", .0.revision.number())]
    Repeated(Answered),
    /// The author is no active user any more.
    #[error("the account is archived")]
    Archived,
    /// Deciding came to an unforeseen end; nothing was changed.
    #[error("the change could not be decided")]
    Broken,
}

impl<E: std::error::Error> ChangeError<E> {
    /// The gate that refuses it, or what else stands in its way.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::Rules(_)) => "rules",
            Self::Refused(refusal) => refusal.gate().map_or("precondition", Gate::word),
            Self::Composed(_) => "precondition",
            Self::Scope(_) => "scope",
            Self::Archived => Gate::Auth.word(),
            Self::InVain => "overtaken",
            Self::Repeated(_) => "repeated",
            Self::Full => "disk-full",
            Self::Store(_) | Self::Unknown => "database",
            Self::Broken => "broken",
        }
    }
}

impl<E: std::error::Error> From<StoreError> for ChangeError<E> {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::Full } else { Self::Store(error) }
    }
}
