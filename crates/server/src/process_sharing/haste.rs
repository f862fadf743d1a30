//! How much a provider may have written here because it says that its process has changed. Each version that
//! is taken over stays in the journal, so that a provider could fill the disk by making new ones on and
//! on, or make the journal one of nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// So many bytes at a time, and so many more with each second; what has come meanwhile is asked for then, the
/// newest version of it.
const BYTES_AT_ONCE: Allowance = Allowance { most: 10 << 20, every: 1, more: 100 << 10 };
/// Over a day or two no more than these bytes and these versions.
const BYTES: Allowance = Allowance { most: 200 << 20, every: 1, more: (200 << 20) / DAY };
const VERSIONS: Allowance = Allowance { most: 5_000, every: DAY / 5_000, more: 1 };
const DAY: i64 = 24 * 60 * 60;
/// What asking costs at least, in bytes.
const LEAST: i64 = 8 << 10;

/// How much may be had at a time, and how much more comes with every so many seconds.
#[derive(Clone, Copy)]
struct Allowance {
    most: i64,
    every: i64,
    more: i64,
}

/// What is left of an allowance.
struct Left {
    of: Allowance,
    left: i64,
    /// When that was counted.
    at: Instant,
}

impl Left {
    fn all(of: Allowance, at: Instant) -> Self {
        Self { of, left: of.most, at }
    }
    /// Counts what has come by now.
    fn count(&mut self, now: Instant) {
        let seconds = i64::try_from(now.duration_since(self.at).as_secs()).unwrap_or(i64::MAX);
        let times = seconds / self.of.every;
        self.at += Duration::from_secs((times * self.of.every).unsigned_abs());
        self.left = self.left.saturating_add(times.saturating_mul(self.of.more)).min(self.of.most);
    }
}

/// What is left, of one process.
pub(super) struct Haste {
    bytes_at_once: Left,
    bytes: Left,
    versions: Left,
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
        let all = |of| Left::all(of, now);
        let (bytes_at_once, bytes, versions) = (all(BYTES_AT_ONCE), all(BYTES), all(VERSIONS));
        Self { bytes_at_once, bytes, versions, told: Told::default() }
    }

    /// Where it is noted how much is told.
    pub(super) fn told(&self) -> Told {
        self.told.clone()
    }

    /// Whether it may be asked at once.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let told = self.told.0.swap(0, Ordering::Relaxed);
        for bytes in [&mut self.bytes_at_once, &mut self.bytes] {
            bytes.count(now);
            bytes.left -= told;
        }
        self.versions.count(now);
        let may = self.bytes_at_once.left > 0 && self.bytes.left > 0 && self.versions.left > 0;
        if may {
            self.bytes_at_once.left -= LEAST;
            self.bytes.left -= LEAST;
            self.versions.left -= 1;
        }
        may
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_provider_that_never_rests_writes_so_much_a_day() {
        let begun = Instant::now();
        let asked = |bytes: usize, of_each_second: u64| {
            let mut haste = Haste::new(begun);
            let told = haste.told();
            let mut asked = 0_u64;
            for moment in 0..2 * DAY.unsigned_abs() * of_each_second {
                if haste.take(begun + Duration::from_secs(moment / of_each_second)) {
                    told.note(bytes);
                    asked += 1;
                }
            }
            asked
        };
        // Small versions: no more of them than of revisions by people in a busy year.
        let small = asked(100, 10);
        assert!((14_000..16_000).contains(&small), "{small}");
        let large = asked(1 << 20, 1);
        assert!((590..620).contains(&large), "{large}");
    }
}
