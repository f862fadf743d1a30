//! What an import changes, fact by fact, in words.

use governance::{AreaId, Event, Item, Organisation, UserId};
use serde::Serialize;

/// What becomes of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verb {
    Created,
    Changed,
    Archived,
    Restored,
    Removed,
}

impl Verb {
    pub(crate) const fn word(self) -> &'static str {
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct ChangedFact {
    pub(crate) change: Verb,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

/// The facts that some events change, in the events' order.
pub(crate) fn changed_facts(
    before: &Organisation,
    after: &Organisation,
    events: &[Event],
) -> Vec<ChangedFact> {
    events.iter().map(|event| changed_fact(before, after, event)).collect()
}

/// The verb for a fact that can be archived.
macro_rules! verb {
    ($change:expr) => {{
        let was = $change.before.as_ref().is_some_and(|it| it.archived);
        match ($change.before.is_some(), was, $change.after.as_ref().map(|it| it.archived)) {
            (true, false, Some(true)) => Verb::Archived,
            (true, true, Some(false)) => Verb::Restored,
            _ => whole($change.before.is_none(), $change.after.is_none()),
        }
    }};
}

const fn whole(is_creation: bool, is_removal: bool) -> Verb {
    match (is_creation, is_removal) {
        (true, _) => Verb::Created,
        (_, true) => Verb::Removed,
        _ => Verb::Changed,
    }
}

fn changed_fact(before: &Organisation, after: &Organisation, event: &Event) -> ChangedFact {
    let either = |name: &dyn Fn(&Organisation) -> Option<String>| {
        name(after).or_else(|| name(before)).unwrap_or_default()
    };
    let reference = |item: Item| either(&|it| Some(it.reference(item)).filter(|text| !text.is_empty()));
    let area = |id: AreaId| either(&|it| Some(it.area_text(id)).filter(|text| !text.is_empty()));
    let user = |id: UserId| either(&|it| it.user(id).map(|user| user.id.to_string()));
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
            let roles = it.after.iter().flat_map(|roles| roles.iter()).map(ToString::to_string);
            let roles: Vec<String> = roles.collect();
            let roles = if roles.is_empty() { String::new() } else { format!(" ({})", roles.join(", ")) };
            (whole, "member", format!("{} of {}{roles}", user(it.key.1), area(it.key.0)))
        }
        Event::Listed(it) => (whole, "reader", format!("{} of {}", user(it.key.1), area(it.key.0))),
        Event::Roles(it) => (whole, "list of roles", area(it.key)),
        Event::Permission(it) => {
            let (place, key) = &it.key;
            (whole, "permission", format!("{} {} in {}", key.role, key.operation, area(*place)))
        }
        Event::Timelines(it) => (whole, "list of timelines", area(it.key)),
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
    ChangedFact { change, kind, name }
}

/// So many, as people say it: `1 category`, `2 categories`, `3 lists of roles`.
pub(crate) fn number_of(number: usize, kind: &str) -> String {
    let plural = match kind.split_once(" of ") {
        _ if number == 1 => kind.to_owned(),
        Some((head, rest)) => format!("{head}s of {rest}"),
        None => match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{kind}s"),
        },
    };
    format!("{number} {plural}")
}
