//! Several changes as one save.

use serde::{Deserialize, Serialize};

use super::{Command, Needs, Step};
use crate::act::Refusal;
use crate::event::Event;
use crate::organisation::Organisation;
use crate::user::UserId;

/// Several changes as one save: all or none, each to what those before it have made, and all of them judged
/// by what their author may before any is made. So nobody loses halfway what the rest of the save needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Save {
    /// In order.
    pub changes: Vec<Command>,
}

impl Step for Save {
    fn needs(&self, needs: &mut Needs<'_>) {
        self.changes.iter().for_each(|change| change.step().needs(needs));
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        let mut after = organisation.clone();
        let mut events = Vec::new();
        for change in &self.changes {
            let made = change.step().events(&after, by)?;
            after.apply(&made);
            events.extend(made);
        }
        Ok(events)
    }
    fn then(&self, after: &Organisation) -> Vec<Command> {
        self.changes.iter().flat_map(|change| change.step().then(after)).collect()
    }
}
