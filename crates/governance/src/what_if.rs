//! What commands not carried out would change (docs/decision.md#questions-that-are-answered).

use crate::act::Refusal;
use crate::command::Command;
use crate::decision::{Lineage, Shift, compare};
use crate::event::Event;
use crate::organisation::Organisation;
use crate::rules::{Rule, violations};
use crate::user::UserId;

/// What some commands would come to.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// What would change.
    pub events: Vec<Event>,
    /// Who would gain and who would lose what.
    pub shifts: Vec<Shift>,
}

/// What there is after some commands.
pub(crate) struct CarriedOut {
    pub(crate) after: Organisation,
    pub(crate) events: Vec<Event>,
}

/// Carries the commands out on a copy, each after the one before, as if `by` gave them and were allowed
/// everything; the rules of the model hold all the same.
///
/// # Errors
/// When a command cannot be carried out as things are, or breaks a rule.
pub fn what_if(organisation: &Organisation, by: UserId, commands: &[Command]) -> Result<WhatIf, Refusal> {
    let CarriedOut { after, events } = carried_out(organisation, by, commands, |_, _, _| true)?;
    Ok(WhatIf { events, shifts: compare(organisation, &after, Lineage::Same) })
}

/// The same, while a rule that an event breaks holds only if this says so of what there is then.
pub(crate) fn carried_out(
    organisation: &Organisation,
    by: UserId,
    commands: &[Command],
    holds: impl Fn(&Organisation, &Event, &Rule) -> bool,
) -> Result<CarriedOut, Refusal> {
    let mut after = organisation.clone();
    let mut events = Vec::new();
    for command in commands {
        let proposal = command.propose(&after, by)?;
        after.apply(&proposal.events);
        let broken = violations(&after, &proposal.events).into_iter();
        let broken = broken.filter(|it| holds(&after, &proposal.events[it.event], &it.rule));
        let broken: Vec<_> = broken.map(|it| it.rule).collect();
        if !broken.is_empty() {
            return Err(Refusal::Rules(broken));
        }
        events.extend(proposal.events);
    }
    Ok(CarriedOut { after, events })
}
