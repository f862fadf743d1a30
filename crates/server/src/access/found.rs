//! What searches have found: kept for a while, so that the next page is not found anew.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use governance::{Basis, Item, UserId, View};
use store::Revision;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::page_token::SearchDigest;
use crate::problem::Problem;

/// The members of a result, in an order that their revision fixes.
pub(super) enum Found {
    Users(Vec<UserId>),
    Items(Vec<Item>),
    Actions(Vec<(String, Basis)>),
}

impl Found {
    pub(super) const NOTHING: Self = Self::Users(Vec::new());

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Users(users) => users.len(),
            Self::Items(items) => items.len(),
            Self::Actions(actions) => actions.len(),
        }
    }

    /// What a member is called, in the view in which it was found.
    pub(super) fn name(&self, at: usize, view: &View) -> Option<String> {
        match self {
            Self::Users(users) => {
                users.get(at).and_then(|user| view.user(*user)).map(|user| user.id.to_string())
            }
            Self::Items(items) => items.get(at).map(|item| view.reference(*item)),
            Self::Actions(actions) => actions.get(at).map(|(name, _)| name.clone()),
        }
    }

    /// The first member after the one that was shown last. What the asker may see can have changed since, and
    /// members with it.
    pub(super) fn after(&self, shown: u32, last: &str, view: &View) -> Option<usize> {
        let shown = shown as usize;
        let is_last = |at: usize| self.name(at, view).is_some_and(|name| name == last);
        match shown.checked_sub(1) {
            None => Some(0),
            Some(at) if is_last(at) => Some(shown),
            Some(_) => (0..self.len()).find(|at| is_last(*at)).map(|at| at + 1),
        }
    }
}

/// The searches of late, the latest first, and how many run at a time.
pub(crate) struct Searches {
    kept: Mutex<VecDeque<(SearchDigest, Revision, Arc<Found>)>>,
    running: Arc<Semaphore>,
}

const MOST_KEPT: usize = 32;
/// Altogether: a few megabytes.
const MOST_MEMBERS: usize = 2_000_000;
const RUNNING_AT_A_TIME: usize = 2;

impl Default for Searches {
    fn default() -> Self {
        Self { kept: Mutex::default(), running: Arc::new(Semaphore::new(RUNNING_AT_A_TIME)) }
    }
}

impl Searches {
    /// Waits for the leave to search.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.running).acquire_owned().await.map_err(|_| Problem::busy())
    }

    pub(super) fn get(&self, search: &SearchDigest, revision: Revision) -> Option<Arc<Found>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(it, of, _)| it == search && *of == revision)?;
        let found = kept.remove(at)?;
        let result = Arc::clone(&found.2);
        kept.push_front(found);
        Some(result)
    }

    pub(super) fn put(&self, search: SearchDigest, revision: Revision, found: Arc<Found>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((search, revision, found));
        kept.truncate(MOST_KEPT);
        while kept.len() > 1 && kept.iter().map(|(_, _, found)| found.len()).sum::<usize>() > MOST_MEMBERS {
            kept.pop_back();
        }
    }
}
