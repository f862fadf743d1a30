//! The use of a pool over time, a day at a time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use governance::{Day, Pool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::DayOfUse;

use super::manages;
use crate::api::body::{Nothing, bad_query, parameters};
use crate::api::log::told;
use crate::api::request::Asked;
use crate::api::route::{Api, Scope, Verb};
use crate::api::word::Word;
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::get;
use crate::leases::day_of;
use crate::licence_chart;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

const USE: &str = "/license-pools/{license}/use";
const CHART: &str = "/license-pools/{license}/use.svg";
const SVG: &str = "image/svg+xml";

pub(super) fn routes(api: &mut Api) {
    let read = Scope::Read;
    api.own::<UseQuery, Nothing, Use>((Verb::Get, USE), "Read the use of a pool by day.", read, || get(uses));
    let summary = "Draw the use of a pool by day.";
    api.own::<UseQuery, Nothing, String>((Verb::Get, CHART), summary, read, || get(chart)).gives(&[SVG]);
}

/// Of which pool, and from when to when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UseQuery {
    /// The id of the licence type, or `tokens`.
    license: Word<Pool>,
    /// The first day, such as 2026-11-01; by default 29 days before the last.
    from: Option<String>,
    /// The last day; by default today.
    to: Option<String>,
}

/// The use of a pool, a day at a time, in universal time.
#[derive(Serialize, JsonSchema)]
struct Use {
    /// The id of the licence type, or `tokens`.
    pool: Word<Pool>,
    days: Vec<UseOfDay>,
}

/// The use of a pool on a day.
#[derive(Serialize, JsonSchema)]
struct UseOfDay {
    day: String,
    /// How many seats or tokens were installed at its end, or are now; 0 before the server knew of any.
    installed: u32,
    /// The most that were leased at a time.
    peak: u32,
    /// How many changes were refused because none was free.
    denials: u32,
}

const DAYS: i32 = 30;
/// As many as five years have.
const MOST_DAYS: i32 = 1827;

async fn days(
    server: &Server,
    caller: &Caller,
    asked: &Asked,
    path: &str,
) -> Result<(Pool, Vec<DayOfUse>), Problem> {
    asked.only_now()?;
    let UseQuery { license: Word(pool), from, to } = parameters(path, &asked.pairs)?;
    Ok((pool, use_by_day(server, caller, pool, (from, to)).await?))
}

/// The use of a pool by day, for whoever manages licences; without a first day of thirty.
pub(crate) async fn use_by_day(
    server: &Server,
    caller: &Caller,
    pool: Pool,
    (from, to): (Option<String>, Option<String>),
) -> Result<Vec<DayOfUse>, Problem> {
    manages(caller)?;
    let day = |name: &str, text: Option<String>, otherwise: Day| match text {
        None => Ok(otherwise),
        Some(text) => Day::parse(&text).ok_or_else(|| bad_query(name, "expected a day such as 2026-11-26")),
    };
    let today = day_of(now());
    let last = day("to", to, today)?;
    let first = day("from", from, last.plus(1 - DAYS))?;
    let many = last.number() - first.number() + 1;
    if !(1..=MOST_DAYS).contains(&many) {
        return Err(bad_query("from", format!("expected a day before the last, at most {MOST_DAYS} in all")));
    }
    let known = server.office.store().licence_use(pool, first, last).await?;
    let installed = caller.view.supply_on(today).installed(pool);
    Ok(every_day(&known, first, last, (today, installed)))
}

/// Every day from the first to the last. Of most nothing is known, since as much was installed as on the one
/// before; before the first of which anything is known, nothing was. What is now is known best.
fn every_day(known: &[DayOfUse], first: Day, last: Day, (today, now): (Day, u32)) -> Vec<DayOfUse> {
    let mut installed = 0;
    let mut known = known.iter().peekable();
    let mut days = Vec::new();
    let mut day = first;
    while day <= last {
        let mut of_day = DayOfUse { day, installed, peak: 0, denials: 0 };
        while let Some(next) = known.next_if(|next| next.day <= day) {
            installed = next.installed;
            of_day = if next.day == day { *next } else { DayOfUse { installed, ..of_day } };
        }
        if day >= today {
            of_day.installed = now;
        }
        days.push(of_day);
        day = day.plus(1);
    }
    days
}

async fn uses(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Result<Response, Problem> {
    let (pool, days) = days(&server, &caller, &asked, USE).await?;
    let of_day = |it: DayOfUse| UseOfDay {
        day: it.day.to_string(),
        installed: it.installed,
        peak: it.peak,
        denials: it.denials,
    };
    told(&server, &caller, &Use { pool: Word(pool), days: days.into_iter().map(of_day).collect() })
}

async fn chart(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Result<Response, Problem> {
    let (pool, days) = days(&server, &caller, &asked, CHART).await?;
    let svg = licence_chart::svg(pool, &days);
    Ok(with_revision(&server, caller.revision, ([(CONTENT_TYPE, SVG)], svg).into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_which_nothing_is_known_have_what_was_installed_before() {
        let day =
            |number, installed, peak, denials| DayOfUse { day: Day::new(number), installed, peak, denials };
        let known = [day(3, 10, 7, 0), day(6, 20, 12, 1)];
        let every = |known, first, last, today| {
            every_day(known, Day::new(first), Day::new(last), (Day::new(today), 99))
        };
        assert_eq!(every(&known, 5, 7, 9), [day(5, 10, 0, 0), day(6, 20, 12, 1), day(7, 20, 0, 0)]);
        assert_eq!(every(&known, 6, 7, 6), [day(6, 99, 12, 1), day(7, 99, 0, 0)]);
        assert_eq!(every(&known[1..], 5, 6, 9), [day(5, 0, 0, 0), day(6, 20, 12, 1)]);
        assert_eq!(every(&[], 4, 5, 5), [day(4, 0, 0, 0), day(5, 99, 0, 0)]);
    }
}
