//! What revisions did, each in a line: what it changed first, as far as whoever reads may know of it.

use std::collections::BTreeMap;

use governance::{
    Change, ChangeVerb, ChangedFact, ConfigurationId, Contribution, Contributions, Event, Item, View,
};
use store::{JournalPage, Revision};

use crate::api::first_changes;
use crate::problem::Problem;
use crate::router::Server;

/// What the revisions of a page of the journal began with.
pub(crate) struct Headlines(BTreeMap<Revision, Vec<Event>>);

/// So many changes a line tells, out of so many that are looked at.
const TOLD: usize = 2;
const LOOKED_AT: u32 = 6;

impl Headlines {
    /// Of every revision of a page.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn of(server: &Server, page: &JournalPage) -> Result<Self, Problem> {
        Ok(Self(server.office.store().first_changes_of(page, LOOKED_AT).await?))
    }

    /// Of what has been read already.
    pub(crate) const fn new(changes: BTreeMap<Revision, Vec<Event>>) -> Self {
        Self(changes)
    }

    /// The same, of some revisions with what they did to what the reader cares for.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn begin_with(
        &mut self,
        server: &Server,
        view: &View,
        items: &[Item],
        page: &JournalPage,
    ) -> Result<(), Problem> {
        self.0.extend(first_changes(server, view, items, page, LOOKED_AT).await?);
        Ok(())
    }

    /// `Added member Bob of Tuning Team (Contributor)`; `None` where there is nothing that the reader may
    /// know of.
    pub(crate) fn told(&self, view: &View, revision: Revision) -> Option<String> {
        line(self.events(revision).filter_map(|event| deed(view, event)))
    }

    /// What a revision was about, as far as the reader sees it.
    pub(crate) fn items(&self, view: &View, revision: Revision) -> impl Iterator<Item = Item> {
        self.events(revision).filter(|event| view.shows(event)).filter_map(Event::item)
    }

    /// The changes that a revision began with.
    pub(crate) fn events(&self, revision: Revision) -> impl Iterator<Item = &Event> {
        self.0.get(&revision).into_iter().flatten()
    }
}

/// What an event did.
struct Deed {
    verb: &'static str,
    what: String,
    name: String,
    /// Whether it belongs to what came to be before it.
    is_part: bool,
}

impl Deed {
    fn of(fact: ChangedFact) -> Self {
        let ChangedFact { change, kind, name, .. } = fact;
        match kind.strip_prefix("list of ") {
            // Nobody makes or removes a list: its area or configuration is there.
            Some(list) => Self {
                verb: "Changed",
                what: format!("the {list} of"),
                name,
                is_part: change == ChangeVerb::Created,
            },
            None => Self { verb: verb(change, &kind), what: kind.into_owned(), name, is_part: false },
        }
    }

    /// Of a list of contributions what was added to it or taken out, where that is one.
    fn of_contributions(view: &View, change: &Contributed, fact: &ChangedFact) -> Option<Self> {
        let (before, after) =
            (change.before.as_deref().unwrap_or_default(), change.after.as_deref().unwrap_or_default());
        let mut added = after.iter().filter(|it| !before.contains(it));
        let mut removed = before.iter().filter(|it| !after.contains(it));
        let (verb, what, one) = match (added.next(), removed.next()) {
            (None, None) if before.len() == after.len() => ("Changed", "the order of contributions of", None),
            (Some(one), None) if added.next().is_none() => ("Added", "contribution", Some(one)),
            (None, Some(one)) if removed.next().is_none() => ("Removed", "contribution", Some(one)),
            _ => return None,
        };
        let name = match one {
            None => fact.name.clone(),
            Some(Contribution::Configuration(id)) => format!("{} of {}", view.see(*id)?.name, fact.name),
            Some(Contribution::Local(address)) => format!("{address} of {}", fact.name),
        };
        Some(Self { verb, what: what.to_owned(), name, is_part: false })
    }
}

type Contributed = Change<ConfigurationId, Contributions>;

fn deed(view: &View, event: &Event) -> Option<Deed> {
    let fact = view.changed(event)?;
    let of_contributions = match event {
        Event::Contributions(change) => Deed::of_contributions(view, change, &fact),
        _ => None,
    };
    Some(of_contributions.unwrap_or_else(|| Deed::of(fact)))
}

fn line(deeds: impl Iterator<Item = Deed>) -> Option<String> {
    let mut line = String::new();
    let mut told: Vec<Deed> = Vec::new();
    for deed in deeds {
        if deed.is_part && !told.is_empty() {
            continue;
        }
        if told.len() == TOLD {
            line.push_str(", and more");
            break;
        }
        let Deed { verb, what, name, .. } = &deed;
        match told.last() {
            None => line.push_str(&format!("{verb} {what} {name}")),
            Some(before) if before.verb == *verb && before.what == *what => {
                line.push_str(&format!(", {name}"));
            }
            Some(_) => line.push_str(&format!("; {} {what} {name}", verb.to_lowercase())),
        }
        told.push(deed);
    }
    (!line.is_empty()).then_some(line)
}

fn verb(change: ChangeVerb, kind: &str) -> &'static str {
    match (change, kind) {
        (ChangeVerb::Created, "member" | "administrator" | "reader" | "permission" | "approval") => "Added",
        (ChangeVerb::Created, _) => "Made",
        (ChangeVerb::Changed, _) => "Changed",
        (ChangeVerb::Archived, _) => "Archived",
        (ChangeVerb::Restored, _) => "Took out of the archive:",
        (ChangeVerb::Removed, _) => "Removed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(change: ChangeVerb, kind: &'static str, name: &str) -> ChangedFact {
        ChangedFact { change, kind: kind.into(), name: name.to_owned(), keys: Vec::new() }
    }

    #[test]
    fn a_line_tells_the_first_changes_and_that_there_are_more() {
        let bob = || fact(ChangeVerb::Created, "member", "Bob of Trams (Product Owner)");
        let team = || fact(ChangeVerb::Created, "team area", "Tuning Team");
        let list = || fact(ChangeVerb::Created, "list of roles", "Tuning Team");
        let told = |facts: Vec<ChangedFact>| line(facts.into_iter().map(Deed::of)).unwrap_or_default();
        assert_eq!(told(vec![bob()]), "Added member Bob of Trams (Product Owner)");
        assert_eq!(
            told(vec![team(), list(), bob()]),
            "Made team area Tuning Team; added member Bob of Trams (Product Owner)"
        );
        assert_eq!(
            told(vec![bob(), fact(ChangeVerb::Created, "member", "Ada of Trams"), team()]),
            "Added member Bob of Trams (Product Owner), Ada of Trams, and more"
        );
        assert_eq!(
            told(vec![fact(ChangeVerb::Changed, "list of contributions", "Sport 2.0")]),
            "Changed the contributions of Sport 2.0"
        );
        assert_eq!(told(Vec::new()), "");
    }
}
