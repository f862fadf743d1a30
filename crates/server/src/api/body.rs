//! What comes in and goes out: parameters, JSON bodies, and what is wrong with them.

use std::any::TypeId;
use std::fmt;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use governance::in_words_of_json;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::carry_out::expect_json;
use super::route::Pairs;
use crate::problem::{Kind, Problem};

/// A key of a change: what is not there is left as it is. `Key<Option<T>>` can be `null`, which takes it
/// away.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(super) struct Key<T>(pub(super) Option<T>);

impl<T> Default for Key<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

/// No body.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object without keys, or no body")]
pub(super) struct Nothing {}

/// No parameters.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

pub(super) fn is_nothing<B: 'static>() -> bool {
    TypeId::of::<B>() == TypeId::of::<Nothing>()
}

/// Reads the parameters of a route. What is wrong with the path is as good as a path that leads nowhere.
pub(super) fn parameters<P: DeserializeOwned>(path: &str, pairs: &Pairs) -> Result<P, Problem> {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let deserializer = serde_html_form::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let name = error.path().to_string();
        match name.as_str() {
            name if path.contains(&format!("{{{name}}}")) => Problem::not_found(),
            "." => Problem::new(Kind::BadValue, format!("the query: {}", words(error.inner()))),
            name => bad_query(name, without_those_of_the_path(path, &words(error.inner()))),
        }
    })
}

/// What is expected in place of an unknown parameter, without what the path has.
fn without_those_of_the_path(path: &str, said: &str) -> String {
    const EXPECTED: &str = "; expected ";
    let Some((unknown, expected)) = said.split_once(EXPECTED).filter(|(_, it)| it.contains('`')) else {
        return said.to_owned();
    };
    let names = expected.split('`').skip(1).step_by(2).filter(|name| !path.contains(&format!("{{{name}}}")));
    match names.map(|name| format!("`{name}`")).collect::<Vec<_>>().as_slice() {
        [] => format!("{unknown}; there are no parameters here"),
        [name] => format!("{unknown}{EXPECTED}{name}"),
        [one, other] => format!("{unknown}{EXPECTED}{one} or {other}"),
        names => format!("{unknown}{EXPECTED}one of {}", names.join(", ")),
    }
}

/// Reads a body; none is an object without keys.
pub(super) fn parse<B: DeserializeOwned>(text: &[u8]) -> Result<B, Problem> {
    let text = if text.trim_ascii().is_empty() { b"{}" } else { text };
    // serde takes a list for an object, too.
    if text.trim_ascii_start().first() == Some(&b'[') {
        return Err(bad_value("", "expected an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let at = pointer(error.path());
        if error.inner().is_data() {
            bad_value(at, said(error.inner()))
        } else {
            Problem::new(Kind::Malformed, format!("this is no JSON: {}", error.inner()))
        }
    })?;
    deserializer.end().map_err(|error| Problem::new(Kind::Malformed, format!("this is no JSON: {error}")))?;
    Ok(read)
}

/// Without the place, which the pointer tells.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let said = text.rsplit_once(" at line ").map_or(&*text, |(said, _)| said);
    in_words_of_json(said).into_owned()
}

fn words(error: &impl fmt::Display) -> String {
    in_words_of_json(&error.to_string()).into_owned()
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    };
    path.iter().map(step).collect()
}

/// A value of the body that cannot be taken, with the JSON pointer to it.
pub(crate) fn bad_value(pointer: impl Into<String>, detail: impl fmt::Display) -> Problem {
    let pointer = pointer.into();
    let place = if pointer.is_empty() { "the body".to_owned() } else { format!("`{pointer}`") };
    Problem::new(Kind::BadValue, format!("{place}: {detail}")).with("pointer", pointer)
}

pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer has no JSON");
        Problem::internal()
    })
}

/// What a handler of its own answers.
pub(super) type Answer = Result<Response, Problem>;

/// A value as an answer.
pub(super) fn answer(value: &impl Serialize) -> Answer {
    Ok(([(CONTENT_TYPE, "application/json")], json(value)?).into_response())
}

/// Reads the body that a request has.
pub(super) fn read<B: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<B, Problem> {
    let body = body?;
    expect_json(headers, &body)?;
    parse(&body)
}

/// A value of the query that cannot be taken.
pub(super) fn bad_query(name: &str, detail: impl fmt::Display) -> Problem {
    Problem::new(Kind::BadValue, format!("`{name}` in the query: {detail}"))
}
