//! A key that waits for approval, for those who manage consumers: where a consumer that has asked for a key
//! sends its administrator (docs/cross-server.md#consumer-keys).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Redirect, Response};
use store::{Consumer, KeyState};

use super::form::Fields;
use super::visitor::Visitor;
use super::{Frame, Time, render};
use crate::caller::Caller;
use crate::consumers::{self, Change};
use crate::oauth;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "consumer_key.html")]
struct KeyPage<'a> {
    frame: Frame,
    consumer: &'a Consumer,
    asked: Time,
    /// Whom the key acts as, or would.
    functional_user: String,
    has_functional_user: bool,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let consumer = consumers::find(&server, caller, query.get("key")).await?;
    let user =
        consumer.functional_user.and_then(|user| caller.view.user(user)).map(|user| user.id.to_string());
    let has_functional_user = user.is_some();
    let proposed = || consumers::proposed(&caller.view, &consumer).unwrap_or_default();
    let page = KeyPage {
        frame: visitor.frame(format!("The key of {}", consumer.name)),
        asked: consumer.created.into(),
        functional_user: user.unwrap_or_else(proposed),
        has_functional_user,
        consumer: &consumer,
    };
    Ok(render(&page))
}

pub(crate) async fn decide(
    State(server): State<Arc<Server>>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    let consumer = consumers::find(&server, &caller, fields.get("key")).await?;
    let key = consumer.key.clone();
    let change = Change {
        name: Some(fields.get("name").to_owned()),
        trusted: Some(fields.get("trusted") == "on"),
        ..Change::default()
    };
    match fields.get("decision") {
        "approve" => consumers::decide(&server, &caller, consumer, KeyState::Authorized, change).await?,
        "reject" => {
            consumers::decide(&server, &caller, consumer, KeyState::Rejected, Change::default()).await?
        }
        "edit" => {
            let id = fields.get("functional_user").trim();
            let user = caller.view.user_by_id(id);
            let user = user.filter(|_| !id.is_empty()).ok_or_else(|| {
                Problem::new(
                    Kind::BadValue,
                    format!("there is no user `{id}`: type the id of a functional user"),
                )
            })?;
            let change = Change { functional_user: Some(Some(user)), ..change };
            consumers::change(&server, &caller, consumer, change).await?
        }
        other => {
            let said = format!("`{other}` is not one of `approve`, `reject`, `edit`");
            return Err(Problem::new(Kind::BadValue, said));
        }
    };
    let key: String = form_urlencoded::byte_serialize(key.as_bytes()).collect();
    Ok(Redirect::to(&format!("{}?key={key}", oauth::APPROVE_KEY)).into_response())
}
