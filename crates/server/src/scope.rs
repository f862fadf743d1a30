//! What a request may be used for at most, whatever its user may (docs/interfaces.md#scopes).

use std::fmt;

/// A use that a personal access token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To read what the owner sees, and to ask what the owner may do.
    Read,
    /// To ask what anybody may do, within what the owner sees.
    Decide,
    /// To change what the owner may change.
    Write,
    /// To change it by process operations and repository operations.
    Administer,
}

impl Scope {
    /// Every scope, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Read, Self::Decide, Self::Write, Self::Administer];

    /// `read`, `decide`, `write` or `administer`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decide => "decide",
            Self::Write => "write",
            Self::Administer => "administer",
        }
    }
    /// The scope with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.id() == id)
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Every scope: what sessions and passwords are good for.
    pub const ALL: Self = Self(0b1111);

    /// Whether the scope is in it.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }
    /// Its scopes.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), |set, scope| Self(set.0 | 1 << scope as u8))
    }
}

/// Their ids with blanks between them, as they are kept.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.iter().map(Scope::id).collect();
        f.write_str(&ids.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: Scopes = [Scope::Write, Scope::Read].into_iter().collect();
        assert_eq!(set.to_string(), "read write");
        assert!(set.contains(Scope::Write) && !set.contains(Scope::Administer));
        assert_eq!(Scope::ALL.into_iter().collect::<Scopes>(), Scopes::ALL);
        assert!(Scope::ALL.into_iter().all(|scope| Scope::from_id(scope.id()) == Some(scope)));
    }
}
