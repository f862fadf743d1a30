//! How facts are kept: one table of facts and a journal of events, in SQLite or PostgreSQL.
//!
//! A [`Store`] is opened at a [`Location`] and read once with [`Store::load`]; from then on the organisation
//! lives in memory, and each change is one [`Store::append`]: the revision moves only if nobody moved it
//! meanwhile, facts are saved, the journal gets an [`Entry`] and the events. All SQL text of the workspace is
//! in this crate, each statement once for both databases (docs/decisions/0003-one-table-of-facts.md).
//!
//! Time and chance come from the caller: a [`Moment`] with every entry, the hashes of tokens, the history's
//! id.

#![warn(missing_docs)]

mod access_request;
mod access_token;
mod append;
mod apply;
mod as_of;
mod attempt;
mod backup;
mod baseline_run;
mod chain;
mod consumer;
mod credential;
mod dates;
mod db;
mod effect;
mod error;
mod expire;
mod file_size;
mod follow;
mod friend;
mod history;
mod idempotency;
mod invitation;
mod journal;
mod lease;
mod licence_use;
mod link;
mod load;
mod location;
mod mail;
mod migrate;
mod nonce;
mod oauth_token;
mod process_consumer;
mod process_copy;
mod recent;
mod refusal;
mod revision;
mod search;
mod session;
mod turn;
mod verify;

use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

pub use access_request::{AccessRequest, RequestEnd, RequestOutcome};
pub use access_token::{AccessToken, MOST_ACCESS_TOKENS, TokenKept};
pub use append::{AppendError, With};
pub use attempt::{Charge, KeepsOut, LockOut, LockedOut};
pub use backup::{Backup, BackupError, Header, RestoreError, Written};
pub use baseline_run::{BaselineRun, LocalAnswer, RunEnd};
pub use chain::{Alteration, Verified, history_id, noted};
pub use consumer::{Consumer, KeyState, OldSecret};
pub use db::Pool;
pub use effect::Effect;
pub use error::{Cause, StoreError};
pub use follow::Follower;
pub use friend::Friend;
pub use history::HistoryOf;
pub use idempotency::{Answered, IdempotencyKey};
pub use invitation::{Invitation, InvitationEnd, InvitationOutcome};
pub use journal::{Changed, Entry, FactKey, JournalFilter, JournalPage, Published};
pub use lease::{Lease, LeaseUsed, LicencesUsed};
pub use licence_use::DayOfUse;
pub use link::{Link, Purpose};
pub use load::Loaded;
pub use location::Location;
pub use mail::{Delivery, Mail, MailKind, Tried};
pub use oauth_token::{ActingConsumer, OauthToken, TokenKind};
pub use process_consumer::ProcessConsumer;
pub use process_copy::{ProcessAsked, Trouble};
pub use refusal::{RefusalFilter, RefusalPage, Refused};
pub use revision::{Moment, Revision};
pub use session::{EndedThere, Provided, Session};
pub use verify::Disagreement;

use crate::db::Db;
use crate::recent::Recent;

/// An open database. Share it behind an `Arc`; its methods may run side by side.
#[derive(Debug)]
pub struct Store {
    db: Db,
    /// The newest revision that this process has appended, for followers of a database that tells nobody.
    newest: watch::Sender<Revision>,
    salts: chain::Salts,
    recent: Recent,
    nonces: nonce::Nonces,
    /// Whether the log of the database still has what was erased.
    log_has_erased: AtomicBool,
    /// Held as long as the store is open, so that no other process opens the same file.
    _guard: Option<location::Guard>,
}

impl Store {
    /// Opens the database and brings its tables up to date; creates it if there is none, and then, and only
    /// then, [`history_id`] of `fresh` names its history for good. `fresh` is what nobody can guess: the
    /// salts of the hash chain come from it.
    ///
    /// # Errors
    /// When it cannot be reached, is open in another process, is not ours, or is newer than this program.
    pub async fn open(location: &Location, fresh: &str) -> Result<Self, StoreError> {
        file_size::report_limit_as_error().map_err(StoreError::Signal)?;
        let guard = location.guard()?;
        let db = Db::open(location).await?;
        migrate::run(&db, location, migrate::MIGRATIONS, &history_id(fresh)).await?;
        let salts = chain::Salts::of(fresh);
        chain::complete(&db, &salts).await?;
        Ok(Self {
            db,
            newest: watch::Sender::new(Revision::NONE),
            salts,
            recent: Recent::default(),
            nonces: nonce::Nonces::default(),
            log_has_erased: AtomicBool::new(false),
            _guard: guard,
        })
    }

    /// Opens the database to read, beside a server that uses it. It takes no lock, makes and changes nothing,
    /// and whatever writes fails.
    ///
    /// # Errors
    /// When it cannot be reached, is not ours, or its tables are not those of this program.
    pub async fn open_to_read(location: &Location) -> Result<Self, StoreError> {
        file_size::report_limit_as_error().map_err(StoreError::Signal)?;
        let db = Db::open_to_read(location).await?;
        migrate::check(&db, location, migrate::MIGRATIONS).await?;
        // Whatever writes fails, so that no salt is ever made.
        let salts = chain::Salts::of("");
        Ok(Self {
            db,
            newest: watch::Sender::new(Revision::NONE),
            salts,
            recent: Recent::default(),
            nonces: nonce::Nonces::default(),
            log_has_erased: AtomicBool::new(false),
            _guard: None,
        })
    }

    /// Opens a database beside a server that may have it open: for one short change, and as the server
    /// left the tables. Whoever has it open finds that it was overtaken, and catches up. `fresh` is what
    /// nobody can guess.
    ///
    /// # Errors
    /// When it cannot be reached, is not ours, or is older or newer than this program.
    pub async fn open_beside(location: &Location, fresh: &str) -> Result<Self, StoreError> {
        file_size::report_limit_as_error().map_err(StoreError::Signal)?;
        let db = Db::open_existing(location).await?;
        migrate::check(&db, location, migrate::MIGRATIONS).await?;
        let salts = chain::Salts::of(fresh);
        Ok(Self {
            db,
            newest: watch::Sender::new(Revision::NONE),
            salts,
            recent: Recent::default(),
            nonces: nonce::Nonces::default(),
            log_has_erased: AtomicBool::new(false),
            _guard: None,
        })
    }

    /// Asks the database for next to nothing.
    ///
    /// # Errors
    /// When it does not answer within a few seconds, or cannot be read.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.newest_revision().await.map(drop)
    }

    /// How many connections to the database are in use.
    pub fn pool(&self) -> Pool {
        self.db.pool()
    }

    /// Waits for what is under way, then lets go of the database.
    pub async fn close(self) {
        self.db.close().await;
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
