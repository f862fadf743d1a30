//! How often a process is asked for because its provider says that it has changed. Each version that is taken
//! over stays in the journal, so that a provider could fill the disk by making new ones on and on.

use std::time::Duration;

use tokio::time::Instant;

/// So often at a time.
const AT_ONCE: u32 = 10;
/// How long until it may be once more; what has come meanwhile is asked for then, the newest version of it.
const ONCE_MORE_AFTER: Duration = Duration::from_secs(10);

/// What is left of it.
pub(super) struct Haste {
    left: u32,
    /// When that was counted.
    at: Instant,
}

impl Haste {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, at: now }
    }

    /// Takes one, if any is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        while self.left < AT_ONCE && now.duration_since(self.at) >= ONCE_MORE_AFTER {
            self.left += 1;
            self.at += ONCE_MORE_AFTER;
        }
        if self.left == AT_ONCE {
            self.at = now;
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_has_changed_on_and_on_is_asked_less_often() {
        let begun = Instant::now();
        let mut haste = Haste::new(begun);
        let mut asked_at = |seconds: u64| haste.take(begun + Duration::from_secs(seconds));
        assert_eq!((0..60).filter(|second| asked_at(*second)).count(), 10 + 5);
        assert!(asked_at(60));
        assert!(!asked_at(61));
        assert_eq!((3_600..3_620).filter(|second| asked_at(*second)).count(), 10 + 1);
    }
}
