//! The log of refusals: changes that were refused, and sign-ins that failed (docs/rest-api.md#journal).

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use document::{csv_text, write_csv_line};
use governance::Gate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{RefusalFilter, Refused};

use super::body::{self, parameters};
use super::journal::{instant, moment};
use super::log::{AT_A_TIME, Form, Piece, audits, everything, told, write_line};
use super::request::Asked;
use super::route::{Api, CSV, JSON, JSON_LINES, Scope, Verb};
use super::word::Word;
use crate::caller::Caller;
use crate::handler::get;
use crate::problem::Problem;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    api.own_paged::<RefusalsQuery, body::Nothing, RefusalsPage>(
        (Verb::Get, "/refusals"),
        "Search what was refused.",
        Scope::Read,
        || get(refusals),
    )
    .or_lines_of::<RefusalRead>()
    .gives(&[JSON, JSON_LINES, CSV]);
}

/// Which refusals.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RefusalsQuery {
    /// At this instant or later.
    from: Option<String>,
    /// Before this instant.
    to: Option<String>,
    /// Of the user with this id, as it was given.
    by: Option<String>,
    /// From this network address.
    address: Option<String>,
    /// By this gate.
    gate: Option<Word<Gate>>,
    /// With this text in what was wanted.
    text: Option<String>,
    /// Default: what `Accept` asks for, else a page.
    format: Option<Form>,
}

/// A page of what was refused lately, the newest first.
#[derive(Serialize, JsonSchema)]
struct RefusalsPage {
    items: Vec<RefusalRead>,
    next: Option<String>,
}

/// Something that was refused.
#[derive(Serialize, JsonSchema)]
struct RefusalRead {
    /// An instant (RFC 3339).
    at: String,
    /// The id of the user, as it was given.
    by: Option<String>,
    address: Option<String>,
    /// What was wanted.
    what: String,
    /// The gate that refused.
    gate: String,
}

impl From<Refused> for RefusalRead {
    fn from(refused: Refused) -> Self {
        let Refused { at, by, address, what, gate } = refused;
        Self { at: instant(at), by, address, what, gate }
    }
}

async fn refusals(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    asked.only_now()?;
    audits(&caller.view)?;
    let query: RefusalsQuery = parameters("", &asked.pairs)?;
    let filter = RefusalFilter {
        from: moment("from", query.from)?,
        to: moment("to", query.to)?,
        by: query.by,
        address: query.address,
        gate: query.gate.map(|Word(gate)| gate.word().to_owned()),
        text: query.text,
        older_than: asked.place()?.and_then(|place| i64::try_from(place).ok()),
        limit: asked.limit as u32,
    };
    let form = Form::asked(query.format, &headers);
    if form != Form::Json {
        let reading = Arc::clone(&server);
        let begin = (RefusalFilter { limit: AT_A_TIME, ..filter }, true);
        let next = move |(filter, begins)| piece(Arc::clone(&reading), form, filter, begins);
        return Ok(everything(&server, &caller, (form, "refusals"), begin, next));
    }
    let page = server.office.store().refusals(&filter).await?;
    let next =
        page.older_than.and_then(|number| u64::try_from(number).ok()).map(|place| asked.list().cursor(place));
    let items = page.refusals.into_iter().map(RefusalRead::from).collect();
    told(&server, &caller, &RefusalsPage { items, next })
}

async fn piece(
    server: Arc<Server>,
    form: Form,
    filter: RefusalFilter,
    begins: bool,
) -> Piece<(RefusalFilter, bool)> {
    let mut piece = Vec::new();
    if begins && form == Form::Csv {
        write_csv_line(&mut piece, ["at", "by", "address", "what", "gate"].map(str::to_owned));
    }
    let page = server.office.store().refusals(&filter).await?;
    for refused in page.refusals {
        let read = RefusalRead::from(refused);
        if form == Form::Csv {
            let RefusalRead { at, by, address, what, gate } = read;
            let cells = [at, by.unwrap_or_default(), address.unwrap_or_default(), what, gate];
            // Strangers choose what they are called and what they ask for.
            write_csv_line(&mut piece, cells.map(csv_text));
        } else {
            write_line(&mut piece, &read)?;
        }
    }
    let next = page.older_than.map(|number| (RefusalFilter { older_than: Some(number), ..filter }, false));
    Ok((piece, next))
}
