//! How full licences are, for the home page of those who manage them.

use askama::Template;
use askama::filters::HtmlSafe;
use governance::LicenceType;

use crate::api::licence_use::{Count, counted, manages_licences};
use crate::pages::visitor::Visitor;
use crate::router::Server;

/// The types that are leased or assigned most; writes itself.
#[derive(Template)]
#[template(path = "licences/at_home.html")]
pub(in crate::pages) struct LicenceUse {
    rows: Vec<Row>,
}

impl HtmlSafe for LicenceUse {}

struct Row {
    licence: LicenceType,
    /// How much is taken, of how much there is, where there is a limit.
    taken: u32,
    of: Option<u32>,
    words: &'static str,
    is_full: bool,
}

/// So many are shown.
const SHOWN: usize = 6;

/// Nothing for those who do not manage licences, and where none is assigned and there is no limit to any.
pub(in crate::pages) fn at_home(server: &Server, visitor: &Visitor) -> Option<LicenceUse> {
    visitor.both(manages_licences).ok()?;
    let mut rows: Vec<Row> = counted(server, visitor.view()).items.iter().filter_map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.of.map_or(0, |of| row.taken * 100 / of.max(1))));
    rows.truncate(SHOWN);
    (!rows.is_empty()).then_some(LicenceUse { rows })
}

fn row(count: &Count) -> Option<Row> {
    let licence = count.licence_type.0;
    let row = |taken, of: Option<u32>, words| {
        let is_full = of.is_some_and(|of| taken >= of);
        Row { licence, taken, of, words, is_full }
    };
    match count.authorised {
        _ if count.seats > 0 => Some(row(count.leased, Some(count.seats), "seats leased")),
        Some(most) => Some(row(count.assigned, Some(most), "assigned")),
        None if count.assigned > 0 => Some(row(count.assigned, None, "assigned, without a limit")),
        None => None,
    }
}
