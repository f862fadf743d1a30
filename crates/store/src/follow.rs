//! Learning of what others have changed.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Store;
use crate::db::{Db, promptly, reading};
use crate::error::{StoreError, failed};
use crate::revision::Revision;

/// Where PostgreSQL tells of new revisions.
pub(crate) const CHANNEL: &str = "bailiwick";

const NEWEST: &str = "SELECT revision FROM organisation WHERE id = 1";

const DOING: &str = "follow the changes";

/// Waits for revisions that this or another process makes.
#[derive(Debug)]
pub struct Follower {
    db: Db,
    /// Other processes' notices; SQLite has none.
    notices: Option<PgListener>,
    /// This process's own changes.
    newest: watch::Receiver<Revision>,
    poll: Duration,
}

impl Store {
    /// Starts to follow. PostgreSQL tells of the changes that other processes make; it is asked anyway
    /// whenever `poll` has passed, since a notice can be lost with its connection, and SQLite tells nobody.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn follower(&self, poll: Duration) -> Result<Follower, StoreError> {
        let notices = match &self.db {
            Db::Sqlite(_) => None,
            Db::Postgres(pool) => {
                let listening = async {
                    let mut listener = PgListener::connect_with(pool).await.map_err(failed(DOING))?;
                    listener.listen(CHANNEL).await.map_err(failed(DOING))?;
                    Ok(listener)
                };
                Some(promptly(DOING, listening).await?)
            }
        };
        Ok(Follower { db: self.db.clone(), notices, newest: self.newest.subscribe(), poll })
    }

    /// The newest revision in the database.
    ///
    /// # Errors
    /// When the database does not answer within a few seconds, or cannot be read.
    pub async fn newest_revision(&self) -> Result<Revision, StoreError> {
        newest(&self.db).await
    }
}

impl Follower {
    /// Waits until the database has a revision after this one, and answers the newest. What it is,
    /// [`Store::changes_after`] tells. It can be asked again after an error, best after a pause.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn after(&mut self, revision: Revision) -> Result<Revision, StoreError> {
        loop {
            self.newest.mark_unchanged();
            let found = newest(&self.db).await?;
            if found > revision {
                return Ok(found);
            }
            self.wake().await?;
        }
    }

    /// Waits for a reason to look.
    async fn wake(&mut self) -> Result<(), StoreError> {
        let Some(notices) = &mut self.notices else {
            // Few others write here, and they cannot tell; when the store is gone, nothing more will come.
            if let Ok(Err(_)) = timeout(self.poll, self.newest.changed()).await {
                std::future::pending::<()>().await;
            }
            return Ok(());
        };
        match timeout(self.poll, notices.try_recv()).await {
            // A notice; or the connection was lost and with it perhaps a notice; or it is time to ask.
            Ok(Ok(_)) | Err(_) => Ok(()),
            Ok(Err(error)) => Err(failed(DOING)(error)),
        }
    }
}

async fn newest(db: &Db) -> Result<Revision, StoreError> {
    let number: i64 = promptly(DOING, async {
        Ok(reading!(db, |pool| sqlx::query_scalar(NEWEST).fetch_one(pool).await.map_err(failed(DOING))?))
    })
    .await?;
    Revision::from_sql(number, "organisation")
}
