//! What friends and consumers have in common: who may see and change them, and how spans are written.

use std::time::Duration;

use governance::{Refusal, View};

use super::body::bad_value;
use super::refused::of_refusal;
use crate::problem::Problem;

/// The refusal as it is told.
pub(crate) fn allowed(view: &View, may: Result<(), Refusal>) -> Result<(), Problem> {
    may.map_err(|refusal| of_refusal(view, refusal))
}

/// A span such as `24h` or `90s`.
pub(super) fn span(text: &str, pointer: &str) -> Result<Duration, Problem> {
    const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let unit = UNITS.iter().find(|(letter, _)| text.ends_with(*letter));
    let seconds = unit.and_then(|(letter, unit)| {
        text.strip_suffix(*letter)?.trim_end().parse::<u64>().ok()?.checked_mul(*unit)
    });
    let seconds =
        seconds.ok_or_else(|| bad_value(pointer, "expected a span such as `24h`, `90s` or `7d`"))?;
    Ok(Duration::from_secs(seconds))
}
