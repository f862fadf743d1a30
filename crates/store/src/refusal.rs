//! The expiring log of refused writes and sign-in failures.

use crate::Store;
use crate::db::{reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;

/// Something that somebody was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Moment,
    /// Who asked, as far as anybody knows: at sign-in, what was typed.
    pub by: Option<String>,
    /// The network address from which, if any.
    pub address: Option<String>,
    /// What was tried, for people.
    pub what: String,
    /// The gate that refused it.
    pub gate: String,
}

/// Which refusals are wanted; the default is the newest hundred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalFilter {
    /// At this moment or later.
    pub from: Option<Moment>,
    /// Before this moment.
    pub to: Option<Moment>,
    /// Older than the one with this number: where the page before has ended.
    pub older_than: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

impl Default for RefusalFilter {
    fn default() -> Self {
        Self { from: None, to: None, older_than: None, limit: 100 }
    }
}

/// Some refusals, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalPage {
    /// The refusals.
    pub refusals: Vec<Refused>,
    /// What to ask for next in [`RefusalFilter::older_than`], if there are more.
    pub older_than: Option<i64>,
}

pub(crate) const LOG: &str =
    "INSERT INTO refusal (at, by_user, address, what, gate) VALUES ($1, $2, $3, $4, $5)";
const PAGE: &str = "SELECT number, at, by_user, address, what, gate FROM refusal
    WHERE at >= $1 AND at < $2 AND number < $3 ORDER BY number DESC LIMIT $4";
const EXPIRE: &str = "DELETE FROM refusal WHERE at < $1";

const READING: &str = "read the refusals";
const WRITING: &str = "keep the refusals";

type RefusalRow = (i64, i64, Option<String>, Option<String>, String, String);

impl Store {
    /// Logs a refusal.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn log_refusal(&self, refused: &Refused) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(LOG)
                .bind(refused.at.microseconds())
                .bind(refused.by.as_deref().map(storable))
                .bind(refused.address.as_deref().map(storable))
                .bind(storable(&refused.what))
                .bind(storable(&refused.gate));
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// A page of the refusals, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refusals(&self, filter: &RefusalFilter) -> Result<RefusalPage, StoreError> {
        let rows: Vec<RefusalRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(PAGE)
                .bind(filter.from.map_or(i64::MIN, Moment::microseconds))
                .bind(filter.to.map_or(i64::MAX, Moment::microseconds))
                .bind(filter.older_than.unwrap_or(i64::MAX))
                // One more tells whether there are more.
                .bind(i64::from(filter.limit) + 1);
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        let more = rows.len() > filter.limit as usize;
        let shown = &rows[..rows.len().min(filter.limit as usize)];
        let older_than = shown.last().filter(|_| more).map(|row| row.0);
        let refused = |(_, at, by, address, what, gate): &RefusalRow| Refused {
            at: Moment::new(*at),
            by: by.clone(),
            address: address.clone(),
            what: what.clone(),
            gate: gate.clone(),
        };
        Ok(RefusalPage { refusals: shown.iter().map(refused).collect(), older_than })
    }

    /// Forgets the refusals of before this moment; answers how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn expire_refusals(&self, before: Moment) -> Result<u64, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(EXPIRE).bind(before.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected())
        })
    }
}
