//! Links that are good for one use, found by the hash of what stands in them. All nodes share them.

use governance::UserId;

use crate::Store;
use crate::credential;
use crate::db::{change, reading};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::session::user_id;
use crate::turn::take_turn;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make the first user.
    FirstStart,
    /// To set this user's password.
    SetPassword(UserId),
}

/// How the table calls the purpose of most.
pub(crate) const SET_PASSWORD: &str = "set-password";

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::FirstStart => "first-start",
            Self::SetPassword(_) => SET_PASSWORD,
        }
    }
    fn user(self) -> Option<i64> {
        match self {
            Self::FirstStart => None,
            Self::SetPassword(user) => Some(i64::from(user.number())),
        }
    }
}

/// A link that was given out and not yet used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is good for.
    pub purpose: Purpose,
    /// Since when.
    pub created: Moment,
    /// Until when.
    pub expires: Moment,
}

pub(crate) const ADD: &str = "INSERT INTO link (token_hash, purpose, user_number, created, expires)
    VALUES ($1, $2, $3, $4, $5)";
const USER: &str = "SELECT user_number FROM link WHERE token_hash = $1 AND purpose = $2";
const FIND: &str = "SELECT purpose, user_number, created, expires FROM link WHERE token_hash = $1";
/// Of two who use it at a time one finds it.
const USE: &str = "DELETE FROM link WHERE token_hash = $1 AND purpose = $2 AND expires > $3";
pub(crate) const END_OF_USER: &str = "DELETE FROM link WHERE user_number = $1";
pub(crate) const END_EXPIRED: &str = "DELETE FROM link WHERE expires <= $1";

const READING: &str = "read the links";
const WRITING: &str = "keep the links";

impl Store {
    /// Keeps a new link under the hash of what stands in it; older ones of the same user end.
    ///
    /// # Errors
    /// When the database cannot be written, or has a link with this hash.
    pub async fn add_link(&self, token_hash: &str, link: &Link) -> Result<(), StoreError> {
        change!(&self.db, WRITING, |transaction| {
            if let Some(user) = link.purpose.user() {
                let query = sqlx::query(END_OF_USER).bind(user);
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            let query = sqlx::query(ADD)
                .bind(token_hash)
                .bind(link.purpose.word())
                .bind(link.purpose.user())
                .bind(link.created.microseconds())
                .bind(link.expires.microseconds());
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            transaction.commit().await.map_err(failed(WRITING))
        })
    }

    /// The link with this hash, be it expired or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn link(&self, token_hash: &str) -> Result<Option<Link>, StoreError> {
        let found: Option<(String, Option<i64>, i64, i64)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FIND).bind(token_hash);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        let Some((purpose, user, created, expires)) = found else { return Ok(None) };
        let purpose = match (purpose.as_str(), user) {
            ("first-start", None) => Purpose::FirstStart,
            (SET_PASSWORD, Some(user)) => Purpose::SetPassword(user_id("link", user)?),
            _ => return Err(StoreError::corrupt("link", format!("`{purpose}` is no purpose"))),
        };
        Ok(Some(Link { purpose, created: Moment::new(created), expires: Moment::new(expires) }))
    }

    /// Uses a link up, unless it has expired or somebody else was faster: sets the password of its user, and
    /// ends what a new password ends. Answers the user.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_password_by_link(
        &self,
        token_hash: &str,
        now: Moment,
        password_hash: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let _forgotten = self.recent.forgotten_after();
        change!(&self.db, WRITING, |transaction| {
            let query = sqlx::query_scalar(USER).bind(token_hash).bind(SET_PASSWORD);
            let user: Option<i64> = query.fetch_optional(&mut *transaction).await.map_err(failed(WRITING))?;
            let Some(number) = user else { return Ok(None) };
            if !take_turn!(transaction, number, WRITING) {
                return Ok(None);
            }
            let query = sqlx::query(USE).bind(token_hash).bind(SET_PASSWORD).bind(now.microseconds());
            let used = query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            if used.rows_affected() == 0 {
                return Ok(None);
            }
            let query = sqlx::query(credential::SET_PASSWORD).bind(number).bind(password_hash);
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            for end in credential::ENDED_BY_A_NEW_PASSWORD {
                let query = sqlx::query(end).bind(number);
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(Some(user_id("link", number)?))
        })
    }
}
