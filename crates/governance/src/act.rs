//! Acting: a command is judged, and comes to events or to a refusal.

use std::collections::HashMap;

use thiserror::Error;

use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::command::{Command, Need, Needs, Refusals};
use crate::decision::decide;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::{Unmet, unmet, without_void_approvals};
use crate::question::{Ask, Basis, Gate, Question, Refused};
use crate::rules::{Rule, violations};
use crate::user::UserId;

/// Why a command is not carried out. Nothing of it is.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Refusal {
    /// The user is not allowed it. At gate NOT_VISIBLE it must look as if the item did not exist.
    #[error("refused: {}", .refused.gate.word())]
    Decision {
        /// What was asked.
        question: Box<Question>,
        /// The answer.
        refused: Refused,
    },
    /// The user is not allowed several things that it needs; each is told.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<Refusal>),
    /// It would break rules of the model.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<Rule>),
    /// What it is about does not exist.
    #[error("there is no such {0}")]
    NotThere(&'static str),
    /// It cannot be done as things are; the text says why, and what would help.
    #[error("{0}")]
    Precondition(String),
    /// What the process demands besides permission does not hold; all of it is told.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unmet(Vec<Unmet>),
    /// It would change nothing.
    #[error("nothing would change")]
    Nothing,
}

impl Refusal {
    /// The gate that refuses it, of several the first, if it is a decision that does.
    pub fn gate(&self) -> Option<Gate> {
        match self {
            Self::Decision { refused, .. } => Some(refused.gate),
            Self::Several(several) => several.iter().find_map(Self::gate),
            _ => None,
        }
    }

    /// Whether it must be answered exactly as something that does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NotThere(_) => true,
            Self::Decision { refused, .. } => refused.gate == Gate::NotVisible,
            Self::Several(several) => several.iter().any(Self::is_not_found),
            Self::Rules(_) | Self::Precondition(_) | Self::Unmet(_) | Self::Nothing => false,
        }
    }
}

/// What a command comes to, before anybody judges it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What must be allowed, in the order in which it is asked.
    pub needs: Vec<Need>,
    /// What would change.
    pub events: Vec<Event>,
}

/// What a command has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// What changes; one event a fact.
    pub events: Vec<Event>,
    /// What it stands on: an override if any question was allowed by one, for that is what an audit looks
    /// for; else a role, one's own, the group, or reading, in this order.
    pub basis: Basis,
    /// What was asked and allowed; carrying the command out takes the licences that these need.
    pub asked: Vec<Question>,
}

/// What can be judged and carried out.
pub trait Act {
    /// Decides, then checks the rules.
    ///
    /// # Errors
    /// A refusal: decisions come first, so that no other message tells of what the user may not see.
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal>;
}

impl Act for Command {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let mut walk = Walk::new(by, Some(leases));
        let begun = walk.mark();
        let after = walk.perform(self, organisation.clone())?;
        walk.complete(begun, organisation, after)?;
        if walk.events.is_empty() {
            return Err(Refusal::Nothing);
        }
        let Walk { events, basis, asked, .. } = walk;
        Ok(Acted { events, basis: basis.unwrap_or(Basis::Owner), asked })
    }
}

impl Command {
    /// What the command would come to and need, if this user gave it; nothing is judged, and no rule is
    /// checked.
    ///
    /// # Errors
    /// When what it is about does not exist, or it cannot be done as things are.
    pub fn propose(&self, organisation: &Organisation, by: UserId) -> Result<Proposal, Refusal> {
        let mut walk = Walk::new(by, None);
        walk.perform(self, organisation.clone())?;
        let events = without_void_approvals(organisation, merged(walk.events));
        Ok(Proposal { needs: walk.needs, events })
    }
}

impl Command {
    /// What a command of one step comes to, judged, by itself; whoever puts several together checks the
    /// rules.
    ///
    /// # Errors
    /// When it is not allowed, or cannot be done as things are.
    pub(crate) fn judged(
        &self,
        organisation: &Organisation,
        by: UserId,
        leases: LicenceSet,
    ) -> Result<Acted, Refusal> {
        let mut walk = Walk::new(by, Some(leases));
        let events = walk.step(self, organisation)?;
        Ok(Acted { events, basis: walk.basis.unwrap_or(Basis::Owner), asked: walk.asked })
    }
}

/// A command on its way through its steps.
#[derive(Debug)]
pub(crate) struct Walk {
    by: UserId,
    /// The floating licences to judge with; `None`: nothing is judged.
    judge: Option<LicenceSet>,
    needs: Vec<Need>,
    asked: Vec<Question>,
    events: Vec<Event>,
    /// So many events are not changed by what follows.
    settled: usize,
    basis: Option<Basis>,
}

/// A place on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    needs: usize,
    asked: usize,
    events: usize,
    basis: Option<Basis>,
}

impl Walk {
    pub(crate) fn new(by: UserId, judge: Option<LicenceSet>) -> Self {
        let events = Vec::new();
        Self { by, judge, needs: Vec::new(), asked: Vec::new(), events, settled: 0, basis: None }
    }

    /// Where it is now.
    pub(crate) fn mark(&mut self) -> Mark {
        self.settled = self.events.len();
        let (needs, asked, events) = (self.needs.len(), self.asked.len(), self.events.len());
        Mark { needs, asked, events, basis: self.basis }
    }
    /// Completes what came since then: approvals that it makes void end with it, and preconditions and rules
    /// must hold. Answers with the organisation after all of it.
    pub(crate) fn complete(
        &mut self,
        mark: Mark,
        before: &Organisation,
        after: Organisation,
    ) -> Result<Organisation, Refusal> {
        let changed = merged(self.events.split_off(mark.events));
        let known = changed.len();
        let events = without_void_approvals(before, changed);
        let after = if events.len() == known { after } else { after.after(&events[known..]) };
        let unmet = unmet(&after, &events, self.by);
        if !unmet.is_empty() {
            return Err(Refusal::Unmet(unmet));
        }
        let broken = violations(&after, &events);
        if !broken.is_empty() {
            return Err(Refusal::Rules(broken.into_iter().map(|it| it.rule).collect()));
        }
        self.events.extend(events);
        Ok(after)
    }
    /// Forgets what came after.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.needs.truncate(mark.needs);
        self.asked.truncate(mark.asked);
        self.events.truncate(mark.events);
        self.basis = mark.basis;
    }
    /// All of it as one change.
    pub(crate) fn finish(self) -> Acted {
        Acted { events: merged(self.events), basis: self.basis.unwrap_or(Basis::Owner), asked: self.asked }
    }

    /// Answers with the organisation after the command.
    pub(crate) fn perform(
        &mut self,
        command: &Command,
        organisation: Organisation,
    ) -> Result<Organisation, Refusal> {
        let events = self.step(command, &organisation)?;
        let mut after = organisation.after(&events);
        self.keep(events);
        for command in command.step().then(&after) {
            after = self.perform(&command, after)?;
        }
        Ok(after)
    }

    /// Of a long list that changes again and again no more is kept than how it was and how it is.
    fn keep(&mut self, events: Vec<Event>) {
        for event in events {
            match (self.events[self.settled..].last_mut(), event) {
                (Some(Event::Contributions(earlier)), Event::Contributions(later))
                    if earlier.key == later.key =>
                {
                    earlier.after = later.after;
                }
                (_, event) => self.events.push(event),
            }
        }
    }

    /// What the command itself comes to, without what belongs to it.
    fn step(&mut self, command: &Command, organisation: &Organisation) -> Result<Vec<Event>, Refusal> {
        let step = command.step();
        let mut needs = Needs::new(organisation, self.by);
        step.needs(&mut needs);
        let (list, deferred) = (needs.list, needs.deferred);
        if let Some(leases) = self.judge {
            self.judge(organisation, &list, leases, step.refusals())?;
        }
        let events = step.events(organisation, self.by)?;
        if let Some(refusal) = deferred {
            return Err(refusal);
        }
        self.needs.extend(list);
        Ok(events)
    }

    fn judge(
        &mut self,
        organisation: &Organisation,
        needs: &[Need],
        leases: LicenceSet,
        told: Refusals,
    ) -> Result<(), Refusal> {
        let active = organisation.user(self.by).is_some_and(|user| !user.archived);
        if !active {
            // Some commands, as a change of one's own name, ask nothing: an account they need all the same.
            let ask = Ask::Repository(RepositoryOperation::manage_users());
            let need = Need { ask, item: Item::Repository };
            let question = Box::new(needs.first().unwrap_or(&need).question(self.by, leases));
            let refused = Refused { gate: Gate::Auth, area: None, missing: Default::default() };
            return Err(Refusal::Decision { question, refused });
        }
        let mut several = Vec::new();
        for need in needs {
            let question = need.question(self.by, leases);
            match decide(organisation, &question) {
                Ok(allowed) => {
                    self.basis = Some(self.basis.map_or(allowed.basis, |it| weakest(it, allowed.basis)));
                    self.asked.push(question);
                }
                Err(refused) => {
                    let refusal = Refusal::Decision { question: Box::new(question), refused };
                    if told == Refusals::First || refusal.is_not_found() {
                        return Err(refusal);
                    }
                    several.push(refusal);
                }
            }
        }
        match several.len() {
            0 | 1 => several.pop().map_or(Ok(()), Err),
            _ => Err(Refusal::Several(several)),
        }
    }
}

/// What was worked out as a whole is judged: what it needs, then what it comes to or why it cannot be done.
pub(crate) fn carried_out(
    needs: Needs<'_>,
    leases: LicenceSet,
    events: Result<Vec<Event>, Refusal>,
) -> Result<Acted, Refusal> {
    let mut walk = Walk::new(needs.by, Some(leases));
    walk.judge(needs.organisation, &needs.list, leases, Refusals::First)?;
    let begun = walk.mark();
    walk.events = events?;
    let after = needs.organisation.after(&walk.events);
    walk.complete(begun, needs.organisation, after)?;
    if walk.events.is_empty() { Err(Refusal::Nothing) } else { Ok(walk.finish()) }
}

/// What changes no fact, and may be done if all of this is allowed.
pub(crate) fn allowed(needs: Needs<'_>, leases: LicenceSet) -> Result<Acted, Refusal> {
    let mut walk = Walk::new(needs.by, Some(leases));
    walk.judge(needs.organisation, &needs.list, leases, Refusals::First)?;
    needs.deferred.map_or_else(|| Ok(walk.finish()), Err)
}

/// The one of two that an audit looks for first.
pub(crate) fn weakest(one: Basis, other: Basis) -> Basis {
    if weakness(other) > weakness(one) { other } else { one }
}

fn weakness(basis: Basis) -> u8 {
    match basis {
        Basis::Read => 0,
        Basis::Group => 1,
        Basis::Owner => 2,
        Basis::Role => 3,
        Basis::Override => 4,
    }
}

macro_rules! merge_by_kind {
    ($events:ident: $($kind:ident)*) => {{
        let mut places: HashMap<(&'static str, String), usize> = HashMap::new();
        let mut merged: Vec<Event> = Vec::new();
        for event in $events {
            let key = match &event {
                $(Event::$kind(change) => format!("{:?}", change.key),)*
            };
            let place = *places.entry((event.kind(), key)).or_insert(merged.len());
            match (merged.get_mut(place), event) {
                $((Some(Event::$kind(earlier)), Event::$kind(later)) => earlier.after = later.after,)*
                (_, event) => merged.push(event),
            }
        }
        merged.retain(|event| !event.is_void());
        merged
    }};
}

/// One event a fact, from what it was at first to what it is at last, and none where nothing changed.
#[rustfmt::skip]
fn merged(events: Vec<Event>) -> Vec<Event> {
    merge_by_kind!(events:
        Settings LicencePool User Area AccessGroup Administrator Member Listed Roles Permission Timelines
        Component Configuration Contributions Category WorkItem Plan ScmItem TestArtefact Folder Artefact
        ProcessTemplate Preconditions Approval)
}
