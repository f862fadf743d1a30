//! May this user perform this operation on this item? (docs/decision.md)
//!
//! One pure, total, deterministic function. Nothing else in the program grants anything.

mod applies;
mod asking;
mod compare;
mod explain;
mod gates;
mod governing_area;
mod permission;
mod remedy;
mod reverse;

use crate::organisation::Organisation;
use crate::question::{Allowed, Ask, Basis, Decision, Gate, Question, Refused};

pub(crate) use applies::applies;
pub use asking::{may_ask_about, sees};
pub use compare::{Gain, Lineage, Shift, compare};
pub use explain::*;
pub(crate) use governing_area::home_area;
pub use remedy::{Opens, Remedy};
pub use reverse::{items_a_user_may, users_who_may};

/// Decides. The same organisation and question always give the same answer.
///
/// # Errors
/// The refusal, with the gate that refused; see [`Gate`] for what each means.
pub fn decide(organisation: &Organisation, question: &Question) -> Decision {
    let refuse = |gate| Refused { gate, area: None, missing: Default::default() };
    let person = gates::active_account(organisation, question.user).ok_or_else(|| refuse(Gate::Auth))?;
    gates::repository_group(person, &question.ask).map_err(refuse)?;
    if let Ask::Repository(_) = question.ask {
        return Ok(Allowed { basis: Basis::Group, area: None });
    }
    gates::visible(organisation, question, person).map_err(refuse)?;
    gates::licence(question, person).map_err(refuse)?;
    let Ask::Perform(operation, actions, with) = &question.ask else {
        return Ok(Allowed { basis: Basis::Read, area: None });
    };
    let area = governing_area::governing_area(organisation, *operation, question.item)
        .ok_or_else(|| refuse(Gate::NotVisible))?;
    gates::item_state(organisation, question.item, area, actions, with).map_err(refuse)?;
    permission::permission(organisation, question, person, *operation, actions, *with, area)
}
