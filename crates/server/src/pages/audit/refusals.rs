//! What was refused lately, and who could not sign in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::Gate;
use store::{RefusalFilter, Refused};

use super::{export, moment, period, said, tabs};
use crate::api::log::audits;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Pager, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "audit/refusals.html")]
struct RefusalsPage {
    frame: Frame,
    fields: [Field; 6],
    rows: Vec<Row>,
    pager: Pager,
    csv: Address,
    lines: Address,
}

struct Row {
    at: Time,
    by: String,
    address: String,
    what: String,
    gate: String,
}

const ROWS: u32 = 50;

const NAMES: [&str; 6] = ["text", "by", "from", "to", "address", "gate"];

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    visitor.both(audits)?;
    let query = &visitor.query;
    let gate = Gate::ALL.into_iter().find(|gate| gate.word() == query.get("gate"));
    let filter = RefusalFilter {
        from: moment(query, "from")?,
        to: moment(query, "to")?,
        by: said(query, "by"),
        address: said(query, "address"),
        gate: gate.map(|gate| gate.word().to_owned()),
        text: said(query, "text"),
        older_than: query.get("after").parse().ok(),
        limit: ROWS,
    };
    let page = server.office.store().refusals(&filter).await?;
    let rows: Vec<Row> = page.refusals.into_iter().map(row).collect();
    let shown = match (rows.len(), page.older_than) {
        (1, None) => "1 refusal".to_owned(),
        (count, None) => format!("{count} refusals"),
        (count, Some(_)) => format!("{count} refusals, and older ones"),
    };
    let any = Choice::new("", "Any", gate.is_none());
    let gates = Gate::ALL.into_iter().map(|it| Choice::new(it.word(), it.title(), Some(it) == gate));
    let line = |name: &str, label: &str| Field::line(name, label, query.get(name));
    let [from, to] = period(query);
    Ok(render(&RefusalsPage {
        frame: visitor.frame("Audit").in_part("/audit").with_tabs(tabs(), "/refusals"),
        fields: [
            line("text", "What was wanted"),
            line("by", "By (user id)").of_person(),
            from,
            to,
            line("address", "From address"),
            Field::select("gate", "Refused at", [any].into_iter().chain(gates).collect()),
        ],
        rows,
        pager: Pager::new(&visitor.here, shown, page.older_than),
        csv: export("/refusals", query, &NAMES, "csv"),
        lines: export("/refusals", query, &NAMES, "jsonl"),
    }))
}

fn row(refused: Refused) -> Row {
    let gate = Gate::ALL.into_iter().find(|gate| gate.word() == refused.gate);
    Row {
        at: refused.at.into(),
        by: refused.by.unwrap_or_default(),
        address: refused.address.unwrap_or_default(),
        what: refused.what,
        gate: gate.map_or(refused.gate, |gate| gate.title().to_owned()),
    }
}
