//! Types of client access licence, and the pools of floating ones (docs/process.md#licences-cals).

use governance::{Command, Day, LicencePool, LicenceType, RemoveLicencePool, SetLicencePool, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{NoParameters, Nothing, bad_value};
use super::resolve::found;
use super::route::{Api, Rows, Verb};
use super::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.list("/license-types", "List the types of licence.", list_types);
    api.list("/license-pools", "List the pools of floating licences.", list);
    api.read("/license-pools/{license}", "Read a pool of floating licences.", read);
    api.change(Verb::Put, "/license-pools/{license}", "Make or resize a pool of floating licences.", put);
    api.change(Verb::Delete, "/license-pools/{license}", "Remove a pool of floating licences.", remove);
}

/// A type of client access licence, as the catalogue has it.
#[derive(Serialize, JsonSchema)]
struct LicenseType {
    id: &'static str,
    name: &'static str,
    /// The id of its application, or `all`.
    application: &'static str,
    /// What it costs in a token pool.
    tokens: u32,
    /// Whether functional users hold it, and nobody else.
    functional: bool,
    /// The operations that it unlocks; `*` at the end stands for whatever follows.
    unlocks: &'static [&'static str],
}

fn list_types(_view: &View, _: NoParameters, first: u64) -> Result<Rows<'_, LicenseType>, Problem> {
    let licence_type = |it: LicenceType| LicenseType {
        id: it.id(),
        name: it.name(),
        application: it.application(),
        tokens: it.tokens(),
        functional: it.is_functional(),
        unlocks: it.unlocks(),
    };
    let types = (0..).zip(LicenceType::all()).skip_while(move |(place, _)| *place < first);
    Ok(Box::new(types.map(move |(place, it)| (place, licence_type(it)))))
}

/// What is installed of a type of licence.
#[derive(Serialize, JsonSchema)]
struct LicensePool {
    /// The id of the licence type.
    #[serde(rename = "type")]
    licence_type: Word<LicenceType>,
    /// How many may be leased at a time.
    seats: u32,
    /// How many may be assigned to people; without it, as many as one likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorised: Option<u32>,
    /// How many it adds to the server's tokens, by which it may then be leased, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u32>,
    /// The last day on which it may be leased.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

fn pool((licence_type, pool): (LicenceType, &LicencePool)) -> LicensePool {
    LicensePool {
        licence_type: Word(licence_type),
        seats: pool.seats,
        authorised: pool.authorised,
        tokens: pool.tokens,
        expires: pool.expires.map(|day| day.to_string()),
    }
}

fn list(view: &View, _: NoParameters, first: u64) -> Result<Rows<'_, LicensePool>, Problem> {
    let types = (0..).zip(LicenceType::all()).skip_while(move |(place, _)| *place < first);
    let pools = types.filter_map(|(place, licence)| {
        view.licence_pools().find(|(it, _)| *it == licence).map(|it| (place, pool(it)))
    });
    Ok(Box::new(pools))
}

/// Which pool.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LicensePoolPath {
    /// The id of the licence type.
    license: Word<LicenceType>,
}

fn read(view: &View, path: LicensePoolPath) -> Result<LicensePool, Problem> {
    found(view.licence_pools().find(|(it, _)| *it == path.license.0).map(pool))
}

/// What a pool shall be.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"seats": 20, "authorised": 5, "expires": "2030-12-31"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a licence pool")]
struct LicensePoolBody {
    /// How many may be leased at a time.
    seats: u32,
    /// How many may be assigned to people; without it, as many as one likes.
    authorised: Option<u32>,
    /// How many it adds to the server's tokens, by which it may then be leased, too.
    tokens: Option<u32>,
    /// The last day on which it may be leased, such as `2030-12-31`.
    expires: Option<String>,
}

fn put(_view: &View, path: LicensePoolPath, body: LicensePoolBody) -> Result<Command, Problem> {
    let LicensePoolBody { seats, authorised, tokens, expires } = body;
    let day = |text: String| {
        Day::parse(&text).ok_or_else(|| bad_value("/expires", "expected a day such as 2030-12-31"))
    };
    let pool = LicencePool { seats, authorised, tokens, expires: expires.map(day).transpose()? };
    Ok(SetLicencePool { licence: path.license.0, pool }.into())
}

fn remove(_view: &View, path: LicensePoolPath, _: Nothing) -> Result<Command, Problem> {
    Ok(RemoveLicencePool { licence: path.license.0 }.into())
}
