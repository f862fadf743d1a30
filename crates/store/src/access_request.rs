//! Access requests: what those who were refused ask for, and what has become of it. All nodes share them.

use governance::{UserId, Wish};
use sha2::{Digest as _, Sha256};

use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::invitation::PATIENCE;
use crate::mail::{self, MailKind};
use crate::revision::{Moment, Revision};
use crate::session::user_id;
use crate::{Store, hexadecimal};

/// An access request.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessRequest {
    /// A name that nobody guesses.
    pub id: String,
    /// Who asks, and what for.
    pub wish: Wish,
    /// Why, in the words of whoever asks.
    pub reason: String,
    /// Since when.
    pub created: Moment,
    /// Until when it can be granted.
    pub expires: Moment,
    /// What has become of it.
    pub end: Option<RequestEnd>,
}

/// What has become of an access request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestEnd {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: UserId,
    /// How.
    pub how: RequestOutcome,
    /// What was said of it.
    pub note: Option<String>,
}

/// How an access request has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// It was granted, by this revision.
    Accepted(Revision),
    /// There was nothing to grant any more.
    Needless,
    /// It was refused.
    Declined,
    /// Whoever has asked has taken it back.
    Withdrawn,
}

impl RequestOutcome {
    /// `accepted`, `needless`, `declined` or `withdrawn`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Needless => "needless",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
    const fn revision(self) -> Option<Revision> {
        match self {
            Self::Accepted(revision) => Some(revision),
            Self::Needless | Self::Declined | Self::Withdrawn => None,
        }
    }
    /// Whether it comes of a claim: of what was begun, and is brought to its end.
    const fn was_begun(self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Needless)
    }
}

/// One of the same user for the same, while it is open, stands in the way.
const ADD: &str = "INSERT INTO access_request (id, user_number, open_remedy, wish, reason, created, expires)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_number, open_remedy) DO NOTHING";
const CLOSE_EXPIRED: &str = "UPDATE access_request SET open_remedy = NULL
    WHERE user_number = $1 AND open_remedy IS NOT NULL AND expires <= $2";
const FIND: &str = "SELECT id, wish, reason, created, expires, ended, outcome, ended_by, note, revision
    FROM access_request WHERE id = $1";
const OF_USER: &str = "SELECT id, wish, reason, created, expires, ended, outcome, ended_by, note, revision
    FROM access_request WHERE user_number = $1 ORDER BY created DESC, id LIMIT 500";
const OPEN: &str = "SELECT id, wish, reason, created, expires, ended, outcome, ended_by, note, revision
    FROM access_request WHERE open_remedy IS NOT NULL AND expires > $1 ORDER BY created, id LIMIT 2000";
const COUNT_OPEN: &str = "SELECT COUNT(*) FROM access_request
    WHERE user_number = $1 AND open_remedy IS NOT NULL AND expires > $2";
const CLAIM: &str = "UPDATE access_request SET claimed = $2
    WHERE id = $1 AND ended IS NULL AND expires > $2 AND (claimed IS NULL OR claimed < $3)";
const RELEASE: &str = "UPDATE access_request SET claimed = NULL WHERE id = $1 AND claimed = $2";
const END_BEGUN: &str = "UPDATE access_request SET open_remedy = NULL, ended = $2, ended_by = $3,
    outcome = $4, note = $5, revision = $6 WHERE id = $1 AND ended IS NULL";
const END: &str = "UPDATE access_request SET open_remedy = NULL, ended = $2, ended_by = $3, outcome = $4,
    note = $5, revision = $6
    WHERE id = $1 AND ended IS NULL AND expires > $2 AND (claimed IS NULL OR claimed < $7)";
/// Told for ninety days after.
pub(crate) const FORGET: &str = "DELETE FROM access_request WHERE expires + 7776000000000 <= $1";

const TABLE: &str = "access request";
const READING: &str = "read the access requests";
const WRITING: &str = "keep the access request";

type Row =
    (String, String, String, i64, i64, Option<i64>, Option<String>, Option<i64>, Option<String>, Option<i64>);

fn request(row: Row) -> Result<AccessRequest, StoreError> {
    let (id, wish, reason, created, expires, ended, outcome, by, note, revision) = row;
    let wish = serde_json::from_str(&wish)
        .map_err(|error| StoreError::corrupt(TABLE, format!("the wish of `{id}`: {error}")))?;
    let end = match (ended, by) {
        (Some(at), Some(by)) => Some(RequestEnd {
            at: Moment::new(at),
            by: user_id(TABLE, by)?,
            how: match (outcome.as_deref(), revision) {
                (Some("accepted"), Some(revision)) => {
                    RequestOutcome::Accepted(Revision::from_sql(revision, TABLE)?)
                }
                (Some("needless"), None) => RequestOutcome::Needless,
                (Some("declined"), None) => RequestOutcome::Declined,
                (Some("withdrawn"), None) => RequestOutcome::Withdrawn,
                other => return Err(StoreError::corrupt(TABLE, format!("{other:?} is no outcome"))),
            },
            note,
        }),
        _ => None,
    };
    let (created, expires) = (Moment::new(created), Moment::new(expires));
    Ok(AccessRequest { id, wish, reason, created, expires, end })
}

impl Store {
    /// Keeps a new access request, and the mail that tells these users of it; answers whether the user has
    /// none for the same that is open.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_access_request(
        &self,
        request: &AccessRequest,
        told: &[UserId],
    ) -> Result<bool, StoreError> {
        let wish = serde_json::to_string(&request.wish).unwrap_or_default();
        // A name of bounded length for the changes.
        let changes = serde_json::to_string(request.wish.changes()).unwrap_or_default();
        let remedy = hexadecimal(&Sha256::digest(changes));
        let (user, created) = (i64::from(request.wish.user().number()), request.created.microseconds());
        change!(&self.db, WRITING, |transaction| {
            let query = sqlx::query(CLOSE_EXPIRED).bind(user).bind(created);
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            let query = sqlx::query(ADD)
                .bind(&request.id)
                .bind(user)
                .bind(&remedy)
                .bind(storable(&wish))
                .bind(storable(&request.reason))
                .bind(created)
                .bind(request.expires.microseconds());
            let added = query.execute(&mut *transaction).await.map_err(failed(WRITING))?.rows_affected() == 1;
            for told in told.iter().filter(|_| added) {
                let query = sqlx::query(mail::ADD)
                    .bind(MailKind::AccessRequested.word())
                    .bind(&request.id)
                    .bind(i64::from(told.number()))
                    .bind(created);
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(added)
        })
    }

    /// The access request of this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_request(&self, id: &str) -> Result<Option<AccessRequest>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(FIND).bind(storable(id)).fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(request).transpose()
    }

    /// The newest five hundred access requests of a user.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_requests_of(&self, user: UserId) -> Result<Vec<AccessRequest>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OF_USER).bind(i64::from(user.number()));
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(request).collect()
    }

    /// The oldest two thousand access requests that are open.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_access_requests(&self, now: Moment) -> Result<Vec<AccessRequest>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OPEN).bind(now.microseconds());
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(request).collect()
    }

    /// How many access requests of a user are open.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_open_access_requests(&self, user: UserId, now: Moment) -> Result<i64, StoreError> {
        reading!(&self.db, |pool| {
            let query =
                sqlx::query_scalar(COUNT_OPEN).bind(i64::from(user.number())).bind(now.microseconds());
            query.fetch_one(pool).await.map_err(failed(READING))
        })
    }

    /// Begins to grant an access request; answers whether it is open, and nobody else has begun.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_access_request(&self, id: &str, now: Moment) -> Result<bool, StoreError> {
        let now = now.microseconds();
        writing!(&self.db, |pool| {
            let query = sqlx::query(CLAIM).bind(id).bind(now).bind(now - PATIENCE);
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Gives up what was begun at this moment.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn release_access_request(&self, id: &str, begun: Moment) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(RELEASE).bind(id).bind(begun.microseconds());
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Ends an access request, and keeps the mail that tells `told` of it: by whoever has begun to grant it,
    /// or else while nobody has. Answers whether it was open.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_access_request(
        &self,
        id: &str,
        end: &RequestEnd,
        told: Option<UserId>,
    ) -> Result<bool, StoreError> {
        let at = end.at.microseconds();
        change!(&self.db, WRITING, |transaction| {
            let query = sqlx::query(if end.how.was_begun() { END_BEGUN } else { END })
                .bind(id)
                .bind(at)
                .bind(i64::from(end.by.number()))
                .bind(end.how.word())
                .bind(end.note.as_deref().map(storable))
                .bind(end.how.revision().map(Revision::to_sql));
            let query = if end.how.was_begun() { query } else { query.bind(at - PATIENCE) };
            let ended = query.execute(&mut *transaction).await.map_err(failed(WRITING))?.rows_affected() == 1;
            if let Some(told) = told.filter(|_| ended) {
                let query = sqlx::query(mail::ADD)
                    .bind(MailKind::AccessDecided.word())
                    .bind(id)
                    .bind(i64::from(told.number()))
                    .bind(at);
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            transaction.commit().await.map_err(failed(WRITING))?;
            Ok(ended)
        })
    }
}
