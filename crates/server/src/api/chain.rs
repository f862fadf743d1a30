//! Whether the journal is as it was written (docs/storage.md#the-hash-chain).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Nothing, bad_query, parameters};
use super::log::{audits, told};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::deadline;
use crate::handler::get;
use crate::problem::Problem;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Verify that nothing in the journal was altered.";
    api.own::<VerifyQuery, Nothing, Verification>(
        (Verb::Get, "/journal/chain"),
        summary,
        Scope::Read,
        || get(verify),
    );
}

/// What is known from elsewhere.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifyQuery {
    /// Each hash that was noted of a revision: `1204:9f86…`.
    #[serde(default)]
    noted: Vec<String>,
}

/// What was found.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Verification {
    pub(crate) intact: bool,
    /// The last revision that is as it was written; 0 where there is none.
    pub(crate) verified: u64,
    /// Its hash, to be noted elsewhere.
    pub(crate) hash: Option<String>,
    /// The first revision that is not.
    pub(crate) altered: Option<u64>,
    /// What is wrong with it.
    pub(crate) why: Option<String>,
}

async fn verify(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    mut request: Request,
) -> Result<Response, Problem> {
    asked.only_now()?;
    audits(&caller.view)?;
    let query: VerifyQuery = parameters("", &asked.pairs)?;
    // It reads everything that was ever changed.
    deadline::allow_import(&mut request);
    told(&server, &caller, &verified(&server, &caller, &query.noted).await?)
}

/// Reads the whole journal, for whoever may.
pub(crate) async fn verified(
    server: &Server,
    caller: &Caller,
    noted: &[String],
) -> Result<Verification, Problem> {
    audits(&caller.view)?;
    let noted = noted.iter().map(|text| store::noted(text).map_err(|said| bad_query("noted", said)));
    let noted: Vec<_> = noted.collect::<Result<_, _>>()?;
    let _turn = server.explaining.acquire().await.map_err(|_| Problem::busy())?;
    let found = server.office.store().verify(&noted, |_| {}).await?;
    let (verified, hash) = found.newest.map_or((0, None), |(it, hash)| (it.number(), Some(hash)));
    let (altered, why) = found.altered.map(|(it, why)| (it.number(), why.to_string())).unzip();
    Ok(Verification { intact: altered.is_none(), verified, hash, altered, why })
}
