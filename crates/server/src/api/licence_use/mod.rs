//! What is assigned and leased of the licences, their use over time, and what nobody uses
//! (docs/process.md#use-over-time).

mod by_day;
mod leases;
mod unused;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::{LicenceType, Pool, View};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use by_day::use_by_day;
pub(crate) use leases::end_lease;
pub(crate) use unused::{UNUSED_FOR, unused_for};

use super::body::{NoParameters, Nothing, parameters};
use super::log::{may, told};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::word::Word;
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::get;
use crate::leases::day_of;
use crate::problem::Problem;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    api.own::<NoParameters, Nothing, Counts>(
        (Verb::Get, "/licenses"),
        "Count the licences that are installed, assigned, leased and free.",
        Scope::Read,
        || get(counts),
    );
    unused::routes(api);
    leases::routes(api);
    by_day::routes(api);
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
