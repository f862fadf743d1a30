//! What somebody who was refused asks for: that a question be allowed, by changes that were proposed for it
//! (docs/process.md#access-requests).

use serde::{Deserialize, Serialize};

use super::{Unanswered, View};
use crate::act::{Act, Acted, Proposal, Refusal};
use crate::catalogue::LicenceSet;
use crate::command::Command;
use crate::decision::{Impact, Suggestion, decide};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Ask, Question, With};
use crate::reference::QuestionText;
use crate::user::UserId;

/// What somebody asks for, by numbers, so that new names do it no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    user: UserId,
    operation: String,
    actions: Vec<String>,
    item: Item,
    with: With,
    changes: Vec<Suggestion>,
}

/// A wish in words, as things are called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WishText {
    /// What was refused.
    pub question: QuestionText,
    /// The changes, each in a sentence.
    pub changes: Vec<String>,
    /// The same for the journal: people by their ids.
    pub recorded: Vec<String>,
    /// Whether it is refused still.
    pub is_needed: bool,
    /// Whether the changes can be made as things are, and allow it.
    pub is_possible: bool,
}

/// Why something cannot be wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotWished {
    /// The question has no answer.
    Unanswered(Unanswered),
    /// The user may already.
    Allowed,
    /// That was not proposed; these were.
    NotProposed(Vec<String>),
}

impl Wish {
    /// Who wishes it.
    pub fn user(&self) -> UserId {
        self.user
    }
    /// What would be changed.
    pub fn changes(&self) -> &[Suggestion] {
        &self.changes
    }

    fn question(&self, organisation: &Organisation) -> Option<Question> {
        let mut ask = Ask::named(&self.operation, self.actions.iter().map(String::as_str)).ok()?;
        if let Ask::Perform(_, _, with) = &mut ask {
            *with = self.with;
        }
        Some(Question { user: Some(self.user), ask, item: self.item, leases: organisation.leasable() })
    }

    /// The changes as commands, one after the other, and what each comes to.
    fn commands(
        &self,
        organisation: &Organisation,
        by: UserId,
    ) -> Result<(Vec<Command>, Vec<Proposal>), Refusal> {
        let (mut now, mut commands, mut proposals) = (organisation.clone(), Vec::new(), Vec::new());
        for change in &self.changes {
            let command = change.command(&now)?;
            let proposal = command.propose(&now, by)?;
            now = now.after(&proposal.events);
            commands.push(command);
            proposals.push(proposal);
        }
        Ok((commands, proposals))
    }

    /// Whether the changes allow it.
    fn helps(&self, after: &Organisation) -> bool {
        self.question(after).is_some_and(|question| decide(after, &question).is_ok())
    }
}

impl View {
    /// What the asker wishes: that this be allowed by the remedy of this name; and the ids of those who may
    /// make its changes, by a role first, then by an override.
    ///
    /// # Errors
    /// When nothing is refused, or the remedy is none of those that are proposed.
    pub fn wish(&self, text: &QuestionText, remedy: &str) -> Result<(Wish, Vec<String>), NotWished> {
        let explanation = self.explain(text).map_err(NotWished::Unanswered)?;
        if explanation.answer.allowed {
            return Err(NotWished::Allowed);
        }
        let mut proposed = explanation.remedies;
        let Some(at) = proposed.iter().position(|it| it.command == remedy) else {
            return Err(NotWished::NotProposed(proposed.into_iter().map(|it| it.command).collect()));
        };
        let found = proposed.swap_remove(at);
        let question = self.question(text).map_err(NotWished::Unanswered)?;
        let wish = Wish {
            user: self.asker,
            operation: question.operation_name().to_owned(),
            actions: question.actions().iter().map(ToString::to_string).collect(),
            item: question.item,
            with: question.with(),
            changes: found.suggestions,
        };
        Ok((wish, found.who))
    }

    /// A wish in words, if the asker sees everything that it names.
    pub fn wish_in_words(&self, wish: &Wish) -> Option<WishText> {
        let mut items = wish.changes.iter().flat_map(Suggestion::items).chain([wish.item]);
        if !items.all(|item| self.sees(item)) {
            return None;
        }
        let organisation = &self.organisation;
        let question = wish.question(organisation)?;
        let is_needed = decide(organisation, &question).is_err();
        let is_possible = wish.commands(organisation, self.asker).is_ok_and(|(_, proposals)| {
            wish.helps(&organisation.after(proposals.iter().flat_map(|it| &it.events)))
        });
        Some(WishText {
            question: self.question_in_words(&question),
            changes: wish.changes.iter().map(|it| it.sentence(organisation)).collect(),
            recorded: wish.changes.iter().map(|it| it.recorded(organisation)).collect(),
            is_needed,
            is_possible,
        })
    }

    /// Who would gain and who would lose by granting a wish, as far as the asker may ask; `None` where its
    /// changes cannot be made as things are.
    pub fn impact_of_grant(&self, wish: &Wish, go_on: impl FnMut() -> bool) -> Option<Impact> {
        let (_, proposals) = wish.commands(&self.organisation, self.asker).ok()?;
        let events: Vec<_> = proposals.into_iter().flat_map(|it| it.events).collect();
        Some(self.impact_of(&events, go_on))
    }

    /// Whether the asker may make the changes, and so is told of the wish.
    pub fn may_grant(&self, wish: &Wish) -> bool {
        let organisation = &self.present;
        let Ok((_, proposals)) = wish.commands(organisation, self.asker) else { return false };
        let mut needs = proposals.iter().flat_map(|it| &it.needs);
        needs.all(|need| decide(organisation, &need.question(self.asker, self.own_leases())).is_ok())
    }
}

/// Grants a wish: makes its changes, by the rights of whoever grants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// What is granted.
    pub wish: Wish,
}

impl Act for Grant {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let (commands, _) = match self.wish.commands(organisation, by) {
            Err(_) if self.wish.helps(organisation) => return Err(Refusal::Nothing),
            composed => composed?,
        };
        let acted = Command::together(commands).act(organisation, by, leases)?;
        if self.wish.helps(organisation) {
            return Err(Refusal::Nothing);
        }
        if !self.wish.helps(&organisation.after(&acted.events)) {
            let text = "what was asked for would not be allowed by it any more: decline it, so that it can be asked \
                        for anew";
            return Err(Refusal::Precondition(text.to_owned()));
        }
        Ok(acted)
    }
}
