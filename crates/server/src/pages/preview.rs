//! Looking at pages as somebody else would: nothing is changed by it (docs/pages.md#preview).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::field::Field;
use super::form::Fields;
use super::frame::Frame;
use super::sign_in::within;
use super::visitor::Visitor;
use super::{render, with_status_of};
use crate::caller::Caller;
use crate::cookie::{PREVIEW, is_secure};
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    frame: Frame,
    field: Field,
    back: String,
}

/// So many seconds a preview lasts at most.
const LASTS: u64 = 60 * 60;

const NOT_YOURS: &str = "you may not look at pages as somebody else would: whoever does administers the server or an area, and the \
                         other is active, and may do no more with the server";

/// Asks as whom.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    if visitor.caller.view.people().nth(1).is_none() {
        return Err(Problem::new(Kind::NotYours, NOT_YOURS));
    }
    Ok(page(&visitor, &visitor.query, None))
}

fn page(visitor: &Visitor, said: &Fields, wrong: Option<String>) -> Response {
    let field = Field::line("user", "User id", said.get("user")).of_person().required();
    let field = field.hint("An active user, who may do no more with the server than you.").wrong(wrong);
    let back = within(said.get("back")).to_owned();
    render(&PreviewPage { frame: visitor.frame("Preview as somebody"), field, back })
}

/// Begins a preview as the user of the field `user`, or ends it where that is empty.
pub(crate) async fn choose(
    State(server): State<Arc<Server>>,
    caller: Caller,
    visitor: Option<Visitor>,
    fields: Fields,
) -> Result<Response, Problem> {
    let secure = is_secure(&server.config, caller.client);
    let back = Redirect::to(within(fields.get("back")));
    let id = fields.get("user").trim();
    if id.is_empty() {
        return Ok(([(SET_COOKIE, PREVIEW.set("", 0, secure))], back).into_response());
    }
    let problem = match caller.view.user_by_id(id) {
        None => Problem::new(Kind::BadValue, format!("there is no user {id}")),
        Some(user) if caller.view.preview(user).is_some() => {
            let begun = PREVIEW.set(&user.number().to_string(), LASTS, secure);
            return Ok(([(SET_COOKIE, begun)], back).into_response());
        }
        Some(_) => Problem::new(Kind::NotYours, NOT_YOURS),
    };
    let Some(visitor) = visitor else { return Err(problem) };
    let wrong = super::sign_in::sentence(&problem.detail);
    Ok(with_status_of(problem, page(&visitor, &fields, Some(wrong))))
}
