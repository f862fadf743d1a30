//! Leases of floating licences: which can be had, and which a command uses (docs/process.md#leases).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::act::Refusal;
use crate::catalogue::{LicenceSet, LicenceType};
use crate::licence_pool::{Pool, Supply};
use crate::organisation::Organisation;
use crate::question::{Gate, Question, Refused};
use crate::user::UserId;

/// Who has leased what, and what is free.
#[derive(Clone, Debug, Default)]
pub struct Leases {
    held: Arc<HashMap<UserId, LicenceSet>>,
    /// Types with a free seat.
    seats: LicenceSet,
    by_tokens: LicenceSet,
    /// The tokens that are free.
    tokens: u32,
}

/// How a licence is had that a command uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceUse {
    /// It is assigned to the user.
    Authorised(LicenceType),
    /// It was leased before.
    Leased(LicenceType),
    /// It is leased now, from this pool.
    Taken(LicenceType, Pool),
}

impl Leases {
    /// The leases that last, each with the pool from which it was taken, of what there is to be leased. A
    /// lease of what is not installed any more is none.
    pub fn of(supply: &Supply, lasting: impl IntoIterator<Item = (UserId, LicenceType, Pool)>) -> Self {
        let mut held: HashMap<UserId, LicenceSet> = HashMap::new();
        let mut used: HashMap<Pool, u32> = HashMap::new();
        for (user, licence, pool) in lasting {
            let (installed, price) = match pool {
                Pool::Seats(_) => (supply.installed(pool) > 0, 1),
                Pool::Tokens => (supply.is_by_tokens(licence), licence.tokens()),
            };
            if installed {
                let of_user = held.entry(user).or_default();
                *of_user = of_user.union([licence].into_iter().collect());
            }
            *used.entry(pool).or_default() += price;
        }
        let free =
            |pool: Pool| supply.installed(pool).saturating_sub(used.get(&pool).copied().unwrap_or_default());
        let types = || LicenceType::all().filter(|licence| !licence.is_functional());
        Self {
            held: Arc::new(held),
            seats: types().filter(|licence| free(Pool::Seats(*licence)) > 0).collect(),
            by_tokens: types().filter(|licence| supply.is_by_tokens(*licence)).collect(),
            tokens: free(Pool::Tokens),
        }
    }

    /// As if nobody had leased anything, whatever the terms: for organisations that no server runs.
    pub fn of_nobody(organisation: &Organisation) -> Self {
        Self { seats: organisation.leasable(), ..Self::default() }
    }

    /// What somebody who has leased nothing could lease.
    pub fn free(&self) -> LicenceSet {
        let affordable = self.by_tokens.iter().filter(|licence| licence.tokens() <= self.tokens);
        self.seats.union(affordable.collect())
    }

    /// What a user has leased or could lease; without one, what anybody could.
    pub fn for_user(&self, user: Option<UserId>) -> LicenceSet {
        let held = user.and_then(|user| self.held.get(&user)).copied();
        self.free().union(held.unwrap_or_default())
    }

    /// Those who have leased something, with what.
    pub fn holders(&self) -> impl Iterator<Item = (UserId, LicenceSet)> {
        self.held.iter().map(|(user, licences)| (*user, *licences))
    }

    /// The licences that a user needs for what was asked and allowed, each once: one that is assigned, else
    /// one that is leased, else the cheapest that can be leased.
    ///
    /// # Errors
    /// When no such licence can be had besides those that are taken for the questions before.
    pub fn used(
        &self,
        organisation: &Organisation,
        user: UserId,
        asked: &[Question],
    ) -> Result<Vec<LicenceUse>, Refusal> {
        let assigned = organisation.user(user).map(|user| user.held()).unwrap_or_default();
        let mut leased = self.held.get(&user).copied().unwrap_or_default();
        let mut free = self.clone();
        let mut used = Vec::new();
        for question in asked {
            let Some(unlocking) = question.ask.unlocked_by(question.item) else { continue };
            let one = if let Some(licence) = cheapest(unlocking, assigned) {
                LicenceUse::Authorised(licence)
            } else if let Some(licence) = cheapest(unlocking, leased) {
                LicenceUse::Leased(licence)
            } else if let Some(licence) = cheapest(unlocking, free.free()) {
                leased = leased.union([licence].into_iter().collect());
                LicenceUse::Taken(licence, free.take(licence))
            } else {
                let refused = Refused { gate: Gate::License, area: None, missing: Default::default() };
                return Err(Refusal::Decision { question: Box::new(question.clone()), refused });
            };
            // What was taken for one question is leased for the next.
            let known = match one {
                LicenceUse::Leased(licence) => {
                    used.iter().any(|it| matches!(it, LicenceUse::Taken(taken, _) if *taken == licence))
                }
                LicenceUse::Authorised(_) | LicenceUse::Taken(..) => false,
            };
            if !known && !used.contains(&one) {
                used.push(one);
            }
        }
        Ok(used)
    }

    /// Takes a licence that is free; a seat of its own before tokens, which others can use, too.
    fn take(&mut self, licence: LicenceType) -> Pool {
        if self.seats.contains(licence) {
            return Pool::Seats(licence);
        }
        self.tokens = self.tokens.saturating_sub(licence.tokens());
        Pool::Tokens
    }
}

/// Of the licences that unlock something, the cheapest one of those there.
fn cheapest(unlocking: LicenceSet, there: LicenceSet) -> Option<LicenceType> {
    unlocking.iter().filter(|licence| there.contains(*licence)).min_by_key(|licence| licence.tokens())
}

impl Supply {
    /// The pools of which a refusal is a denial: of each question that no licence was left for, the pool of
    /// the cheapest type that is installed to be leased and would have unlocked it.
    pub fn denied(&self, refusal: &Refusal) -> BTreeSet<Pool> {
        let pool = |question: &Question| {
            let licence = cheapest(question.ask.unlocked_by(question.item)?, self.leasable())?;
            let seats = Pool::Seats(licence);
            Some(if self.installed(seats) > 0 { seats } else { Pool::Tokens })
        };
        unlicensed(refusal).into_iter().filter_map(pool).collect()
    }
}

/// The questions that the licence gate refused.
fn unlicensed(refusal: &Refusal) -> Vec<&Question> {
    match refusal {
        Refusal::Decision { question, refused } if refused.gate == Gate::License => vec![question],
        Refusal::Several(several) => several.iter().flat_map(unlicensed).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
