//! How many licences there are of each type, and how many are assigned, leased and free.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::LicenceType;

use crate::api::licence_use::{Count, Tokens, UNUSED_FOR, counted, manages_licences};
use crate::pages::frame::Frame;
use crate::pages::part::Empty;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "licences/overview.html")]
struct OverviewPage {
    frame: Frame,
    rows: Vec<Row>,
    tokens: Option<Tokens>,
    /// Types of which nothing is installed, and which nobody has.
    others: Vec<LicenceType>,
    unused_for: u32,
}

pub(super) struct Row {
    licence: LicenceType,
    count: Count,
    /// How much of what may be leased is, of a hundred.
    full: u32,
}

impl Row {
    /// What must be looked at, in a word or two.
    fn warning(&self) -> Option<&'static str> {
        match &self.count {
            it if it.expired => Some("expired"),
            it if it.authorised.is_some_and(|most| it.assigned > most) => {
                Some("more assigned than authorised")
            }
            it if it.seats > 0 && it.free == 0 => Some("no seat is free"),
            _ => None,
        }
    }
}

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    visitor.both(manages_licences)?;
    let counts = counted(&server, visitor.view());
    let rows: Vec<Row> = counts.items.into_iter().map(row).collect();
    let others = LicenceType::all().filter(|it| rows.iter().all(|row| row.licence != *it));
    Ok(render(&OverviewPage {
        others: others.filter(|it| !it.is_functional()).collect(),
        rows,
        tokens: Some(counts.tokens).filter(|it| it.installed > 0),
        unused_for: UNUSED_FOR,
        frame: visitor.frame("Licences"),
    }))
}

fn row(count: Count) -> Row {
    let full = (count.leased * 100).checked_div(count.seats).unwrap_or(0).min(100);
    Row { licence: count.licence_type.0, count, full }
}
