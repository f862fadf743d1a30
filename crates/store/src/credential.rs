//! Passwords of the built-in registry, as hashes that the caller makes; never part of the organisation.

use governance::UserId;

use crate::Store;
use crate::db::{change, reading, writing};
use crate::error::{StoreError, failed};
use crate::turn::take_turn;
use crate::{lease, link, oauth_token, session};

pub(crate) const PASSWORD: &str = "SELECT password_hash FROM credential WHERE user_number = $1";
pub(crate) const SET_PASSWORD: &str = "INSERT INTO credential (user_number, password_hash) VALUES ($1, $2)
    ON CONFLICT (user_number) DO UPDATE SET password_hash = excluded.password_hash";
const REMOVE_PASSWORD: &str = "DELETE FROM credential WHERE user_number = $1";

/// What of a user ends when the password becomes another: whoever has come by the old one stays outside.
/// With the last session ends what is leased.
pub(crate) const ENDED_BY_A_NEW_PASSWORD: [&str; 4] =
    [session::END_OF_USER, oauth_token::END_OF_USER, link::END_OF_USER, lease::END_OF_USER];

impl Store {
    /// The hash of a user's password, if one is set.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn password_hash(&self, user: UserId) -> Result<Option<String>, StoreError> {
        let number = i64::from(user.number());
        reading!(&self.db, |pool| {
            let query = sqlx::query_scalar(PASSWORD).bind(number);
            query.fetch_optional(pool).await.map_err(failed("read a password"))
        })
    }

    /// The hash of a user's password as it was within the last second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recent_password_hash(&self, user: UserId) -> Result<Option<String>, StoreError> {
        self.recent.passwords.or_read(user, self.password_hash(user)).await
    }

    /// Sets the hash of a user's password; their sessions, links and leases end.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn renew_password(&self, user: UserId, hash: &str) -> Result<(), StoreError> {
        let _forgotten = self.recent.forgotten_after();
        const DOING: &str = "keep a password";
        let number = i64::from(user.number());
        change!(&self.db, DOING, |transaction| {
            take_turn!(transaction, number, DOING);
            let query = sqlx::query(SET_PASSWORD).bind(number).bind(hash);
            query.execute(&mut *transaction).await.map_err(failed(DOING))?;
            for end in ENDED_BY_A_NEW_PASSWORD {
                let query = sqlx::query(end).bind(number);
                query.execute(&mut *transaction).await.map_err(failed(DOING))?;
            }
            transaction.commit().await.map_err(failed(DOING))
        })
    }

    /// Sets the hash of a user's password, and leaves everything else as it is.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_password_hash(&self, user: UserId, hash: &str) -> Result<(), StoreError> {
        let _forgotten = self.recent.forgotten_after();
        let number = i64::from(user.number());
        writing!(&self.db, |pool| {
            let query = sqlx::query(SET_PASSWORD).bind(number).bind(hash);
            query.execute(pool).await.map_err(failed("keep a password"))?;
        });
        Ok(())
    }

    /// Takes a user's password away, if there is one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_password(&self, user: UserId) -> Result<(), StoreError> {
        let _forgotten = self.recent.forgotten_after();
        let number = i64::from(user.number());
        writing!(&self.db, |pool| {
            let query = sqlx::query(REMOVE_PASSWORD).bind(number);
            query.execute(pool).await.map_err(failed("remove a password"))?;
        });
        Ok(())
    }
}
