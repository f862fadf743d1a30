//! A change that is told line by line.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::View;
use crate::act::{Act, Acted, Refusal, Walk};
use crate::catalogue::LicenceSet;
use crate::changed_fact::{ChangedFact, changed_facts};
use crate::command::Command;
use crate::decision::Impact;
use crate::event::Event;
use crate::organisation::Organisation;
use crate::user::UserId;

/// A change in the making: each line is a command of the asker's, judged after those before it. A line that
/// is refused leaves nothing behind, so that the next one can be judged all the same.
#[derive(Debug)]
pub struct LineByLine {
    before: View,
    now: View,
    walk: Walk,
}

impl View {
    /// Begins a change.
    pub fn line_by_line(&self) -> LineByLine {
        let walk = Walk::new(self.asker, Some(self.own_leases()));
        LineByLine { before: self.clone(), now: self.clone(), walk }
    }
}

impl LineByLine {
    /// What the asker sees after the lines so far.
    pub fn view(&self) -> &View {
        &self.now
    }

    /// Carries a line out.
    ///
    /// # Errors
    /// When it is refused; then nothing of it is done.
    pub fn carry_out(&mut self, command: &Command) -> Result<(), LineRefused> {
        let begun = self.walk.mark();
        let before = Arc::clone(&self.now.organisation);
        let after = self.walk.perform(command, (*before).clone());
        let after = after.and_then(|after| self.walk.complete(begun, &before, after));
        match after {
            Ok(after) => {
                self.now.organisation = Arc::new(after);
                // What the lines have made is seen by what they have made of the asker's rights.
                self.now.present = Arc::clone(&self.now.organisation);
                Ok(())
            }
            Err(refusal) => {
                self.walk.back_to(begun);
                Err(LineRefused { said: self.in_words(&refusal), refusal })
            }
        }
    }

    fn in_words(&self, refusal: &Refusal) -> String {
        match refusal {
            _ if refusal.is_not_found() => "what this line is about does not exist".to_owned(),
            Refusal::Decision { question, refused } => self.now.refused(question, refused).sentence,
            other => other.to_string(),
        }
    }

    /// The whole change.
    pub fn finish(self) -> LinesCarriedOut {
        LinesCarriedOut { before: self.before, after: self.now, acted: self.walk.finish() }
    }
}

/// Why a line is not carried out, in words.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{said}")]
pub struct LineRefused {
    said: String,
    /// The same, for those who look after the server.
    pub refusal: Refusal,
}

/// A change that was told line by line, and is allowed.
#[derive(Clone, Debug)]
pub struct LinesCarriedOut {
    before: View,
    after: View,
    acted: Acted,
}

impl LinesCarriedOut {
    /// What changes, fact by fact.
    pub fn changes(&self) -> Vec<ChangedFact> {
        changed_facts(&self.before.organisation, &self.after.organisation, &self.acted.events)
    }
    /// Who gains and who loses by it, and how many: what shifts for whom as far as the asker may ask.
    pub fn impact(&self, go_on: impl FnMut() -> bool) -> Impact {
        self.before.impact_of(&self.acted.events, go_on)
    }
    /// What people who were there before gain and lose by what becomes of their groups, their licences and
    /// their accounts; none where nothing becomes of these. It looks at the first `most` of them.
    pub fn impact_on_people(&self, most: usize, go_on: impl FnMut() -> bool) -> Option<PeopleImpact> {
        let stands = |event: &&Event| match event {
            Event::User(change) => {
                change.before.as_ref().zip(change.after.as_ref()).is_some_and(|(was, is)| {
                    (was.groups, was.licences, was.archived) != (is.groups, is.licences, is.archived)
                })
            }
            _ => false,
        };
        let people = self.acted.events.iter().filter(stands).count();
        let events: Vec<Event> = self.acted.events.iter().filter(stands).take(most).cloned().collect();
        let impact = (people > 0).then(|| self.before.impact_of(&events, go_on))?;
        Some(PeopleImpact { people, looked_at: events.len(), impact })
    }
}

/// What people gain and lose by what becomes of their accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PeopleImpact {
    /// How many there are of whose groups, licences or account something becomes.
    pub people: usize,
    /// How many of them were looked at: the first.
    pub looked_at: usize,
    /// What these gain and lose.
    pub impact: Impact,
}

impl Act for LinesCarriedOut {
    /// It holds for the organisation and the user that it was worked out for, and for no other.
    fn act(&self, organisation: &Organisation, by: UserId, _leases: LicenceSet) -> Result<Acted, Refusal> {
        if self.acted.events.is_empty() {
            return Err(Refusal::Nothing);
        }
        if by != self.before.asker || !organisation.agrees_with(&self.acted.events) {
            let said = "the organisation was changed since the lines were worked out; work them out again";
            return Err(Refusal::Precondition(said.to_owned()));
        }
        Ok(self.acted.clone())
    }
}
