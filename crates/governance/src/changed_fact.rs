//! What events change, fact by fact, in words.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::changed_key::{ChangedKey, changed_keys};
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;
use crate::view::called;

/// What becomes of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeVerb {
    /// It was not there before.
    Created,
    /// It has another value.
    Changed,
    /// It was active before.
    Archived,
    /// It was archived before.
    Restored,
    /// It is not there any more.
    Removed,
}

impl ChangeVerb {
    /// `created`, `changed`, `archived`, `restored` or `removed`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Archived => "archived",
            Self::Restored => "restored",
            Self::Removed => "removed",
        }
    }
}

/// One fact that changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ChangedFact {
    /// What becomes of it.
    pub change: ChangeVerb,
    /// `user`, `project area`, `list of roles` …
    pub kind: Cow<'static, str>,
    /// What it is called.
    pub name: String,
    /// What of it is another then, where it changes and there is not too much to tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<ChangedKey>,
}

/// Of so many facts it is told what of them changes, and so long a value is told.
const KEYS_TOLD: usize = 1_000;
const LONGEST_VALUE: usize = 300;

/// The facts that some events change, in the events' order, with what of the first of them is another then.
pub fn changed_facts(before: &Organisation, after: &Organisation, events: &[Event]) -> Vec<ChangedFact> {
    let mut facts: Vec<_> =
        events.iter().map(|event| changed_fact(before, after, event, Called::ByReference)).collect();
    let changed = facts.iter_mut().zip(events).filter(|(fact, _)| fact.change == ChangeVerb::Changed);
    for (fact, event) in changed.take(KEYS_TOLD) {
        fact.keys = keys(before, after, event);
    }
    facts
}

/// What of a fact is another after an event; nothing where there is too much to tell.
fn keys(before: &Organisation, after: &Organisation, event: &Event) -> Vec<ChangedKey> {
    let naming = |noun: &str, number: u32| match called(after, noun, number, |_| true) {
        Some(None) => called(before, noun, number, |_| true),
        found => found,
    };
    // Every value of this program has a JSON form; of one that had none nothing would be told.
    let spelled = event.spelled(&naming).unwrap_or_default();
    let mut keys = changed_keys(&spelled["before"], &spelled["after"]);
    keys.retain(|key| key.before.len() + key.after.len() <= LONGEST_VALUE);
    keys
}

/// How a changed fact says what it is about.
#[derive(Clone, Copy)]
pub(crate) enum Called {
    /// As questions and documents do: there is no other of that reference.
    ByReference,
    /// As people do.
    ByName,
}

impl Called {
    fn item(self, organisation: &Organisation, item: Item) -> String {
        match (self, item) {
            (Self::ByName, _) => organisation.name_of(item),
            (Self::ByReference, Item::Area(area)) => organisation.area_text(area),
            (Self::ByReference, _) => organisation.reference(item),
        }
    }
    fn user(self, organisation: &Organisation, user: UserId) -> Option<String> {
        let user = organisation.user(user)?;
        Some(match self {
            Self::ByReference => user.id.to_string(),
            Self::ByName => user.name.to_string(),
        })
    }
    fn role(self, organisation: &Organisation, area: AreaId, id: &Name) -> String {
        let found = organisation.role(area, id).filter(|_| matches!(self, Self::ByName));
        found.map_or_else(|| id.to_string(), |(_, role)| role.name.to_string())
    }
}

/// The verb for a fact that can be archived.
macro_rules! verb {
    ($change:expr) => {{
        let was = $change.before.as_ref().is_some_and(|it| it.archived);
        match ($change.before.is_some(), was, $change.after.as_ref().map(|it| it.archived)) {
            (true, false, Some(true)) => ChangeVerb::Archived,
            (true, true, Some(false)) => ChangeVerb::Restored,
            _ => whole($change.before.is_none(), $change.after.is_none()),
        }
    }};
}

const fn whole(is_creation: bool, is_removal: bool) -> ChangeVerb {
    match (is_creation, is_removal) {
        (true, _) => ChangeVerb::Created,
        (_, true) => ChangeVerb::Removed,
        _ => ChangeVerb::Changed,
    }
}

pub(crate) fn changed_fact(
    before: &Organisation,
    after: &Organisation,
    event: &Event,
    called: Called,
) -> ChangedFact {
    let either = |name: &dyn Fn(&Organisation) -> Option<String>| {
        name(after).or_else(|| name(before)).unwrap_or_default()
    };
    let reference = |item: Item| either(&|it| Some(called.item(it, item)).filter(|text| !text.is_empty()));
    let area = |id: AreaId| reference(Item::Area(id));
    let user = |id: UserId| either(&|it| called.user(it, id));
    let whole = whole(event.is_creation(), event.is_removal());
    let (change, kind, name) = match event {
        Event::Settings(_) => (whole, "setting", "administrative_override".to_owned()),
        Event::LicencePool(it) => (whole, "licence pool", it.key.id().to_owned()),
        Event::User(it) => (verb!(it), "user", user(it.key)),
        Event::Area(it) => {
            let kind =
                either(&|organisation| Some(organisation.area(it.key)?.project().is_some().to_string()));
            (verb!(it), if kind == "true" { "project area" } else { "team area" }, area(it.key))
        }
        Event::AccessGroup(it) => {
            let name = either(&|organisation| Some(organisation.access_group(it.key)?.name.to_string()));
            (whole, "access group", name)
        }
        Event::Administrator(it) => {
            (whole, "administrator", format!("{} of {}", user(it.key.1), area(it.key.0)))
        }
        Event::Member(it) => {
            let roles = it.after.iter().flat_map(|roles| roles.iter());
            let roles: Vec<String> = roles.map(|role| called.role(after, it.key.0, role)).collect();
            let roles = if roles.is_empty() { String::new() } else { format!(" ({})", roles.join(", ")) };
            (whole, "member", format!("{} of {}{roles}", user(it.key.1), area(it.key.0)))
        }
        Event::Listed(it) => (whole, "reader", format!("{} of {}", user(it.key.1), area(it.key.0))),
        Event::Roles(it) => (whole, "list of roles", area(it.key)),
        Event::Permission(it) => {
            let (place, key) = &it.key;
            let role = called.role(after, *place, &key.role);
            (whole, "permission", format!("{role} {} in {}", key.operation, area(*place)))
        }
        Event::Timelines(it) => (whole, "list of timelines", area(it.key)),
        Event::Preconditions(it) => (whole, "list of preconditions", area(it.key)),
        Event::Approval(it) => {
            let of = reference(Item::Configuration(it.key.0));
            (whole, "approval", format!("{of} by {}", user(it.key.1)))
        }
        Event::Component(it) => (verb!(it), "component", reference(Item::Component(it.key))),
        Event::Configuration(it) => {
            let kind = it.after.as_ref().or(it.before.as_ref()).map_or("configuration", |it| it.kind.word());
            let kind = if kind == "staging" || kind == "personal" { "other configuration" } else { kind };
            (verb!(it), kind, reference(Item::Configuration(it.key)))
        }
        Event::Contributions(it) => (whole, "list of contributions", reference(Item::Configuration(it.key))),
        Event::Category(it) => (verb!(it), "category", reference(Item::Category(it.key))),
        Event::WorkItem(it) => (verb!(it), "work item", reference(Item::WorkItem(it.key))),
        Event::Plan(it) => (verb!(it), "plan", reference(Item::Plan(it.key))),
        Event::ScmItem(it) => (verb!(it), "source control item", reference(Item::ScmItem(it.key))),
        Event::TestArtefact(it) => (verb!(it), "test artefact", reference(Item::TestArtefact(it.key))),
        Event::Folder(it) => (verb!(it), "folder", reference(Item::Folder(it.key))),
        Event::Artefact(it) => (verb!(it), "artefact", reference(Item::Artefact(it.key))),
        Event::ProcessTemplate(it) => {
            let name = either(&|organisation| Some(organisation.process_template(it.key)?.name.to_string()));
            (whole, "process template", name)
        }
    };
    ChangedFact { change, kind: kind.into(), name, keys: Vec::new() }
}
