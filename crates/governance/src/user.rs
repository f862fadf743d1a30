//! Users and repository groups (docs/process.md#users).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use crate::carried::Carried;
use crate::catalogue::{LicenceSet, LicenceType};
use crate::id::Id;
use crate::registry::Registered;
use crate::text::Name;

/// Identifies a user.
pub type UserId = Id<User>;

/// A person or a functional user. Archived, never deleted; the id is never given again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The id to sign in with, as first written; compared after simple case folding.
    pub id: Name,
    /// The name for people.
    pub name: Name,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Name>,
    /// The repository groups.
    pub groups: GroupSet,
    /// The client access licences held by authorisation.
    pub licences: LicenceSet,
    /// Archived users neither sign in nor may do anything.
    #[serde(default)]
    pub archived: bool,
    /// Runs background work between servers: no password, a free internal licence.
    #[serde(default)]
    pub functional: bool,
    /// The name and mail were erased, and the id stands for the name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// The registry that tells of the user; nothing for one of the built-in registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<Registered>,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

impl User {
    /// An active person who may write, and holds no licence.
    pub fn new(id: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            mail: None,
            groups: GroupSet::of(&[RepositoryGroup::JazzUsers]),
            licences: LicenceSet::NONE,
            archived: false,
            functional: false,
            erased: false,
            registered: None,
            carried: Carried::NOTHING,
        }
    }
    /// Whether they can sign in and administer the server.
    pub const fn administers(&self) -> bool {
        !self.archived && !self.functional && self.groups.administers()
    }
    /// The licences that count: what is assigned and, for a functional user, the internal one.
    pub fn held(&self) -> LicenceSet {
        let internal = self.functional.then(LicenceType::internal);
        self.licences.union(internal.into_iter().collect())
    }
}

/// A group of the repository (docs/process.md#repository-groups).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the field's own names")]
pub enum RepositoryGroup {
    JazzAdmins,
    JazzProjectAdmins,
    JazzUsers,
    JazzGuests,
    JazzDWAdmins,
}

impl RepositoryGroup {
    /// Every group, in the order of the documentation.
    pub const ALL: [Self; 5] =
        [Self::JazzAdmins, Self::JazzProjectAdmins, Self::JazzUsers, Self::JazzGuests, Self::JazzDWAdmins];
    /// `JazzAdmins`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::JazzAdmins => "JazzAdmins",
            Self::JazzProjectAdmins => "JazzProjectAdmins",
            Self::JazzUsers => "JazzUsers",
            Self::JazzGuests => "JazzGuests",
            Self::JazzDWAdmins => "JazzDWAdmins",
        }
    }
    /// The group with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.id() == id)
    }
}

/// A set of repository groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GroupSet(u8);

impl GroupSet {
    /// The groups whose members may change things at all (gate 2).
    pub const WRITERS: Self = Self::of(&[
        RepositoryGroup::JazzUsers,
        RepositoryGroup::JazzProjectAdmins,
        RepositoryGroup::JazzAdmins,
    ]);
    /// The set of these groups.
    pub const fn of(groups: &[RepositoryGroup]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < groups.len() {
            set |= 1 << groups[at] as u8;
            at += 1;
        }
        Self(set)
    }
    /// Whether the group is in it.
    pub const fn contains(self, group: RepositoryGroup) -> bool {
        self.0 & 1 << group as u8 != 0
    }
    /// Whether a group is in both.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// Whether its members administer the server, as the first user must.
    pub const fn administers(self) -> bool {
        self.contains(RepositoryGroup::JazzAdmins)
    }
    /// Its groups.
    pub fn iter(self) -> impl Iterator<Item = RepositoryGroup> {
        RepositoryGroup::ALL.into_iter().filter(move |group| self.contains(*group))
    }
    /// With the group added.
    #[must_use]
    pub const fn with(self, group: RepositoryGroup) -> Self {
        Self(self.0 | 1 << group as u8)
    }
}

impl FromIterator<RepositoryGroup> for GroupSet {
    fn from_iter<I: IntoIterator<Item = RepositoryGroup>>(groups: I) -> Self {
        groups.into_iter().fold(Self::default(), Self::with)
    }
}
impl Serialize for GroupSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
impl<'de> Deserialize<'de> for GroupSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(SmallVec::<[RepositoryGroup; 5]>::deserialize(deserializer)?.into_iter().collect())
    }
}
