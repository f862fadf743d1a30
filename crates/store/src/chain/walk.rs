//! Going through the whole journal, to verify its chain or to make what is missing of it.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use sqlx::{FromRow as _, Row as _};

use super::{BEGINNING, Link, Personal, Row, Salts, erased, is_erased};
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
/// What no revision has that there is.
const STRAY: &str = "SELECT MIN(revision) FROM (
        SELECT revision FROM event WHERE revision < 1 OR revision > $1
        UNION ALL SELECT revision FROM journal WHERE revision < 1 OR revision > $1
    ) AS stray";
const HASH: &str = "SELECT hash FROM journal WHERE revision = $1";
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
    /// Each entry, or the revision of one that cannot be read.
    page: std::vec::IntoIter<Result<PageRow, Revision>>,
    current: Option<(Revision, Option<String>, Link)>,
    /// Each entry gone through: its revision, its hash, and the one that it has.
    done: Vec<(Revision, String, Option<String>)>,
    missing: Option<Revision>,
    /// The first revision of which an entry or event is no sense.
    unreadable: Option<Revision>,
}

impl Walk {
    fn after(revision: Revision, hash: String) -> Self {
        let (page, current, done) = (Vec::new().into_iter(), None, Vec::new());
        let next = revision.number() + 1;
        Self { before: hash, next, page, current, done, missing: None, unreadable: None }
    }

    fn is_unreadable(&mut self, revision: Revision) {
        self.unreadable = self.unreadable.into_iter().chain([revision]).min();
    }

    /// Ends the entry that is under way, and begins the next one; `false` when there is none.
    fn step(&mut self) -> Result<bool, StoreError> {
        if let Some((revision, stored, link)) = self.current.take() {
            self.before = link.finish();
            self.done.push((revision, self.before.clone(), stored));
        }
        let Some(row) = self.page.next() else { return Ok(false) };
        let read = row.map(|(number, at, by, via, address, basis, summary, impact, hash)| {
            let row: EntryRow = (number, at, by, via, address, basis, summary, impact);
            entry(row).map(|(revision, entry)| (revision, entry, hash))
        });
        let (revision, entry) = match read {
            Ok(read) => {
                let (revision, entry, hash) = read?;
                (revision, Some((entry, hash)))
            }
            Err(revision) => (revision, None),
        };
        if revision.number() != self.next {
            self.missing.get_or_insert(Revision::new(self.next));
        }
        self.next = revision.number() + 1;
        let Some((entry, hash)) = entry else {
            self.is_unreadable(revision);
            self.done.push((revision, String::new(), None));
            return Ok(true);
        };
        self.current = Some((revision, hash, Link::of(&self.before, revision, &entry)));
        Ok(true)
    }

    fn event(&mut self, revision: Revision, row: Row<'_>, digest: Option<&str>) -> Result<(), StoreError> {
        while self.current.as_ref().is_none_or(|(current, ..)| *current < revision) && self.step()? {}
        match &mut self.current {
            Some((current, _, link)) if *current == revision => {
                if link.event(row, digest).is_err() {
                    self.is_unreadable(revision);
                }
            }
            _ if self.unreadable == Some(revision) => {}
            _ => {
                self.missing.get_or_insert(revision);
            }
        }
        Ok(())
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
            let query = sqlx::query(PAGE).bind(after);
            let page = query.fetch_all(&mut *$connection).await.map_err(failed($doing))?;
            let Some(last) = page.last() else { break };
            let last: i64 = last.try_get(0).map_err(failed($doing))?;
            let mut entries = Vec::with_capacity(page.len());
            for row in page {
                let revision = Revision::from_sql(row.try_get(0).map_err(failed($doing))?, "journal")?;
                entries.push(PageRow::from_row(&row).map_err(|_| revision));
            }
            $walk.page = entries.into_iter();
            let mut rows = sqlx::query(EVENTS).bind(after).bind(last).fetch(&mut *$connection);
            while let Some(row) = rows.try_next().await.map_err(failed($doing))? {
                let number = |at| row.try_get::<i64, _>(at).map_err(failed($doing));
                let text = |at| row.try_get::<Option<&str>, _>(at);
                let revision = Revision::from_sql(number(0)?, "event")?;
                let read = || {
                    let (kind, key) = (text(2)?.unwrap_or_default(), text(3)?.unwrap_or_default());
                    let event = Row { kind, key, before: text(4)?, after: text(5)? };
                    let (salt, digest) = (text(6)?, text(7)?);
                    let kept = digest
                        .map(|digest| Personal { salt: salt.map(str::to_owned), digest: digest.to_owned() });
                    Ok::<_, sqlx::Error>((event, kept))
                };
                let told = read().ok().and_then(|(event, kept)| {
                    let digest: Option<String> = $event(revision, number(1).ok()?, event, kept).ok()?;
                    Some((event, digest))
                });
                match told {
                    Some((event, digest)) => $walk.event(revision, event, digest.as_deref())?,
                    None => $walk.is_unreadable(revision),
                }
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
        let mut personal = Persons::default();
        snapshot!(&self.db, DOING, |snapshot| {
            let newest: i64 =
                sqlx::query_scalar(NEWEST).fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
            let mut event = |revision, _, event: Row<'_>, kept: Option<Personal>| {
                if let Some(kept) = &kept {
                    personal.judge(revision, event, kept)?;
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
            if let Some(revision) = personal.altered(found.altered.is_none())
                && found.altered.as_ref().is_none_or(|(altered, _)| revision < *altered)
            {
                found.altered = Some((revision, Alteration::Personal));
            }
            let reached = found.newest.as_ref().map_or(0, |(revision, _)| revision.to_sql());
            // What was noted was there.
            let noted_to = noted.iter().map(|(revision, _)| revision.to_sql()).max().unwrap_or(0);
            if found.altered.is_none() && reached < newest.max(noted_to) {
                let missing = Revision::from_sql(reached.saturating_add(1), "journal")?;
                found.altered = Some((missing, Alteration::Missing));
            }
            let query = sqlx::query_scalar(STRAY).bind(newest);
            let stray: Option<i64> = query.fetch_one(&mut *snapshot).await.map_err(failed(DOING))?;
            if let Some(stray) = stray {
                let stray = Revision::new(u64::try_from(stray).unwrap_or(0));
                if found.altered.as_ref().is_none_or(|(altered, _)| stray < *altered) {
                    found.altered = Some((stray, Alteration::Content));
                }
            }
            match found.altered {
                // Of what was written anew only that is known which was noted.
                Some((altered, Alteration::Noted)) => {
                    found.newest = noted.iter().filter(|(revision, _)| *revision < altered).max().cloned();
                }
                Some((altered, _)) if found.newest.as_ref().is_some_and(|(it, _)| *it >= altered) => {
                    let before = altered.to_sql() - 1;
                    let hash: Option<Option<String>> = sqlx::query_scalar(HASH)
                        .bind(before)
                        .fetch_optional(&mut *snapshot)
                        .await
                        .map_err(failed(DOING))?;
                    let before = Revision::from_sql(before.max(0), "journal")?;
                    found.newest = hash.flatten().map(|hash| (before, hash));
                }
                _ => {}
            }
        });
        Ok(found)
    }
}

/// Whose names and mail addresses are those that were written.
#[derive(Default)]
struct Persons {
    /// The first revision in which one is not.
    altered: Option<Revision>,
    /// Users whose salts are gone, since this revision, and of whom no later one says yet that they are
    /// erased.
    unsalted: BTreeMap<String, Revision>,
}

impl Persons {
    fn judge(&mut self, revision: Revision, event: Row<'_>, kept: &Personal) -> Result<(), StoreError> {
        let texts = [event.before, event.after].into_iter().flatten();
        let is_right = match &kept.salt {
            Some(salt) => event.digest(salt)? == kept.digest,
            None => {
                self.unsalted.entry(event.key.to_owned()).or_insert(revision);
                texts
                    .map(|text| Ok(erased(text)? == text))
                    .collect::<Result<Vec<_>, StoreError>>()?
                    .into_iter()
                    .all(|it| it)
            }
        };
        if !is_right {
            self.altered.get_or_insert(revision);
        }
        if event.after.map(is_erased).transpose()?.unwrap_or(false) {
            self.unsalted.remove(event.key);
        }
        Ok(())
    }

    /// The first revision that is not right; of whom nobody was erased is known `at_the_end`.
    fn altered(&self, at_the_end: bool) -> Option<Revision> {
        let unsalted = self.unsalted.values().copied().filter(|_| at_the_end);
        unsalted.chain(self.altered).min()
    }
}

impl Verified {
    fn judge(&mut self, walk: &mut Walk, noted: &[(Revision, String)]) {
        for (revision, hash, stored) in walk.done.drain(..) {
            let alteration = match walk.missing {
                Some(missing) if missing <= revision => Some((missing, Alteration::Missing)),
                _ if stored.as_ref() != Some(&hash) || walk.unreadable == Some(revision) => {
                    Some((revision, Alteration::Content))
                }
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
        if let Some(revision) = walk.unreadable {
            return Err(StoreError::corrupt("journal", format!("revision {revision} cannot be read")));
        }
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
