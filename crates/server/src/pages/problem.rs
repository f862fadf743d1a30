//! A problem as a page.

use askama::Template;
use axum::response::Response;
use serde_json::Value;

use super::sign_in::sentence;
use super::unsent::Unsent;
use super::{Frame, render};
use crate::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    status: u16,
    detail: String,
    /// What may help.
    hint: Option<&'static str>,
    /// The address that explains a refusal.
    why: Option<&'a str>,
    request_id: &'a str,
    is_sign_in: bool,
    /// The page with the form that was sent.
    back: Option<String>,
    /// What was sent without effect, to be sent again.
    unsent: Option<Unsent>,
}

/// In the frame of the pages that somebody knows, if they do.
pub(crate) fn page(
    problem: &Problem,
    frame: Option<Frame>,
    unsent: Option<Unsent>,
    (back, request_id): (Option<String>, &str),
) -> Response {
    let frame = frame.unwrap_or_else(|| Frame::plain(problem.kind.title()));
    let (status, detail) = (problem.kind.status().as_u16(), sentence(&problem.detail));
    let why = problem.member("explanation").and_then(Value::as_str);
    let hint = match problem.kind {
        Kind::NotFound => Some(
            "It may have been archived or renamed, or be something that you may not see: then it looks like this, too.",
        ),
        Kind::SignIn if unsent.is_some() => {
            Some("What you typed is kept on this page: sign in beside it, come back here, and send it again.")
        }
        Kind::SignIn => Some("Sign in again."),
        Kind::Busy | Kind::Throttled | Kind::RegistryAway => {
            Some("Wait a moment, and load this page again. Nothing was changed.")
        }
        _ => None,
    };
    let is_sign_in = problem.kind == Kind::SignIn;
    render(&ProblemPage { frame, status, detail, hint, why, request_id, is_sign_in, back, unsent })
}
