//! What is installed of a type of licence, and what of it can be leased on a day
//! (docs/process.md#how-a-licence-is-held).

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::carried::Carried;
use crate::catalogue::{LicenceSet, LicenceType};
use crate::day::Day;
use crate::organisation::Organisation;
use crate::user::UserId;

/// What is installed of a type of licence, and its terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "KeptPool")]
pub struct LicencePool {
    /// How many may be leased at a time.
    pub seats: u32,
    /// How many may be assigned to people by name; `None`: as many as one likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorised: Option<u32>,
    /// The type may be leased from the server's pool of tokens, to which it adds so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u32>,
    /// The last day on which it may be leased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Day>,
}

impl LicencePool {
    /// Seats to be leased, and nothing else.
    pub fn of_seats(seats: u32) -> Self {
        Self { seats, ..Self::default() }
    }
}

/// A pool as it is kept: at first its terms were carried, and read by nothing.
#[derive(Deserialize)]
struct KeptPool {
    seats: u32,
    #[serde(default)]
    authorised: Option<u32>,
    #[serde(default)]
    tokens: Option<u32>,
    #[serde(default)]
    expires: Option<Day>,
    #[serde(default)]
    carried: Carried,
}

impl From<KeptPool> for LicencePool {
    fn from(kept: KeptPool) -> Self {
        let KeptPool { seats, authorised, tokens, expires, carried } = kept;
        let tokens_carried = || u32::try_from(carried.get("tokens")?.as_u64()?).ok();
        let expires_carried = || Day::parse(carried.get("expires")?.as_str()?);
        Self {
            seats,
            authorised,
            tokens: tokens.or_else(tokens_carried),
            expires: expires.or_else(expires_carried),
        }
    }
}

/// From what leases are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// The seats of a type.
    Seats(LicenceType),
    /// The tokens of the server.
    Tokens,
}

impl Pool {
    /// Every pool that there can be.
    pub fn all() -> impl Iterator<Item = Self> {
        let types = LicenceType::all().filter(|licence| !licence.is_functional());
        types.map(Self::Seats).chain([Self::Tokens])
    }
    /// The id of the type, or `tokens`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Seats(licence) => licence.id(),
            Self::Tokens => "tokens",
        }
    }
}

/// How much there is to be leased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    seats: SmallVec<[(LicenceType, u32); 4]>,
    by_tokens: LicenceSet,
    tokens: u32,
}

impl Supply {
    /// How many seats, or tokens, are installed in a pool.
    pub fn installed(&self, pool: Pool) -> u32 {
        match pool {
            Pool::Seats(licence) => {
                self.seats.iter().find(|(it, _)| *it == licence).map_or(0, |(_, seats)| *seats)
            }
            Pool::Tokens => self.tokens,
        }
    }
    /// Whether the type may be leased by tokens.
    pub const fn is_by_tokens(&self, licence: LicenceType) -> bool {
        self.by_tokens.contains(licence)
    }
    /// What anybody could lease if nobody else did.
    pub fn leasable(&self) -> LicenceSet {
        let seats = self.seats.iter().filter(|(_, seats)| *seats > 0).map(|(licence, _)| *licence);
        let affordable = self.by_tokens.iter().filter(|licence| licence.tokens() <= self.tokens);
        seats.chain(affordable).collect()
    }
}

impl Organisation {
    /// What is to be leased on a day.
    pub fn supply_on(&self, day: Day) -> Supply {
        self.supply(|pool| pool.expires.is_none_or(|last| day <= last))
    }

    /// What anybody could lease if nobody else did, whatever its terms.
    pub fn leasable(&self) -> LicenceSet {
        self.supply(|_| true).leasable()
    }

    fn supply(&self, lasts: impl Fn(&LicencePool) -> bool) -> Supply {
        let mut supply = Supply::default();
        for (licence, pool) in self.licence_pools().filter(|(_, pool)| lasts(pool)) {
            supply.seats.push((licence, pool.seats));
            if let Some(tokens) = pool.tokens {
                supply.by_tokens = supply.by_tokens.union([licence].into_iter().collect());
                supply.tokens = supply.tokens.saturating_add(tokens);
            }
        }
        supply
    }

    /// The active users to whom a type is assigned by name.
    pub fn assigned(&self, licence: LicenceType) -> impl Iterator<Item = UserId> {
        let has = move |user: &crate::user::User| !user.archived && user.licences.contains(licence);
        self.users().filter(move |(_, user)| has(user)).map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terms_that_were_carried_are_read() {
        let kept = |value: serde_json::Value| serde_json::from_value::<LicencePool>(value).unwrap();
        let pool =
            LicencePool { seats: 3, tokens: Some(40), expires: Day::parse("2030-01-01"), authorised: None };
        assert_eq!(kept(json!({"seats": 3, "carried": {"tokens": 40, "expires": "2030-01-01"}})), pool);
        assert_eq!(kept(serde_json::to_value(&pool).unwrap()), pool);
        let unread = kept(json!({"seats": 0, "carried": {"expires": "some day"}}));
        assert_eq!(unread, LicencePool::of_seats(0));
    }
}
