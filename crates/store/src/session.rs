//! Sessions, found by the hash of their token; never part of the organisation. All nodes share them.

use governance::UserId;

use crate::Store;
use crate::db::{reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;

/// Somebody's stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub user: UserId,
    /// Since when.
    pub created: Moment,
    /// When last used, as exactly as the caller bothers to tell.
    pub last_used: Moment,
    /// Until when.
    pub expires: Moment,
    /// The network address from which it was begun, if it is known.
    pub address: Option<String>,
}

const ADD: &str = "INSERT INTO session (token_hash, user_number, created, last_used, expires, address)
    VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str =
    "SELECT token_hash, user_number, created, last_used, expires, address FROM session WHERE token_hash = $1";
const OF_USER: &str = "SELECT token_hash, user_number, created, last_used, expires, address FROM session
    WHERE user_number = $1 ORDER BY created, token_hash";
const TOUCH: &str = "UPDATE session SET last_used = $2, expires = $3 WHERE token_hash = $1";
const END: &str = "DELETE FROM session WHERE token_hash = $1";
const END_OTHERS: &str = "DELETE FROM session WHERE user_number = $1 AND token_hash <> $2";
pub(crate) const END_OF_USER: &str = "DELETE FROM session WHERE user_number = $1";
pub(crate) const END_EXPIRED: &str = "DELETE FROM session WHERE expires <= $1";

const READING: &str = "read the sessions";
const WRITING: &str = "keep the sessions";

type SessionRow = (String, i64, i64, i64, i64, Option<String>);

fn session(
    (hash, user, created, last_used, expires, address): SessionRow,
) -> Result<(String, Session), StoreError> {
    let session = Session {
        user: user_id("session", user)?,
        created: Moment::new(created),
        last_used: Moment::new(last_used),
        expires: Moment::new(expires),
        address,
    };
    Ok((hash, session))
}

/// The user whose number a column holds.
pub(crate) fn user_id(table: &'static str, number: i64) -> Result<UserId, StoreError> {
    let corrupt = |_| StoreError::corrupt(table, format!("there can be no user with the number {number}"));
    Ok(UserId::new(u32::try_from(number).map_err(corrupt)?))
}

impl Store {
    /// Keeps a new session under the hash of its token.
    ///
    /// # Errors
    /// When the database cannot be written, or has a session with this hash.
    pub async fn add_session(&self, token_hash: &str, session: &Session) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(ADD)
                .bind(token_hash)
                .bind(i64::from(session.user.number()))
                .bind(session.created.microseconds())
                .bind(session.last_used.microseconds())
                .bind(session.expires.microseconds())
                .bind(session.address.as_deref().map(storable));
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// The session with this hash, be it expired or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let found: Option<SessionRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FIND).bind(token_hash);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        Ok(found.map(session).transpose()?.map(|(_, session)| session))
    }

    /// The session with this hash as it was within the last second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recent_session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        self.recent.sessions.or_read(token_hash.to_owned(), self.session(token_hash)).await
    }

    /// A user's sessions with their hashes, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<(String, Session)>, StoreError> {
        let rows: Vec<SessionRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OF_USER).bind(i64::from(user.number()));
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(session).collect()
    }

    /// Notes that a session was used, and until when it now lasts. Each call is a durable write: once a
    /// minute is enough.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn touch_session(
        &self,
        token_hash: &str,
        last_used: Moment,
        expires: Moment,
    ) -> Result<(), StoreError> {
        let _forgotten = self.recent.forgotten_after();
        writing!(&self.db, |pool| {
            let query = sqlx::query(TOUCH).bind(token_hash);
            let query = query.bind(last_used.microseconds()).bind(expires.microseconds());
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Ends a session, if there is one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        let _forgotten = self.recent.forgotten_after();
        writing!(&self.db, |pool| {
            sqlx::query(END).bind(token_hash).execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Ends a user's sessions, but for the one with this hash; answers how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_other_sessions(&self, user: UserId, token_hash: &str) -> Result<u64, StoreError> {
        let _forgotten = self.recent.forgotten_after();
        writing!(&self.db, |pool| {
            let query = sqlx::query(END_OTHERS).bind(i64::from(user.number())).bind(token_hash);
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected())
        })
    }
}
