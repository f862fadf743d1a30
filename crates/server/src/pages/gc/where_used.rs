//! What contains a configuration, directly or at any depth.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use governance::ConfigurationId;

use super::configuration::Shown;
use super::count;
use super::team_area::TeamArea;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Mark, Pager};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "gc/where_used.html")]
struct UsedPage {
    frame: Frame,
    any: String,
    direct: String,
    is_direct: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    mark: Mark,
    kind: &'static str,
    component: String,
    team: TeamArea,
    steps: u32,
    archived: bool,
    tree: String,
}

const ROWS: usize = 100;

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    let view = visitor.view();
    let shown = Shown::of(view, &key)?;
    let is_direct = visitor.query.get("depth") == "direct";
    let most = if is_direct { 1 } else { u32::MAX };
    let uses: Vec<_> = view.where_used(shown.id, most, 0).ok_or_else(Problem::not_found)?.collect();
    let after = visitor.query.get("after").parse::<u32>().ok();
    let mut rest = uses.iter().filter(|it| after.is_none_or(|after| it.configuration.number > after));
    let page: Vec<_> = rest.by_ref().take(ROWS).collect();
    let next = page.last().map(|it| it.configuration.number).filter(|_| rest.next().is_some());
    let row = |it: &&governance::UseText| {
        let shown = Shown::at(view, ConfigurationId::new(it.configuration.number))?;
        Some(Row {
            mark: shown.mark(),
            kind: shown.kind(),
            component: shown.component.name.to_string(),
            team: TeamArea::of(view, shown.it),
            steps: it.steps,
            archived: shown.it.archived,
            tree: shown.address("hierarchy").to_string(),
        })
    };
    Ok(render(&UsedPage {
        rows: page.iter().filter_map(row).collect(),
        pager: Pager::new(&visitor.here, count(uses.len(), "configuration"), next),
        any: shown.address("where-used").to_string(),
        direct: shown.address("where-used").with("depth", "direct").to_string(),
        is_direct,
        frame: shown.frame(&visitor, "where-used"),
    }))
}
