//! Personal access tokens, found by the hash of the token; never part of the organisation. All nodes share
//! them.

use governance::UserId;

use crate::Store;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::session::user_id;
use crate::turn::take_turn;

/// What a program has in place of its owner's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Whose.
    pub user: UserId,
    /// As its owner calls it; no two of a user's are called alike.
    pub name: String,
    /// What it is for, as the caller writes it.
    pub scopes: String,
    /// Since when.
    pub created: Moment,
    /// Until when.
    pub expires: Moment,
    /// When last used, as exactly as the caller bothers to tell.
    pub last_used: Option<Moment>,
}

/// What became of a token that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKept {
    /// It is kept.
    Yes,
    /// Another of the user's has its name.
    NameTaken,
    /// The user has [`MOST_ACCESS_TOKENS`].
    TooMany,
    /// The user has been archived.
    Archived,
}

/// Nobody needs more at a time.
pub const MOST_ACCESS_TOKENS: u32 = 100;

/// What has expired is forgotten within the hour; its name is free at once.
const END_EXPIRED_OF_USER: &str = "DELETE FROM access_token WHERE user_number = $1 AND expires <= $2";
const COUNT_OF_USER: &str = "SELECT COUNT(*) FROM access_token WHERE user_number = $1";
const ADD: &str = "INSERT INTO access_token (token_hash, user_number, name, scopes, created, expires)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_number, name) DO NOTHING";
const FIND: &str = "SELECT user_number, name, scopes, created, expires, last_used FROM access_token
    WHERE token_hash = $1";
const OF_USER: &str =
    "SELECT token_hash, user_number, name, scopes, created, expires, last_used FROM access_token
    WHERE user_number = $1 ORDER BY created, token_hash";
const TOUCH: &str = "UPDATE access_token SET last_used = $2 WHERE token_hash = $1";
pub(crate) const REVOKE: &str = "DELETE FROM access_token WHERE token_hash = $1";
pub(crate) const END_OF_USER: &str = "DELETE FROM access_token WHERE user_number = $1";
pub(crate) const END_EXPIRED: &str = "DELETE FROM access_token WHERE expires <= $1";

const READING: &str = "read the access tokens";
const WRITING: &str = "keep the access tokens";

type TokenRow = (i64, String, String, i64, i64, Option<i64>);

fn access_token(
    (user, name, scopes, created, expires, last_used): TokenRow,
) -> Result<AccessToken, StoreError> {
    Ok(AccessToken {
        user: user_id("access_token", user)?,
        name,
        scopes,
        created: Moment::new(created),
        expires: Moment::new(expires),
        last_used: last_used.map(Moment::new),
    })
}

impl Store {
    /// Keeps a new token under its hash, if that can be.
    ///
    /// # Errors
    /// When the database cannot be written, or has a token with this hash.
    pub async fn add_access_token(
        &self,
        token_hash: &str,
        token: &AccessToken,
    ) -> Result<TokenKept, StoreError> {
        let number = i64::from(token.user.number());
        change!(&self.db, WRITING, |transaction| {
            if !take_turn!(transaction, number, WRITING) {
                return Ok(TokenKept::Archived);
            }
            let query = sqlx::query(END_EXPIRED_OF_USER).bind(number).bind(token.created.microseconds());
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            let query = sqlx::query_scalar(COUNT_OF_USER).bind(number);
            let others: i64 = query.fetch_one(&mut *transaction).await.map_err(failed(WRITING))?;
            if others >= i64::from(MOST_ACCESS_TOKENS) {
                return Ok(TokenKept::TooMany);
            }
            let query = sqlx::query(ADD)
                .bind(token_hash)
                .bind(number)
                .bind(storable(&token.name))
                .bind(&token.scopes)
                .bind(token.created.microseconds())
                .bind(token.expires.microseconds());
            let added = query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            if added.rows_affected() == 0 {
                return Ok(TokenKept::NameTaken);
            }
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(TokenKept::Yes)
        })
    }

    /// The token with this hash, be it expired or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_token(&self, token_hash: &str) -> Result<Option<AccessToken>, StoreError> {
        let found: Option<TokenRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FIND).bind(token_hash);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(access_token).transpose()
    }

    /// The token with this hash as it was within the last second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recent_access_token(&self, token_hash: &str) -> Result<Option<AccessToken>, StoreError> {
        self.recent.access_tokens.or_read(token_hash.to_owned(), self.access_token(token_hash)).await
    }

    /// A user's tokens with their hashes, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_tokens_of(&self, user: UserId) -> Result<Vec<(String, AccessToken)>, StoreError> {
        type Row = (String, i64, String, String, i64, i64, Option<i64>);
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OF_USER).bind(i64::from(user.number()));
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        let found = |(hash, user, name, scopes, created, expires, used): Row| {
            Ok((hash, access_token((user, name, scopes, created, expires, used))?))
        };
        rows.into_iter().map(found).collect()
    }

    /// Notes that a token was used. Each call is a durable write: once in some minutes is enough.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn touch_access_token(&self, token_hash: &str, last_used: Moment) -> Result<(), StoreError> {
        let _forgotten = self.recent.forgotten_after();
        writing!(&self.db, |pool| {
            let query = sqlx::query(TOUCH).bind(token_hash).bind(last_used.microseconds());
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Revokes a token; answers whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn revoke_access_token(&self, token_hash: &str) -> Result<bool, StoreError> {
        let _forgotten = self.recent.forgotten_after();
        writing!(&self.db, |pool| {
            let query = sqlx::query(REVOKE).bind(token_hash);
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }
}
