//! How new baselines are called.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::configuration::ComponentId;
use crate::organisation::Organisation;
use crate::text::Name;

/// A text in which `{name}` stands for the name of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaselineNames(Name);

impl BaselineNames {
    /// A pattern of this text; whether it gives good names is for the rules of names.
    pub fn new(text: impl Into<Name>) -> Self {
        Self(text.into())
    }
    /// What it gives for a stream.
    pub fn of(&self, stream: &str) -> String {
        self.0.replace("{name}", stream)
    }
}

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

    pub(super) fn give(&mut self, component: ComponentId, wanted: String) -> Name {
        let mut number = self.given.get(&(component, wanted.clone())).copied().unwrap_or(1);
        let name = loop {
            let name = if number == 1 { wanted.clone() } else { format!("{wanted} ({number})") };
            number += 1;
            let taken = |word| self.organisation.configuration_named(component, word, &name).is_some();
            if !taken("baseline") && !taken("staging") && self.is_new(component, &name, &wanted) {
                break name;
            }
        };
        self.given.insert((component, wanted), number);
        self.given.entry((component, name.clone())).or_insert(2);
        name.into()
    }

    /// The name of a staging stream that becomes a baseline: its own, if that is free.
    pub(super) fn keep(&mut self, component: ComponentId, own: &Name) -> Name {
        let taken = self.organisation.configuration_named(component, "baseline", own).is_some()
            || self.given.contains_key(&(component, own.to_string()));
        if taken {
            return self.give(component, own.to_string());
        }
        self.given.insert((component, own.to_string()), 2);
        own.clone()
    }

    fn is_new(&self, component: ComponentId, name: &str, wanted: &str) -> bool {
        name == wanted || !self.given.contains_key(&(component, name.to_owned()))
    }
}
