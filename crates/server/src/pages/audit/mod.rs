//! Pages of the audit: the journal, its revisions, what was refused, and whether it is as it was written.

mod journal;
mod refusals;
mod revision;
mod verify;

use std::sync::Arc;

use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;

pub(super) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/audit", journal::show)
        .get("/audit/verify", verify::show)
        .get("/audit/{revision}", revision::show)
        .get("/refusals", refusals::show)
}

const TABS: [(&str, &str); 3] =
    [("/audit", "Journal"), ("/refusals", "Refusals"), ("/audit/verify", "Verify the chain")];

fn tabs() -> impl Iterator<Item = (String, &'static str)> {
    TABS.into_iter().map(|(address, words)| (address.to_owned(), words))
}

/// What a query says of a name, if it says anything.
fn said(query: &Fields, name: &str) -> Option<String> {
    Some(query.get(name).trim().to_owned()).filter(|text| !text.is_empty())
}

/// The moment that a day or an instant of the query means; the whole of a last day counts.
fn moment(query: &Fields, name: &str) -> Result<Option<store::Moment>, Problem> {
    let instant = |text: String| match (text.len(), name) {
        (10, "to") => format!("{text}T23:59:59.999999Z"),
        (10, _) => format!("{text}T00:00:00Z"),
        _ => text,
    };
    crate::api::journal::moment(name, said(query, name).map(instant))
}

/// The first and the last day.
fn period(query: &Fields) -> [Field; 2] {
    let day = |name: &str, label: &str| Field::line(name, label, query.get(name)).of_kind("date");
    [day("from", "From"), day("to", "To")]
}

/// Where all of what is shown is to be had as a file.
fn export(path: &str, query: &Fields, names: &[&str], format: &str) -> Address {
    let address = Address::new(format!("/api/v1{path}"));
    let address = names.iter().fold(address, |address, name| match (*name, said(query, name)) {
        (_, None) => address,
        ("from", Some(day)) if day.len() == 10 => address.with("from", format!("{day}T00:00:00Z")),
        ("to", Some(day)) if day.len() == 10 => address.with("to", format!("{day}T23:59:59Z")),
        (name, Some(text)) => address.with(name, text),
    });
    address.with("format", format)
}
