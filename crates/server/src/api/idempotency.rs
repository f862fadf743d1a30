//! Idempotency keys: a request that comes again, because its answer was lost, is answered again and not done
//! again (docs/rest-api.md#changing).

use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use sha2::{Digest as _, Sha256};
use store::Answered;

use super::carry_out::{Wanted, answer};
use super::route::{Change, PathOf};
use crate::caller::Caller;
use crate::chance::hex;
use crate::office::Once;
use crate::problem::{Kind, Problem};
use crate::router::Server;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST: usize = 255;

/// The key that a request has.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let key = value.to_str().ok().map(|key| key.trim_matches('"'));
    let key = key.filter(|key| (1..=LONGEST).contains(&key.len()));
    let bad =
        || Problem::new(Kind::BadValue, format!("`Idempotency-Key` has 1 to {LONGEST} ASCII characters"));
    key.map(|key| Some(key.to_owned())).ok_or_else(bad)
}

/// What is to be done once under the request's key.
pub(super) fn once(caller: &Caller, wanted: &Wanted, change: &Change) -> Option<Once> {
    let mut digest = Sha256::new();
    let mut part = |text: &[u8]| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    part(&caller.view.asker_number().number().to_le_bytes());
    part(wanted.route.method.method().as_str().as_bytes());
    part(wanted.route.path.as_bytes());
    wanted.asked.pairs.iter().for_each(|(name, value)| {
        part(name.as_bytes());
        part(value.as_bytes());
    });
    part(&wanted.body);
    let request_hash = hex(&digest.finalize());
    let nothing: PathOf = |_, _| None;
    let answer = change.created.map_or(nothing, |created| created.path);
    wanted.key.clone().map(|key| Once { key, request_hash, answer })
}

/// The answer to a request that was done before.
pub(super) fn again(
    server: &Server,
    caller: &Caller,
    wanted: &Wanted,
    change: &Change,
    once: &Once,
    answered: Answered,
) -> Result<Response, Problem> {
    if answered.request_hash != once.request_hash {
        let said = "this key came with another request within the last day; take a new one for each";
        return Err(Problem::new(Kind::KeyTaken, said));
    }
    let path = Some(answered.answer).filter(|path| !path.is_empty());
    let newest = server.office.view(caller.view.asker_number());
    let view = newest.as_ref().map(|(view, _)| view);
    answer(server, wanted, change, view, answered.revision, path)
}
