//! What a registry tells of everybody.

use std::collections::BTreeMap;

use super::Person;
use crate::text::Name;

/// What a registry calls the entry from which it tells of somebody, for people to find it.
pub(super) type Source = String;

/// What a registry tells of everybody, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Roster {
    pub(super) registry: Name,
    pub(super) people: Vec<(Person, Source)>,
    /// Ids that are told of, but not so that a user could be made.
    pub(super) flawed: Vec<(Name, Source)>,
    pub(super) flaws: Vec<String>,
    /// The ids of the members of groups, by the group as bindings name it.
    pub(super) groups: BTreeMap<Name, Vec<Name>>,
    /// Groups that it does not have, and that stand for repository groups.
    pub(super) lacking: Vec<String>,
}

impl Roster {
    /// A registry that tells of nobody yet.
    pub const fn new(registry: Name) -> Self {
        Self {
            registry,
            people: Vec::new(),
            flawed: Vec::new(),
            flaws: Vec::new(),
            groups: BTreeMap::new(),
            lacking: Vec::new(),
        }
    }
    /// It tells of a person, by the entry that it calls so.
    pub fn add(&mut self, person: Person, entry: String) {
        self.people.push((person, entry));
    }
    /// It tells of somebody for whom no user can be made, perhaps with an id.
    pub fn add_flawed(&mut self, id: Option<Name>, entry: String, flaw: String) {
        self.flawed.extend(id.map(|id| (id, entry)));
        self.flaws.push(flaw);
    }
    /// It lacks a group that stands for a repository group.
    pub fn lacks(&mut self, group: &str) {
        self.lacking.push(group.to_owned());
    }
    /// It has a group, with members of these ids.
    pub fn add_group(&mut self, group: Name, members: Vec<Name>) {
        self.groups.insert(group, members);
    }
}
