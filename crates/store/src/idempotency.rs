//! Requests that may be sent again, since their sender does not know whether the first arrived.

use crate::Store;
use crate::db::{promptly, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::{Moment, Revision};

/// What is kept with a change that was asked for under a key of the asker's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key; each user has their own.
    pub key: String,
    /// By which another request under the same key is told from the same one.
    pub request_hash: String,
    /// What the request is answered, now and when it comes again.
    pub answer: String,
}

/// What was answered to a request that was sent with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which request it was.
    pub request_hash: String,
    /// The revision that it made.
    pub revision: Revision,
    /// The answer.
    pub answer: String,
    /// When.
    pub at: Moment,
}

/// Part of keeping a change; no row, when the key is taken.
pub(crate) const TAKE_KEY: &str = "INSERT INTO idempotency (by_user, key, request_hash, revision, answer, at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (by_user, key) DO NOTHING";
pub(crate) const KEPT: &str = "SELECT request_hash, revision, answer, at FROM idempotency
    WHERE by_user = $1 AND key = $2";
const EXPIRE: &str = "DELETE FROM idempotency WHERE at < $1";

const READING: &str = "read the answers that were kept";
const WRITING: &str = "keep or forget the answers that were kept";

pub(crate) type AnsweredRow = (String, i64, String, i64);

pub(crate) fn answered((request_hash, revision, answer, at): AnsweredRow) -> Result<Answered, StoreError> {
    let revision = Revision::from_sql(revision, "idempotency")?;
    Ok(Answered { request_hash, revision, answer, at: Moment::new(at) })
}

impl Store {
    /// What was kept of the request that the user `by` has sent under this key, if any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn idempotent(&self, by: &str, key: &str) -> Result<Option<Answered>, StoreError> {
        let found: Option<AnsweredRow> = promptly(READING, async {
            Ok(reading!(&self.db, |pool| {
                let query = sqlx::query_as(KEPT).bind(storable(by)).bind(storable(key));
                query.fetch_optional(pool).await.map_err(failed(READING))?
            }))
        })
        .await?;
        found.map(answered).transpose()
    }

    /// Keeps what the user `by` was answered to a request that has changed nothing, at this revision, unless
    /// the key is taken.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_answer(
        &self,
        by: &str,
        once: &IdempotencyKey,
        revision: Revision,
        at: Moment,
    ) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(TAKE_KEY)
                .bind(storable(by))
                .bind(storable(&once.key))
                .bind(storable(&once.request_hash))
                .bind(revision.to_sql())
                .bind(storable(&once.answer))
                .bind(at.microseconds());
            query.execute(pool).await.map(drop).map_err(failed(WRITING))
        })
    }

    /// Forgets what was answered before this moment, a day ago say; answers how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn expire_idempotency_keys(&self, before: Moment) -> Result<u64, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(EXPIRE).bind(before.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected())
        })
    }
}
