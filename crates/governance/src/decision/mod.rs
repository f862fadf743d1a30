//! May this user perform this operation on this item? (docs/decision.md)
//!
//! One pure, total, deterministic function. Nothing else in the program grants anything.

mod applies;
mod asking;
mod compare;
mod explain;
mod gates;
mod health;
mod impact;
mod permission;
mod placement;
mod remedy;
mod reverse;

use crate::catalogue::LicenceSet;
use crate::index::{Law, Person};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Allowed, Ask, Basis, Decision, Gate, Question, Refused};
use crate::user::UserId;

pub(crate) use applies::applies;
pub use asking::{Asking, looks_people_up, may_ask_about, sees};
pub use compare::{Gain, Lineage, Shift, compare};
pub(crate) use compare::{Told, compare_items, compare_told};
pub use explain::*;
pub(crate) use explain::{looked_at, refused_in_words};
pub use health::{Finding, Severity, health, repository_administrators};
pub use impact::{CountedShifts, Impact, impact};
pub(crate) use impact::{impact_told, touched};
pub(crate) use permission::counted_roles;
pub(crate) use placement::{Placement, home_area};
pub(crate) use remedy::with_roles;
pub use remedy::{Opens, Remedy, Suggestion};
pub(crate) use reverse::{all_items, asks_about, asks_of};
pub use reverse::{items_a_user_may, items_among, users_who_may};

/// Decides. The same organisation and question always give the same answer.
///
/// # Errors
/// The refusal, with the gate that refused; see [`Gate`] for what each means.
pub fn decide(organisation: &Organisation, question: &Question) -> Decision {
    // Looked up first, so that the memory of the one is waited for together with that of the other.
    let person = gates::active_account(organisation, question.user);
    let case = Case::new(organisation, &question.ask, question.item);
    match (question.user, person) {
        (Some(user), Some(person)) => case.judge(user, person, question.leases),
        _ => Err(refused(Gate::Auth)),
    }
}

fn refused(gate: Gate) -> Refused {
    Refused { gate, area: None, missing: Default::default() }
}

/// What is asked of an item, with what does not depend on who asks: one case can be judged for many.
pub(crate) struct Case<'a> {
    organisation: &'a Organisation,
    ask: &'a Ask,
    item: Item,
    placement: Option<(Placement, &'a Law)>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(organisation: &'a Organisation, ask: &'a Ask, item: Item) -> Self {
        let placement = Placement::of(organisation, item).and_then(|placement| {
            let area = match ask {
                Ask::Perform(operation, ..) => placement.governing(*operation),
                Ask::Read | Ask::SetContext | Ask::Repository(_) => placement.project,
            };
            Some((placement, &**organisation.index.law(area)?))
        });
        Self { organisation, ask, item, placement }
    }

    /// The gates, in order, for an active account.
    pub(crate) fn judge(&self, user: UserId, person: &Person, leases: LicenceSet) -> Decision {
        let organisation = self.organisation;
        gates::repository_group(person, self.ask).map_err(refused)?;
        if let Ask::Repository(_) = self.ask {
            return Ok(Allowed { basis: Basis::Group, area: None });
        }
        let (placement, law) = self.placement.as_ref().ok_or_else(|| refused(Gate::NotVisible))?;
        if !gates::visible(organisation, user, person, self.item, law) {
            return Err(refused(Gate::NotVisible));
        }
        gates::licence(self.ask, self.item, person, leases).map_err(refused)?;
        let Ask::Perform(operation, actions, with) = self.ask else {
            return Ok(Allowed { basis: Basis::Read, area: None });
        };
        gates::item_state(organisation, placement, law, actions, with).map_err(refused)?;
        let (operation, with, owner) = (*operation, *with, placement.owner);
        let area = placement.governing(operation);
        let asked = permission::Asked { item: self.item, operation, actions, with, area, owner };
        permission::permission(organisation, user, person, law, &asked)
    }
}
