//! Looking at pages as somebody else would: nothing is changed by it (docs/pages.md#preview).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::form::Fields;
use super::sign_in::within;
use crate::caller::Caller;
use crate::cookie::{PREVIEW, is_secure};
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// So many seconds a preview lasts at most.
const LASTS: u64 = 60 * 60;

/// Begins a preview as the user of the field `user`, or ends it where that is empty.
pub(crate) async fn choose(
    State(server): State<Arc<Server>>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    let secure = is_secure(&server.config, caller.client);
    let back = Redirect::to(within(fields.get("back")));
    let id = fields.get("user").trim();
    if id.is_empty() {
        return Ok(([(SET_COOKIE, PREVIEW.set("", 0, secure))], back).into_response());
    }
    let said = "somebody whom you may ask about, where you administer the server or an area: an active user, who \
                may do no more with the server than you";
    let user = caller.view.user_by_id(id).filter(|user| caller.view.preview(*user).is_some());
    let user = user.ok_or_else(|| Problem::new(Kind::NotYours, format!("a preview is as {said}")))?;
    Ok(([(SET_COOKIE, PREVIEW.set(&user.number().to_string(), LASTS, secure))], back).into_response())
}
