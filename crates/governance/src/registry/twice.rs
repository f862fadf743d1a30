//! What several entries of a registry have, though one alone should (docs/process.md#sync).

use std::collections::HashMap;

use super::Roster;
use crate::text::{Name, fold, skeleton};

/// So many entries are named: the first of them lead to the others.
const NAMED: usize = 5;

/// Which entries have what, in the order in which the registry tells of them.
pub(super) struct Twice<'a> {
    /// By the form in which two are compared.
    places: HashMap<String, usize>,
    /// As it was first written, and the entries that have it.
    each: Vec<(&'a Name, Vec<&'a str>)>,
}

impl<'a> Twice<'a> {
    /// The ids of everybody of whom the registry tells, those of whom no user can be made among them.
    pub(super) fn of_ids(roster: &'a Roster) -> Self {
        let people = roster.people.iter().map(|(person, entry)| (&person.id, entry));
        let flawed = roster.flawed.iter().map(|(id, entry)| (id, entry));
        Self::new(people.chain(flawed), skeleton)
    }

    /// The mail addresses of those who are for us.
    pub(super) fn of_mails(roster: &'a Roster) -> Self {
        let ours = roster.people.iter().filter(|(person, _)| !person.is_for_others());
        let mails = ours.filter_map(|(person, entry)| Some((person.mail.as_ref()?, entry)));
        Self::new(mails.filter(|(mail, _)| !mail.is_empty()), |mail| fold(mail).into_owned())
    }

    fn new(found: impl Iterator<Item = (&'a Name, &'a String)>, form: impl Fn(&str) -> String) -> Self {
        let mut twice = Self { places: HashMap::new(), each: Vec::new() };
        for (name, entry) in found {
            let place = *twice.places.entry(form(name)).or_insert(twice.each.len());
            match twice.each.get_mut(place) {
                Some((_, entries)) => entries.push(entry),
                None => twice.each.push((name, vec![entry.as_str()])),
            }
        }
        twice
    }

    /// Whether an entry has what has this form.
    pub(super) fn knows(&self, form: &str) -> bool {
        self.places.contains_key(form)
    }

    /// Whether more than one has.
    pub(super) fn has(&self, form: &str) -> bool {
        self.places.get(form).is_some_and(|place| self.each[*place].1.len() > 1)
    }

    /// A line for each that more than one has.
    pub(super) fn told(&self, kind: &str, outcome: &str) -> impl Iterator<Item = String> {
        self.each.iter().filter(|(_, entries)| entries.len() > 1).map(move |(name, entries)| {
            let named: Vec<_> = entries.iter().take(NAMED).map(|entry| format!("`{entry}`")).collect();
            let more = entries.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let many = entries.len();
            format!("{many} entries have {kind} `{name}`, {outcome}: {}{more}", named.join(", "))
        })
    }
}
