//! The organisation as it was: asked for by revision or instant, and kept for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governance::{Organisation, View};
use store::{Moment, Revision};
use tokio::sync::Semaphore;

use crate::chance::now;
use crate::office::Office;
use crate::problem::{Kind, Problem};

/// Past organisations that were asked for lately, the latest first. They share most of what they hold.
#[derive(Debug)]
pub(crate) struct Pasts {
    kept: Mutex<Kept>,
    /// Going back reads the journal; one at a time does.
    going_back: Semaphore,
}

#[derive(Debug, Default)]
struct Kept {
    organisations: VecDeque<(Revision, Arc<Organisation>)>,
    /// What was read before they were last forgotten is not kept.
    forgotten: u64,
}

const MOST_KEPT: usize = 8;

impl Default for Pasts {
    fn default() -> Self {
        Self { kept: Mutex::default(), going_back: Semaphore::new(1) }
    }
}

impl Pasts {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps nothing of what was read until now: the past is another, since somebody was erased from it.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        kept.organisations.clear();
        kept.forgotten += 1;
    }

    fn get(&self, revision: Revision) -> Option<Arc<Organisation>> {
        let mut kept = self.kept();
        let kept = &mut kept.organisations;
        let at = kept.iter().position(|(it, _)| *it == revision)?;
        let found = kept.remove(at)?;
        kept.push_front(found.clone());
        Some(found.1)
    }

    fn put(&self, revision: Revision, organisation: Arc<Organisation>, forgotten: u64) {
        let mut kept = self.kept();
        if kept.forgotten == forgotten {
            kept.organisations.push_front((revision, organisation));
            kept.organisations.truncate(MOST_KEPT);
        }
    }
}

/// The revision that a text means: its number, or the last one at an instant.
async fn revision_meant(office: &Office, text: &str) -> Result<Revision, Problem> {
    if let Ok(number) = text.parse() {
        let revision = Revision::new(number);
        // This node may be behind.
        let newest = if revision > office.published().revision {
            office.store().newest_revision().await?
        } else {
            revision
        };
        return if revision <= newest { Ok(revision) } else { Err(to_come(text, newest)) };
    }
    let moment = instant(text).or_else(|| end_of_day(text)).ok_or_else(|| {
        let said = format!(
            "`{text}` is neither a revision nor a day or instant such as 2026-01-31 or 2026-01-31T12:00:00Z"
        );
        Problem::new(Kind::BadQuestion, said)
    })?;
    if moment > now() {
        return Err(to_come(text, office.published().revision));
    }
    Ok(office.store().revision_at(moment).await?)
}

fn instant(text: &str) -> Option<Moment> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(Moment::new(instant.as_microsecond()))
}

/// The last moment of a day (UTC); of today it is now.
fn end_of_day(text: &str) -> Option<Moment> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let next = day.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let (end, now) = (next.timestamp().as_microsecond() - 1, now().microseconds());
    let has_begun = end - now < 24 * 60 * 60 * 1_000_000;
    Some(Moment::new(if has_begun { end.min(now) } else { end }))
}

fn to_come(text: &str, newest: Revision) -> Problem {
    let said = format!("`{text}` is still to come; the newest revision is {newest}");
    Problem::new(Kind::BadQuestion, said).with("newest", newest.number())
}

/// The view of a past organisation, by the rights of today, with its revision.
pub(crate) async fn as_of(office: &Office, view: &View, text: &str) -> Result<(View, Revision), Problem> {
    let target = revision_meant(office, text).await?;
    Ok((at(office, view, target).await?, target))
}

/// The same by its revision.
pub(crate) async fn at(office: &Office, view: &View, target: Revision) -> Result<View, Problem> {
    let forgotten = office.pasts.kept().forgotten;
    let newest = office.published();
    if target == newest.revision {
        return Ok(view.as_of(Arc::clone(&newest.organisation)));
    }
    if let Some(past) = office.pasts.get(target) {
        return Ok(view.as_of(past));
    }
    let _turn = office.pasts.going_back.acquire().await.map_err(|_| Problem::busy())?;
    if let Some(past) = office.pasts.get(target) {
        return Ok(view.as_of(past));
    }
    let past = Arc::new(office.store().as_of(&newest.organisation, newest.revision, target).await?);
    office.pasts.put(target, Arc::clone(&past), forgotten);
    Ok(view.as_of(past))
}
