//! What is nested by naming its parent: categories, folders, and configurations by what they were made from.

use std::collections::HashSet;

use super::{Check, Rule};
use crate::application_items::{Category, Folder};
use crate::configuration::Configuration;
use crate::id::Id;
use crate::text::Name;

/// What is already known to lead to a top.
#[derive(Default)]
pub(super) struct Nesting {
    pub(super) categories: HashSet<Id<Category>>,
    pub(super) folders: HashSet<Id<Folder>>,
    pub(super) sources: HashSet<Id<Configuration>>,
}

/// The way from `start` outwards, if it comes round again.
fn cycle<T>(
    start: Id<T>,
    parent: impl Fn(Id<T>) -> Option<Id<T>>,
    known: &mut HashSet<Id<T>>,
) -> Option<Vec<Id<T>>> {
    let mut path = vec![start];
    let mut walked = HashSet::from([start]);
    let mut at = start;
    while let Some(above) = parent(at).filter(|above| !known.contains(above)) {
        path.push(above);
        if !walked.insert(above) {
            return Some(path);
        }
        at = above;
    }
    known.extend(path);
    None
}

impl Check<'_> {
    /// Nothing is nested in itself. What is made in order of its numbers cannot be, and is not walked.
    pub(super) fn acyclic<T>(
        &mut self,
        kind: &'static str,
        id: Id<T>,
        created: bool,
        parent: impl Fn(Id<T>) -> Option<Id<T>>,
        known: impl Fn(&mut Nesting) -> &mut HashSet<Id<T>>,
        name: impl Fn(Id<T>) -> Option<Name>,
    ) {
        if created && parent(id).is_none_or(|above| above < id) {
            return;
        }
        if let Some(path) = cycle(id, parent, known(&mut self.nesting)) {
            let path = path.into_iter().filter_map(name).collect();
            self.fail(Rule::Cycle { kind, path });
        }
    }
}
