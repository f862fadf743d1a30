//! What a view shows of changes: those that were made, and those that are only thought of.

use std::any::type_name;
use std::sync::Arc;

use serde_json::Value;

use super::{Seen, View};
use crate::access_group::AccessGroup;
use crate::act::Refusal;
use crate::application_items::{Artefact, Category, Folder, Plan, ScmItem, TestArtefact, WorkItem};
use crate::changed_fact::{Called, ChangedFact, changed_fact};
use crate::command::Command;
use crate::configuration::{Component, Configuration};
use crate::event::Event;
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::ProcessArea;
use crate::process_template::ProcessTemplate;
use crate::user::User;

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

    /// What a change that was made did, with everything called by its name of now, to be read in passing;
    /// `None` where the asker may not know of it.
    pub fn changed(&self, event: &Event) -> Option<ChangedFact> {
        let organisation = &self.organisation;
        self.shows(event).then(|| changed_fact(organisation, organisation, event, Called::ByName))
    }

    /// A change as JSON with `key`, `before` and `after`, in which `{"number", "name"}` stands for whatever
    /// has a number: the id of a user, the name of an access group or template, the reference of an item;
    /// null for what is not there any more, or that the asker does not see.
    ///
    /// # Errors
    /// When a value has no JSON form, which no value of this program lacks.
    pub fn spelled(&self, event: &Event) -> serde_json::Result<Value> {
        event.spelled(&|noun, number| {
            // Whoever is told of a copy of another server's process sees what uses it.
            let shown = |item: Option<Item>| {
                item.is_none_or(|item| self.sees(item) || self.organisation.is_copy(item))
            };
            called(&self.organisation, noun, number, shown)
        })
    }
}

/// What something is called, where the type is a noun's; `None` for what is no noun. What is not there, or is
/// not to be shown, is called nothing.
pub(crate) fn called(
    organisation: &Organisation,
    noun: &str,
    number: u32,
    shown: impl Fn(Option<Item>) -> bool,
) -> Option<Option<String>> {
    macro_rules! first_of {
        ($($noun:ty),*) => {
            $(if noun == type_name::<$noun>() {
                return Some(name_of::<$noun>(organisation, Id::new(number), shown));
            })*
        };
    }
    first_of!(
        User,
        ProcessArea,
        AccessGroup,
        Component,
        Configuration,
        Category,
        WorkItem,
        Plan,
        ScmItem,
        TestArtefact,
        Folder,
        Artefact,
        ProcessTemplate
    );
    None
}

fn name_of<N: Seen>(
    organisation: &Organisation,
    id: Id<N>,
    shown: impl Fn(Option<Item>) -> bool,
) -> Option<String> {
    let (noun, item) = (N::find(organisation, id)?, N::item(id));
    let name = || match (noun.plain_name(), item) {
        (Some(name), _) => name.to_owned(),
        (None, Some(Item::Area(area))) if organisation.is_copy(Item::Area(area)) => {
            organisation.area_text(area)
        }
        (None, item) => item.map(|item| organisation.reference(item)).unwrap_or_default(),
    };
    shown(item).then(name)
}
