//! What a walk has come to.

use std::collections::HashSet;

use super::LocalOutcome;
use super::pass::{Pass, Standing};
use super::report::{BaselineLine, BaselineOutcome, BaselinePlan};
use crate::command::Need;
use crate::configuration::ConfigurationId;
use crate::event::Event;
use crate::item::Item;
use crate::text::Name;

impl Pass<'_> {
    /// Whether nothing can be done.
    pub(super) fn is_refused(&self) -> bool {
        self.standings.get(&self.command.root) == Some(&Standing::Itself)
    }
    pub(super) fn into_needs(self) -> Vec<Need> {
        if self.is_refused() { Vec::new() } else { self.needs }
    }
    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }

    pub(super) fn into_plan(self) -> BaselinePlan {
        let root = match self.standings.get(&self.command.root) {
            Some(Standing::Baseline(id) | Standing::Staging(id)) => Some(*id),
            Some(Standing::Itself) | None => None,
        };
        let reference = |id: ConfigurationId| self.organisation.reference(Item::Configuration(id));
        let local = |uri: &Name, outcome, result, refusals| BaselineLine {
            configuration: uri.to_string().into(),
            outcome,
            result,
            refusals,
        };
        let refused = self.refusals.locals.iter();
        let refused = refused.map(|(uri, why)| local(uri, BaselineOutcome::Refused, None, vec![why.clone()]));
        let locals = self.locals.iter().filter_map(|asked| match self.command.locals.get(&asked.uri)? {
            LocalOutcome::Baseline(to) if *to == asked.uri => None,
            LocalOutcome::Baseline(to) => {
                Some(local(&asked.uri, BaselineOutcome::Baselined, Some(to.to_string()), Vec::new()))
            }
            LocalOutcome::Refused(_) => None,
        });
        let mut reasons = self.refusals.reasons;
        let visited: HashSet<ConfigurationId> = self.lines.iter().map(|(id, ..)| *id).collect();
        // What is below something that stays was not walked again.
        let below: Vec<_> = reasons.keys().filter(|id| !visited.contains(id)).copied().collect();
        let below = below.into_iter().map(|id| (id, BaselineOutcome::Refused, None));
        let own: Vec<_> = below
            .chain(self.lines)
            .map(|(id, outcome, result)| BaselineLine {
                configuration: reference(id).into(),
                outcome,
                result,
                refusals: reasons.remove(&id).unwrap_or_default(),
            })
            .collect();
        BaselinePlan {
            lines: refused.chain(locals).chain(own).collect(),
            locals: self.locals,
            root,
            refusal: root.is_none().then_some(self.root_refusal).flatten(),
            changes: !self.events.is_empty(),
        }
    }
}
