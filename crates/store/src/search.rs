//! Filters of logs as statements.

use crate::db::storable;
use crate::journal::{Changed, JournalFilter};

const ENTRIES: &str = "SELECT revision, at, by_user, via, address, basis, summary, impact FROM journal
    WHERE at >= $1 AND at < $2 AND revision < $3";
const BY: &str = " AND by_user = $?";
const VIA: &str = " AND via = $?";
const ADDRESS: &str = " AND address = $?";
const BASIS: &str = " AND basis = $?";
const WITH_TEXT: &str = r" AND LOWER(summary) LIKE $? ESCAPE '\'";
const CHANGED_KIND: &str = " AND revision IN (SELECT revision FROM event WHERE kind = $?)";
const CHANGED_FACT: &str = " AND revision IN (SELECT revision FROM event WHERE kind = $? AND key = $?)";
const NEWEST_FIRST: &str = " ORDER BY revision DESC LIMIT $4";

/// A statement that has four parameters and then, by conditions that are added to it, others.
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) parameters: Vec<String>,
}

impl Statement {
    pub(crate) fn begin(text: &str) -> Self {
        Self { text: text.to_owned(), parameters: Vec::new() }
    }

    /// Adds a condition, which has as many parameters as question marks.
    pub(crate) fn require<const N: usize>(&mut self, condition: &str, parameters: [&str; N]) {
        let mut condition = condition.to_owned();
        for parameter in parameters {
            self.parameters.push(storable(parameter).into_owned());
            condition = condition.replacen("$?", &format!("${}", 4 + self.parameters.len()), 1);
        }
        self.text.push_str(&condition);
    }

    /// The same, where something is asked for.
    pub(crate) fn require_if(&mut self, condition: &str, parameter: Option<&str>) {
        if let Some(parameter) = parameter {
            self.require(condition, [parameter]);
        }
    }
}

/// A statement whose own parameters are from, to, older than and limit.
pub(crate) struct Search {
    pub(crate) statement: Statement,
    /// In lower case.
    text: Option<String>,
}

impl Search {
    pub(crate) fn of(filter: &JournalFilter) -> Self {
        let mut statement = Statement::begin(ENTRIES);
        let text = filter.text.as_deref().map(|text| storable(text).to_lowercase());
        statement.require_if(BY, filter.by.as_deref());
        statement.require_if(VIA, filter.via.as_deref());
        statement.require_if(ADDRESS, filter.address.as_deref());
        statement.require_if(BASIS, filter.basis.as_deref());
        statement.require_if(WITH_TEXT, text.as_deref().map(pattern).as_deref());
        match &filter.changed {
            Some(Changed::Kind(kind)) => statement.require(CHANGED_KIND, [kind]),
            Some(Changed::Fact(fact)) => statement.require(CHANGED_FACT, [&fact.kind, &fact.key]),
            None => {}
        }
        statement.text.push_str(NEWEST_FIRST);
        Self { statement, text }
    }

    /// Whether a summary that was found has the text, since the pattern lets others pass.
    pub(crate) fn holds(&self, summary: &str) -> bool {
        self.text.as_ref().is_none_or(|text| summary.to_lowercase().contains(text))
    }
}

/// A pattern for all that has this text, in lower case, and for some that has not: what the databases hold to
/// be upper and lower case, they agree upon for ASCII alone.
pub(crate) fn pattern(text: &str) -> String {
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
