//! Licences that are assigned and not used.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::{Day, LicenceType, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Moment;

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
use crate::problem::Problem;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    api.own::<UnusedQuery, Nothing, UnusedLicenses>(
        (Verb::Get, "/licenses/unused"),
        "List assigned licences that nobody uses.",
        Scope::Read,
        || get(unused),
    );
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
