//! What is assigned and leased of the licences, their use over time, and what nobody uses
//! (docs/process.md#use-over-time).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use governance::{Day, EndLease, LicenceType, Pool, UserId, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{DayOfUse, Effect, Lease, Moment, Revision};

use super::account::{key_of, manage};
use super::body::{NoParameters, Nothing, bad_query, parameters};
use super::journal::instant;
use super::log::{may, told};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::word::Word;
use crate::caller::Caller;
use crate::chance::now;
use crate::leases::day_of;
use crate::licence_chart;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

const LEASES: &str = "/license-pools/{license}/leases";
const LEASE: &str = "/license-pools/{license}/leases/{user}";
const USE: &str = "/license-pools/{license}/use";
const CHART: &str = "/license-pools/{license}/use.svg";
const SVG: &str = "image/svg+xml";

pub(super) fn routes(api: &mut Api) {
    let read = Scope::Read;
    api.own::<NoParameters, Nothing, Counts>(
        (Verb::Get, "/licenses"),
        "Count the licences that are installed, assigned, leased and free.",
        read,
        || get(counts),
    );
    api.own::<UnusedQuery, Nothing, UnusedLicenses>(
        (Verb::Get, "/licenses/unused"),
        "List assigned licences that nobody uses.",
        read,
        || get(unused),
    );
    api.own::<PoolPath, Nothing, LeaseList>((Verb::Get, LEASES), "List the leases of a pool.", read, || {
        get(leases)
    });
    api.own::<LeasePath, Nothing, Nothing>((Verb::Delete, LEASE), END, Scope::Administer, || delete(end))
        .once();
    api.own::<UseQuery, Nothing, Use>((Verb::Get, USE), "Read the use of a pool by day.", read, || get(uses));
    api.own::<UseQuery, Nothing, String>((Verb::Get, CHART), "Draw the use of a pool by day.", read, || {
        get(chart)
    })
    .gives(&[SVG]);
}

/// Who reads what others have leased, and ends it.
fn manages(caller: &Caller) -> Result<(), Problem> {
    manages_licences(&caller.view)
}

pub(crate) fn manages_licences(view: &View) -> Result<(), Problem> {
    may(view, "repository.manage-licenses")
}

/// How many there are of each type that is installed or assigned.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Counts {
    pub(crate) items: Vec<Count>,
    /// The tokens of the server.
    pub(crate) tokens: Tokens,
}

/// How many there are of a type.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Count {
    /// The id of the licence type.
    #[serde(rename = "type")]
    pub(crate) licence_type: Word<LicenceType>,
    /// How many may be assigned to people; null: as many as one likes.
    pub(crate) authorised: Option<u32>,
    /// To how many people it is assigned.
    pub(crate) assigned: u32,
    /// How many more may be assigned.
    pub(crate) unassigned: Option<u32>,
    /// How many may be leased at a time.
    pub(crate) seats: u32,
    /// How many seats are leased.
    pub(crate) leased: u32,
    /// How many seats are free; none after the last day.
    pub(crate) free: u32,
    /// How many are leased by tokens.
    pub(crate) leased_by_tokens: u32,
    /// The last day on which it may be leased.
    pub(crate) expires: Option<String>,
    /// Whether that day is past.
    pub(crate) expired: bool,
}

/// The tokens of the server.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tokens {
    pub(crate) installed: u32,
    pub(crate) leased: u32,
    pub(crate) free: u32,
}

async fn counts(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.only_now()?;
    manages(&caller)?;
    let NoParameters {} = parameters("", &asked.pairs)?;
    told(&server, &caller, &counted(&server, &caller.view))
}

/// Counts, for whoever manages licences.
pub(crate) fn counted(server: &Server, view: &View) -> Counts {
    let now = now();
    let (today, lasting) = (day_of(now), server.office.leases.lasting(now));
    let supply = view.supply_on(today);
    let of = |pool: Pool| lasting.iter().filter(move |lease| lease.pool == pool);
    let count = |licence: LicenceType| {
        let pool = view.licence_pools().find(|(it, _)| *it == licence).map(|(_, pool)| pool.clone());
        let assigned = view.assigned(licence).count() as u32;
        let pool = match pool {
            None if assigned == 0 => return None,
            pool => pool.unwrap_or_default(),
        };
        let leased = of(Pool::Seats(licence)).count() as u32;
        Some(Count {
            licence_type: Word(licence),
            authorised: pool.authorised,
            assigned,
            unassigned: pool.authorised.map(|installed| installed.saturating_sub(assigned)),
            seats: pool.seats,
            leased,
            free: supply.installed(Pool::Seats(licence)).saturating_sub(leased),
            leased_by_tokens: of(Pool::Tokens).filter(|lease| lease.licence == licence).count() as u32,
            expires: pool.expires.map(|day| day.to_string()),
            expired: pool.expires.is_some_and(|last| last < today),
        })
    };
    let (installed, leased) =
        (supply.installed(Pool::Tokens), of(Pool::Tokens).map(|lease| lease.licence.tokens()).sum());
    let tokens = Tokens { installed, leased, free: installed.saturating_sub(leased) };
    Counts { items: LicenceType::all().filter_map(count).collect(), tokens }
}

/// Which pool.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PoolPath {
    /// The id of the licence type, or `tokens`.
    license: Word<Pool>,
}

/// The leases that last, the oldest first.
#[derive(Serialize, JsonSchema)]
struct LeaseList {
    items: Vec<OneLease>,
}

/// Somebody's lease.
#[derive(Serialize, JsonSchema)]
struct OneLease {
    /// The id of the user.
    user: String,
    /// The id of the licence type.
    #[serde(rename = "type")]
    licence_type: Word<LicenceType>,
    /// From where it was taken: the type's own seats, or `tokens`.
    pool: Word<Pool>,
    taken: String,
    /// When last used, give or take a minute.
    last_used: String,
    /// When it ends, if it is not used before.
    expires: String,
}

async fn leases(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let path: PoolPath = parameters(LEASES, &asked.pairs)?;
    manages(&caller)?;
    let is_of = |lease: &Lease| match path.license.0 {
        Pool::Seats(licence) => lease.licence == licence,
        Pool::Tokens => lease.pool == Pool::Tokens,
    };
    let one = |lease: Lease| OneLease {
        user: caller.view.id_of(lease.user).to_string(),
        licence_type: Word(lease.licence),
        pool: Word(lease.pool),
        taken: instant(lease.taken),
        last_used: instant(lease.last_used),
        expires: instant(lease.expires),
    };
    let items = server.office.leases.lasting(now()).into_iter().filter(is_of).map(one).collect();
    told(&server, &caller, &LeaseList { items })
}

/// Whose lease of which type.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LeasePath {
    /// The id of the licence type.
    license: Word<LicenceType>,
    /// The user's id.
    user: String,
}

const END: &str = "End the lease of a user.";

async fn end(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let path: LeasePath = parameters(LEASE, &asked.pairs)?;
    let revision = end_lease(&server, &caller, &headers, path.license.0, &path.user).await?;
    Ok(with_revision(&server, revision, StatusCode::NO_CONTENT))
}

/// Ends a user's lease; answers the revision that tells of it.
pub(crate) async fn end_lease(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    licence: LicenceType,
    user: &str,
) -> Result<Revision, Problem> {
    // Who may not end it is not told whether there is one.
    let Some(user) = caller.view.user_by_id(user) else {
        manages(caller)?;
        return Err(Problem::not_found());
    };
    let id = caller.view.id_of(user);
    let of = [&*id, licence.id()];
    let key = key_of(headers, caller, END, &of)?;
    if let Some(key) = &key
        && key.was_done(server, caller).await?
    {
        return Ok(caller.revision);
    }
    let leases = server.office.leases.lasting(now());
    if !leases.iter().any(|lease| (lease.user, lease.licence) == (user, licence)) {
        manages(caller)?;
        return Err(Problem::not_found());
    }
    let effect = Effect::EndLease(user, licence);
    manage(server, caller, key, (END, &of), EndLease { user }, effect).await
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
    /// How many seats or tokens were installed.
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
    Ok(every_day(&known, first, last, installed))
}

/// Every day from the first to the last. On one without use as much was installed as on the one before of
/// which it is known; where none is, as much as now.
fn every_day(known: &[DayOfUse], first: Day, last: Day, now: u32) -> Vec<DayOfUse> {
    let mut installed = known.first().map_or(now, |day| day.installed);
    let mut known = known.iter().peekable();
    let mut days = Vec::new();
    let mut day = first;
    while day <= last {
        let mut of_day = DayOfUse { day, installed, peak: 0, denials: 0 };
        while let Some(next) = known.next_if(|next| next.day <= day) {
            installed = next.installed;
            of_day = if next.day == day { *next } else { DayOfUse { installed, ..of_day } };
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

/// What counts as unused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnusedQuery {
    /// For so many days nothing that needs it was done; by default 90.
    days: Option<u32>,
}

/// Licences that are assigned, were so for as long, and were not used.
#[derive(Serialize, JsonSchema)]
struct UnusedLicenses {
    items: Vec<Unused>,
}

/// A licence that somebody does not use.
#[derive(Serialize, JsonSchema)]
struct Unused {
    /// The id of the user.
    user: String,
    /// The id of the licence type.
    #[serde(rename = "type")]
    licence_type: Word<LicenceType>,
    /// The last day on which it was used; null: never.
    last_used: Option<String>,
}

pub(crate) const UNUSED_FOR: u32 = 90;
const LONGEST_UNUSED: u32 = 36_500;

async fn unused(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.only_now()?;
    manages(&caller)?;
    let query: UnusedQuery = parameters("", &asked.pairs)?;
    let found = unused_for(&server, &caller, query.days.unwrap_or(UNUSED_FOR)).await?;
    let one = |(user, licence, last): (UserId, LicenceType, Option<Day>)| Unused {
        user: caller.view.id_of(user).to_string(),
        licence_type: Word(licence),
        last_used: last.map(|day| day.to_string()),
    };
    told(&server, &caller, &UnusedLicenses { items: found.into_iter().map(one).collect() })
}

/// What is assigned, was so for as many days, and was not used, with the last day of use; for whoever manages
/// licences.
pub(crate) async fn unused_for(
    server: &Server,
    caller: &Caller,
    for_days: u32,
) -> Result<Vec<(UserId, LicenceType, Option<Day>)>, Problem> {
    manages(caller)?;
    if !(1..=LONGEST_UNUSED).contains(&for_days) {
        return Err(bad_query("days", format!("expected a number from 1 to {LONGEST_UNUSED}")));
    }
    let since = day_of(now()).plus(-(for_days as i32));
    let store = server.office.store();
    let before = store.revision_at(Moment::new(since.plus(1).begins() - 1)).await?;
    let (last_uses, lately) = (store.last_uses().await?, store.assigned_after(before).await?);
    let view = &caller.view;
    let mut items = Vec::new();
    for licence in LicenceType::all() {
        for user in view.assigned(licence) {
            let last = last_uses.get(&(user, licence)).copied();
            let new = lately.get(&user).is_some_and(|licences| licences.contains(licence));
            if !new && last.is_none_or(|last| last <= since) {
                items.push((user, licence, last));
            }
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_use_have_what_was_installed_before() {
        let day =
            |number, installed, peak, denials| DayOfUse { day: Day::new(number), installed, peak, denials };
        let known = [day(3, 10, 7, 0), day(6, 20, 12, 1)];
        assert_eq!(
            every_day(&known, Day::new(5), Day::new(7), 99),
            [day(5, 10, 0, 0), day(6, 20, 12, 1), day(7, 20, 0, 0)]
        );
        assert_eq!(every_day(&known[1..], Day::new(5), Day::new(5), 99), [day(5, 20, 0, 0)]);
        assert_eq!(every_day(&[], Day::new(5), Day::new(5), 99), [day(5, 99, 0, 0)]);
    }
}
