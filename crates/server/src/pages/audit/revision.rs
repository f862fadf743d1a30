//! A revision: what it changed, each fact before and after.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::response::Response;
use governance::{ChangedKey, CountedShifts, Impact, value_in_words};
use serde_json::Value;
use store::{JournalFilter, Revision};

use super::journal::{RIGHTS, person};
use crate::api::journal::fact_change;
use crate::api::log::audits;
use crate::pages::address::Address;
use crate::pages::changed_rows::changed_rows;
use crate::pages::frame::Frame;
use crate::pages::part::{Pager, Person, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "audit/revision.html")]
struct RevisionPage {
    frame: Frame,
    number: u64,
    at: Time,
    by: Person,
    via: Option<String>,
    address: Option<String>,
    basis: &'static str,
    summary: String,
    impact: Option<String>,
    changes: Vec<Change>,
    pager: Pager,
    newer: Option<u64>,
}

/// What became of a fact.
struct Change {
    kind: String,
    of: String,
    verb: &'static str,
    why: Option<String>,
    keys: Vec<ChangedKey>,
}

/// Which revision a path names.
pub(crate) struct RevisionPath(u64);

impl FromRequestParts<Arc<Server>> for RevisionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let number =
            named.iter().find(|(name, _)| *name == "revision").and_then(|(_, text)| text.parse().ok());
        number.map(Self).ok_or_else(Problem::not_found)
    }
}

/// So many facts a page shows.
const ROWS: u32 = 50;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    RevisionPath(number): RevisionPath,
) -> Result<Response, Problem> {
    let view = visitor.view();
    visitor.both(audits)?;
    let above = number.checked_add(1).ok_or_else(Problem::not_found)?;
    let filter =
        JournalFilter { older_than: Some(Revision::new(above)), limit: 1, ..JournalFilter::default() };
    let store = server.office.store();
    let page = store.journal(&filter).await?;
    let found = page.entries.into_iter().find(|(revision, _)| revision.number() == number);
    let (revision, entry) = found.ok_or_else(Problem::not_found)?;
    let first = visitor.query.get("after").parse::<u32>().unwrap_or(0);
    let mut events = store.events(revision, first, ROWS + 1).await?;
    let more = events.len() > ROWS as usize;
    events.truncate(ROWS as usize);
    let changes = events.iter().map(|event| fact_change(view, event).map(change));
    let changes = changes.collect::<Result<Vec<_>, _>>()?;
    let shown = match changes.len() {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    let basis = RIGHTS.iter().find(|(word, _)| **word == *entry.basis).map_or("–", |(_, words)| words);
    let impact = entry.impact.as_deref().and_then(|text| serde_json::from_str::<Impact>(text).ok());
    Ok(render(&RevisionPage {
        frame: visitor
            .frame(format!("Revision {number}"))
            .by_way_of([("/audit".to_owned(), "Audit".to_owned())])
            .in_part("/audit"),
        number,
        at: entry.at.into(),
        by: person(view, &entry.by),
        via: entry.via,
        address: entry.address,
        basis,
        summary: entry.summary,
        impact: impact.map(told),
        changes,
        pager: Pager::new(&visitor.here, shown, more.then(|| first + ROWS)),
        newer: (number < visitor.caller.revision.number()).then_some(above),
    }))
}

/// Who gained and lost by it, in a sentence.
fn told(impact: Impact) -> String {
    match impact {
        Impact::Known(CountedShifts { gain, lose, items, .. }) => {
            format!("{gain} gained and {lose} lost permissions by it, on {items} items.")
        }
        Impact::AtLeast(CountedShifts { gain, lose, items, .. }) => {
            format!("At least {gain} gained and {lose} lost permissions by it, on {items} items.")
        }
        Impact::TooLong => "So much changed that it was not told who gained and who lost.".to_owned(),
    }
}

fn change(it: crate::api::journal::FactChange) -> Change {
    let verb = match (&it.before, &it.after) {
        (Value::Null, _) => "made",
        (_, Value::Null) => "removed",
        _ => "changed",
    };
    let why = it.item.as_ref().map(|item| Address::new("/why").with("item", item).to_string());
    let of = it.item.clone().unwrap_or_else(|| value_in_words(&it.key));
    Change { kind: it.kind.replace('-', " "), of, verb, why, keys: changed_rows(&it.before, &it.after) }
}
