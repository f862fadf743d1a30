//! What a view shows of changes: those that were made, and those that are only thought of.

use std::sync::Arc;

use super::View;
use crate::act::Refusal;
use crate::command::Command;
use crate::event::Event;

impl View {
    /// The view after a command that nobody has judged: what a following command may name. What the asker
    /// sees stays what it is, but for what the commands make.
    ///
    /// # Errors
    /// When what it is about does not exist, or it cannot be done as things are.
    pub fn after(&self, command: &Command) -> Result<(Self, Vec<Event>), Refusal> {
        let proposal = command.propose(&self.organisation, self.asker)?;
        let mut made = self.made.clone();
        made.extend(proposal.events.iter().filter(|event| event.is_creation()).filter_map(Event::item));
        let organisation = Arc::new(self.organisation.after(&proposal.events));
        Ok((Self { organisation, made, ..self.clone() }, proposal.events))
    }

    /// Whether the asker may know of a change: one of an item that they see, or of what every signed-in user
    /// reads.
    pub fn shows(&self, event: &Event) -> bool {
        event.item().is_none_or(|item| self.sees(item))
    }
}
