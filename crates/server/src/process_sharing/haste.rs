//! How much a provider may have written here because it says that its process has changed. Each version that
//! is taken over stays in the journal, so that a provider could fill the disk by making new ones on and on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::time::Instant;

/// So many bytes at a time.
const AT_ONCE: i64 = 10 << 20;
/// So many more with each second; what has come meanwhile is asked for then, the newest version of it.
const EACH_SECOND: i64 = 100 << 10;
/// What asking costs at least.
const LEAST: i64 = 8 << 10;

/// What is left of it, of one process.
pub(super) struct Haste {
    left: i64,
    /// When that was counted.
    at: Instant,
    told: Told,
}

/// How many bytes were told since that was last counted.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<AtomicI64>);

impl Told {
    pub(super) fn note(&self, bytes: usize) {
        self.0.fetch_add(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl Haste {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, at: now, told: Told::default() }
    }

    /// Where it is noted how much is told.
    pub(super) fn told(&self) -> Told {
        self.told.clone()
    }

    /// Whether it may be asked at once.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let seconds = now.duration_since(self.at).as_secs();
        self.at += std::time::Duration::from_secs(seconds);
        let more = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(EACH_SECOND);
        self.left = self.left.saturating_add(more).min(AT_ONCE);
        self.left -= self.told.0.swap(0, Ordering::Relaxed);
        let may = self.left > 0;
        self.left -= if may { LEAST } else { 0 };
        may
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_provider_that_has_told_much_on_and_on_is_asked_less_often() {
        let begun = Instant::now();
        let mut haste = Haste::new(begun);
        let told = haste.told();
        let mut asked_at = |seconds: u64, bytes: usize| {
            let may = haste.take(begun + Duration::from_secs(seconds));
            if may {
                told.note(bytes);
            }
            may
        };
        // A process as people have them may change every second.
        assert!((0..100).all(|second| asked_at(second, 50_000)));
        // The largest are told ten times at once, then every ten seconds or so.
        let often = (1_000..1_060).filter(|second| asked_at(*second, 1 << 20)).count();
        assert!((14..18).contains(&often), "{often}");
        assert!(asked_at(2_000, 0));
    }
}
