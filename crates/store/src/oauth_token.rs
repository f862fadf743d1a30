//! Tokens of OAuth, found by their hashes. All nodes share them, so that what is used up at one is used up at
//! all.

use governance::UserId;

use crate::Store;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::session::user_id;
use crate::turn::take_turn;

/// With what a consumer acts for a person, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthToken {
    /// The consumer's key.
    pub consumer_key: String,
    /// The secret that goes with it, encrypted by the caller.
    pub secret: String,
    /// What it is good for.
    pub kind: TokenKind,
    /// Until when.
    pub expires: Moment,
}

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// To ask a person for approval.
    Request {
        /// Where the person is sent back to, where the consumer has said so.
        callback: Option<String>,
    },
    /// To be exchanged for one to act with: a person has approved.
    Approved {
        /// Who.
        user: UserId,
        /// The hash of what that person takes back to the consumer.
        verifier_hash: String,
    },
    /// To act for a person.
    Access {
        /// For whom.
        user: UserId,
    },
}

/// A consumer that acts for a person, by one token or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingConsumer {
    /// Its key.
    pub key: String,
    /// As it is called here.
    pub name: String,
    /// The root services of the server that it is, where that is known.
    pub root_services: Option<String>,
    /// When its first token ends that is still good.
    pub first_expires: Moment,
    /// When its last one does.
    pub last_expires: Moment,
}

impl TokenKind {
    const fn word(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Approved { .. } => "approved",
            Self::Access { .. } => "access",
        }
    }
}

const ADD: &str = "INSERT INTO oauth_token
    (token_hash, consumer_key, secret, kind, user_number, callback, verifier_hash, expires)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const FIND: &str = "SELECT consumer_key, secret, kind, user_number, callback, verifier_hash, expires
    FROM oauth_token WHERE token_hash = $1";
const APPROVE: &str = "UPDATE oauth_token SET kind = 'approved', user_number = $2, verifier_hash = $3
    WHERE token_hash = $1 AND kind = 'request' AND expires > $4";
const REMOVE: &str = "DELETE FROM oauth_token WHERE token_hash = $1 AND kind = $2";
const COUNT_OF_CONSUMER: &str =
    "SELECT COUNT(*) FROM oauth_token WHERE consumer_key = $1 AND kind <> 'access'";
pub(crate) const END_OF_CONSUMER: &str = "DELETE FROM oauth_token WHERE consumer_key = $1";
pub(crate) const END_OF_USER: &str = "DELETE FROM oauth_token WHERE user_number = $1";
pub(crate) const END_OF_CONSUMER_FOR_USER: &str =
    "DELETE FROM oauth_token WHERE consumer_key = $1 AND user_number = $2";
const ACTING_FOR_USER: &str = "SELECT c.consumer_key, c.name, c.root_services, MIN(t.expires), MAX(t.expires)
    FROM oauth_token t JOIN consumer c ON c.consumer_key = t.consumer_key
    WHERE t.user_number = $1 AND t.kind = 'access' AND t.expires > $2
    GROUP BY c.consumer_key, c.name, c.root_services";
/// An expired one is told apart from one that never was, for a day.
pub(crate) const END_EXPIRED: &str = "DELETE FROM oauth_token WHERE expires + 86400000000 <= $1";

const TABLE: &str = "oauth_token";
const READING: &str = "read the tokens of consumers";
const WRITING: &str = "keep the tokens of consumers";

type Row = (String, String, String, Option<i64>, Option<String>, Option<String>, i64);

fn token(
    (consumer_key, secret, kind, user, callback, verifier, expires): Row,
) -> Result<OauthToken, StoreError> {
    let user = user.map(|user| user_id(TABLE, user)).transpose()?;
    let kind = match (kind.as_str(), user, verifier) {
        ("request", None, None) => TokenKind::Request { callback },
        ("approved", Some(user), Some(verifier_hash)) => TokenKind::Approved { user, verifier_hash },
        ("access", Some(user), None) => TokenKind::Access { user },
        (kind, ..) => {
            return Err(StoreError::corrupt(TABLE, format!("`{kind}` is no kind, or lacks something")));
        }
    };
    Ok(OauthToken { consumer_key, secret, kind, expires: Moment::new(expires) })
}

impl Store {
    /// Keeps a new token under its hash, unless its user has been archived; answers whether it does.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_oauth_token(&self, token_hash: &str, token: &OauthToken) -> Result<bool, StoreError> {
        let (user, callback, verifier) = match &token.kind {
            TokenKind::Request { callback } => (None, callback.as_deref(), None),
            TokenKind::Approved { user, verifier_hash } => (Some(*user), None, Some(verifier_hash)),
            TokenKind::Access { user } => (Some(*user), None, None),
        };
        let number = user.map(|user| i64::from(user.number()));
        change!(&self.db, WRITING, |transaction| {
            if let Some(number) = number
                && !take_turn!(transaction, number, WRITING)
            {
                return Ok(false);
            }
            let query = sqlx::query(ADD)
                .bind(token_hash)
                .bind(storable(&token.consumer_key))
                .bind(&token.secret)
                .bind(token.kind.word())
                .bind(number)
                .bind(callback.map(storable))
                .bind(verifier)
                .bind(token.expires.microseconds());
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(true)
        })
    }

    /// The token with this hash, be it expired or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn oauth_token(&self, token_hash: &str) -> Result<Option<OauthToken>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FIND).bind(token_hash);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(token).transpose()
    }

    /// How many tokens of a consumer wait for something.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_waiting_tokens(&self, consumer_key: &str) -> Result<i64, StoreError> {
        reading!(&self.db, |pool| {
            let query = sqlx::query_scalar(COUNT_OF_CONSUMER).bind(storable(consumer_key));
            query.fetch_one(pool).await.map_err(failed(READING))
        })
    }

    /// Notes that a person has approved; answers whether the token still waited for that.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn approve_oauth_token(
        &self,
        token_hash: &str,
        user: UserId,
        verifier_hash: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let number = i64::from(user.number());
        change!(&self.db, WRITING, |transaction| {
            if !take_turn!(transaction, number, WRITING) {
                return Ok(false);
            }
            let query = sqlx::query(APPROVE)
                .bind(token_hash)
                .bind(number)
                .bind(verifier_hash)
                .bind(now.microseconds());
            let approved = query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(approved.rows_affected() == 1)
        })
    }

    /// The consumers that act for a user at a moment, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn consumers_acting_for(
        &self,
        user: UserId,
        now: Moment,
    ) -> Result<Vec<ActingConsumer>, StoreError> {
        let rows: Vec<(String, String, Option<String>, i64, i64)> = reading!(&self.db, |pool| {
            let query =
                sqlx::query_as(ACTING_FOR_USER).bind(i64::from(user.number())).bind(now.microseconds());
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        let acting = |(key, name, root_services, first, last)| ActingConsumer {
            key,
            name,
            root_services,
            first_expires: Moment::new(first),
            last_expires: Moment::new(last),
        };
        let mut all: Vec<_> = rows.into_iter().map(acting).collect();
        all.sort_by(|one, other| (&one.name, &one.key).cmp(&(&other.name, &other.key)));
        Ok(all)
    }

    /// Ends all that a consumer does for a user, and what it was to begin with; answers whether there was
    /// any.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_consumer_for(&self, user: UserId, consumer_key: &str) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(END_OF_CONSUMER_FOR_USER)
                .bind(storable(consumer_key))
                .bind(i64::from(user.number()));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() > 0)
        })
    }

    /// Uses a token up; answers whether it was there, and of this kind: of two at a time only one is told so.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_oauth_token(&self, token_hash: &str, kind: &TokenKind) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(REMOVE).bind(token_hash).bind(kind.word());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }
}
