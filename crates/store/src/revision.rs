//! Revisions and moments.

use std::fmt;

use crate::error::StoreError;

/// How many changes an organisation has seen; 0 before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// Before the first change.
    pub const NONE: Self = Self(0);
    /// The revision with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
    /// Its number.
    pub const fn number(self) -> u64 {
        self.0
    }
    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
    /// As a column has it; a number that no column can hold is later than all that are kept.
    pub(crate) fn to_sql(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
    pub(crate) fn from_sql(number: i64, table: &'static str) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::corrupt(table, format!("the revision {number} is negative"));
        u64::try_from(number).map(Self).map_err(corrupt)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A point in time, in microseconds since the Unix epoch. The caller reads the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// So many microseconds after the Unix epoch.
    pub const fn new(microseconds: i64) -> Self {
        Self(microseconds)
    }
    /// Microseconds since the Unix epoch.
    pub const fn microseconds(self) -> i64 {
        self.0
    }
}
