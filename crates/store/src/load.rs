//! Reading the whole organisation.

use governance::{Event, Organisation};

use crate::Store;
use crate::apply::Applier;
use crate::db::{Db, LINE, TAB, snapshot, value};
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

pub(crate) const ORGANISATION: &str = "SELECT revision, history_id FROM organisation WHERE id = 1";
/// Asked again and again, which finds the kinds by as many look-ups rather than by reading every row.
const NEXT_KIND: &str = "SELECT MIN(kind) FROM fact WHERE kind > $1";
/// Many facts as one text, which costs a quarter of what a million rows do on their way through the driver.
const PAGE: &str = "SELECT MAX(key), string_agg(key || $3 || COALESCE(value, ''), $4)
    FROM (SELECT key, value FROM fact WHERE kind = $1 AND key > $2 ORDER BY key LIMIT 512) AS page";

const DOING: &str = "load the organisation";

impl Store {
    /// Reads everything, as it was at one moment, piece by piece.
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
        let mut present: Vec<String> = Vec::new();
        loop {
            let last = present.last().map_or("", String::as_str);
            let next = sqlx::query_scalar::<_, Option<String>>(NEXT_KIND).bind(last);
            match next.fetch_one(&mut *snapshot).await.map_err(failed(DOING))? {
                Some(kind) => present.push(kind),
                None => break,
            }
        }
        let mut applier = Applier::begin(Organisation::default(), "fact");
        for kind in in_order(&present)? {
            let mut last = String::new();
            loop {
                let page = sqlx::query_as(PAGE).bind(kind).bind(&last).bind(TAB).bind(LINE);
                let page = page.fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
                let (Some(key), Some(facts)): (Option<String>, Option<String>) = page else { break };
                for fact in facts.split(LINE) {
                    applier.push(event(kind, fact)?).await?;
                }
                last = key;
            }
        }
        let revision = Revision::from_sql(revision, "organisation")?;
        Ok(Loaded { organisation: applier.finish().await?, revision, history_id })
    })
}

/// The kinds that are there, those referred to before those that refer to them.
fn in_order(present: &[String]) -> Result<impl Iterator<Item = &'static str>, StoreError> {
    if let Some(unknown) = present.iter().find(|kind| !Event::KINDS.contains(&kind.as_str())) {
        let cause = format!("`{unknown}` is no kind of fact that this program knows");
        return Err(StoreError::corrupt("fact", cause));
    }
    Ok(Event::KINDS.iter().copied().filter(|kind| present.iter().any(|it| it == kind)))
}

/// The event that makes a fact. One without a value was there and is gone: it keeps its number from being
/// given again.
fn event(kind: &str, fact: &str) -> Result<Event, StoreError> {
    let (key, text) = fact.split_once(TAB).unwrap_or((fact, ""));
    Event::from_row(kind, key, None, value(text)).map_err(StoreError::row("fact"))
}
