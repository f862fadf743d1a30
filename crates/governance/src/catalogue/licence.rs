//! Types of client access licence, and what they unlock.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smallvec::SmallVec;

use super::{LICENCES, LicenceEntry, OperationId};

/// A type of client access licence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenceType(u8);

impl LicenceType {
    /// Every type of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LICENCES.len() as u8).map(Self)
    }
    /// The type with this id, such as `elm-practitioner`.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|it| it.id() == id)
    }
    /// The licence that every functional user holds.
    pub fn internal() -> Self {
        Self::all().find(|it| it.is_functional()).unwrap_or(Self(0))
    }
    fn entry(self) -> &'static LicenceEntry {
        &LICENCES[self.0 as usize]
    }
    pub(crate) const fn bit(self) -> u32 {
        1 << self.0
    }
    /// `elm-practitioner`.
    pub fn id(self) -> &'static str {
        self.entry().id
    }
    /// Its name for people.
    pub fn name(self) -> &'static str {
        self.entry().name
    }
    /// Its application's id, or `all`.
    pub fn application(self) -> &'static str {
        self.entry().application
    }
    /// Its price in a token pool.
    pub fn tokens(self) -> u32 {
        self.entry().tokens
    }
    /// For functional users only.
    pub fn is_functional(self) -> bool {
        self.entry().functional
    }
    /// The patterns that it unlocks.
    pub fn unlocks(self) -> &'static [&'static str] {
        self.entry().unlocks
    }
}

impl fmt::Debug for LicenceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
impl Serialize for LicenceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
impl<'de> Deserialize<'de> for LicenceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_id(&id).ok_or_else(|| de::Error::custom(format!("unknown licence type `{id}`")))
    }
}

/// A set of licence types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LicenceSet(u32);

impl LicenceSet {
    /// No licence at all.
    pub const NONE: Self = Self(0);
    /// The types that unlock what `matches` accepts one of their patterns for.
    fn unlocking(target: &str) -> Self {
        let unlocks = |pattern: &&str| match pattern.strip_suffix('*') {
            Some(prefix) => target.starts_with(prefix),
            None => *pattern == target,
        };
        LicenceType::all().filter(|it| it.unlocks().iter().any(unlocks)).collect()
    }
    /// The types that unlock an operation.
    pub fn that_unlock(operation: OperationId) -> Self {
        static UNLOCKING: LazyLock<Vec<LicenceSet>> =
            LazyLock::new(|| OperationId::all().map(|it| LicenceSet::unlocking(it.name())).collect());
        UNLOCKING[operation.index()]
    }
    /// The types that unlock reading a plan.
    pub fn that_unlock_plans() -> Self {
        static UNLOCKING: LazyLock<LicenceSet> = LazyLock::new(|| LicenceSet::unlocking("read:plan"));
        *UNLOCKING
    }
    /// Whether a type is in both.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether it has the type.
    pub const fn contains(self, licence: LicenceType) -> bool {
        self.0 & licence.bit() != 0
    }
    /// Its types, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = LicenceType> {
        LicenceType::all().filter(move |it| self.contains(*it))
    }
}

impl FromIterator<LicenceType> for LicenceSet {
    fn from_iter<I: IntoIterator<Item = LicenceType>>(types: I) -> Self {
        Self(types.into_iter().fold(0, |set, it| set | it.bit()))
    }
}
impl Serialize for LicenceSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
impl<'de> Deserialize<'de> for LicenceSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(SmallVec::<[LicenceType; 4]>::deserialize(deserializer)?.into_iter().collect())
    }
}
