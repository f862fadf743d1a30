//! Who has leased what, and the end of a lease.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use governance::{EndLease, LicenceType, Pool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Effect, Lease, Revision};

use super::manages;
use crate::api::account::{key_of, manage};
use crate::api::body::{Nothing, parameters};
use crate::api::journal::instant;
use crate::api::log::told;
use crate::api::request::Asked;
use crate::api::route::{Api, Scope, Verb};
use crate::api::word::Word;
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::{delete, get};
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

const LEASES: &str = "/license-pools/{license}/leases";
const LEASE: &str = "/license-pools/{license}/leases/{user}";
const END: &str = "End the lease of a user.";

pub(super) fn routes(api: &mut Api) {
    let summary = "List the leases of a pool.";
    api.own::<PoolPath, Nothing, LeaseList>((Verb::Get, LEASES), summary, Scope::Read, || get(leases));
    api.own::<LeasePath, Nothing, Nothing>((Verb::Delete, LEASE), END, Scope::Administer, || delete(end))
        .once();
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
