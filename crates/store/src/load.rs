//! Reading the whole organisation.

use futures_util::TryStreamExt as _;
use governance::{Event, Organisation};
use sqlx::Row as _;

use crate::Store;
use crate::db::{Db, snapshot};
use crate::error::{StoreError, failed};
use crate::revision::Revision;

/// What a database holds, at one moment.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The organisation.
    pub organisation: Organisation,
    /// How many changes made it.
    pub revision: Revision,
    /// Which history the revisions belong to: two databases with the same one are copies.
    pub history_id: String,
}

const ORGANISATION: &str = "SELECT revision, history_id FROM organisation WHERE id = 1";
/// Asked again and again, which finds the kinds by as many look-ups rather than by reading every row.
const NEXT_KIND: &str = "SELECT MIN(kind) FROM fact WHERE kind > $1";
const FACTS_OF_KIND: &str = "SELECT key, value FROM fact WHERE kind = $1";

const DOING: &str = "load the organisation";

/// So many events are applied at a time: the index is refreshed once for all of them, and no more than these wait
/// in memory.
pub(crate) const CHUNK: usize = 1 << 16;

/// Applies a stream of events chunk by chunk.
pub(crate) struct Applied {
    organisation: Organisation,
    waiting: Vec<Event>,
}

impl Applied {
    pub(crate) fn to(organisation: Organisation) -> Self {
        Self { organisation, waiting: Vec::new() }
    }
    pub(crate) fn push(&mut self, event: Event) {
        self.waiting.push(event);
        if self.waiting.len() == CHUNK {
            self.flush();
        }
    }
    fn flush(&mut self) {
        self.organisation.apply(&self.waiting);
        self.waiting.clear();
    }
    pub(crate) fn finish(mut self) -> Organisation {
        self.flush();
        self.organisation
    }
}

impl Store {
    /// Reads everything, as it was at one moment, row by row.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a row that this program cannot read.
    pub async fn load(&self) -> Result<Loaded, StoreError> {
        load(&self.db).await
    }
}

async fn load(db: &Db) -> Result<Loaded, StoreError> {
    snapshot!(db, DOING, |snapshot| {
        let (revision, history_id): (i64, String) =
            sqlx::query_as(ORGANISATION).fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
        let mut present = Vec::new();
        let mut last = String::new();
        while let Some(kind) = sqlx::query_scalar::<_, Option<String>>(NEXT_KIND)
            .bind(&last)
            .fetch_one(&mut *snapshot)
            .await
            .map_err(failed(DOING))?
        {
            last.clone_from(&kind);
            present.push(kind);
        }
        if let Some(unknown) = present.iter().find(|kind| !Event::KINDS.contains(&kind.as_str())) {
            return Err(StoreError::corrupt(
                "fact",
                format!("`{unknown}` is no kind of fact that this program knows"),
            ));
        }
        let mut applied = Applied::to(Organisation::default());
        for kind in Event::KINDS.iter().filter(|kind| present.iter().any(|it| it == *kind)) {
            let mut rows = sqlx::query(FACTS_OF_KIND).bind(*kind).fetch(&mut *snapshot);
            while let Some(row) = rows.try_next().await.map_err(failed(DOING))? {
                let key: &str = row.try_get(0).map_err(failed(DOING))?;
                let value: Option<&str> = row.try_get(1).map_err(failed(DOING))?;
                // No value: an event without before and after, which keeps the number from being given again.
                applied.push(Event::from_row(kind, key, None, value).map_err(StoreError::row("fact"))?);
            }
        }
        let revision = Revision::from_sql(revision, "organisation")?;
        Ok(Loaded { organisation: applied.finish(), revision, history_id })
    })
}
