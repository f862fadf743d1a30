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

impl<'a> Names<'a> {
    pub(super) fn new(organisation: &'a Organisation) -> Self {
        Self { organisation, given: HashMap::new() }
    }

    pub(super) fn give(&mut self, component: ComponentId, wanted: &str) -> Name {
        let mut number = self.given.get(&(component, wanted.to_owned())).copied().unwrap_or(1);
        let name = loop {
            let name = if number == 1 { wanted.to_owned() } else { format!("{wanted} ({number})") };
            number += 1;
            let taken = |word| self.organisation.configuration_named(component, word, &name).is_some();
            if !taken("baseline") && !taken("staging") && self.is_new(component, &name, wanted) {
                break name;
            }
        };
        self.given.insert((component, wanted.to_owned()), number);
        self.given.entry((component, name.clone())).or_insert(2);
        name.into()
    }

    /// The name of a staging stream that becomes a baseline: its own, if that is free.
    pub(super) fn keep(&mut self, component: ComponentId, own: &Name) -> Name {
        let taken = self.organisation.configuration_named(component, "baseline", own).is_some()
            || self.given.contains_key(&(component, own.to_string()));
        if taken {
            return self.give(component, own);
        }
        self.given.insert((component, own.to_string()), 2);
        own.clone()
    }

    fn is_new(&self, component: ComponentId, name: &str, wanted: &str) -> bool {
        name == wanted || !self.given.contains_key(&(component, name.to_owned()))
    }
}
