//! Going through the whole journal, to verify its chain or to make what is missing of it.

use futures_util::TryStreamExt as _;
use sqlx::Row as _;

use super::{BEGINNING, Link, Personal, Row, Salts};
use crate::Store;
use crate::db::{Db, change, snapshot};
use crate::error::{StoreError, failed};
use crate::journal::{EntryRow, entry};
use crate::revision::Revision;

const PAGE: &str = "SELECT revision, at, by_user, via, address, basis, summary, impact, hash FROM journal
    WHERE revision > $1 ORDER BY revision LIMIT 1000";
const EVENTS: &str = "SELECT revision, position, kind, key, before, after, salt, personal FROM event
    WHERE revision > $1 AND revision <= $2 ORDER BY revision, position";
const NEWEST: &str = "SELECT revision FROM organisation WHERE id = 1";
const LAST_CHAINED: &str =
    "SELECT revision, hash FROM journal WHERE hash IS NOT NULL ORDER BY revision DESC LIMIT 1";
const UNCHAINED: &str = "SELECT revision FROM journal WHERE hash IS NULL LIMIT 1";
const KEEP_PERSONAL: &str = "UPDATE event SET salt = $3, personal = $4 WHERE revision = $1 AND position = $2";
const KEEP_HASH: &str = "UPDATE journal SET hash = $2 WHERE revision = $1";

type PageRow =
    (i64, i64, String, Option<String>, Option<String>, String, String, Option<String>, Option<String>);

/// What a journal's chain comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The newest entry that is as it was written, and its hash; none where there is no entry, or the first
    /// one is altered.
    pub newest: Option<(Revision, String)>,
    /// The first revision that is not as it was written, if there is one, and what is wrong with it.
    pub altered: Option<(Revision, Alteration)>,
}

/// What is wrong with a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alteration {
    /// Its entry or one of its events was changed, added or removed, or an entry before it was.
    #[error("its entry or its events are not those that were written")]
    Content,
    /// A name or mail in one of its events was changed.
    #[error("the name or mail of a user in its events is not the one that was written")]
    Personal,
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// It is not the one that was noted elsewhere: the chain was made anew.
    #[error("its hash is not the one that was noted: the journal was written anew")]
    Noted,
}

/// The entries of a page, whose events come one after another.
struct Walk {
    before: String,
    next: u64,
    page: std::vec::IntoIter<PageRow>,
    current: Option<(Revision, Option<String>, Link)>,
    /// Each entry gone through: its revision, its hash, and the one that it has.
    done: Vec<(Revision, String, Option<String>)>,
    missing: Option<Revision>,
}

impl Walk {
    fn after(revision: Revision, hash: String) -> Self {
        let (page, current, done, missing) = (Vec::new().into_iter(), None, Vec::new(), None);
        Self { before: hash, next: revision.number() + 1, page, current, done, missing }
    }

    /// Ends the entry that is under way, and begins the next one; `false` when there is none.
    fn step(&mut self) -> Result<bool, StoreError> {
        if let Some((revision, stored, link)) = self.current.take() {
            self.before = link.finish();
            self.done.push((revision, self.before.clone(), stored));
        }
        let Some((number, at, by, via, address, basis, summary, impact, hash)) = self.page.next() else {
            return Ok(false);
        };
        let row: EntryRow = (number, at, by, via, address, basis, summary, impact);
        let (revision, entry) = entry(row)?;
        if revision.number() != self.next {
            self.missing.get_or_insert(Revision::new(self.next));
        }
        self.next = revision.number() + 1;
        self.current = Some((revision, hash, Link::of(&self.before, revision, &entry)));
        Ok(true)
    }

    fn event(&mut self, revision: Revision, row: Row<'_>, digest: Option<&str>) -> Result<(), StoreError> {
        while self.current.as_ref().is_none_or(|(current, ..)| *current < revision) && self.step()? {}
        match &mut self.current {
            Some((current, _, link)) if *current == revision => link.event(row, digest),
            _ => {
                self.missing.get_or_insert(revision);
                Ok(())
            }
        }
    }

    fn end_page(&mut self) -> Result<(), StoreError> {
        while self.step()? {}
        Ok(())
    }
}

/// Goes on through the journal page by page: `$event` is told each event and answers the digest of its
/// personal fields, `$page` is told when a page is done and answers whether to go on.
macro_rules! walk {
    ($connection:ident, $walk:ident, $from:expr, $doing:expr, $event:expr, $page:expr) => {{
        let mut after: i64 = $from;
        loop {
            let query = sqlx::query_as::<_, PageRow>(PAGE).bind(after);
            let page = query.fetch_all(&mut *$connection).await.map_err(failed($doing))?;
            let Some(last) = page.last().map(|row| row.0) else { break };
            $walk.page = page.into_iter();
            let mut rows = sqlx::query(EVENTS).bind(after).bind(last).fetch(&mut *$connection);
            while let Some(row) = rows.try_next().await.map_err(failed($doing))? {
                let number = |at| row.try_get::<i64, _>(at).map_err(failed($doing));
                let text = |at| row.try_get::<Option<&str>, _>(at).map_err(failed($doing));
                let revision = Revision::from_sql(number(0)?, "event")?;
                let (kind, key) = (text(2)?.unwrap_or_default(), text(3)?.unwrap_or_default());
                let event = Row { kind, key, before: text(4)?, after: text(5)? };
                let kept = text(7)?.map(|digest| Personal {
                    salt: text(6).ok().flatten().map(str::to_owned),
                    digest: digest.to_owned(),
                });
                let digest: Option<String> = $event(revision, number(1)?, event, kept)?;
                $walk.event(revision, event, digest.as_deref())?;
            }
            drop(rows);
            $walk.end_page()?;
            after = last;
            if !$page {
                break;
            }
        }
    }};
}

impl Store {
    /// Verifies the chain from the first entry on, and that `noted` entries have the hashes that somebody has
    /// noted elsewhere. `report` is told now and then how far it is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn verify(
        &self,
        noted: &[(Revision, String)],
        mut report: impl FnMut(Revision),
    ) -> Result<Verified, StoreError> {
        const DOING: &str = "verify the journal";
        let mut walk = Walk::after(Revision::NONE, BEGINNING.to_owned());
        let mut found = Verified { newest: None, altered: None };
        let mut personal: Option<Revision> = None;
        let newest: i64;
        snapshot!(&self.db, DOING, |snapshot| {
            newest = sqlx::query_scalar(NEWEST).fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
            let mut event = |revision, _, event: Row<'_>, kept: Option<Personal>| {
                if let Some(Personal { salt: Some(salt), digest }) = &kept
                    && event.digest(salt)? != *digest
                {
                    personal.get_or_insert(revision);
                }
                Ok::<_, StoreError>(kept.map(|kept| kept.digest))
            };
            walk!(snapshot, walk, 0, DOING, event, {
                found.judge(&mut walk, noted);
                if let Some((revision, _)) = &found.newest {
                    report(*revision);
                }
                found.altered.is_none()
            });
        });
        if let Some(revision) = personal
            && found.altered.as_ref().is_none_or(|(altered, _)| revision < *altered)
        {
            found.altered = Some((revision, Alteration::Personal));
        }
        let reached = found.newest.as_ref().map_or(0, |(revision, _)| revision.to_sql());
        if found.altered.is_none() && reached < newest {
            let missing = Revision::from_sql(reached + 1, "journal")?;
            found.altered = Some((missing, Alteration::Missing));
        }
        Ok(found)
    }
}

impl Verified {
    fn judge(&mut self, walk: &mut Walk, noted: &[(Revision, String)]) {
        for (revision, hash, stored) in walk.done.drain(..) {
            let alteration = match walk.missing {
                Some(missing) if missing <= revision => Some((missing, Alteration::Missing)),
                _ if stored.as_ref() != Some(&hash) => Some((revision, Alteration::Content)),
                _ if noted.iter().any(|(of, noted)| *of == revision && *noted != hash) => {
                    Some((revision, Alteration::Noted))
                }
                _ => None,
            };
            if alteration.is_some() {
                self.altered = alteration;
                return;
            }
            self.newest = Some((revision, hash));
        }
        self.altered = walk.missing.map(|missing| (missing, Alteration::Missing));
    }
}

/// Chains the entries that a program before the chain has written.
pub(crate) async fn complete(db: &Db, salts: &Salts) -> Result<(), StoreError> {
    const DOING: &str = "chain the journal";
    change!(db, DOING, |transaction| {
        let unchained: Option<i64> =
            sqlx::query_scalar(UNCHAINED).fetch_optional(&mut *transaction).await.map_err(failed(DOING))?;
        if unchained.is_none() {
            return Ok(());
        }
        let last: Option<(i64, String)> =
            sqlx::query_as(LAST_CHAINED).fetch_optional(&mut *transaction).await.map_err(failed(DOING))?;
        let (from, hash) = last.unwrap_or((0, BEGINNING.to_owned()));
        let mut walk = Walk::after(Revision::from_sql(from, "journal")?, hash);
        let mut made: Vec<(Revision, i64, Personal)> = Vec::new();
        let mut event = |revision, position, event: Row<'_>, _: Option<Personal>| {
            let personal = event.personal(salts, revision, position)?;
            let digest = personal.as_ref().map(|personal| personal.digest.clone());
            made.extend(personal.map(|personal| (revision, position, personal)));
            Ok::<_, StoreError>(digest)
        };
        walk!(transaction, walk, from, DOING, event, true);
        for (revision, position, personal) in made {
            let query = sqlx::query(KEEP_PERSONAL).bind(revision.to_sql()).bind(position);
            let query = query.bind(personal.salt).bind(personal.digest);
            query.execute(&mut *transaction).await.map_err(failed(DOING))?;
        }
        for (revision, hash, _) in walk.done {
            let query = sqlx::query(KEEP_HASH).bind(revision.to_sql()).bind(hash);
            query.execute(&mut *transaction).await.map_err(failed(DOING))?;
        }
        transaction.commit().await.map_err(failed(DOING))
    })
}
