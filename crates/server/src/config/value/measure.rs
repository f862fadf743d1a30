//! Shares, times and sizes, each with its unit.

use std::time::Duration;

use super::{Value, quoted, wrong};

/// A share of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percent(pub(crate) u8);

impl Value for Percent {
    const EXPECTED: &'static str = "a share such as `10 %`";

    fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').and_then(|number| number.trim_end().parse().ok());
        number.filter(|number| *number <= 100).map(Self).ok_or_else(|| wrong::<Self>(text))
    }
    fn written(&self) -> Option<String> {
        quoted(format!("{} %", self.0))
    }
}

/// A time that is longer than none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// A time that may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delay(pub(crate) Duration);

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
/// Ten years. Longer is a slip, and would not fit everywhere.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 86_400);

fn duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    let duration = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*milliseconds)?);
    (duration <= LONGEST).then_some(duration)
}

fn written_duration(duration: Duration) -> Option<String> {
    let all = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let whole = UNITS.iter().rev().find(|(_, unit)| all > 0 && all.is_multiple_of(*unit));
    quoted(whole.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", all / unit)))
}

impl Value for Span {
    const EXPECTED: &'static str = "a duration longer than none, such as `500ms`, `30s`, `15m`, `8h` or `7d`";

    fn parse(text: &str) -> Result<Self, String> {
        let span = duration(text).filter(|duration| !duration.is_zero());
        span.map(Self).ok_or_else(|| wrong::<Self>(text))
    }
    fn written(&self) -> Option<String> {
        written_duration(self.0)
    }
}

impl Value for Delay {
    const EXPECTED: &'static str = "a duration such as `0s`, `500ms`, `30s`, `15m`, `8h` or `365d`";

    fn parse(text: &str) -> Result<Self, String> {
        duration(text).map(Self).ok_or_else(|| wrong::<Self>(text))
    }
    fn written(&self) -> Option<String> {
        written_duration(self.0)
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) usize);

const BYTES: [(&str, usize); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

impl Value for Size {
    const EXPECTED: &'static str = "a size such as `64 KiB`, `2 MiB` or `1 GiB`";

    fn parse(text: &str) -> Result<Self, String> {
        let size = || {
            let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
            let (number, unit) = text.split_at(unit_at);
            let (_, bytes) = BYTES.iter().find(|(name, _)| *name == unit.trim_start())?;
            number.parse::<usize>().ok()?.checked_mul(*bytes).filter(|size| *size > 0)
        };
        size().map(Self).ok_or_else(|| wrong::<Self>(text))
    }
    fn written(&self) -> Option<String> {
        let whole = BYTES.iter().rev().find(|(_, unit)| self.0.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(&BYTES[0]);
        quoted(format!("{} {name}", self.0 / unit))
    }
}
