//! How new baselines are called.

use std::collections::HashMap;

use crate::configuration::ComponentId;
use crate::organisation::Organisation;
use crate::text::Name;

/// The names that are given in one change: each is new among the baselines and staging streams of its
/// component. On a clash a number is added.
pub(super) struct Names<'a> {
    organisation: &'a Organisation,
    /// For what was wanted before, the number that comes next.
    given: HashMap<(ComponentId, String), u32>,
}

/// A name that nothing has yet.
pub(super) struct Free {
    component: ComponentId,
    wanted: String,
    pub(super) name: Name,
    /// The number for the next one that is wanted to be called so.
    next: u32,
}

impl<'a> Names<'a> {
    pub(super) fn new(organisation: &'a Organisation) -> Self {
        Self { organisation, given: HashMap::new() }
    }

    /// A name that is free; it is so until it is taken.
    pub(super) fn free(&self, component: ComponentId, wanted: &str) -> Free {
        let mut number = self.given.get(&(component, wanted.to_owned())).copied().unwrap_or(1);
        loop {
            let name = if number == 1 { wanted.to_owned() } else { format!("{wanted} ({number})") };
            number += 1;
            let taken = |word| self.organisation.configuration_named(component, word, &name).is_some();
            if !taken("baseline") && !taken("staging") && self.is_new(component, &name, wanted) {
                return Free { component, wanted: wanted.to_owned(), name: name.into(), next: number };
            }
        }
    }

    /// The name of a staging stream that becomes a baseline: its own, if that is free.
    pub(super) fn own(&self, component: ComponentId, own: &Name) -> Free {
        let taken = self.organisation.configuration_named(component, "baseline", own).is_some()
            || self.given.contains_key(&(component, own.to_string()));
        match taken {
            true => self.free(component, own),
            false => Free { component, wanted: own.to_string(), name: own.clone(), next: 2 },
        }
    }

    /// Something has the name now.
    pub(super) fn take(&mut self, Free { component, wanted, name, next }: Free) {
        self.given.insert((component, wanted), next);
        self.given.entry((component, name.to_string())).or_insert(2);
    }

    fn is_new(&self, component: ComponentId, name: &str, wanted: &str) -> bool {
        name == wanted || !self.given.contains_key(&(component, name.to_owned()))
    }
}
