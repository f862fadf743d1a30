//! What has changed of an area, of its team areas and of who is in them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::Item;

use super::area::{Area, AreaPath};
use crate::pages::frame::Frame;
use crate::pages::history::History;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/history.html")]
struct HistoryPage {
    frame: Frame,
    history: History,
}

const HINT: &str = "Every change of this area, of its team areas and of who is in them is one revision, told here with what was \
                    there before and after.";

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let history = History::of(&server, &visitor, Item::Area(area.id), HINT).await?;
    Ok(render(&HistoryPage { history, frame: area.frame(&visitor, "history")? }))
}
