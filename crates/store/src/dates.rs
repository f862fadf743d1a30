//! When components and configurations were made and changed, as the journal tells.

use futures_util::TryStreamExt as _;

use crate::Store;
use crate::db::reading;
use crate::error::{StoreError, failed};
use crate::revision::Revision;

/// Read in the order of revisions, in which few are looked at for a recent one; told so by not comparing the
/// bare column, which has an index that is in another order.
const MADE_AFTER: &str = "SELECT key FROM event
    WHERE revision > $1 AND kind || '' = $2 AND before IS NULL AND after IS NOT NULL
    ORDER BY revision, position LIMIT 1";
const CHANGED_AFTER: &str = "SELECT kind, key, revision FROM event
    WHERE revision > $1 AND revision <= $2 AND kind || '' IN ('component', 'configuration', 'contributions')
    ORDER BY revision, position";

const DOING: &str = "read when things were changed";

impl Store {
    /// The number of the first of a kind that was made after a revision. Numbers are given in order, so that
    /// it tells what was made before and what since.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn first_made_after(&self, kind: &str, revision: Revision) -> Result<Option<u32>, StoreError> {
        let key: Option<String> = reading!(&self.db, |pool| {
            let query = sqlx::query_scalar(MADE_AFTER).bind(revision.to_sql()).bind(kind);
            query.fetch_optional(pool).await.map_err(failed(DOING))?
        });
        key.map(|key| number(&key)).transpose()
    }

    /// Tells of each change of a component or of a configuration, or of what it contains, after one revision
    /// and up to another one, in order: the kind of fact, the number, and the revision.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changed_after(
        &self,
        after: Revision,
        up_to: Revision,
        mut tell: impl FnMut(&str, u32, Revision) + Send,
    ) -> Result<(), StoreError> {
        reading!(&self.db, |pool| {
            let query = sqlx::query_as::<_, (String, String, i64)>(CHANGED_AFTER);
            let mut rows = query.bind(after.to_sql()).bind(up_to.to_sql()).fetch(pool);
            while let Some((kind, key, revision)) = rows.try_next().await.map_err(failed(DOING))? {
                tell(&kind, number(&key)?, Revision::from_sql(revision, "event")?);
            }
        });
        Ok(())
    }
}

fn number(key: &str) -> Result<u32, StoreError> {
    key.parse().map_err(|cause| StoreError::corrupt("event", cause))
}
