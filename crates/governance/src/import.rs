//! Importing: what documents say is made so, as one change, by those who manage the server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::act::{Act, Acted, Refusal};
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::changed_fact::{ChangedFact, changed_facts};
use crate::decision::{Impact, Told, decide, impact_told};
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Allowed, Ask, Question};
use crate::rules::violations;
use crate::user::UserId;

/// Makes facts what documents say. The events were worked out against the organisation that they change.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportFacts {
    /// What changes; one event a fact.
    pub events: Vec<Event>,
}

impl Act for ImportFacts {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let (question, allowed) = may_exchange(organisation, by, leases)?;
        if self.events.is_empty() {
            return Err(Refusal::Nothing);
        }
        if !self.events.iter().all(|event| organisation.facts.agrees(event)) {
            let said = "the organisation was changed since the import was worked out; work it out again";
            return Err(Refusal::Precondition(said.to_owned()));
        }
        let broken = violations(&organisation.after(&self.events), &self.events);
        if !broken.is_empty() {
            return Err(Refusal::Rules(broken.into_iter().map(|it| it.rule).collect()));
        }
        Ok(Acted { events: self.events.clone(), basis: allowed.basis, asked: vec![question] })
    }
}

/// Whether somebody may have the whole organisation, and may make it another; with what was asked.
pub(crate) fn may_exchange(
    organisation: &Organisation,
    by: UserId,
    leases: LicenceSet,
) -> Result<(Question, Allowed), Refusal> {
    let ask = Ask::Repository(RepositoryOperation::manage_server());
    let question = Question { user: Some(by), ask, item: Item::Repository, leases };
    match decide(organisation, &question) {
        Ok(allowed) => Ok((question, allowed)),
        Err(refused) => Err(Refusal::Decision { question: Box::new(question), refused }),
    }
}

/// What an import would change, or has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportPlan {
    /// The revision on which it would be made, or which it has made.
    pub revision: u64,
    /// What would change, fact by fact.
    pub changes: Vec<ChangedFact>,
    /// Who would gain and who would lose what, on what is there already.
    pub impact: Impact,
}

impl ImportPlan {
    /// The plan of these events. `go_on` is asked now and then whether there is time left for the impact.
    pub fn of(
        revision: u64,
        before: &Organisation,
        after: &Organisation,
        events: &[Event],
        go_on: impl FnMut() -> bool,
    ) -> Self {
        let impact = impact_told(before, after, events, |_| Told::Everybody, go_on);
        Self { revision, changes: changed_facts(before, after, events), impact }
    }
}
