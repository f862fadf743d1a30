//! Sessions, found by the hash of their token; never part of the organisation. All nodes share them.

use governance::UserId;

use crate::Store;
use crate::credential::PASSWORD;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::turn::take_turn;

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
    /// The provider of identities by which, if any.
    pub registry: Option<String>,
}

/// What a provider of identities said when a session was begun by it, for signing out there, or from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provided {
    /// Whom it calls so.
    pub subject: String,
    /// What it calls its own session.
    pub session: Option<String>,
    /// What it has signed.
    pub id_token: String,
}

/// Which sessions a provider ends: all of somebody's, or those that belong to one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedThere<'a> {
    /// Whom it calls so.
    Subject(&'a str),
    /// What it calls its own session.
    Session(&'a str),
}

const ADD: &str = "INSERT INTO session (token_hash, user_number, created, last_used, expires, address,
        registry, subject, registry_session, id_token)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const FIND: &str =
    "SELECT token_hash, user_number, created, last_used, expires, address, registry FROM session
    WHERE token_hash = $1";
const OF_USER: &str =
    "SELECT token_hash, user_number, created, last_used, expires, address, registry FROM session
    WHERE user_number = $1 ORDER BY created, token_hash";
const PROVIDED: &str = "SELECT subject, registry_session, id_token FROM session
    WHERE token_hash = $1 AND subject IS NOT NULL AND id_token IS NOT NULL";
const END_OF_SUBJECT: &str = "DELETE FROM session WHERE registry = $1 AND subject = $2
    RETURNING user_number";
const END_OF_SESSION: &str = "DELETE FROM session WHERE registry = $1 AND registry_session = $2
    RETURNING user_number";
const TOUCH: &str = "UPDATE session SET last_used = $2, expires = $3 WHERE token_hash = $1";
pub(crate) const END: &str = "DELETE FROM session WHERE token_hash = $1";
const END_OTHERS: &str = "DELETE FROM session WHERE user_number = $1 AND token_hash <> $2";
pub(crate) const END_OF_USER: &str = "DELETE FROM session WHERE user_number = $1";
pub(crate) const END_EXPIRED: &str = "DELETE FROM session WHERE expires <= $1";

const READING: &str = "read the sessions";
const WRITING: &str = "keep the sessions";

type SessionRow = (String, i64, i64, i64, i64, Option<String>, Option<String>);

fn session(
    (hash, user, created, last_used, expires, address, registry): SessionRow,
) -> Result<(String, Session), StoreError> {
    let session = Session {
        user: user_id("session", user)?,
        created: Moment::new(created),
        last_used: Moment::new(last_used),
        expires: Moment::new(expires),
        address,
        registry,
    };
    Ok((hash, session))
}

/// The user whose number a column holds.
pub(crate) fn user_id(table: &'static str, number: i64) -> Result<UserId, StoreError> {
    let corrupt = |_| StoreError::corrupt(table, format!("there can be no user with the number {number}"));
    Ok(UserId::new(u32::try_from(number).map_err(corrupt)?))
}

impl Store {
    /// Keeps a new session under the hash of its token, unless its user has been archived; answers whether it
    /// does.
    ///
    /// # Errors
    /// When the database cannot be written, or has a session with this hash.
    pub async fn add_session(&self, token_hash: &str, session: &Session) -> Result<bool, StoreError> {
        self.keep_session(token_hash, session, None, |_| true).await
    }

    /// The same, unless the password that has shown whose it is has become another: `is_it` tells of the hash
    /// that is kept.
    ///
    /// # Errors
    /// As [`Store::add_session`].
    pub async fn add_session_by_password(
        &self,
        token_hash: &str,
        session: &Session,
        is_it: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<bool, StoreError> {
        self.keep_session(token_hash, session, None, |kept| kept.is_some_and(&is_it)).await
    }

    /// The same with what a provider of identities has said.
    ///
    /// # Errors
    /// As [`Store::add_session`].
    pub async fn add_provided_session(
        &self,
        token_hash: &str,
        session: &Session,
        provided: &Provided,
    ) -> Result<bool, StoreError> {
        self.keep_session(token_hash, session, Some(provided), |_| true).await
    }

    async fn keep_session(
        &self,
        token_hash: &str,
        session: &Session,
        provided: Option<&Provided>,
        holds: impl Fn(Option<&str>) -> bool + Send + Sync,
    ) -> Result<bool, StoreError> {
        let number = i64::from(session.user.number());
        change!(&self.db, WRITING, |transaction| {
            if !take_turn!(transaction, number, WRITING) {
                return Ok(false);
            }
            let query = sqlx::query_scalar(PASSWORD).bind(number);
            let kept: Option<String> =
                query.fetch_optional(&mut *transaction).await.map_err(failed(WRITING))?;
            if !holds(kept.as_deref()) {
                return Ok(false);
            }
            let query = sqlx::query(ADD)
                .bind(token_hash)
                .bind(number)
                .bind(session.created.microseconds())
                .bind(session.last_used.microseconds())
                .bind(session.expires.microseconds())
                .bind(session.address.as_deref().map(storable))
                .bind(session.registry.as_deref().map(storable))
                .bind(provided.map(|it| storable(&it.subject)))
                .bind(provided.and_then(|it| it.session.as_deref()).map(storable))
                .bind(provided.map(|it| storable(&it.id_token)));
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(true)
        })
    }

    /// What a provider of identities said when this session was begun by it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn provided(&self, token_hash: &str) -> Result<Option<Provided>, StoreError> {
        let found: Option<(String, Option<String>, String)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(PROVIDED).bind(token_hash);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        Ok(found.map(|(subject, session, id_token)| Provided { subject, session, id_token }))
    }

    /// Ends the sessions that were begun by a provider of identities and have ended there; answers whose each
    /// was.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_sessions_of_registry(
        &self,
        registry: &str,
        ended: EndedThere<'_>,
    ) -> Result<Vec<UserId>, StoreError> {
        let _forgotten = self.recent.forgotten_after();
        let (statement, which) = match ended {
            EndedThere::Subject(subject) => (END_OF_SUBJECT, subject),
            EndedThere::Session(session) => (END_OF_SESSION, session),
        };
        let users: Vec<i64> = writing!(&self.db, |pool| {
            let query = sqlx::query_scalar(statement).bind(registry).bind(storable(which));
            query.fetch_all(pool).await.map_err(failed(WRITING))?
        });
        users.into_iter().map(|user| user_id("session", user)).collect()
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
