//! A problem as a page.

use askama::Template;
use axum::response::Response;

use super::{Frame, render};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    status: u16,
    detail: &'a str,
}

pub(crate) fn page(problem: &Problem) -> Response {
    let frame = Frame::new(problem.kind.title(), None);
    render(&ProblemPage { frame, status: problem.kind.status().as_u16(), detail: &problem.detail })
}
