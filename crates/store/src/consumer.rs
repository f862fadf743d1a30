//! Consumers: those that ask this server, by their keys. All nodes share them.

use governance::UserId;

use crate::Store;
use crate::db::{reading, storable, writing};
use crate::effect::{Statement, query};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::session::user_id;

/// One that asks this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// By which it is known.
    pub key: String,
    /// As it is called here.
    pub name: String,
    /// Whether the key is good for anything yet.
    pub state: KeyState,
    /// The secret that goes with the key, encrypted by the caller.
    pub secret: String,
    /// The secret before that, while it is still good.
    pub old_secret: Option<OldSecret>,
    /// Whether people are not asked for their approval.
    pub trusted: bool,
    /// As whom it acts where no person has approved.
    pub functional_user: Option<UserId>,
    /// Where people may be sent back to, besides this machine.
    pub callback_hosts: Vec<String>,
    /// The root services of the server that it is, where that is known; until the key was approved, of the
    /// one that it says to be.
    pub root_services: Option<String>,
    /// The address from which the key was asked for; none of one that was registered by hand.
    pub asked_from: Option<String>,
    /// Whether it was asked that it be trusted: a proposal.
    pub asks_trust: bool,
    /// Whether the consumer itself has made the secret, in place of one that it had.
    pub renewed: bool,
    /// Since when.
    pub created: Moment,
    /// When it was approved or rejected.
    pub decided: Option<Moment>,
}

/// A secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSecret {
    /// Encrypted by the caller.
    pub secret: String,
    /// Until when it is good.
    pub until: Moment,
}

/// What has become of a key. One that is deleted is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It waits for approval.
    Provisional,
    /// It was approved.
    Authorized,
    /// It was not.
    Rejected,
}

impl KeyState {
    /// Every state, in the order of a key's life.
    pub const ALL: [Self; 3] = [Self::Provisional, Self::Authorized, Self::Rejected];

    /// `provisional`, `authorized` or `rejected`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Authorized => "authorized",
            Self::Rejected => "rejected",
        }
    }
}

const ADD: &str = "INSERT INTO consumer (consumer_key, name, state, secret, old_secret, old_until, trusted,
    user_number, callback_hosts, root_services, created, decided, asked_from,
    asks_trust, renewed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (consumer_key) DO NOTHING";
const FIND: &str = "SELECT consumer_key, name, state, secret, old_secret, old_until, trusted, user_number,
    callback_hosts, root_services, created, decided, asked_from, asks_trust, renewed FROM consumer WHERE consumer_key = $1";
const ALL: &str = "SELECT consumer_key, name, state, secret, old_secret, old_until, trusted, user_number,
    callback_hosts, root_services, created, decided, asked_from, asks_trust, renewed FROM consumer ORDER BY created, consumer_key";
const CHANGE: &str =
    "UPDATE consumer SET name = $2, state = $3, secret = $4, old_secret = $5, old_until = $6,
    trusted = $7, user_number = $8, callback_hosts = $9, root_services = $10, decided = $11, renewed = $12
    WHERE consumer_key = $1 AND state = $13 AND secret = $14 AND name = $15 AND trusted = $16
    AND COALESCE(user_number, -1) = $17 AND callback_hosts = $18 AND COALESCE(root_services, '') = $19";
pub(crate) const REMOVE: &str = "DELETE FROM consumer WHERE consumer_key = $1";
const COUNT: &str = "SELECT COUNT(*) FROM consumer WHERE state = $1";
/// Nobody has decided about them, or they were rejected, for thirty days.
pub(crate) const FORGET: &str = "DELETE FROM consumer
    WHERE state <> 'authorized' AND COALESCE(decided, created) + 2592000000000 <= $1";

const TABLE: &str = "consumer";
const READING: &str = "read the consumers";
const WRITING: &str = "keep the consumers";
/// Between hosts, which have none in them.
const BETWEEN: &str = "\n";

type Row = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<i64>,
    i64,
    Option<i64>,
    String,
    Option<String>,
    i64,
    Option<i64>,
    Option<String>,
    i64,
    i64,
);

fn consumer(row: Row) -> Result<Consumer, StoreError> {
    let (
        key,
        name,
        word,
        secret,
        old_secret,
        old_until,
        trusted,
        user,
        hosts,
        root_services,
        created,
        decided,
        asked_from,
        asks_trust,
        renewed,
    ) = row;
    let state = KeyState::ALL.into_iter().find(|state| state.word() == word);
    let old = old_secret.zip(old_until);
    let hosts = hosts.split(BETWEEN).filter(|host| !host.is_empty());
    Ok(Consumer {
        state: state.ok_or_else(|| StoreError::corrupt(TABLE, format!("`{word}` is no state of a key")))?,
        key,
        name,
        secret,
        old_secret: old.map(|(secret, until)| OldSecret { secret, until: Moment::new(until) }),
        trusted: trusted != 0,
        functional_user: user.map(|number| user_id(TABLE, number)).transpose()?,
        callback_hosts: hosts.map(str::to_owned).collect(),
        root_services,
        asked_from,
        asks_trust: asks_trust != 0,
        renewed: renewed != 0,
        created: Moment::new(created),
        decided: decided.map(Moment::new),
    })
}

/// Keeps a new consumer, if its key is free.
pub(crate) fn add(consumer: &Consumer) -> Statement {
    let old = consumer.old_secret.as_ref();
    let given = [
        consumer.key.as_str().into(),
        consumer.name.as_str().into(),
        consumer.state.word().into(),
        consumer.secret.as_str().into(),
        old.map(|old| old.secret.as_str()).into(),
        old.map(|old| old.until.microseconds()).into(),
        i64::from(consumer.trusted).into(),
        consumer.functional_user.map(|user| i64::from(user.number())).into(),
        consumer.callback_hosts.join(BETWEEN).as_str().into(),
        consumer.root_services.as_deref().into(),
        consumer.created.into(),
        consumer.decided.map(Moment::microseconds).into(),
        consumer.asked_from.as_deref().into(),
        i64::from(consumer.asks_trust).into(),
        i64::from(consumer.renewed).into(),
    ];
    Statement::that_needs_a_row(ADD, given)
}

/// Changes a consumer, if it is still as it was read.
pub(crate) fn change(before: &Consumer, after: &Consumer) -> Statement {
    let old = after.old_secret.as_ref();
    let given = [
        before.key.as_str().into(),
        after.name.as_str().into(),
        after.state.word().into(),
        after.secret.as_str().into(),
        old.map(|old| old.secret.as_str()).into(),
        old.map(|old| old.until.microseconds()).into(),
        i64::from(after.trusted).into(),
        after.functional_user.map(|user| i64::from(user.number())).into(),
        after.callback_hosts.join(BETWEEN).as_str().into(),
        after.root_services.as_deref().into(),
        after.decided.map(Moment::microseconds).into(),
        i64::from(after.renewed).into(),
        before.state.word().into(),
        before.secret.as_str().into(),
        before.name.as_str().into(),
        i64::from(before.trusted).into(),
        before.functional_user.map_or(-1, |user| i64::from(user.number())).into(),
        before.callback_hosts.join(BETWEEN).as_str().into(),
        before.root_services.as_deref().unwrap_or_default().into(),
    ];
    Statement::that_needs_a_row(CHANGE, given)
}

impl Store {
    /// Keeps a new consumer, of which the journal is not told; answers whether its key was free.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_consumer(&self, consumer: &Consumer) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = query!(add(consumer));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// The consumer with this key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn consumer(&self, key: &str) -> Result<Option<Consumer>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(FIND).bind(storable(key)).fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(consumer).transpose()
    }

    /// The consumer with this key as it was within the last second. That it is not let in is not remembered:
    /// approved at another node, it is let in at once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recent_consumer(&self, key: &str) -> Result<Option<Consumer>, StoreError> {
        let is_let_in = |it: &Consumer| it.state == KeyState::Authorized && it.functional_user.is_some();
        self.recent.consumers.or_read_worth(key.to_owned(), self.consumer(key), is_let_in).await
    }

    /// Every consumer, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn consumers(&self) -> Result<Vec<Consumer>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(ALL).fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(consumer).collect()
    }

    /// How many consumers are in this state.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_consumers(&self, state: KeyState) -> Result<i64, StoreError> {
        reading!(&self.db, |pool| {
            let query = sqlx::query_scalar(COUNT).bind(state.word());
            query.fetch_one(pool).await.map_err(failed(READING))
        })
    }

    /// Changes what is kept of a consumer, of which the journal is not told, unless it has changed since it
    /// was read; answers whether it was changed.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn change_consumer(&self, before: &Consumer, after: &Consumer) -> Result<bool, StoreError> {
        let _forgotten = self.recent.forgotten_after();
        writing!(&self.db, |pool| {
            let query = query!(change(before, after));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }
}
