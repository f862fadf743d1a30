//! Pages for people: rendered here, complete without JavaScript (docs/pages.md).

mod ability;
pub(crate) mod access_requests;
mod address;
mod administration;
mod audit;
mod authorize;
mod changed_rows;
mod context;
mod done;
mod failure;
mod field;
pub(crate) mod first_start;
mod form;
pub(crate) mod frame;
mod friends;
mod gc;
mod headline;
mod history;
mod home;
pub(crate) mod invitation;
mod item_page;
mod licences;
mod look;
mod multipart;
mod named_item;
mod part;
pub(crate) mod password;
mod people;
mod preview;
pub(crate) mod problem;
mod process;
mod profile;
pub(crate) mod provider;
mod rail;
mod reverse;
mod saving;
mod search;
mod search_words;
pub(crate) mod set_password;
mod sheet;
pub(crate) mod sign_in;
mod suggestion_page;
mod thought;
pub(crate) mod unsent;
pub(crate) mod visitor;
mod what_if;
pub(crate) mod why;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::oauth;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;

use frame::Frame;
use part::{Person, Time};
pub(crate) use visitor::framed;

/// So many bytes a form has at most; those of whole tables say more.
const LARGEST_FORM: usize = 16 << 10;
/// A form of a table, a field for each cell.
const LARGEST_TABLE: usize = 1 << 20;

/// Whether what is at a path, as axum writes it, takes forms as long as imports.
pub(crate) fn imports(path: &str) -> bool {
    [people::IMPORT, gc::IMPORT, administration::IMPORT].contains(&path)
}

/// Every page.
pub(crate) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/", home::show)
        .get("/why", why::show)
        .get("/search", search::show)
        .get("/what-if", what_if::show)
        .merge(gc::routes().with_bodies_up_to(LARGEST_TABLE).merge(gc::imports()))
        .merge(administration::routes())
        .merge(audit::routes())
        .merge(licences::routes())
        .merge(people::routes())
        .merge(reverse::routes())
        .merge(forms().merge(profile::routes()).merge(friends::routes()).with_bodies_up_to(LARGEST_FORM))
        .merge(process::routes().with_bodies_up_to(LARGEST_TABLE))
}

fn forms() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/sign-in", sign_in::show)
        .post("/sign-in", sign_in::sign_in)
        .get("/sign-in/oidc/{provider}", provider::begin)
        .get("/sign-in/oidc/{provider}/callback", provider::finish)
        .post("/sign-in/oidc/{provider}/logout", provider::ended_there)
        .post("/sign-out", sign_in::sign_out)
        .get("/first-start", first_start::show)
        .post("/first-start", first_start::make)
        .get("/set-password", set_password::show)
        .post("/set-password", set_password::set)
        .get("/password", password::show)
        .post("/password", password::change)
        .get("/invitation", invitation::show)
        .post("/invitation", invitation::accept)
        .get("/access-requests", access_requests::show)
        .post("/access-requests", access_requests::ask)
        .post("/access-requests/decide", access_requests::decide)
        .get(oauth::AUTHORIZE, authorize::show)
        .post(oauth::AUTHORIZE, authorize::decide)
        .get("/context", context::show)
        .post("/context", context::choose)
        .post("/look", look::choose)
        .get("/preview", preview::show)
        .post("/preview", preview::choose)
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
