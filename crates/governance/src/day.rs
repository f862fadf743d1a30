//! Days of the calendar, in universal time.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Name;

/// A day: `2026-11-26`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Name", into = "String")]
pub struct Day(i32);

/// A text that is no day.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected a day, such as `2026-11-26`, found `{0}`")]
pub struct BadDay(Name);

const DAYS_OF_400_YEARS: i64 = 146_097;
/// From the first of March of the year 0 to the first of January 1970.
const MARCH_0000_TO_1970: i64 = 719_468;
const MICROSECONDS: i64 = 24 * 60 * 60 * 1_000_000;

impl Day {
    /// The day so many days after the first of January 1970.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }
    /// How many days after the first of January 1970 it is.
    pub const fn number(self) -> i32 {
        self.0
    }
    /// The day in which a moment is, in microseconds since 1970.
    pub fn of(microseconds: i64) -> Self {
        let day = microseconds.div_euclid(MICROSECONDS);
        Self(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX }))
    }
    /// The moment in which it begins, in microseconds since 1970.
    pub fn begins(self) -> i64 {
        i64::from(self.0) * MICROSECONDS
    }
    /// The day so many days later, or, if negative, earlier.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day that a text has, as ISO 8601 writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, many: usize| {
            let fits = part.len() == many && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i64>().ok().filter(|_| fits)
        };
        let mut parts = text.split('-');
        let (year, month) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?);
        let day = digits(parts.next()?, 2)?;
        let days = match month {
            2 => 28 + i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        if parts.next().is_some() || !(1..=days).contains(&day) {
            return None;
        }
        // Years that begin in March have their odd day at the end.
        let year = if month > 2 { year } else { year - 1 };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let number = era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        i32::try_from(number - MARCH_0000_TO_1970).ok().map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = i64::from(self.0) + MARCH_0000_TO_1970;
        let (era, of_era) = (number.div_euclid(DAYS_OF_400_YEARS), number.rem_euclid(DAYS_OF_400_YEARS));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl TryFrom<Name> for Day {
    type Error = BadDay;
    fn try_from(text: Name) -> Result<Self, BadDay> {
        Self::parse(&text).ok_or(BadDay(text))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_is_written_as_it_is_read() {
        let first = Day::parse("0000-01-01").unwrap();
        let last = Day::parse("9999-12-31").unwrap();
        let mut before = String::new();
        for number in first.number()..=last.number() {
            let text = Day::new(number).to_string();
            assert_eq!(Day::parse(&text), Some(Day::new(number)));
            assert!(text > before, "{text} comes after {before}");
            before = text;
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (text, number) in
            [("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2026-11-26", 20_783)]
        {
            assert_eq!(Day::parse(text), Some(Day::new(number)), "{text}");
        }
        assert_eq!(Day::of(-1), Day::new(-1));
        assert_eq!(Day::of(Day::new(20_783).begins()), Day::new(20_783));
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2026-11-31",
            "2025-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-1-1",
            "26-11-26",
            "2026-11-26-",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
