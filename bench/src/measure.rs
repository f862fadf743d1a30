//! Time, and what rounds of it come to.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Nanoseconds.
pub(crate) type Nanoseconds = f64;

pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn nanoseconds(duration: Duration) -> Nanoseconds {
    duration.as_secs_f64() * 1e9
}

/// How long it takes, and what comes of it.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Nanoseconds, T) {
    let start = now();
    let result = work();
    (nanoseconds(start.elapsed()), result)
}

/// The nanoseconds that one of these takes on average, for each batch of them.
pub(crate) fn each_of<T, R>(batch: usize, these: &[T], mut work: impl FnMut(&T) -> R) -> Vec<Nanoseconds> {
    these
        .chunks(batch)
        .map(|batch| {
            let (time, ()) = timed(|| batch.iter().for_each(|it| drop(black_box(work(black_box(it))))));
            time / batch.len() as f64
        })
        .collect()
}

/// How many times longer, round by round, the other took; of these the median.
pub(crate) fn times_longer(other: &[f64], ours: &[f64]) -> f64 {
    let ratios: Vec<f64> = other.iter().zip(ours).map(|(other, ours)| other / ours).collect();
    median(&ratios)
}

pub(crate) fn median(of: &[f64]) -> f64 {
    percentile(of, 50)
}

pub(crate) fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

/// The value that so many of a hundred do not exceed.
pub(crate) fn percentile(of: &[f64], percent: usize) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1) * percent).div_ceil(100);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
