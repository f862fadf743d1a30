//! Who may see and change friends and consumers (docs/cross-server.md#friends-and-consumers).

use super::View;
use crate::act::Refusal;
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::decision::decide;
use crate::item::Item;
use crate::question::{Ask, Question};
use crate::user::{User, UserId};

impl View {
    /// Whether the asker may add and change friends, and see them.
    ///
    /// # Errors
    /// The refusal.
    pub fn may_manage_friends(&self) -> Result<(), Refusal> {
        self.may_administer(RepositoryOperation::manage_friends())
    }

    /// Whether the asker may approve and change consumers, and see them.
    ///
    /// # Errors
    /// The refusal.
    pub fn may_manage_consumers(&self) -> Result<(), Refusal> {
        self.may_administer(RepositoryOperation::manage_consumers())
    }

    /// The first `most` people who may approve and change consumers, by their ids.
    pub fn who_may_manage_consumers(&self, most: usize) -> Vec<String> {
        let operation = RepositoryOperation::manage_consumers();
        let people = self.present.users().filter(|(_, user)| !user.archived && !user.functional);
        let may = |(number, _): &(UserId, &User)| {
            let ask = Ask::Repository(operation);
            let question =
                Question { user: Some(*number), ask, item: Item::Repository, leases: LicenceSet::NONE };
            decide(&self.present, &question).is_ok()
        };
        people.filter(may).map(|(_, user)| user.id.to_string()).take(most).collect()
    }

    pub(super) fn may_administer(&self, operation: RepositoryOperation) -> Result<(), Refusal> {
        let ask = Ask::Repository(operation);
        let question =
            Question { user: Some(self.asker), ask, item: Item::Repository, leases: self.own_leases() };
        match decide(&self.present, &question) {
            Ok(_) => Ok(()),
            Err(refused) => Err(Refusal::Decision { question: Box::new(question), refused }),
        }
    }
}
