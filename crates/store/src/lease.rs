//! Leases of floating licences, kept with the changes that use them. All nodes share them: a lease is taken
//! in the transaction of the change, which takes its turn with every other (docs/process.md#leases).

use governance::{Day, LicenceType, Pool, UserId};

use crate::Store;
use crate::db::{reading, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::session::user_id;

/// Somebody's lease of a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose.
    pub user: UserId,
    /// Of which type.
    pub licence: LicenceType,
    /// From where it was taken.
    pub pool: Pool,
    /// When it was taken.
    pub taken: Moment,
    /// When it was last used, give or take a minute.
    pub last_used: Moment,
    /// When it ends, if it is not used before.
    pub expires: Moment,
}

/// What a change uses of licences, which is looked for or kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicencesUsed {
    /// Whose change.
    pub user: UserId,
    /// When.
    pub at: Moment,
    /// Until when leases last that are used then.
    pub until: Moment,
    /// Leases that are taken.
    pub taken: Vec<LeaseUsed>,
    /// Leases that are there, and go on.
    pub renewed: Vec<LeaseUsed>,
    /// Leases that are there, and were renewed a moment ago: they are looked for and not written.
    pub fresh: Vec<LicenceType>,
    /// Licences that are assigned to the user, and used for the first time that day.
    pub assigned: Vec<LicenceType>,
}

impl LicencesUsed {
    /// The day on which it is.
    pub(crate) fn day(&self) -> i64 {
        Day::of(self.at.microseconds()).number().into()
    }
}

/// A lease that a change uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseUsed {
    /// Of which type.
    pub licence: LicenceType,
    /// From where.
    pub pool: Pool,
    /// How much of it is installed: seats or tokens.
    pub installed: u32,
}

impl LeaseUsed {
    /// The tokens that it takes; a seat takes none.
    pub(crate) fn tokens(self) -> i64 {
        match self.pool {
            Pool::Seats(_) => 0,
            Pool::Tokens => self.licence.tokens().into(),
        }
    }
}

/// Nothing where no seat is free.
pub(crate) const TAKE_SEAT: &str =
    "INSERT INTO licence_lease (user_number, licence, tokens, taken, last_used, expires)
    SELECT $1, $2, $3, $4, $4, $5 WHERE $6 >
        (SELECT COUNT(*) FROM licence_lease WHERE licence = $2 AND tokens = 0 AND expires > $4)
    ON CONFLICT (user_number, licence) DO UPDATE SET
        tokens = excluded.tokens, taken = excluded.taken, last_used = excluded.last_used, expires = excluded.expires";
/// Nothing where too few tokens are free.
pub(crate) const TAKE_TOKENS: &str =
    "INSERT INTO licence_lease (user_number, licence, tokens, taken, last_used, expires)
    SELECT $1, $2, $3, $4, $4, $5 WHERE $6 >= $3 +
        (SELECT CAST(COALESCE(SUM(tokens), 0) AS BIGINT) FROM licence_lease WHERE expires > $4)
    ON CONFLICT (user_number, licence) DO UPDATE SET
        tokens = excluded.tokens, taken = excluded.taken, last_used = excluded.last_used, expires = excluded.expires";
/// Nothing where it has ended.
pub(crate) const RENEW: &str = "UPDATE licence_lease SET last_used = $3, expires = $4
    WHERE user_number = $1 AND licence = $2 AND expires > $3";
/// Another node may have ended it.
pub(crate) const HOLDS: &str =
    "SELECT expires FROM licence_lease WHERE user_number = $1 AND licence = $2 AND expires > $3";
/// Those that were taken by one moment, and last beyond another.
pub(crate) const NOTE_SEATS: &str = "INSERT INTO licence_use (pool, day, installed, peak, denials)
    SELECT $1, $2, $3, COUNT(*), 0 FROM licence_lease
    WHERE licence = $1 AND tokens = 0 AND taken <= $4 AND expires > $5
    ON CONFLICT (pool, day) DO UPDATE SET installed = excluded.installed,
        peak = CASE WHEN excluded.peak > licence_use.peak THEN excluded.peak ELSE licence_use.peak END";
pub(crate) const NOTE_TOKENS: &str = "INSERT INTO licence_use (pool, day, installed, peak, denials)
    SELECT $1, $2, $3, CAST(COALESCE(SUM(tokens), 0) AS BIGINT), 0 FROM licence_lease
    WHERE taken <= $4 AND expires > $5
    ON CONFLICT (pool, day) DO UPDATE SET installed = excluded.installed,
        peak = CASE WHEN excluded.peak > licence_use.peak THEN excluded.peak ELSE licence_use.peak END";
pub(crate) const NOTE_ASSIGNED: &str = "INSERT INTO licence_last_use (user_number, licence, day)
    VALUES ($1, $2, $3)
    ON CONFLICT (user_number, licence) DO UPDATE SET day = excluded.day
        WHERE licence_last_use.day < excluded.day";

const EACH: &str = "SELECT user_number, licence, tokens, taken, last_used, expires FROM licence_lease
    ORDER BY taken, user_number, licence";
pub(crate) const END: &str = "DELETE FROM licence_lease WHERE user_number = $1 AND licence = $2";
/// While another session lasts, its user goes on.
pub(crate) const END_AT_SIGN_OUT: &str = "DELETE FROM licence_lease WHERE user_number = $1
    AND NOT EXISTS (SELECT 1 FROM session WHERE user_number = $1 AND expires > $2)";
pub(crate) const END_OF_USER: &str = "DELETE FROM licence_lease WHERE user_number = $1";
pub(crate) const END_EXPIRED: &str = "DELETE FROM licence_lease WHERE expires <= $1";

const READING: &str = "read the leases of licences";
const WRITING: &str = "keep the leases of licences";

/// Keeps, within the transaction of a change, what it uses of licences; answers whether all of it could be
/// had.
macro_rules! use_licences {
    ($transaction:ident, $used:expr, $doing:expr) => {{
        use $crate::lease;
        let used: &$crate::LicencesUsed = $used;
        let (user, at, until) =
            (i64::from(used.user.number()), used.at.microseconds(), used.until.microseconds());
        let mut had = true;
        for it in &used.taken {
            let text = match it.pool {
                governance::Pool::Seats(_) => lease::TAKE_SEAT,
                governance::Pool::Tokens => lease::TAKE_TOKENS,
            };
            let query = sqlx::query(text).bind(user).bind(it.licence.id()).bind(it.tokens()).bind(at);
            let query = query.bind(until).bind(i64::from(it.installed));
            let taken = query.execute(&mut *$transaction).await.map_err($crate::error::failed($doing))?;
            had &= taken.rows_affected() == 1;
        }
        for it in &used.renewed {
            let query = sqlx::query(lease::RENEW).bind(user).bind(it.licence.id()).bind(at).bind(until);
            let renewed = query.execute(&mut *$transaction).await.map_err($crate::error::failed($doing))?;
            had &= renewed.rows_affected() == 1;
        }
        for licence in &used.fresh {
            let query = sqlx::query_scalar(lease::HOLDS).bind(user).bind(licence.id()).bind(at);
            let lasts: Option<i64> =
                query.fetch_optional(&mut *$transaction).await.map_err($crate::error::failed($doing))?;
            had &= lasts.is_some();
        }
        for it in used.taken.iter().chain(&used.renewed).filter(|_| had) {
            let query = sqlx::query(lease::note(it.pool)).bind(it.pool.id()).bind(used.day());
            // What another node has taken counts, though its clock is ahead.
            let query = query.bind(i64::from(it.installed)).bind(until).bind(at);
            query.execute(&mut *$transaction).await.map_err($crate::error::failed($doing))?;
        }
        for licence in used.assigned.iter().filter(|_| had) {
            let query = sqlx::query(lease::NOTE_ASSIGNED).bind(user).bind(licence.id()).bind(used.day());
            query.execute(&mut *$transaction).await.map_err($crate::error::failed($doing))?;
        }
        had
    }};
}
pub(crate) use use_licences;

/// The statement that notes how much of a pool is leased.
pub(crate) const fn note(pool: Pool) -> &'static str {
    match pool {
        Pool::Seats(_) => NOTE_SEATS,
        Pool::Tokens => NOTE_TOKENS,
    }
}

/// The type that a column names; none of another release.
pub(crate) fn licence(id: &str) -> Option<LicenceType> {
    LicenceType::from_id(id)
}

impl Store {
    /// Every lease, also those that have expired lately, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let rows: Vec<(i64, String, i64, i64, i64, i64)> = reading!(&self.db, |pool| {
            sqlx::query_as(EACH).fetch_all(pool).await.map_err(failed(READING))?
        });
        let mut leases = Vec::with_capacity(rows.len());
        for (user, id, tokens, taken, last_used, expires) in rows {
            let Some(licence) = licence(&id) else { continue };
            leases.push(Lease {
                user: user_id("licence_lease", user)?,
                licence,
                pool: if tokens == 0 { Pool::Seats(licence) } else { Pool::Tokens },
                taken: Moment::new(taken),
                last_used: Moment::new(last_used),
                expires: Moment::new(expires),
            });
        }
        Ok(leases)
    }

    /// Notes, for a day, how much of a pool was leased when it began.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_leased_at_midnight(
        &self,
        of: Pool,
        day: Day,
        installed: u32,
    ) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(note(of)).bind(of.id()).bind(i64::from(day.number()));
            let query = query.bind(i64::from(installed)).bind(day.begins()).bind(day.begins());
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Ends the leases of a user who has no session any more; answers how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_leases_at_sign_out(&self, user: UserId, now: Moment) -> Result<u64, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(END_AT_SIGN_OUT).bind(i64::from(user.number())).bind(now.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected())
        })
    }
}
