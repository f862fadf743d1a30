//! Forgetting what only lasts for a while.

use crate::Store;
use crate::db::writing;
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::{
    access_request, access_token, attempt, consumer, invitation, lease, link, mail, nonce, oauth_token,
    process_consumer, process_copy, session,
};

const DOING: &str = "forget what has expired";

const EACH: [&str; 14] = [
    session::END_EXPIRED,
    access_token::END_EXPIRED,
    link::END_EXPIRED,
    lease::END_EXPIRED,
    attempt::FORGET_FULL,
    attempt::FORGET_PLACES,
    invitation::FORGET,
    access_request::FORGET,
    mail::FORGET,
    consumer::FORGET,
    oauth_token::END_EXPIRED,
    nonce::FORGET,
    process_consumer::FORGET,
    process_copy::FORGET,
];

impl Store {
    /// Forgets the sessions, access tokens, links, leases, budgets and places that lasted until `now` or
    /// less, and the invitations, access requests, mail, keys and nonces that are told of no longer; answers
    /// how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_expired(&self, now: Moment) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        writing!(&self.db, |pool| {
            for statement in EACH {
                let query = sqlx::query(statement).bind(now.microseconds());
                forgotten += query.execute(pool).await.map_err(failed(DOING))?.rows_affected();
            }
        });
        self.forget_log().await;
        Ok(forgotten)
    }
}
