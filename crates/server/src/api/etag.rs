//! Entity tags: a digest of what was read, so that a change says upon what it was made.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::problem::{Kind, Problem};

/// The strong entity tag of a representation, with its quotes.
pub(super) fn of(representation: &[u8]) -> String {
    let digest = Sha256::digest(representation);
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest[..12]))
}

/// What a request says of the representation that it is about (RFC 9110 §13.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
}

impl Conditions {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = |name: &HeaderName| {
            let mut texts = Vec::new();
            for value in headers.get_all(name) {
                let text = value.to_str().map_err(|_| {
                    Problem::new(Kind::Malformed, format!("the header {name} is no list of entity tags"))
                })?;
                texts.push(text);
            }
            Ok::<_, Problem>((!texts.is_empty()).then(|| texts.join(",")))
        };
        Ok(Self { if_match: text(&IF_MATCH)?, if_none_match: text(&IF_NONE_MATCH)? })
    }

    /// Whether the change may be made to what is there now; what was sent is told with it if not.
    pub(super) fn check(&self, guarded: bool, now: Option<&[u8]>, sent: &[u8]) -> Result<(), Problem> {
        let holds = match (&self.if_match, now) {
            (Some(wanted), now) => now.is_some_and(|now| names(wanted, &of(now))),
            (None, Some(_)) if guarded && self.if_none_match.is_none() => {
                let said = "send the ETag of what you have read as If-Match, so that nobody's change is lost; \
                            `If-Match: *` changes it whatever it is";
                return Err(Problem::new(Kind::NoPrecondition, said));
            }
            (None, _) => true,
        };
        let absent_holds = match (&self.if_none_match, now) {
            (Some(unwanted), Some(now)) => !names(unwanted, &of(now)),
            _ => true,
        };
        if holds && absent_holds {
            return Ok(());
        }
        let said = "somebody changed it in the meantime: `current` is how it is now, `yours` what you sent";
        let json = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or(Value::Null);
        let problem = Problem::new(Kind::Overtaken, said).with("current", now.map_or(Value::Null, json));
        Err(problem.with("yours", json(sent)).with("etag", now.map_or(Value::Null, |now| of(now).into())))
    }

    /// Whether the client has this already.
    pub(super) fn has(&self, tag: &str) -> bool {
        self.if_none_match.as_deref().is_some_and(|known| names(known, tag))
    }
}

/// Whether a list of entity tags names this one.
fn names(list: &str, tag: &str) -> bool {
    list.split(',').map(str::trim).any(|it| it == "*" || it == tag)
}
