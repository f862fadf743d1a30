//! Who may ask registries about people, and make users what they say (docs/process.md#registries).

use super::View;
use crate::act::Refusal;
use crate::catalogue::RepositoryOperation;
use crate::decision::looks_people_up;
use crate::item::Item;
use crate::question::{Ask, Gate, Question, Refused};

impl View {
    /// Whether the asker may look up people whom a registry tells of: whoever may be allowed to pick them.
    ///
    /// # Errors
    /// The refusal, to guests.
    pub fn may_look_people_up(&self) -> Result<(), Refusal> {
        if looks_people_up(&self.present, self.asker) {
            return Ok(());
        }
        let refused = Refused { gate: Gate::RepositoryGroup, area: None, missing: Default::default() };
        Err(Refusal::Decision { question: Box::new(self.manages_users()), refused })
    }

    /// Whether the asker may make users what a registry says.
    ///
    /// # Errors
    /// The refusal.
    pub fn may_manage_users(&self) -> Result<(), Refusal> {
        self.may_administer(RepositoryOperation::manage_users())
    }

    fn manages_users(&self) -> Question {
        let ask = Ask::Repository(RepositoryOperation::manage_users());
        Question { user: Some(self.asker), ask, item: Item::Repository, leases: self.own_leases() }
    }
}
