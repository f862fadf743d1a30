//! The expiring log of refused writes and sign-in failures.

use governance::text::fold;
use sqlx::AssertSqlSafe;

use crate::Store;
use crate::db::{reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::search::{Statement, pattern};

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
    /// Of the user with this id, in upper or lower case.
    pub by: Option<String>,
    /// From exactly this network address.
    pub address: Option<String>,
    /// By exactly this gate.
    pub gate: Option<String>,
    /// With this text in what was tried, in upper or lower case.
    pub text: Option<String>,
    /// Older than the one with this number: where the page before has ended.
    pub older_than: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

impl Default for RefusalFilter {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            by: None,
            address: None,
            gate: None,
            text: None,
            older_than: None,
            limit: 100,
        }
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
const ROWS: &str = "SELECT number, at, by_user, address, what, gate FROM refusal
    WHERE at >= $1 AND at < $2 AND number < $3";
const BY: &str = r" AND LOWER(by_user) LIKE $? ESCAPE '\'";
const ADDRESS: &str = " AND address = $?";
const GATE: &str = " AND gate = $?";
const WITH_TEXT: &str = r" AND LOWER(what) LIKE $? ESCAPE '\'";
const NEWEST_FIRST: &str = " ORDER BY number DESC LIMIT $4";
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
        let statement = statement(filter);
        // One more tells whether there are more.
        let wanted = filter.limit as usize + 1;
        let mut older_than = filter.older_than.unwrap_or(i64::MAX);
        let mut found: Vec<RefusalRow> = Vec::new();
        loop {
            let mut rows: Vec<RefusalRow> = reading!(&self.db, |pool| {
                let mut query = sqlx::query_as(AssertSqlSafe(statement.text.as_str()))
                    .bind(filter.from.map_or(i64::MIN, Moment::microseconds))
                    .bind(filter.to.map_or(i64::MAX, Moment::microseconds))
                    .bind(older_than)
                    .bind(i64::from(filter.limit) + 1);
                for parameter in &statement.parameters {
                    query = query.bind(parameter.as_str());
                }
                query.fetch_all(pool).await.map_err(failed(READING))?
            });
            older_than = rows.last().map_or(older_than, |row| row.0);
            let is_last = rows.len() < wanted;
            rows.retain(|row| holds(filter, row));
            found.extend(rows);
            if is_last || found.len() >= wanted {
                break;
            }
        }
        let more = found.len() >= wanted;
        found.truncate(filter.limit as usize);
        let older_than = found.last().filter(|_| more).map(|row| row.0);
        let refused = |(_, at, by, address, what, gate): RefusalRow| Refused {
            at: Moment::new(at),
            by,
            address,
            what,
            gate,
        };
        Ok(RefusalPage { refusals: found.into_iter().map(refused).collect(), older_than })
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

fn statement(filter: &RefusalFilter) -> Statement {
    let mut statement = Statement::begin(ROWS);
    let lower = |text: &Option<String>| text.as_deref().map(|text| pattern(&storable(text).to_lowercase()));
    statement.require_if(BY, lower(&filter.by).as_deref());
    statement.require_if(ADDRESS, filter.address.as_deref());
    statement.require_if(GATE, filter.gate.as_deref());
    statement.require_if(WITH_TEXT, lower(&filter.text).as_deref());
    statement.text.push_str(NEWEST_FIRST);
    statement
}

/// Whether a row is what was asked for, since the patterns let others pass.
fn holds(filter: &RefusalFilter, (_, _, by, _, what, _): &RefusalRow) -> bool {
    let is = |wanted: &String| by.as_deref().is_some_and(|by| fold(by) == fold(&storable(wanted)));
    let has = |wanted: &String| what.to_lowercase().contains(&storable(wanted).to_lowercase());
    filter.by.as_ref().is_none_or(is) && filter.text.as_ref().is_none_or(has)
}
