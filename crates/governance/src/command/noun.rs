//! What the commands for all nouns have in common: to create one, and to change its keys.

use std::convert::identity;
use std::fmt::Debug;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Needs, Step};
use crate::access_group::AccessGroup;
use crate::act::Refusal;
use crate::application_items::{Artefact, Category, Folder, Plan, ScmItem, TestArtefact, WorkItem};
use crate::configuration::{Component, Configuration};
use crate::event::{Change, Event};
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::ProcessArea;
use crate::process_template::ProcessTemplate;
use crate::user::{User, UserId};

/// What an organisation keeps by number.
pub trait Noun: Clone + Debug + PartialEq + Serialize + DeserializeOwned + 'static {
    /// The word for it.
    const KIND: &'static str;
    /// The one with this number.
    fn find(organisation: &Organisation, id: Id<Self>) -> Option<&Self>;
    /// Each from this number on, in order.
    fn from(organisation: &Organisation, first: u32) -> impl Iterator<Item = (Id<Self>, &Self)>;
    /// The number that the next one gets.
    fn next(organisation: &Organisation) -> Id<Self>;
    /// That it was this, and is that.
    fn event(id: Id<Self>, before: Option<Self>, after: Option<Self>) -> Event;
    /// The number of the one that the event makes, if it makes one.
    fn made(event: &Event) -> Option<Id<Self>>;
    /// Whether it is archived, where it can be.
    fn archived(&mut self) -> Option<&mut bool>;
}

macro_rules! nouns {
    ($(
        $noun:ident, $kind:literal, $find:ident, $table:ident, $event:ident,
        $keep:expr, $archived:expr;
    )*) => {
        $(impl Noun for $noun {
            const KIND: &'static str = $kind;
            fn find(organisation: &Organisation, id: Id<Self>) -> Option<&Self> {
                organisation.$find(id)
            }
            fn from(organisation: &Organisation, first: u32) -> impl Iterator<Item = (Id<Self>, &Self)> {
                let each = organisation.facts.$table.iter_from(first);
                each.filter_map(|(id, _)| Some((id, organisation.$find(id)?)))
            }
            fn next(organisation: &Organisation) -> Id<Self> {
                organisation.facts.$table.next()
            }
            fn event(key: Id<Self>, before: Option<Self>, after: Option<Self>) -> Event {
                Event::$event(Change { key, before: before.map($keep), after: after.map($keep) })
            }
            fn made(event: &Event) -> Option<Id<Self>> {
                match event {
                    Event::$event(change) if change.before.is_none() => Some(change.key),
                    _ => None,
                }
            }
            fn archived(&mut self) -> Option<&mut bool> {
                let archived: fn(&mut Self) -> Option<&mut bool> = $archived;
                archived(self)
            }
        })*
    };
}

nouns! {
    User, "user", user, users, User, Arc::new, |it| Some(&mut it.archived);
    AccessGroup, "access group", access_group, access_groups, AccessGroup, Arc::new, |_| None;
    ProcessArea, "process area", area, areas, Area, Arc::new, |it| Some(&mut it.archived);
    Component, "component", component, components, Component, identity, |it| Some(&mut it.archived);
    Configuration, "configuration", configuration, configurations, Configuration, identity,
        |it| Some(&mut it.archived);
    Category, "category", category, categories, Category, Arc::new, |it| Some(&mut it.archived);
    WorkItem, "work item", work_item, work_items, WorkItem, Arc::new, |it| Some(&mut it.archived);
    Plan, "plan", plan, plans, Plan, Arc::new, |it| Some(&mut it.archived);
    ScmItem, "stream or component", scm_item, scm_items, ScmItem, Arc::new, |it| Some(&mut it.archived);
    TestArtefact, "test artefact", test_artefact, test_artefacts, TestArtefact, Arc::new,
        |it| Some(&mut it.archived);
    Folder, "folder", folder, folders, Folder, Arc::new, |it| Some(&mut it.archived);
    Artefact, "artefact", artefact, artefacts, Artefact, Arc::new, |it| Some(&mut it.archived);
    ProcessTemplate, "process template", process_template, process_templates, ProcessTemplate, Arc::new,
        |_| None;
}

/// The event by which something new comes to be.
pub(super) fn created<N: Noun>(organisation: &Organisation, new: N) -> Event {
    N::event(N::next(organisation), None, Some(new))
}

/// What there is under this number.
pub(super) fn found<N: Noun>(organisation: &Organisation, id: Id<N>) -> Result<&N, Refusal> {
    N::find(organisation, id).ok_or(Refusal::NotThere(N::KIND))
}

/// The event by which something is changed.
pub(super) fn changed<N: Noun>(
    organisation: &Organisation,
    id: Id<N>,
    edit: impl FnOnce(&mut N) -> Result<(), Refusal>,
) -> Result<Event, Refusal> {
    let before = found(organisation, id)?.clone();
    let mut after = before.clone();
    edit(&mut after)?;
    Ok(N::event(id, Some(before), Some(after)))
}

/// What can be made as a whole.
pub trait Created: Noun {
    /// What making it needs.
    fn create_needs(&self, needs: &mut Needs<'_>);
    /// Gives it what only the organisation knows, such as a number.
    fn complete(&mut self, _organisation: &Organisation) {}
}

/// Makes something; it begins active.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Create<N: Created> {
    /// What it shall be.
    pub new: N,
}

impl<N: Created> Step for Create<N> {
    fn needs(&self, needs: &mut Needs<'_>) {
        self.new.create_needs(needs);
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let mut new = self.new.clone();
        new.complete(organisation);
        if let Some(archived) = new.archived() {
            *archived = false;
        }
        Ok(vec![created(organisation, new)])
    }
}

/// What is changed key by key.
pub trait Edited: Noun {
    /// One key with its new value.
    type Key: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// What setting a key needs.
    fn change_needs(&self, id: Id<Self>, key: &Self::Key, needs: &mut Needs<'_>);
    /// Sets the key.
    ///
    /// # Errors
    /// When this one has no such key, or the value cannot be set now.
    fn put(&mut self, organisation: &Organisation, key: &Self::Key) -> Result<(), Refusal>;
    /// What else changes with it: `change` is the event by which the keys are set.
    fn along(_organisation: &Organisation, _change: &Event, _set: &[Self::Key]) -> Vec<Event> {
        Vec::new()
    }
    /// The item that must be visible before anything of it is told; users, access groups and templates are
    /// none, and every signed-in user reads them.
    fn item(id: Id<Self>) -> Option<Item>;
}

/// Changes keys of something, all or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Edit<N: Edited> {
    /// Which one.
    pub id: Id<N>,
    /// The keys, in order.
    pub set: Vec<N::Key>,
}

impl<N: Edited> Step for Edit<N> {
    fn needs(&self, needs: &mut Needs<'_>) {
        match N::find(needs.organisation, self.id).filter(|_| !self.set.is_empty()) {
            Some(noun) => self.set.iter().for_each(|key| noun.change_needs(self.id, key, needs)),
            None => N::item(self.id).into_iter().for_each(|item| needs.sees(item)),
        }
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let event = changed(organisation, self.id, |it| {
            self.set.iter().try_for_each(|key| it.put(organisation, key))
        })?;
        let along = N::along(organisation, &event, &self.set);
        Ok(std::iter::once(event).chain(along).collect())
    }
}
