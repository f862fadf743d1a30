//! How licences were used: seats, peaks and denials by day, and when somebody has last used what is
//! assigned to them (docs/process.md#use-over-time).

use std::collections::HashMap;

use governance::{Day, LicenceSet, LicenceType, Pool, User, UserId};

use crate::Store;
use crate::db::{reading, writing};
use crate::error::{StoreError, failed};
use crate::lease::licence;
use crate::revision::Revision;
use crate::session::user_id;

/// What became of a pool on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfUse {
    /// Which day, in universal time.
    pub day: Day,
    /// How many seats or tokens were installed at last.
    pub installed: u32,
    /// The most that were leased at a time.
    pub peak: u32,
    /// How many changes were refused because none was free.
    pub denials: u32,
}

const DENIED: &str = "INSERT INTO licence_use (pool, day, installed, peak, denials) VALUES ($1, $2, $3, 0, 1)
    ON CONFLICT (pool, day) DO UPDATE SET installed = excluded.installed, denials = licence_use.denials + 1";
/// Nothing where the last day that was kept says so already, or none does and nothing is installed.
const INSTALLED: &str = "INSERT INTO licence_use (pool, day, installed, peak, denials)
    SELECT $1, $2, $3, 0, 0 WHERE $3 <> COALESCE(
        (SELECT installed FROM licence_use WHERE pool = $1 AND day <= $2 ORDER BY day DESC LIMIT 1), 0)
    ON CONFLICT (pool, day) DO UPDATE SET installed = excluded.installed";
/// And the last day before, which tells how much was installed then.
const OF_POOL: &str = "SELECT day, installed, peak, denials FROM licence_use WHERE pool = $1 AND day <= $3
    AND day >= COALESCE((SELECT MAX(day) FROM licence_use WHERE pool = $1 AND day <= $2), $2) ORDER BY day";
const LAST_USES: &str = "SELECT user_number, licence, day FROM licence_last_use";
const CHANGED_USERS: &str = "SELECT key, before, after FROM event WHERE kind = 'user' AND revision > $1";

const READING: &str = "read the use of licences";
const WRITING: &str = "keep the use of licences";

fn day(table: &'static str, number: i64) -> Result<Day, StoreError> {
    let number = i32::try_from(number);
    let number = number.map_err(|_| StoreError::corrupt(table, "a day is too far away".to_owned()))?;
    Ok(Day::new(number))
}

impl Store {
    /// Notes that a change was refused because nothing of a pool was free.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_denial(&self, of: Pool, day: Day, installed: u32) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(DENIED).bind(of.id()).bind(i64::from(day.number()));
            query.bind(i64::from(installed)).execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Notes how much of each pool is installed from a day on, where that is not what is known.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_installed(
        &self,
        day: Day,
        each: impl IntoIterator<Item = (Pool, u32)>,
    ) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            for (of, installed) in each {
                let query = sqlx::query(INSTALLED).bind(of.id()).bind(i64::from(day.number()));
                query.bind(i64::from(installed)).execute(pool).await.map_err(failed(WRITING))?;
            }
        });
        Ok(())
    }

    /// The days on which a pool was used, wanted or changed, in order: those from `first` to `last`, and the
    /// last one before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn licence_use(&self, of: Pool, first: Day, last: Day) -> Result<Vec<DayOfUse>, StoreError> {
        let rows: Vec<(i64, i64, i64, i64)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OF_POOL).bind(of.id());
            let query = query.bind(i64::from(first.number())).bind(i64::from(last.number()));
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        let number = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        let of_day = |(number_of_day, installed, peak, denials): (i64, i64, i64, i64)| {
            Ok(DayOfUse {
                day: day("licence_use", number_of_day)?,
                installed: number(installed),
                peak: number(peak),
                denials: number(denials),
            })
        };
        rows.into_iter().map(of_day).collect()
    }

    /// The last day on which each user has used each licence that is or was assigned to them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_uses(&self) -> Result<HashMap<(UserId, LicenceType), Day>, StoreError> {
        let rows: Vec<(i64, String, i64)> = reading!(&self.db, |pool| {
            sqlx::query_as(LAST_USES).fetch_all(pool).await.map_err(failed(READING))?
        });
        let mut uses = HashMap::with_capacity(rows.len());
        for (user, id, last) in rows {
            if let Some(licence) = licence(&id) {
                const TABLE: &str = "licence_last_use";
                uses.insert((user_id(TABLE, user)?, licence), day(TABLE, last)?);
            }
        }
        Ok(uses)
    }

    /// The licences that were assigned to each user after a revision.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn assigned_after(
        &self,
        revision: Revision,
    ) -> Result<HashMap<UserId, LicenceSet>, StoreError> {
        let rows: Vec<(String, Option<String>, Option<String>)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(CHANGED_USERS).bind(revision.to_sql());
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        let mut assigned: HashMap<UserId, LicenceSet> = HashMap::new();
        for (key, before, after) in rows {
            let licences = |text: Option<String>| -> Result<LicenceSet, StoreError> {
                let Some(text) = text else { return Ok(LicenceSet::NONE) };
                let user: User = serde_json::from_str(&text).map_err(|wrong| {
                    StoreError::corrupt("event", format!("a user cannot be read: {wrong}"))
                })?;
                Ok(if user.archived { LicenceSet::NONE } else { user.licences })
            };
            let given = licences(after)?.without(licences(before)?);
            if given != LicenceSet::NONE
                && let Ok(number) = key.parse()
            {
                let of_user = assigned.entry(UserId::new(number)).or_default();
                *of_user = of_user.union(given);
            }
        }
        Ok(assigned)
    }
}
