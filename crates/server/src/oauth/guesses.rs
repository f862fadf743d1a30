//! Wrong signatures by one key from one network: guessing its secret is slow
//! (docs/cross-server.md#signed-requests). Who has the key elsewhere is not kept out by it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many within that time.
const MOST: u32 = 20;
const WITHIN: Duration = Duration::from_secs(60);
/// So many keys and networks are remembered at most.
const MOST_PLACES: usize = 10_000;

/// Those of late, as this node knows them.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<String, (Instant, u32)>>);

impl Guesses {
    /// How long to wait until another signature is looked at, if too many were wrong.
    pub(super) fn wait(&self, place: &str, at: Instant) -> Option<Duration> {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, _) = wrong.get(place).filter(|(_, count)| *count >= MOST)?;
        WITHIN.checked_sub(at.duration_since(*since)).filter(|wait| !wait.is_zero())
    }

    /// One more was wrong.
    pub(super) fn note(&self, place: String, at: Instant) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MOST_PLACES && !wrong.contains_key(&place) {
            wrong.retain(|_, (since, _)| at.duration_since(*since) < WITHIN);
            if wrong.len() >= MOST_PLACES {
                wrong.clear();
            }
        }
        let (since, count) = wrong.entry(place).or_insert((at, 0));
        if at.duration_since(*since) >= WITHIN {
            (*since, *count) = (at, 0);
        }
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_the_secret_of_a_key_is_slow() {
        let guesses = Guesses::default();
        let begun = Instant::now();
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        for second in 0..u64::from(MOST) {
            assert_eq!(guesses.wait("k 192.0.2.7", at(second)), None);
            guesses.note("k 192.0.2.7".to_owned(), at(second));
        }
        assert_eq!(guesses.wait("k 192.0.2.7", at(20)), Some(Duration::from_secs(40)));
        assert_eq!(guesses.wait("k 192.0.2.8", at(20)), None);
        assert_eq!(guesses.wait("k 192.0.2.7", at(60)), None);
        guesses.note("k 192.0.2.7".to_owned(), at(60));
        assert_eq!(guesses.wait("k 192.0.2.7", at(61)), None);
    }
}
