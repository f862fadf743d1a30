//! The rules of the model: what must hold whatever is changed, by a command or by a document.
//!
//! Only what events touch is checked, and what that can break elsewhere, so that one change costs little and
//! a whole organisation is checked in one pass.

mod access_group;
mod area;
mod binding;
mod category;
mod configuration;
mod contribution;
mod entry;
mod folder;
mod member;
mod nesting;
mod precondition;
mod process_copy;
mod process_template;
mod role;
mod rule;
mod source_control;
mod test_artefact;
#[cfg(test)]
mod tests;
mod timeline;
mod user;
mod vocabulary;
mod work_item;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::access_group::{AccessGroupId, Audience};
use crate::application_items::FolderId;
use crate::catalogue::Application;
use crate::configuration::ConfigurationId;
use crate::event::Event;
use crate::id::Id;
use crate::index::Scope;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::{Name, is_unseen};
use crate::vocabulary::Vocabulary;

pub(crate) use area::closes_cycle;
pub(crate) use contribution::too_many_contributions;
pub use process_template::TemplatePart;
pub use rule::Rule;

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The index of the event at fault, so that an importer can say which line it came from.
    pub event: usize,
    /// The slash path of keys and indices at fault within what the event changes, where the rule is about
    /// one: `attributes/cost`.
    pub at: Option<String>,
    /// The rule.
    pub rule: Rule,
}

/// What the events break. `organisation` is the one after them.
pub fn violations(organisation: &Organisation, events: &[Event]) -> Vec<Violation> {
    let created = events.iter().filter_map(|event| match event {
        Event::Area(change) if change.before.is_none() => Some(change.key),
        _ => None,
    });
    let made = events.iter().filter_map(|event| match event {
        Event::Configuration(change) if change.before.is_none() => Some(change.key),
        _ => None,
    });
    let mut check = Check {
        organisation,
        events,
        event: 0,
        found: Vec::new(),
        created: created.collect(),
        made: made.collect(),
        affected: BTreeMap::new(),
        removed_groups: BTreeMap::new(),
        removed_folders: BTreeMap::new(),
        categories: None,
        nesting: nesting::Nesting::default(),
        grown: Vec::new(),
        vocabularies: HashMap::new(),
    };
    for (at, event) in events.iter().enumerate() {
        check.event = at;
        match event {
            Event::Settings(change) => check.settings(change),
            Event::LicencePool(change) => check.licence_pool(change),
            Event::User(change) => check.user(change),
            Event::Area(change) => {
                check.area(change);
                check.area_vocabulary(change);
            }
            Event::AccessGroup(change) => check.access_group(change),
            Event::Administrator(change) => check.stands(change, "administrator of"),
            Event::Member(change) => check.member(change),
            Event::Listed(change) => check.listed(change),
            Event::Roles(change) => check.roles(change),
            Event::Permission(change) => check.entry(change),
            Event::Timelines(change) => check.timelines(change),
            Event::Preconditions(change) => check.preconditions(change),
            Event::Approval(change) => check.approval(change),
            Event::Component(change) => check.component(change),
            Event::Configuration(change) => check.configuration(change),
            Event::Contributions(change) => check.contributions(change),
            Event::Category(change) => check.category(change),
            Event::WorkItem(change) => check.work_item(change),
            Event::Plan(change) => check.plan(change),
            Event::ScmItem(change) => check.scm_item(change),
            Event::TestArtefact(change) => check.test_artefact(change),
            Event::Folder(change) => check.folder(change),
            Event::Artefact(change) => check.artefact(change),
            Event::ProcessTemplate(change) => check.process_template(change),
        }
    }
    check.user_ids();
    check.administrators_remain();
    check.licences_assigned();
    check.affected_areas();
    check.tagless_roles();
    check.no_contribution_cycle();
    check.restricted_categories();
    check.removed_are_unused();
    check.found.sort_by_key(|it| it.event);
    check.found
}

/// A check in progress.
struct Check<'a> {
    organisation: &'a Organisation,
    events: &'a [Event],
    /// The event looked at.
    event: usize,
    found: Vec<Violation>,
    /// The areas that the events make: each of their facts is an event of its own.
    created: HashSet<AreaId>,
    /// The configurations that the events make.
    made: HashSet<ConfigurationId>,
    /// Areas that were there before and whose roles, members, entries or slots an event elsewhere may have
    /// broken.
    affected: BTreeMap<AreaId, usize>,
    removed_groups: BTreeMap<AccessGroupId, usize>,
    removed_folders: BTreeMap<FolderId, usize>,
    /// An event after which restricted categories elsewhere may lack a team area.
    categories: Option<usize>,
    nesting: nesting::Nesting,
    /// Configurations to which an event has added a contribution.
    grown: Vec<(ConfigurationId, usize)>,
    /// Those of the project areas that the events are about.
    vocabularies: HashMap<AreaId, Arc<Vocabulary>>,
}

impl Check<'_> {
    fn fail(&mut self, rule: Rule) {
        self.found.push(Violation { event: self.event, at: None, rule });
    }

    fn fail_at(&mut self, event: usize, rule: Rule) {
        self.found.push(Violation { event, at: None, rule });
    }

    fn require(&mut self, holds: bool, rule: impl FnOnce() -> Rule) {
        if !holds {
            self.fail(rule());
        }
    }

    fn named(&mut self, kind: &'static str, name: &Name) {
        if let Some(rule) = bad_name(kind, name) {
            self.fail(rule);
        }
    }

    /// A name that nothing else has within the scope.
    fn unique<T>(&mut self, kind: &'static str, scope: Scope, name: &Name, id: Id<T>) {
        self.named(kind, name);
        let found = self.organisation.index.named(&self.organisation.facts, scope, name);
        self.require(found.is_none_or(|it| it == id.number()), || Rule::NameTaken {
            kind,
            name: name.clone(),
        });
    }

    fn numbered<T>(&mut self, kind: &'static str, scope: Scope, number: u64, id: Id<T>) {
        let found = self.organisation.index.named(&self.organisation.facts, scope, &number.to_string());
        self.require(found.is_none_or(|it| it == id.number()), || Rule::NumberTaken { kind, number });
    }

    fn never_removed(&mut self, kind: &'static str, name: Option<&Name>) {
        self.fail(Rule::NeverRemoved { kind, name: name.cloned().unwrap_or_else(|| "".into()) });
    }

    /// An item's project area is there and of the right application.
    fn kept_in(&mut self, kind: &'static str, area: AreaId, application: Application) {
        let project = self.organisation.area(area).and_then(|area| area.project());
        self.require(project.is_some_and(|it| it.application == application), || Rule::Application {
            kind,
            application,
        });
    }

    /// A team area that an item names is there, and of the item's project area.
    fn team_of(&mut self, kind: &'static str, name: &Name, project: AreaId, team: Option<AreaId>) {
        let Some(team) = team else { return };
        let (name, what) = (name.clone(), "team area");
        match self.organisation.area(team) {
            Some(area) if area.team().is_some() => {
                let own = self.organisation.project_of(team) == project;
                self.require(own, || Rule::OtherProject { kind, name, what });
            }
            _ => self.fail(Rule::NotThere { kind, name, what }),
        }
    }

    fn there(&mut self, holds: bool, kind: &'static str, name: &Name, what: &'static str) {
        self.require(holds, || Rule::NotThere { kind, name: name.clone(), what });
    }

    fn audience(&mut self, kind: &'static str, name: &Name, audience: Audience) {
        let (holds, what) = match audience {
            Audience::MembersOf(area) => (self.organisation.area(area).is_some(), "process area"),
            Audience::AccessGroup(group) => (self.organisation.access_group(group).is_some(), "access group"),
        };
        self.there(holds, kind, name, what);
    }

    fn area_name(&self, area: AreaId) -> Name {
        self.organisation.area(area).map_or_else(|| "".into(), |area| area.name.clone())
    }
}

/// So many characters a name has at most.
pub(crate) const LONGEST_NAME: usize = 1000;
/// And a user id, by which alone its user is addressed.
pub(crate) const LONGEST_ID: usize = 250;

/// What is wrong with a name by itself (docs/organisation-document.md#rules-across-keys).
pub fn bad_name(kind: &'static str, name: &Name) -> Option<Rule> {
    // Two names that look alike must be alike: no blanks around, nothing that is not seen.
    let unseen = |letter: char| letter.is_control() || is_unseen(letter);
    if name.trim().is_empty() {
        Some(Rule::NoName(kind))
    } else if name.trim() != &**name || name.contains(unseen) {
        Some(Rule::UnseenInName { kind, name: name.clone() })
    } else if matches!(&**name, "." | "..") {
        Some(Rule::DotsAsName(kind))
    } else if name.len() > LONGEST_NAME && name.chars().count() > LONGEST_NAME {
        Some(Rule::NameTooLong { kind, longest: LONGEST_NAME })
    } else {
        None
    }
}
