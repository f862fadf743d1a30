//! What is derived from the facts so that decisions are fast; never kept, always rebuilt from the facts.
//!
//! `note` follows each event; `refresh` then works out once what the events together have touched, so that a
//! hundred thousand events cost little more than their facts.

mod law;
mod names;
mod place;
mod standing;
mod tags;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use crate::catalogue::Leaf;
use crate::configuration::{
    Component, ComponentId, Configuration, ConfigurationId, Contribution, Contributions,
};
use crate::event::{Change, Event, Facts};
use crate::process_area::{AreaId, AreaKind, ProcessArea};
use crate::search::Searched;
use crate::table::Table;
use crate::timeline::Timeline;
use crate::user::{User, UserId};

pub(crate) use law::Law;
pub(crate) use names::Scope;
pub(crate) use place::{ComponentPlace, ConfigurationPlace};
pub(crate) use standing::{Person, RoleHolders, RoleSet, Standing};

type Hasher = foldhash::fast::FixedState;

/// Rows of a leaf that is copied as one piece of memory.
const PLAIN: usize = 256;

/// The derived side of an organisation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    people: Table<User, Person>,
    laws: Table<ProcessArea, Arc<Law>>,
    names: names::Names,
    children: Table<ProcessArea, OrdSet<AreaId>>,
    consumers: OrdMap<AreaId, OrdSet<AreaId>>,
    component_places: Table<Component, ComponentPlace, PLAIN>,
    configuration_places: Table<Configuration, ConfigurationPlace, PLAIN>,
    configurations_of: Table<Component, Arc<[ConfigurationId]>>,
    /// Each configuration that another contains, with the one that does.
    contained_in: OrdSet<(ConfigurationId, ConfigurationId)>,
    tags: tags::Tags,
    governed: Table<ProcessArea, Governed, 4>,
    pub(crate) searched_components: Searched<Component>,
    pub(crate) searched_configurations: Searched<Configuration>,
    /// For each role that somebody has in an area, by its ordinal, who has it.
    role_holders: Table<ProcessArea, Arc<[RoleHolders]>>,
    /// For each action that Everyone's role may do somewhere, the areas whose table of grants is their own
    /// (project areas, and team areas that customise) and has it.
    open: OrdMap<Leaf, OrdSet<AreaId>>,
    /// Active and archived alike; the first gate sorts them out.
    jazz_admins: OrdSet<UserId>,
    jazz_project_admins: OrdSet<UserId>,
}

/// What the Team Area attribute, or its absence, puts directly under a process area.
#[derive(Clone, Debug, Default)]
pub(crate) struct Governed {
    /// Components; their inheriting configurations follow without being listed.
    pub(crate) components: OrdSet<ComponentId>,
    /// Configurations that do not inherit.
    pub(crate) configurations: OrdSet<ConfigurationId>,
}

/// What some events have touched.
#[derive(Default)]
pub(crate) struct Touched {
    areas: std::collections::BTreeSet<AreaId>,
    standings: std::collections::BTreeSet<(AreaId, UserId)>,
    users: std::collections::BTreeSet<UserId>,
    components: std::collections::BTreeMap<ComponentId, Vec<ConfigurationId>>,
}

impl Index {
    /// What decisions read of a user.
    pub(crate) fn person(&self, user: UserId) -> Option<&Person> {
        self.people.get(user)
    }
    /// What the process of an area comes to now.
    pub(crate) fn law(&self, area: AreaId) -> Option<&Arc<Law>> {
        self.laws.get(area)
    }
    pub(crate) fn children(&self, area: AreaId) -> impl Iterator<Item = AreaId> {
        self.children.get(area).into_iter().flatten().copied()
    }
    pub(crate) fn consumers(&self, provider: AreaId) -> impl Iterator<Item = AreaId> {
        self.consumers.get(&provider).into_iter().flatten().copied()
    }
    /// What decisions read of each component.
    pub(crate) fn components(&self) -> impl Iterator<Item = (ComponentId, &ComponentPlace)> {
        self.component_places.iter()
    }
    pub(crate) fn component(&self, id: ComponentId) -> Option<&ComponentPlace> {
        self.component_places.get(id)
    }
    pub(crate) fn configurations(&self) -> impl Iterator<Item = (ConfigurationId, &ConfigurationPlace)> {
        self.configuration_places.iter()
    }
    pub(crate) fn configuration(&self, id: ConfigurationId) -> Option<&ConfigurationPlace> {
        self.configuration_places.get(id)
    }
    pub(crate) fn configurations_of(&self, component: ComponentId) -> &[ConfigurationId] {
        self.configurations_of.get(component).map_or(&[], Arc::as_ref)
    }
    /// What contains a configuration directly, by number.
    pub(crate) fn containers(&self, contained: ConfigurationId) -> impl Iterator<Item = ConfigurationId> {
        let first = ConfigurationId::new(0);
        let from_it_on = self.contained_in.range((contained, first)..);
        from_it_on.take_while(move |(it, _)| *it == contained).map(|(_, container)| *container)
    }
    pub(crate) fn governed(&self, area: AreaId) -> Option<&Governed> {
        self.governed.get(area)
    }
    /// The tags of a project area's items, each with how many have it.
    pub(crate) fn tags(&self, area: AreaId) -> impl Iterator<Item = (&str, usize)> {
        self.tags.of(area)
    }
    pub(crate) fn role_holders(&self, area: AreaId) -> &[RoleHolders] {
        self.role_holders.get(area).map_or(&[], Arc::as_ref)
    }
    /// The areas with a table of grants of their own in which Everyone's role may do this, be it for one
    /// identifier alone.
    pub(crate) fn open_to_everyone(&self, leaf: Leaf) -> impl Iterator<Item = AreaId> {
        self.open.get(&leaf).into_iter().flatten().copied()
    }
    pub(crate) fn jazz_admins(&self) -> &OrdSet<UserId> {
        &self.jazz_admins
    }
    pub(crate) fn jazz_project_admins(&self) -> &OrdSet<UserId> {
        &self.jazz_project_admins
    }
    pub(crate) fn named(&self, facts: &Facts, scope: Scope, name: &str) -> Option<u32> {
        self.names.find(facts, scope, name)
    }
    /// The timeline that an area follows: a root team area's own, else the project timeline.
    pub(crate) fn timeline_of<'a>(&self, facts: &'a Facts, area: AreaId) -> Option<&'a Timeline> {
        let law = self.law(area)?;
        let timelines = facts.timelines.get(&law.project)?;
        let own = law
            .path
            .get(1)
            .and_then(|root| facts.areas.get(*root))
            .and_then(|root| root.team())
            .and_then(|team| team.timeline.as_ref());
        match own {
            Some(name) => timelines.iter().find(|it| it.name == *name),
            None => timelines.iter().find(|it| it.project),
        }
    }

    /// Follows one event, whose fact is already in place.
    pub(crate) fn note(&mut self, event: &Event, touched: &mut Touched) {
        self.names.note(event);
        self.note_tags(event);
        match event {
            Event::User(change) => {
                touched.users.insert(change.key);
            }
            Event::Area(change) => {
                touched.areas.insert(change.key);
                self.note_area(change);
            }
            Event::Administrator(Change { key, .. }) | Event::Listed(Change { key, .. }) => {
                touched.standings.insert(*key);
            }
            Event::Member(change) => {
                touched.standings.insert(change.key);
            }
            Event::Roles(Change { key, .. }) => {
                touched.areas.insert(*key);
            }
            Event::Permission(change) => {
                touched.areas.insert(change.key.0);
            }
            Event::Timelines(change) => {
                touched.areas.insert(change.key);
            }
            Event::Component(change) => {
                self.searched_components.note(change);
                self.note_component(change);
            }
            Event::Configuration(change) => {
                self.searched_configurations.note(change);
                self.note_configuration(change, touched);
            }
            Event::Contributions(change) => self.note_contributions(change),
            Event::Settings(_)
            | Event::LicencePool(_)
            | Event::AccessGroup(_)
            | Event::Preconditions(_)
            | Event::Approval(_)
            | Event::Category(_)
            | Event::WorkItem(_)
            | Event::Plan(_)
            | Event::ScmItem(_)
            | Event::TestArtefact(_)
            | Event::Folder(_)
            | Event::Artefact(_)
            | Event::ProcessTemplate(_) => {}
        }
    }

    fn note_area(&mut self, change: &Change<AreaId, Arc<ProcessArea>>) {
        /// The set of which an area is part, and whose.
        fn part_of(area: &ProcessArea) -> (Option<AreaId>, Option<AreaId>) {
            match &area.kind {
                AreaKind::Team(team) => (Some(team.parent), None),
                AreaKind::Copy(_) => (None, None),
                AreaKind::Project(project) => match &project.uses_process {
                    Some(link) => (None, link.lender()),
                    None => (None, None),
                },
            }
        }
        if let Some((parent, provider)) = change.before.as_deref().map(part_of) {
            if let Some(parent) = parent {
                self.children.row(parent).remove(&change.key);
            }
            remove(&mut self.consumers, provider, change.key);
        }
        if let Some((parent, provider)) = change.after.as_deref().map(part_of) {
            if let Some(parent) = parent {
                self.children.row(parent).insert(change.key);
            }
            insert(&mut self.consumers, provider, change.key);
        }
    }

    fn note_component(&mut self, change: &Change<ComponentId, Component>) {
        let before = change.before.as_ref().map(ComponentPlace::of);
        let after = change.after.as_ref().map(ComponentPlace::of);
        let (from, to) = (before.map(|it| it.home), after.map(|it| it.home));
        if from != to {
            if let Some(area) = from {
                self.governed.row(area).components.remove(&change.key);
            }
            if let Some(area) = to {
                self.governed.row(area).components.insert(change.key);
            }
        }
        if before != after {
            self.component_places.put(change.key, after);
        }
        if change.after.is_none() {
            self.configurations_of.put(change.key, None);
        }
    }

    /// Configurations come after their component and go before it, whose place says in which project area.
    fn note_tags(&mut self, event: &Event) {
        match event {
            Event::Component(change) => {
                let (before, after) = (change.before.as_ref(), change.after.as_ref());
                let area = after.or(before).map(|it| it.project_area);
                self.tags.note(area, before.map(|it| &it.carried), after.map(|it| &it.carried));
            }
            Event::Configuration(change) => {
                let (before, after) = (change.before.as_ref(), change.after.as_ref());
                let component = after.or(before).and_then(|it| self.component(it.component));
                let area = component.map(|it| it.project);
                self.tags.note(area, before.map(|it| &it.carried), after.map(|it| &it.carried));
            }
            _ => {}
        }
    }

    fn note_configuration(&mut self, change: &Change<ConfigurationId, Configuration>, touched: &mut Touched) {
        let before = change.before.as_ref().map(ConfigurationPlace::of);
        let after = change.after.as_ref().map(ConfigurationPlace::of);
        // What inherits is not listed; a personal stream is, with its project area, which governs it.
        let home = |place: Option<ConfigurationPlace>| {
            let place = place.filter(|place| !place.inherits())?;
            self.component(place.component).map(|component| place.home(component))
        };
        let (from, to) = (home(before), home(after));
        if from != to {
            if let Some(area) = from {
                self.governed.row(area).configurations.remove(&change.key);
            }
            if let Some(area) = to {
                self.governed.row(area).configurations.insert(change.key);
            }
        }
        if before != after {
            self.configuration_places.put(change.key, after);
        }
        if let Some(configuration) = &change.before
            && let Some(list) = self.configurations_of.get(configuration.component)
            && change.after.is_none()
        {
            let list = list.iter().copied().filter(|id| *id != change.key).collect();
            self.configurations_of.put(configuration.component, Some(list));
        }
        if let (None, Some(configuration)) = (&change.before, &change.after) {
            touched.components.entry(configuration.component).or_default().push(change.key);
        }
    }

    fn note_contributions(&mut self, change: &Change<ConfigurationId, Contributions>) {
        let [before, after] = [&change.before, &change.after].map(|it| it.as_deref().unwrap_or_default());
        let unequal = |(old, new): &(&Contribution, &Contribution)| old != new;
        // Most changes are of one place in a list that may be long.
        let same = before.iter().zip(after).position(|it| unequal(&it));
        let same = same.unwrap_or(before.len().min(after.len()));
        let (before, after) = (&before[same..], &after[same..]);
        let alike = before.iter().rev().zip(after.iter().rev()).position(|it| unequal(&it));
        let alike = alike.unwrap_or(before.len().min(after.len()));
        for contained in before[..before.len() - alike].iter().filter_map(Contribution::configuration) {
            self.contained_in.remove(&(contained, change.key));
        }
        for contained in after[..after.len() - alike].iter().filter_map(Contribution::configuration) {
            self.contained_in.insert((contained, change.key));
        }
    }

    /// Works out what the events have touched.
    pub(crate) fn refresh(&mut self, facts: &Facts, mut touched: Touched) {
        self.refresh_laws(facts, &touched.areas, &mut touched.standings);
        self.refresh_people(facts, &touched.users, &touched.standings);
        self.searched_components.refresh(facts);
        self.searched_configurations.refresh(facts);
        for (component, new) in touched.components {
            if facts.components.contains(component) {
                let there = self.configurations_of(component).iter().copied();
                let mut list: Vec<_> = there.chain(new).collect();
                // By number; what is undone before it is refreshed is not there.
                list.retain(|id| facts.configurations.contains(*id));
                list.sort_unstable();
                list.dedup();
                self.configurations_of.put(component, Some(list.into()));
            }
        }
    }
}

fn insert(sets: &mut OrdMap<AreaId, OrdSet<AreaId>>, of: Option<AreaId>, area: AreaId) {
    if let Some(of) = of {
        sets.entry(of).or_default().insert(area);
    }
}

fn remove(sets: &mut OrdMap<AreaId, OrdSet<AreaId>>, of: Option<AreaId>, area: AreaId) {
    if let Some(of) = of
        && let Some(set) = sets.get_mut(&of)
    {
        set.remove(&area);
        if set.is_empty() {
            sets.remove(&of);
        }
    }
}
