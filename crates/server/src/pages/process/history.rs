//! What has changed of an area.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::Item;
use store::Revision;

use super::area::{Area, AreaPath};
use crate::api::{WhatChanged, histories, what_changed};
use crate::pages::frame::Frame;
use crate::pages::part::{Pager, Person, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/history.html")]
struct HistoryPage {
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    revision: u64,
    at: Time,
    by: Person,
    basis: String,
    summary: String,
    changes: Vec<WhatChanged>,
    /// Whether there were more than are told.
    more: bool,
}

/// So many revisions a page has, and so many changes each is told of, out of those that are looked at.
const ROWS: u32 = 25;
const CHANGES: usize = 40;
const LOOKED_AT: u32 = 200;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let area = Area::of(view, &path)?;
    let after = visitor.query.get("after").parse().ok().map(Revision::new);
    let item = Item::Area(area.id);
    let page = histories(&server, view, &[item], after, ROWS).await?;
    let mut changed = what_changed(&server, view, item, &page, LOOKED_AT).await?;
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
            summary: entry.summary,
            changes,
            more,
        });
    }
    let shown = match rows.len() {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    };
    let pager = Pager::new(&visitor.here, shown, page.older_than.map(Revision::number));
    Ok(render(&HistoryPage { rows, pager, frame: area.frame(&visitor, "history")? }))
}
