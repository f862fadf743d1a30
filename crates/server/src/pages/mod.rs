//! Pages for people: rendered here, complete without JavaScript.

pub(crate) mod access_requests;
pub(crate) mod authorize;
pub(crate) mod consumer_key;
pub(crate) mod first_start;
mod form;
pub(crate) mod invitation;
pub(crate) mod password;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod set_password;
pub(crate) mod sign_in;
pub(crate) mod why;

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use governance::{User, View};
use store::Moment;

use crate::api::{instant, minute};
use crate::asset;
use crate::problem::Problem;

/// What surrounds every page.
pub(crate) struct Frame {
    pub(crate) title: String,
    /// Who is signed in.
    pub(crate) person: Option<Person>,
    /// The address of the part of the server that it belongs to, if any.
    part: &'static str,
    pub(crate) style: String,
    pub(crate) icon: String,
}

impl Frame {
    fn new(title: impl Into<String>, view: Option<&View>) -> Self {
        Self {
            title: title.into(),
            person: view.map(|view| Person::from(view.asker())),
            part: "",
            style: asset::STYLE.path(),
            icon: asset::ICON.path(),
        }
    }

    /// Of a part that every page leads to.
    fn of(self, part: &'static str) -> Self {
        Self { part, ..self }
    }

    /// Those parts, with what they are called.
    fn parts(&self) -> [(&'static str, &'static str); 2] {
        [(why::ADDRESS, "Why"), (access_requests::ADDRESS, "Requests")]
    }
}

/// A moment, for programs and for people.
pub(crate) struct Time {
    instant: String,
    words: String,
}

impl From<Moment> for Time {
    fn from(moment: Moment) -> Self {
        Self { instant: instant(moment), words: minute(moment) }
    }
}

/// A person, as name and id.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self { id: user.id.to_string(), name: user.name.to_string() }
    }
}

impl Person {
    /// Whether the id says anything that the name does not.
    pub(crate) fn shows_id(&self) -> bool {
        !self.id.eq_ignore_ascii_case(&self.name)
    }
}

fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::internal().into_response()
        }
    }
}

/// A page with the status and headers of what went wrong, which it tells.
fn with_status_of(problem: Problem, page: Response) -> Response {
    let kind = problem.kind;
    let mut told = problem.into_response();
    let (parts, body) = page.into_parts();
    *told.body_mut() = body;
    // A page takes the place of what would be one.
    told.extensions_mut().clear();
    told.headers_mut().extend(parts.headers);
    *told.status_mut() = kind.status();
    told
}
