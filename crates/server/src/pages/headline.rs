//! What revisions did, each in a line: what it changed first, as far as whoever reads may know of it.

use std::collections::BTreeMap;

use governance::{ChangeVerb, ChangedFact, Event, Item, View};
use store::{JournalPage, Revision};

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

    /// `Added member Bob of Tuning Team (Contributor)`; `None` where there is nothing that the reader may
    /// know of.
    pub(crate) fn told(&self, view: &View, revision: Revision) -> Option<String> {
        line(self.events(revision).filter_map(|event| view.changed(event)))
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

fn line(facts: impl Iterator<Item = ChangedFact>) -> Option<String> {
    let mut line = String::new();
    let mut told = Vec::new();
    for fact in facts {
        let ChangedFact { change, kind, name, .. } = &fact;
        // A list that comes to be belongs to what came to be before it.
        let is_list = kind.starts_with("list of ");
        if is_list && *change == ChangeVerb::Created && !told.is_empty() {
            continue;
        }
        if told.len() == TOLD {
            line.push_str(", and more");
            break;
        }
        let joins = if is_list { " of" } else { "" };
        match told.last() {
            None => line.push_str(&format!("{} {kind}{joins} {name}", verb(*change, kind))),
            Some((before, of)) if (before, of) == (change, kind) => line.push_str(&format!(", {name}")),
            Some(_) => {
                let verb = verb(*change, kind).to_lowercase();
                line.push_str(&format!("; {verb} {kind}{joins} {name}"));
            }
        }
        told.push((*change, kind.clone()));
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
        let told = |facts: Vec<ChangedFact>| line(facts.into_iter()).unwrap_or_default();
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
            "Changed list of contributions of Sport 2.0"
        );
        assert_eq!(told(Vec::new()), "");
    }
}
