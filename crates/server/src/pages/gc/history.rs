//! What has changed of a configuration, of what it contains and of who approves of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use governance::Item;

use super::configuration::Shown;
use crate::pages::frame::Frame;
use crate::pages::history::History;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/history.html")]
struct HistoryPage {
    frame: Frame,
    history: History,
}

const HINT: &str = "Each change of this configuration, of what it contains and of who approves of it is told here: who, when, and \
                    by what right, with what was there before and after.";

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let shown = Shown::of(visitor.view(), &key)?;
    let history = History::of(&server, &visitor, Item::Configuration(shown.id), HINT).await?;
    Ok(render(&HistoryPage { history, frame: shown.frame(&visitor, "history") }))
}
