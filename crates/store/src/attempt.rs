//! What slows down those who guess passwords: budgets that failures use up and time fills again, and the
//! places from which users have signed in. All nodes share them.

use governance::UserId;

use crate::Store;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::refusal::{LOG, Refused};
use crate::revision::Moment;

/// What a failure costs a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Whose budget, by a name of the caller's choice.
    pub subject: String,
    /// How long, in microseconds, it takes to make up for it.
    pub refill: i64,
    /// A hash of the id that was typed, where the budget is of one.
    pub of_id: Option<String>,
    /// What whoever lets them in again is told, of a budget that keeps somebody out when it is used up.
    pub keeps_out: Option<KeepsOut>,
}

/// Whom a budget keeps out, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepsOut {
    /// The user whose id was typed; nobody has some.
    pub user: Option<UserId>,
    /// From where; none: from everywhere that is not known.
    pub network: Option<String>,
    /// So many microseconds can be lacking before it does.
    pub allowance: i64,
}

/// Somebody who is kept out, since too many have failed to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockOut {
    /// The subject of the budget.
    pub subject: String,
    /// Until when.
    pub until: Moment,
    /// Who.
    pub whom: LockedOut,
}

/// Who is kept out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockedOut {
    /// Whoever comes with an id.
    Id {
        /// The user who has it, if anybody has.
        user: Option<UserId>,
        /// From there; none: from everywhere that is not known.
        network: Option<String>,
    },
    /// Whoever comes from there and is not known.
    Network(String),
}

const FULL_AT: &str = "SELECT subject, full_at FROM attempt_budget WHERE subject IN ($1, $2, $3)";
const CHARGE: &str = "INSERT INTO attempt_budget (subject, full_at, of_id, user_number, network, allowance)
    VALUES ($1, $2 + $3, $4, $5, $6, $7)
    ON CONFLICT (subject) DO UPDATE SET user_number = excluded.user_number, network = excluded.network,
    allowance = excluded.allowance, full_at = $3 + CASE
        WHEN attempt_budget.full_at > $2 THEN attempt_budget.full_at ELSE $2
    END";
const LOCKED_OUT: &str =
    "SELECT subject, full_at - allowance, of_id, user_number, network FROM attempt_budget
    WHERE full_at > $1 AND full_at - allowance > $1 ORDER BY full_at - allowance DESC, subject LIMIT $2";
const LOCK_OUT: &str = "SELECT subject, full_at - allowance, of_id, user_number, network FROM attempt_budget
    WHERE subject = $2 AND full_at - allowance > $1";
pub(crate) const FILL: &str = "DELETE FROM attempt_budget WHERE subject = $1";
pub(crate) const FILL_OF_ID: &str = "DELETE FROM attempt_budget WHERE of_id = $1";
/// One of those who try it at a time does it.
const TELL_AGAIN: &str = "INSERT INTO attempt_budget (subject, full_at) VALUES ($1, $2)
    ON CONFLICT (subject) DO UPDATE SET full_at = excluded.full_at WHERE attempt_budget.full_at <= $3";
pub(crate) const FORGET_FULL: &str = "DELETE FROM attempt_budget WHERE full_at <= $1";

const FAMILIAR: &str = "SELECT place, expires FROM familiar_place
    WHERE user_number = $1 AND place IN ($2, $3) AND expires > $4";
const MAKE_FAMILIAR: &str = "INSERT INTO familiar_place (user_number, place, expires) VALUES ($1, $2, $3)
    ON CONFLICT (user_number, place) DO UPDATE SET expires = excluded.expires";
pub(crate) const FORGET_PLACES: &str = "DELETE FROM familiar_place WHERE expires <= $1";

const READING: &str = "read who has failed to sign in";
const WRITING: &str = "keep who has failed to sign in";

/// Logs a refusal within a transaction.
macro_rules! log {
    ($transaction:ident, $refused:ident) => {
        let query = sqlx::query(LOG)
            .bind($refused.at.microseconds())
            .bind($refused.by.as_deref().map(storable))
            .bind($refused.address.as_deref().map(storable))
            .bind(storable(&$refused.what))
            .bind(storable(&$refused.gate));
        query.execute(&mut *$transaction).await.map_err(failed(WRITING))?;
    };
}

impl Store {
    /// When the budgets of these three are full again; of those that are full nothing is said.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attempt_budgets(&self, subjects: [&str; 3]) -> Result<Vec<(String, Moment)>, StoreError> {
        let rows: Vec<(String, i64)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FULL_AT).bind(subjects[0]).bind(subjects[1]).bind(subjects[2]);
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        Ok(rows.into_iter().map(|(subject, at)| (subject, Moment::new(at))).collect())
    }

    /// Logs a failure and charges it to budgets.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn charge_failure(&self, refused: &Refused, charges: &[Charge]) -> Result<(), StoreError> {
        // In one order everywhere, or two nodes might wait for each other.
        let mut charges: Vec<_> = charges.iter().collect();
        charges.sort_by(|one, other| one.subject.cmp(&other.subject));
        change!(&self.db, WRITING, |transaction| {
            for charge in charges {
                let query = sqlx::query(CHARGE).bind(&charge.subject);
                let query = query.bind(refused.at.microseconds()).bind(charge.refill).bind(&charge.of_id);
                let keeps_out = charge.keeps_out.as_ref();
                let query = query
                    .bind(keeps_out.and_then(|it| it.user).map(|user| i64::from(user.number())))
                    .bind(keeps_out.and_then(|it| it.network.as_deref()))
                    .bind(keeps_out.map(|it| it.allowance));
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            log!(transaction, refused);
            transaction.commit().await.map_err(failed(WRITING))
        })
    }

    /// Logs that somebody must wait, unless something was logged of this subject that is enough until later.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn log_refusal_until(
        &self,
        refused: &Refused,
        subject: &str,
        until: Moment,
    ) -> Result<(), StoreError> {
        let told = self.attempt_budgets([subject, "", ""]).await?;
        if told.first().is_some_and(|(_, until)| *until > refused.at) {
            return Ok(());
        }
        change!(&self.db, WRITING, |transaction| {
            let query = sqlx::query(TELL_AGAIN).bind(subject);
            let query = query.bind(until.microseconds()).bind(refused.at.microseconds());
            let told = query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            if told.rows_affected() == 0 {
                return Ok(());
            }
            log!(transaction, refused);
            transaction.commit().await.map_err(failed(WRITING))
        })
    }

    /// Who is kept out at a moment, those first who wait longest; so many at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn locked_out(&self, now: Moment, most: u32) -> Result<Vec<LockOut>, StoreError> {
        let rows: Vec<LockOutRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(LOCKED_OUT).bind(now.microseconds()).bind(i64::from(most));
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        Ok(rows.into_iter().map(lock_out).collect())
    }

    /// Whom this budget keeps out at a moment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn lock_out(&self, subject: &str, now: Moment) -> Result<Option<LockOut>, StoreError> {
        let row: Option<LockOutRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(LOCK_OUT).bind(now.microseconds()).bind(subject);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        Ok(row.map(lock_out))
    }

    /// Makes a budget full.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn fill_attempt_budget(&self, subject: &str) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            sqlx::query(FILL).bind(subject).execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// From which of these places the user has signed in, and until when that counts.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn familiar_places(
        &self,
        user: UserId,
        places: [&str; 2],
        now: Moment,
    ) -> Result<Vec<(String, Moment)>, StoreError> {
        let rows: Vec<(String, i64)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FAMILIAR).bind(i64::from(user.number()));
            let query = query.bind(places[0]).bind(places[1]).bind(now.microseconds());
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        Ok(rows.into_iter().map(|(place, expires)| (place, Moment::new(expires))).collect())
    }

    /// Notes that the user has signed in from a place.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn make_familiar(&self, user: UserId, place: &str, expires: Moment) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(MAKE_FAMILIAR).bind(i64::from(user.number()));
            let query = query.bind(place).bind(expires.microseconds());
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }
}

type LockOutRow = (String, i64, Option<String>, Option<i64>, Option<String>);

fn lock_out((subject, until, of_id, user, network): LockOutRow) -> LockOut {
    let user = user.and_then(|number| u32::try_from(number).ok()).map(UserId::new);
    let whom = match of_id {
        Some(_) => LockedOut::Id { user, network },
        None => LockedOut::Network(network.unwrap_or_default()),
    };
    LockOut { subject, until: Moment::new(until), whom }
}
