//! What has changed of an item: who, when and by what right, with what was there before and after.

use askama::Template;
use askama::filters::HtmlSafe;
use governance::{ChangedKey, Item};
use serde_json::Value;
use store::Revision;

use super::changed_rows::{changed_rows, words};
use super::headline::Headlines;
use super::part::{Pager, Person, Time};
use super::visitor::Visitor;
use super::words::last_name;
use crate::api::{WhatChanged, first_changes, histories, what_changed};
use crate::problem::Problem;
use crate::router::Server;

/// A page of the revisions of an item, the newest first; writes itself.
#[derive(Template)]
#[template(path = "part/history.html")]
pub(crate) struct History {
    rows: Vec<Row>,
    pager: Pager,
    /// What there would be to tell of.
    hint: &'static str,
    /// Whether a revision has a page for whoever looks.
    audits: bool,
}

impl HtmlSafe for History {}

struct Row {
    revision: u64,
    at: Time,
    by: Person,
    basis: String,
    /// What it did, in a line, where that can be told.
    headline: Option<String>,
    summary: String,
    changes: Vec<ChangedKey>,
    /// Whether there were more than are told.
    more: bool,
}

/// So many revisions a page has, and so many rows each is told in, out of the facts that are looked at.
const ROWS: u32 = 25;
const CHANGES: usize = 40;
const LOOKED_AT: u32 = 200;
/// So few are told at once.
pub(super) const FEW: usize = 4;

impl History {
    /// Of an item that the visitor sees, from the place on that the address says.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn of(
        server: &Server,
        visitor: &Visitor,
        item: Item,
        hint: &'static str,
    ) -> Result<Self, Problem> {
        let view = visitor.view();
        let after = visitor.query.get("after").parse().ok().map(Revision::new);
        let page = histories(server, view, &[item], after, ROWS).await?;
        let changed = Headlines::new(first_changes(server, view, &[item], &page, LOOKED_AT).await?);
        let own = view.reference(item);
        let mut rows = Vec::with_capacity(page.entries.len());
        for (revision, entry) in page.entries {
            let facts = what_changed(view, item, changed.events(revision))?;
            let mut changes: Vec<_> = facts.iter().flat_map(|fact| rows_of(&own, fact)).collect();
            let more = changes.len() > CHANGES;
            changes.truncate(CHANGES);
            let by = view.person(&entry.by).map(Person::from);
            rows.push(Row {
                revision: revision.number(),
                at: entry.at.into(),
                by: by.unwrap_or_else(|| Person { name: entry.by.clone(), id: entry.by }),
                basis: entry.basis,
                headline: changed.told(view, revision),
                summary: entry.summary,
                changes,
                more,
            });
        }
        let shown = super::words::count(rows.len(), "revision");
        let pager = Pager::new(&visitor.here, shown, page.older_than.map(Revision::number));
        Ok(Self { rows, pager, hint, audits: visitor.both(crate::api::log::audits).is_ok() })
    }
}

/// What of a fact is another, each with what the fact is, where that is not what the page is of.
fn rows_of(own: &str, fact: &WhatChanged) -> Vec<ChangedKey> {
    let subject = subject(own, fact);
    let there = |is_there: bool| if is_there { "yes" } else { "—" }.to_owned();
    // An approval says no more than that it is there, and when.
    let rows = if fact.kind == "approval" { Vec::new() } else { changed_rows(&fact.before, &fact.after) };
    if rows.is_empty() {
        return vec![ChangedKey { key: subject, before: there(!fact.made), after: there(!fact.removed) }];
    }
    let within = |row: ChangedKey| {
        let way = [&*subject, &*row.key].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>();
        ChangedKey { key: way.join(" › "), ..row }
    };
    rows.into_iter().map(within).collect()
}

/// `Member Lena of Tuning Team`; nothing for the item itself.
fn subject(own: &str, fact: &WhatChanged) -> String {
    let kind = words(&fact.kind);
    let name = |it: &Value| it["name"].as_str().map(last_name);
    match &fact.key {
        Value::Array(parts) => {
            let of = parts.first().filter(|it| it["name"] != *own).and_then(name);
            let which = parts.iter().skip(1).filter_map(|it| name(it).or_else(|| entry(it)));
            let which = which.collect::<Vec<_>>().join(" ");
            let of = of.map_or_else(String::new, |of| format!(" of {of}"));
            format!("{kind} {which}{of}").trim_end().to_owned()
        }
        key if key["name"] == *own => match &*fact.kind {
            "configuration" | "component" | "process area" | "timelines" | "roles" => String::new(),
            _ => kind,
        },
        key => format!("{kind} of {}", name(key).unwrap_or_else(|| governance::value_in_words(key))),
    }
}

/// For whom and of what an entry is.
fn entry(key: &Value) -> Option<String> {
    Some(format!("{} {}", key["role"].as_str()?, key["operation"].as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_says_whom_it_is_about_where_that_is_not_the_item_itself() {
        let area = json!({"number": 0, "name": "gc:Electric Vehicle"});
        let team = json!({"number": 1, "name": "gc:Electric Vehicle@Tuning Team"});
        let lena = json!({"number": 4, "name": "lena"});
        let told = |kind: &str, key: Value, before: Value, after: Value| {
            let (made, removed) = (before.is_null(), false);
            let fact = WhatChanged { kind: kind.to_owned(), key, before, after, made, removed };
            let rows = rows_of("gc:Electric Vehicle", &fact).into_iter();
            rows.map(|it| format!("{}: {} → {}", it.key, it.before, it.after)).collect::<Vec<_>>().join(", ")
        };
        let renamed = told("process area", area.clone(), json!({"name": "A"}), json!({"name": "B"}));
        assert_eq!(renamed, "Name: A → B");
        let member = told("member", json!([team, lena]), Value::Null, json!(["contributor"]));
        assert_eq!(member, "Member lena of Tuning Team:  → + contributor");
        let administrator = told("administrator", json!([area, lena]), Value::Null, Value::Null);
        assert_eq!(administrator, "Administrator lena: — → yes");
    }
}
