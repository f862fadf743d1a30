//! Logs that are read from the database: a page for people, or everything for those who keep or count it.

use std::future::Future;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use futures_util::stream;
use governance::{QuestionText, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body;
use super::lines::accepts;
use super::refused::of_question;
use super::route::{CSV, JSON, JSON_LINES};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

/// What the answer is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// A page.
    Json,
    /// Everything, a JSON value a line.
    Jsonl,
    /// Everything, as a table.
    Csv,
}

impl Form {
    /// The one that the query names, or else the header `Accept`.
    pub(super) fn asked(named: Option<Self>, headers: &HeaderMap) -> Self {
        named.unwrap_or_else(|| match () {
            () if accepts(headers, JSON_LINES) => Self::Jsonl,
            () if accepts(headers, CSV) => Self::Csv,
            () => Self::Json,
        })
    }
}

/// So much is read from the database at once.
pub(super) const AT_A_TIME: u32 = 1000;

/// What is written at a time, and from where it goes on; `None`: that was all.
pub(super) type Piece<P> = Result<(Vec<u8>, Option<P>), Problem>;

/// Everything of a log, as lines or as a table of this name: `next` writes what follows from a place.
pub(super) fn everything<P, F>(
    server: &Server,
    caller: &Caller,
    (form, name): (Form, &str),
    begin: P,
    next: impl Fn(P) -> F + Send + 'static,
) -> Response
where
    P: Send + 'static,
    F: Future<Output = Piece<P>> + Send + 'static,
{
    let pieces = stream::unfold((Some(begin), next), |(place, next)| async move {
        let (piece, place) = match next(place?).await {
            Ok((piece, place)) => (Ok(Bytes::from(piece)), place),
            Err(problem) => {
                tracing::error!(error = problem.detail, "a log could not be read to its end");
                (Err(io::Error::other(problem)), None)
            }
        };
        Some((piece, (place, next)))
    });
    let (media_type, ending) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Json | Form::Jsonl => (JSON_LINES, "jsonl"),
    };
    let mut response = with_revision(server, caller.revision, Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let file = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\""));
    headers.extend(file.ok().map(|file| (CONTENT_DISPOSITION, file)));
    response
}

/// Writes a value as a line.
pub(super) fn write_line(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Problem> {
    out.extend(body::json(value)?);
    out.push(b'\n');
    Ok(())
}

/// An answer about a log as it is now.
pub(super) fn told(server: &Server, caller: &Caller, answer: &impl Serialize) -> Result<Response, Problem> {
    Ok(with_revision(server, caller.revision, ([(CONTENT_TYPE, JSON)], body::json(answer)?)))
}

/// Who reads the whole journal and the log of refusals.
pub(crate) fn audits(view: &View) -> Result<(), Problem> {
    may(view, "repository.read-audit-log")
}

/// Whether the caller may do what the repository groups decide.
pub(crate) fn may(view: &View, operation: &str) -> Result<(), Problem> {
    let question = QuestionText {
        user: view.asker().id.to_string(),
        operation: operation.to_owned(),
        item: "repository".to_owned(),
        ..QuestionText::default()
    };
    of_question(view, &question)
}
