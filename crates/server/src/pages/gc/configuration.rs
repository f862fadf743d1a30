//! A configuration that pages are of.

use governance::{AreaId, Component, Configuration, ConfigurationId, ConfigurationKind, Item, View};

use super::super::visitor::Visitor;
use crate::api::{Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::frame::Frame;
use crate::pages::named_item::configurations_called;
use crate::pages::part::Mark;
use crate::problem::Problem;
use serde_json::Value;

/// A configuration as a page of it needs it.
pub(super) struct Shown<'v> {
    pub(super) id: ConfigurationId,
    pub(super) it: &'v Configuration,
    pub(super) component: &'v Component,
    pub(super) project: AreaId,
    /// What questions call it.
    pub(super) reference: String,
}

/// The tabs: the last part of the path, and the words.
const TABS: [(&str, &str); 7] = [
    ("", "Attributes"),
    ("hierarchy", "Hierarchy"),
    ("picture", "Picture"),
    ("where-used", "Where used"),
    ("compare", "Compare"),
    ("baselines", "Baselines"),
    ("history", "History"),
];

impl<'v> Shown<'v> {
    /// The one that a part of a path means.
    pub(super) fn of(view: &'v View, key: &str) -> Result<Self, Problem> {
        let id = view.find::<Configuration>(key).ok_or_else(Problem::not_found)?;
        Self::at(view, id).ok_or_else(Problem::not_found)
    }
    pub(super) fn at(view: &'v View, id: ConfigurationId) -> Option<Self> {
        let it = view.see(id)?;
        let component = view.see(it.component)?;
        let reference = view.reference(Item::Configuration(id));
        Some(Self { id, it, component, project: component.project_area, reference })
    }

    /// Its address, on pages as by REST.
    pub(super) fn path(&self) -> String {
        path(self.id)
    }
    pub(super) fn address(&self, tab: &str) -> Address {
        Address::new(if tab.is_empty() { self.path() } else { format!("{}/{tab}", self.path()) })
    }
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.it.kind, ConfigurationKind::Stream(_))
    }
    /// The word of its kind, for people.
    pub(super) fn kind(&self) -> &'static str {
        kind_words(self.it.kind.word())
    }

    /// What a name means that is typed here: configurations of its component, or else of its project area.
    pub(super) fn configurations_called(&self, view: &View, name: &str) -> Vec<ConfigurationId> {
        configurations_called(view, (self.it.component, self.project), name)
    }

    /// A request to change it, or something below it: `/archive`.
    pub(super) fn posted(&self, method: Verb, below: &str, body: &Value) -> Result<Posted, Problem> {
        Posted::new(method, &format!("{}{below}", self.path()), body)
    }
    /// Whether it may be saved so: `modify-attributes`, `archive` …
    pub(super) fn may(&self, visitor: &Visitor, action: &str) -> Ability {
        visitor.may(&deed(self.it.kind, action), &self.reference)
    }

    /// The frame of one of its tabs.
    pub(super) fn frame(&self, visitor: &Visitor, tab: &str) -> Frame {
        let component =
            (format!("/components/{}", self.it.component.number()), self.component.name.to_string());
        let crumbs = [("/configurations".to_owned(), "Configurations".to_owned()), component];
        let tabs = TABS.iter().map(|(tab, words)| (self.address(tab).to_string(), *words));
        let here = self.address(tab).to_string();
        let mut badges = vec![self.kind()];
        badges.extend(self.it.archived.then_some("archived"));
        let is_current = visitor.context().is_some_and(|(id, _)| id == self.id);
        let work = visitor.only_in_earnest(Ability::Allowed).button("Work in it");
        let work = work.sends("configuration", self.id.number().to_string());
        visitor
            .frame(self.it.name.to_string())
            .by_way_of(crumbs)
            .in_part("/configurations")
            .with_tabs(tabs, &here)
            .of_kind(self.kind(), badges)
            .of_configuration(self.path(), (!is_current).then_some(work))
            .previewing()
    }
    pub(super) fn mark(&self) -> Mark {
        mark(self.id, self.it)
    }
}

pub(super) fn path(id: ConfigurationId) -> String {
    format!("/configurations/{}", id.number())
}

/// A configuration that leads to its page.
pub(super) fn mark(id: ConfigurationId, it: &Configuration) -> Mark {
    Mark::new(kind_words(it.kind.word()), it.name.to_string()).at(path(id))
}

/// The operation that saves a configuration of a kind, with an action of it.
pub(super) fn deed(kind: ConfigurationKind, action: &str) -> String {
    let (operation, action) = match (kind, action) {
        (ConfigurationKind::Stream(_), action) => ("stream", action),
        (ConfigurationKind::Baseline(_), action) => ("baseline", action),
        (ConfigurationKind::Staging(_), action) => ("staging-stream", action),
        (ConfigurationKind::Personal(_), "archive" | "unarchive" | "create") => ("personal-stream", action),
        (ConfigurationKind::Personal(_), _) => ("personal-stream", "modify"),
    };
    format!("gc.save-{operation}/{action}")
}

/// The word of a kind for people.
pub(super) fn kind_words(kind: &str) -> &'static str {
    match kind {
        "baseline" => "baseline",
        "staging" => "staging stream",
        "personal" => "personal stream",
        _ => "stream",
    }
}
