//! Nonces of signed requests, each good once on all nodes. Those that come while others are written down go
//! together: when a process has changed, all who use it ask at the same time.

use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, oneshot};

use crate::Store;
use crate::db::{Db, change, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;

const SPEND: &str = "INSERT INTO oauth_nonce (nonce_hash, expires) VALUES ($1, $2)
    ON CONFLICT (nonce_hash) DO NOTHING";
pub(crate) const FORGET: &str = "DELETE FROM oauth_nonce WHERE expires <= $1";

const WRITING: &str = "write down the nonces of requests";

/// Those that wait to be written down.
pub(crate) type Nonces = Arc<Queue>;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    turn: Turn<()>,
}

#[derive(Debug)]
struct Waiting {
    hash: String,
    expires: Moment,
    was_new: oneshot::Sender<bool>,
}

impl Queue {
    fn add(&self, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }
    fn take(&self) -> Vec<Waiting> {
        take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Writes down that a nonce is used, until then; answers whether it was new. The caller hashes it, with
    /// whose it is.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn spend_nonce(&self, nonce_hash: &str, expires: Moment) -> Result<bool, StoreError> {
        let (was_new, told) = oneshot::channel();
        self.nonces.add(Waiting { hash: nonce_hash.to_owned(), expires, was_new });
        // Whoever is given up, as when a client goes away, takes nobody along: what was begun for all who wait
        // is ended, and told to them.
        let (queue, db) = (Arc::clone(&self.nonces), self.db.clone());
        let writing = tokio::spawn(async move {
            let _turn = queue.turn.lock().await;
            // Whoever had the turn before has taken this one along, or this one takes along all that wait.
            spend_together(&db, queue.take()).await
        });
        let written = writing.await;
        match (told.await, written) {
            (Ok(was_new), _) => Ok(was_new),
            (Err(_), Ok(Err(error))) => Err(error),
            (Err(_), Ok(Ok(())) | Err(_)) => self.spend_again(nonce_hash, expires).await,
        }
    }

    /// For one that was taken along in vain. It may be there all the same, where the database was lost after it
    /// had kept all of them: then nobody knows whether it is used, and the client is to send another.
    async fn spend_again(&self, nonce_hash: &str, expires: Moment) -> Result<bool, StoreError> {
        match spend_alone(&self.db, nonce_hash, expires).await? {
            true => Ok(true),
            false => Err(failed(WRITING)(std::io::Error::from(std::io::ErrorKind::Interrupted).into())),
        }
    }
}

async fn spend_alone(db: &Db, nonce_hash: &str, expires: Moment) -> Result<bool, StoreError> {
    writing!(db, |pool| {
        let query = sqlx::query(SPEND).bind(nonce_hash).bind(expires.microseconds());
        Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
    })
}

/// All of them or none.
async fn spend_together(db: &Db, mut all: Vec<Waiting>) -> Result<(), StoreError> {
    // In one order on all nodes: so none waits for another that waits for it.
    all.sort_by(|one, other| one.hash.cmp(&other.hash));
    let outcomes = match all.as_slice() {
        [] => return Ok(()),
        [one] => vec![spend_alone(db, &one.hash, one.expires).await?],
        all => spend_many(db, all).await?,
    };
    for (waiting, was_new) in all.into_iter().zip(outcomes) {
        // Whoever has given up is not told.
        waiting.was_new.send(was_new).unwrap_or_default();
    }
    Ok(())
}

async fn spend_many(db: &Db, all: &[Waiting]) -> Result<Vec<bool>, StoreError> {
    change!(db, WRITING, |transaction| {
        let mut outcomes = Vec::with_capacity(all.len());
        for waiting in all {
            let query = sqlx::query(SPEND).bind(&waiting.hash).bind(waiting.expires.microseconds());
            let done = query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            outcomes.push(done.rows_affected() == 1);
        }
        transaction.commit().await.map_err(failed(WRITING))?;
        Ok(outcomes)
    })
}
