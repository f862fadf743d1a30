//! Failures that come again and again, such as those of a database that is away: logged once, then counted.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So long one that was logged is only counted.
const QUIET: Duration = Duration::from_secs(60);

/// Logs that something failed, with how often it has since it was logged last; or counts it.
pub(crate) fn log(what: &'static str, error: &impl Display) {
    static FAILURES: Mutex<Failures> = Mutex::new(Failures(BTreeMap::new()));
    let to_tell = FAILURES.lock().unwrap_or_else(PoisonError::into_inner).note(what, Instant::now());
    if let Some(untold) = to_tell {
        tracing::warn!(%error, untold, "{what}");
    }
}

/// By what failed: when it was told last, and how often it has happened since.
struct Failures(BTreeMap<&'static str, (Instant, u64)>);

impl Failures {
    /// One more; answers how many went untold before it, if it is to be told.
    fn note(&mut self, what: &'static str, now: Instant) -> Option<u64> {
        let Some((told, untold)) = self.0.get_mut(what) else {
            self.0.insert(what, (now, 0));
            return Some(0);
        };
        if now.duration_since(*told) < QUIET {
            *untold += 1;
            return None;
        }
        *told = now;
        Some(std::mem::take(untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_once_a_minute_with_how_often_it_came() {
        let mut failures = Failures(BTreeMap::new());
        let begin = Instant::now();
        let mut at = |what, seconds| failures.note(what, begin + Duration::from_secs(seconds));
        assert_eq!(
            [at("read", 0), at("read", 1), at("write", 2), at("read", 59)],
            [Some(0), None, Some(0), None]
        );
        assert_eq!([at("read", 60), at("read", 61), at("read", 200)], [Some(2), None, Some(1)]);
    }
}
