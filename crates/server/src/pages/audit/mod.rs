//! Pages of the audit: the journal, its revisions, what was refused, and whether it is as it was written.

mod journal;
mod refusals;
mod revision;
mod verify;

use std::sync::Arc;

use jiff::civil::Date;

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

/// The moment that a day or an instant of the query means.
fn moment(query: &Fields, name: &str) -> Result<Option<store::Moment>, Problem> {
    crate::api::journal::moment(name, said(query, name).map(|text| instant(name, text)))
}

/// As an instant, a day of the query: that at which it begins or, of the last day, at which the next one does.
fn instant(name: &str, text: String) -> String {
    let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
    let day = if name == "to" { day.and_then(|day| day.tomorrow().ok()) } else { day };
    day.map_or(text, |day| format!("{day}T00:00:00Z"))
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
        (name @ ("from" | "to"), Some(text)) => address.with(name, instant(name, text)),
        (name, Some(text)) => address.with(name, text),
    });
    address.with("format", format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_of_a_last_day_counts_on_the_page_and_in_its_export() {
        let query = Fields::read(b"from=2026-02-27&to=2026-02-28");
        let address = export("/journal", &query, &["from", "to"], "csv");
        for (name, instant) in [("from", "2026-02-27T00:00:00Z"), ("to", "2026-03-01T00:00:00Z")] {
            assert_eq!(
                moment(&query, name).unwrap(),
                moment(&Fields::read(format!("{name}={instant}").as_bytes()), name).unwrap()
            );
            assert!(address.fields().contains(&(name.to_owned(), instant.to_owned())), "{address}");
        }
        assert!(moment(&Fields::read(b"to=2026-02-30"), "to").is_err());
    }
}
