//! What has changed of an item: who, when and by what right, with what was there before and after.

use askama::Template;
use askama::filters::HtmlSafe;
use governance::Item;
use store::Revision;

use super::headline::Headlines;
use super::part::{Pager, Person, Time};
use super::visitor::Visitor;
use crate::api::{WhatChanged, histories, what_changed};
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
    changes: Vec<WhatChanged>,
    /// Whether there were more than are told.
    more: bool,
}

/// So many revisions a page has, and so many changes each is told of, out of those that are looked at.
const ROWS: u32 = 25;
const CHANGES: usize = 40;
const LOOKED_AT: u32 = 200;

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
        let mut changed = what_changed(server, view, item, &page, LOOKED_AT).await?;
        let headlines = Headlines::of_item(server, view, item, &page).await?;
        let mut rows = Vec::with_capacity(page.entries.len());
        for (revision, entry) in page.entries {
            let mut changes = changed.remove(&revision).unwrap_or_default();
            let more = changes.len() > CHANGES;
            changes.truncate(CHANGES);
            let by = view.person(&entry.by).map(Person::from);
            rows.push(Row {
                revision: revision.number(),
                at: entry.at.into(),
                by: by.unwrap_or_else(|| Person { name: entry.by.clone(), id: entry.by }),
                basis: entry.basis,
                headline: headlines.told(view, revision),
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
