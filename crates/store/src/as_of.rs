//! The organisation as it was.

use governance::{Event, Organisation};

use crate::Store;
use crate::apply::Applier;
use crate::db::{LINE, TAB, reading, value};
use crate::error::{StoreError, failed};
use crate::revision::Revision;

/// Events from the newest on as one text, for the same reason as when loading.
const PAGE_BACKWARDS: &str = "SELECT MIN(revision), string_agg(
        CAST(position AS TEXT) || $4 || kind || $4 || key
            || $4 || COALESCE(before, '') || $4 || COALESCE(after, ''),
        $5 ORDER BY revision DESC, position DESC
    ) FROM (
        SELECT revision, position, kind, key, before, after FROM event
        WHERE (revision, position) < ($1, $2) AND revision > $3
        ORDER BY revision DESC, position DESC LIMIT 512
    ) AS page";

const DOING: &str = "go back in the journal";

impl Store {
    /// The organisation as it was at `target`, made from the one at a later revision by undoing what came
    /// between, the newest first.
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
        let mut applier = Applier::begin(current.clone(), "event");
        let (mut revision, mut position) = (current_revision.next().to_sql(), 0);
        reading!(&self.db, |pool| {
            loop {
                let page = sqlx::query_as(PAGE_BACKWARDS).bind(revision).bind(position).bind(target.to_sql());
                let page = page.bind(TAB).bind(LINE).fetch_one(pool).await.map_err(failed(DOING))?;
                let (Some(oldest), Some(events)): (Option<i64>, Option<String>) = page else { break };
                for line in events.split(LINE) {
                    let event;
                    (position, event) = read(line)?;
                    applier.push(event.undone()).await?;
                }
                revision = oldest;
            }
        });
        applier.finish().await
    }
}

/// An event and its position in its revision.
fn read(line: &str) -> Result<(i64, Event), StoreError> {
    let mut columns = line.split(TAB);
    let mut column = || columns.next().unwrap_or_default();
    let (position, kind, key, before, after) = (column(), column(), column(), column(), column());
    let position = position.parse().map_err(|cause| StoreError::corrupt("event", cause))?;
    let event = Event::from_row(kind, key, value(before), value(after));
    Ok((position, event.map_err(StoreError::row("event"))?))
}
