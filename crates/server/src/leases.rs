//! Leases of floating licences as this node knows them (docs/process.md#leases).
//!
//! The store decides who has a seat. What is here answers checks without asking it, and tells which changes
//! have something to keep: most have nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use governance::{
    Day, Leases, LicencePool, LicenceType, LicenceUse, Organisation, Pool, Refusal, Supply, UserId,
};
use store::{Lease, LeaseUsed, LicencesUsed, Moment, Store, StoreError};
use tokio::time::MissedTickBehavior;

use crate::chance::now;
use crate::office::Office;
use crate::session::later;

/// A lease's use is noted no more often.
const NOTED_EVERY: Duration = Duration::from_secs(60);

type Kept = HashMap<(UserId, LicenceType), Lease>;

/// What the nodes have leased.
pub(crate) struct LeaseBook {
    /// So long a lease lasts after its last use.
    lasting: Duration,
    kept: ArcSwap<Kept>,
    told: ArcSwap<Told>,
    /// Whose use of what is assigned to them was noted, and on which day.
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    day: Option<Day>,
    uses: HashSet<(UserId, LicenceType)>,
}

/// What is answered as long as nothing of it changes.
struct Told {
    kept: Arc<Kept>,
    pools: Vec<(LicenceType, LicencePool)>,
    from: Moment,
    until: Moment,
    leases: Leases,
}

/// The day in which a moment is.
pub(crate) fn day_of(moment: Moment) -> Day {
    Day::of(moment.microseconds())
}

impl LeaseBook {
    pub(crate) async fn open(store: &Store, lasting: Duration) -> Result<Self, StoreError> {
        let nothing = Told {
            kept: Arc::default(),
            pools: Vec::new(),
            from: Moment::new(0),
            until: Moment::new(0),
            leases: Leases::default(),
        };
        let book = Self {
            lasting,
            kept: ArcSwap::default(),
            told: ArcSwap::from_pointee(nothing),
            noted: Mutex::default(),
        };
        book.read(store).await?;
        Ok(book)
    }

    /// Reads what was taken and ended by whichever node.
    pub(crate) async fn read(&self, store: &Store) -> Result<(), StoreError> {
        let leases = store.leases().await?.into_iter();
        self.kept.store(Arc::new(leases.map(|lease| ((lease.user, lease.licence), lease)).collect()));
        Ok(())
    }

    /// The leases that last, the oldest first.
    pub(crate) fn lasting(&self, now: Moment) -> Vec<Lease> {
        let kept = self.kept.load();
        let mut leases: Vec<_> = kept.values().filter(|lease| lease.expires > now).cloned().collect();
        leases.sort_by_key(|lease| (lease.taken, lease.user, lease.licence));
        leases
    }

    /// Who has leased what now, and what is free.
    pub(crate) fn now(&self, organisation: &Organisation, now: Moment) -> Leases {
        let (told, kept) = (self.told.load(), self.kept.load_full());
        let pools = organisation.licence_pools();
        if told.from <= now
            && now < told.until
            && Arc::ptr_eq(&told.kept, &kept)
            && pools.eq(told.pools.iter().map(|(licence, pool)| (*licence, pool)))
        {
            return told.leases.clone();
        }
        let lasting = || kept.values().filter(|lease| lease.expires > now);
        let today = day_of(now);
        let supply = organisation.supply_on(today);
        let leases = Leases::of(&supply, lasting().map(|lease| (lease.user, lease.licence, lease.pool)));
        let tomorrow = Moment::new(today.plus(1).begins());
        let told = Told {
            pools: pools_of(organisation),
            from: now,
            until: lasting().map(|lease| lease.expires).fold(tomorrow, Moment::min),
            leases: leases.clone(),
            kept,
        };
        self.told.store(Arc::new(told));
        leases
    }

    /// What is to be looked for or kept with a change that uses these licences. As long as all of it is
    /// fresh, nothing is written.
    pub(crate) fn to_keep(
        &self,
        supply: &Supply,
        user: UserId,
        uses: &[LicenceUse],
        now: Moment,
    ) -> Option<LicencesUsed> {
        let kept = self.kept.load();
        let every = NOTED_EVERY.min(self.lasting / 2);
        let until = later(now, self.lasting);
        let mut used = LicencesUsed {
            user,
            at: now,
            until,
            taken: Vec::new(),
            renewed: Vec::new(),
            fresh: Vec::new(),
            assigned: Vec::new(),
        };
        let of = |licence, pool| LeaseUsed { licence, pool, installed: supply.installed(pool) };
        for one in uses {
            match *one {
                LicenceUse::Authorised(licence) => {
                    let noted = self.noted();
                    let fresh = noted.day == Some(day_of(now)) && noted.uses.contains(&(user, licence));
                    if !fresh && !licence.is_functional() {
                        used.assigned.push(licence);
                    }
                }
                LicenceUse::Leased(licence) => match kept.get(&(user, licence)) {
                    Some(lease) if later(lease.last_used, every) <= now => {
                        used.renewed.push(of(licence, lease.pool));
                    }
                    Some(_) | None => used.fresh.push(licence),
                },
                LicenceUse::Taken(licence, pool) => used.taken.push(of(licence, pool)),
            }
        }
        let nothing = used.fresh.is_empty() && !writes(&used);
        (!nothing).then_some(used)
    }

    /// Notes what was kept with a change.
    pub(crate) fn kept(&self, used: &LicencesUsed) {
        if !used.assigned.is_empty() {
            let mut noted = self.noted();
            let today = Some(day_of(used.at));
            if noted.day != today {
                *noted = Noted { day: today, uses: HashSet::new() };
            }
            noted.uses.extend(used.assigned.iter().map(|licence| (used.user, *licence)));
        }
        if used.taken.is_empty() && used.renewed.is_empty() {
            return;
        }
        self.change(|kept| {
            for one in used.taken.iter().chain(&used.renewed) {
                let key = (used.user, one.licence);
                let taken = kept.get(&key).filter(|_| used.renewed.contains(one)).map(|lease| lease.taken);
                let lease = Lease {
                    user: used.user,
                    licence: one.licence,
                    pool: one.pool,
                    taken: taken.unwrap_or(used.at),
                    last_used: used.at,
                    expires: used.until,
                };
                kept.insert(key, lease);
            }
        });
    }

    /// Notes, for a day that has begun, what has lasted past midnight: nobody need take or renew it then; and
    /// what is installed from now on.
    pub(crate) async fn note_day(
        &self,
        store: &Store,
        organisation: &Organisation,
        today: Day,
    ) -> Result<(), StoreError> {
        let begins = Moment::new(today.begins());
        let supply = organisation.supply_on(today);
        let kept = self.kept.load_full();
        let lasting = kept.values().filter(|lease| lease.taken <= begins && lease.expires > begins);
        for pool in lasting.map(|lease| lease.pool).collect::<BTreeSet<_>>() {
            store.note_leased_at_midnight(pool, today, supply.installed(pool)).await?;
        }
        store.note_installed(today, Pool::all().map(|pool| (pool, supply.installed(pool)))).await
    }

    /// Notes that users have none any more.
    pub(crate) fn ended(&self, users: &[UserId]) {
        if !users.is_empty() {
            self.change(|kept| kept.retain(|(user, _), _| !users.contains(user)));
        }
    }

    fn change(&self, change: impl Fn(&mut Kept)) {
        self.kept.rcu(|kept| {
            let mut next = Kept::clone(kept);
            change(&mut next);
            next
        });
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // What it says is a set, whole at any time.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pools_of(organisation: &Organisation) -> Vec<(LicenceType, LicencePool)> {
    organisation.licence_pools().map(|(licence, pool)| (licence, pool.clone())).collect()
}

/// Whether there is anything to write.
fn writes(used: &LicencesUsed) -> bool {
    !(used.taken.is_empty() && used.renewed.is_empty() && used.assigned.is_empty())
}

#[cfg(test)]
mod tests;

/// How often what other nodes have ended is looked for; what they take comes with their changes.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(2);

impl Office {
    /// Who has leased what now, and what is free, of an organisation.
    pub(crate) fn leases_of(&self, organisation: &Organisation) -> Leases {
        self.leases.now(organisation, now())
    }

    /// Ends the leases of somebody who has signed out, unless they are signed in elsewhere.
    pub(crate) async fn signed_out(&self, user: UserId) -> Result<(), StoreError> {
        if self.store().end_leases_at_sign_out(user, now()).await? > 0 {
            self.leases.ended(&[user]);
        }
        Ok(())
    }

    /// Notes of what a refused change was denied.
    pub(crate) async fn note_denials(&self, refusal: &Refusal) {
        let today = day_of(now());
        let supply = self.published().organisation.supply_on(today);
        for pool in supply.denied(refusal) {
            if let Err(error) = self.store().note_denial(pool, today, supply.installed(pool)).await {
                tracing::warn!(%error, "cannot note that a licence was denied");
            }
        }
    }

    /// Looks, now and then and for ever, for leases that other nodes have ended, and notes those that last
    /// from one day to the next, and which pools are others than before.
    pub(crate) async fn follow_leases(self: Arc<Self>) {
        let mut every = tokio::time::interval(LOOKED_FOR_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut noted: Option<(Day, Vec<(LicenceType, LicencePool)>)> = None;
        loop {
            every.tick().await;
            let none = self.published().organisation.licence_pools().next().is_none();
            if none && noted.as_ref().is_some_and(|(_, pools)| pools.is_empty()) {
                continue;
            }
            // Nobody takes any meanwhile.
            let turn = self.turn().await;
            let today = day_of(now());
            let read = async {
                self.leases.read(self.store()).await?;
                let organisation = &self.published().organisation;
                let now = (today, pools_of(organisation));
                if noted.as_ref() != Some(&now) {
                    self.leases.note_day(self.store(), organisation, today).await?;
                    noted = Some(now);
                }
                Ok::<_, StoreError>(())
            };
            if let Err(error) = read.await {
                tracing::warn!(%error, "cannot read who has leased which licence; trying again");
            }
            drop(turn);
        }
    }
}
