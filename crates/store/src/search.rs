//! The journal's filter as a statement.

use crate::db::storable;
use crate::journal::{Changed, JournalFilter};

const ENTRIES: &str = "SELECT revision, at, by_user, via, address, basis, summary, impact FROM journal
    WHERE at >= $1 AND at < $2 AND revision < $3";
/// Conditions that may follow, each with as many parameters of its own as it has question marks.
const BY: &str = " AND by_user = $?";
const WITH_TEXT: &str = r" AND LOWER(summary) LIKE $? ESCAPE '\'";
const CHANGED_KIND: &str = " AND revision IN (SELECT revision FROM event WHERE kind = $?)";
const CHANGED_FACT: &str = " AND revision IN (SELECT revision FROM event WHERE kind = $? AND key = $?)";
const NEWEST_FIRST: &str = " ORDER BY revision DESC LIMIT $4";

/// A statement with four parameters, from, to, older than and limit, and then these.
pub(crate) struct Search {
    pub(crate) statement: String,
    pub(crate) parameters: Vec<String>,
    /// In lower case.
    text: Option<String>,
}

impl Search {
    pub(crate) fn of(filter: &JournalFilter) -> Self {
        let text = filter.text.as_deref().map(|text| storable(text).to_lowercase());
        let mut search = Self { statement: ENTRIES.to_owned(), parameters: Vec::new(), text };
        if let Some(by) = &filter.by {
            search.require(BY, [by]);
        }
        if let Some(text) = &search.text {
            let pattern = pattern(text);
            search.require(WITH_TEXT, [&pattern]);
        }
        match &filter.changed {
            Some(Changed::Kind(kind)) => search.require(CHANGED_KIND, [kind]),
            Some(Changed::Fact(fact)) => search.require(CHANGED_FACT, [&fact.kind, &fact.key]),
            None => {}
        }
        search.statement.push_str(NEWEST_FIRST);
        search
    }

    fn require<const N: usize>(&mut self, condition: &str, parameters: [&str; N]) {
        let mut condition = condition.to_owned();
        for parameter in parameters {
            self.parameters.push(storable(parameter).into_owned());
            condition = condition.replacen("$?", &format!("${}", 4 + self.parameters.len()), 1);
        }
        self.statement.push_str(&condition);
    }

    /// Whether a summary that was found has the text, since the pattern lets others pass.
    pub(crate) fn holds(&self, summary: &str) -> bool {
        self.text.as_ref().is_none_or(|text| summary.to_lowercase().contains(text))
    }
}

/// A pattern for all that has this text, in lower case, and for some that has not: what the databases hold to
/// be upper and lower case, they agree upon for ASCII alone.
fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in text.chars() {
        match character {
            '%' | '_' | '\\' => pattern.extend(['\\', character]),
            _ if character.is_ascii() => pattern.push(character),
            _ => pattern.push('%'),
        }
    }
    pattern + "%"
}
