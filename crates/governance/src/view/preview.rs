//! What the asker may do, asked beforehand; and how somebody else sees things.

use super::View;
use crate::act::Refusal;
use crate::catalogue::RepositoryOperation;
use crate::command::Command;
use crate::decision::{Asking, decide};
use crate::user::UserId;

/// Who looks at the view of somebody else, and about whom they ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Previewer {
    pub(super) user: UserId,
    pub(super) asking: Asking,
}

impl View {
    /// Whether the asker is allowed all that a command needs. Whether it keeps the rules of the model shows
    /// when it is carried out.
    ///
    /// # Errors
    /// The first refusal; or why there is no such command as things are.
    pub fn may(&self, command: &Command) -> Result<(), Refusal> {
        let needs = command.propose(&self.present, self.asker)?.needs;
        let leases = self.own_leases();
        needs.iter().try_for_each(|need| {
            let question = need.question(self.asker, leases);
            let refusal = |refused| Refusal::Decision { question: Box::new(question.clone()), refused };
            decide(&self.present, &question).map(drop).map_err(refusal)
        })
    }

    /// What another user sees, of what the asker sees and may ask about them (docs/pages.md#preview). `None`
    /// where there is no such active user, the asker may ask about nobody else, or the other may do with the
    /// server what the asker may not: the logs, sessions and licences of the server are in no view that could
    /// leave them out.
    pub fn preview(&self, user: UserId) -> Option<Self> {
        if user != self.asker && !self.asks_about_others() {
            return None;
        }
        self.present.user(user).filter(|user| !user.archived)?;
        let previewer = Some(Previewer { user: self.asker, asking: self.asking });
        let other = Self { asker: user, asking: Asking::OfOneself, previewer, ..self.clone() };
        let no_more = |it| other.may_administer(it).is_err() || self.may_administer(it).is_ok();
        RepositoryOperation::all().all(no_more).then_some(other)
    }
}
