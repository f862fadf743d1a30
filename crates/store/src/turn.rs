//! The turn of a user: what lets somebody act as a user is kept, and ended, one after another, so that nothing
//! is kept by what has ended while it was judged (docs/storage.md#credentials).

use governance::User;

use crate::error::StoreError;

/// It lasts as long as the transaction. SQLite has but one at a time that writes.
pub(crate) const TAKE: &str =
    "UPDATE fact SET value = value WHERE kind = 'user' AND key = $1 RETURNING value";

/// Waits for the turn of the user with this number, and answers whether they are not archived.
macro_rules! take_turn {
    ($transaction:ident, $number:expr, $doing:expr) => {{
        let query = sqlx::query_scalar($crate::turn::TAKE).bind($number.to_string());
        let fact: Option<String> = query.fetch_optional(&mut *$transaction).await.map_err(failed($doing))?;
        $crate::turn::is_active(fact.as_deref())?
    }};
}
pub(crate) use take_turn;

pub(crate) fn is_active(fact: Option<&str>) -> Result<bool, StoreError> {
    let user = fact.map(serde_json::from_str::<User>).transpose();
    let user = user.map_err(|cause| StoreError::corrupt("fact", cause))?;
    Ok(user.is_none_or(|user| !user.archived))
}
