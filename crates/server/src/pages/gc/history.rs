//! What has changed of a configuration: who, when and by what right.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use governance::Item;
use store::Revision;

use super::configuration::Shown;
use crate::api::histories;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Pager, Person, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/history.html")]
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
}

const ROWS: u32 = 50;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let shown = Shown::of(view, &key)?;
    let before = visitor.query.get("after").parse().ok().map(Revision::new);
    let page = histories(&server, view, &[Item::Configuration(shown.id)], before, ROWS).await?;
    let rows: Vec<Row> = (page.entries.into_iter())
        .map(|(revision, entry)| Row {
            revision: revision.number(),
            at: entry.at.into(),
            by: view
                .person(&entry.by)
                .map_or_else(|| Person { name: entry.by.clone(), id: entry.by.clone() }, Person::from),
            basis: entry.basis,
            summary: entry.summary,
        })
        .collect();
    let next = page.older_than.map(|it| it.number());
    let told = format!("{} on this page, the newest first", super::count(rows.len(), "revision"));
    Ok(render(&HistoryPage {
        pager: Pager::new(&visitor.here, told, next),
        rows,
        frame: shown.frame(&visitor, "history"),
    }))
}
