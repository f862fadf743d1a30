//! The organisation as it was.

use futures_util::TryStreamExt as _;
use governance::{Event, Organisation};
use sqlx::Row as _;

use crate::Store;
use crate::db::reading;
use crate::error::{StoreError, failed};
use crate::load::Applied;
use crate::revision::Revision;

const EVENTS_BACKWARDS: &str = "SELECT kind, key, before, after FROM event
    WHERE revision > $1 AND revision <= $2 ORDER BY revision DESC, position DESC";

const DOING: &str = "go back in the journal";

impl Store {
    /// The organisation as it was at `target`, made from the one at a later revision by undoing what came between,
    /// the newest first.
    ///
    /// # Errors
    /// When there is no such revision up to `current_revision`, or when the journal cannot be read.
    pub async fn as_of(
        &self,
        current: &Organisation,
        current_revision: Revision,
        target: Revision,
    ) -> Result<Organisation, StoreError> {
        if target > current_revision {
            return Err(StoreError::UnknownRevision { asked: target, newest: current_revision });
        }
        let mut applied = Applied::to(current.clone());
        reading!(&self.db, |pool| {
            let query = sqlx::query(EVENTS_BACKWARDS).bind(target.to_sql()).bind(current_revision.to_sql());
            let mut rows = query.fetch(pool);
            while let Some(row) = rows.try_next().await.map_err(failed(DOING))? {
                let column = |at| row.try_get::<Option<&str>, _>(at).map_err(failed(DOING));
                let (kind, key) = (column(0)?.unwrap_or_default(), column(1)?.unwrap_or_default());
                let event = Event::from_row(kind, key, column(2)?, column(3)?);
                applied.push(event.map_err(StoreError::row("event"))?.undone());
            }
        });
        Ok(applied.finish())
    }
}
