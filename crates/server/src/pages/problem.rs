//! A problem as a page.

use askama::Template;
use axum::response::Response;

use super::sign_in::sentence;
use super::{Frame, render};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    status: u16,
    detail: String,
    request_id: &'a str,
}

pub(crate) fn page(problem: &Problem, request_id: &str) -> Response {
    let frame = Frame::new(problem.kind.title(), None);
    let (status, detail) = (problem.kind.status().as_u16(), sentence(&problem.detail));
    render(&ProblemPage { frame, status, detail, request_id })
}
