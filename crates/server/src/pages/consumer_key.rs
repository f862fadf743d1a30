//! A key that waits for approval, for those who manage consumers: where a consumer that has asked for a key
//! sends its administrator (docs/cross-server.md#consumer-keys).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use store::{Consumer, KeyState};

use super::ability::Ability;
use super::field::{Choice, Field};
use super::form::Fields;
use super::saving::{Sent, Told, failed};
use super::visitor::Visitor;
use super::{Frame, Time, render};
use crate::api::allowed;
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
    name: Field,
    trusted: Field,
    functional_user: Field,
    told: Told<'a>,
    decides: Ability,
}

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    let consumer = find(&server, &visitor, visitor.query.get("key")).await?;
    page(&visitor, &consumer, &Sent::default())
}

/// A consumer, for those who manage them: no view says whether it is there.
async fn find(server: &Server, visitor: &Visitor, key: &str) -> Result<Consumer, Problem> {
    visitor.both(|view| allowed(view, view.may_manage_consumers()))?;
    consumers::find(server, &visitor.caller, key).await
}

fn page(visitor: &Visitor, consumer: &Consumer, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    // Whom the key acts as, or would.
    let user = consumer.functional_user.and_then(|user| view.user(user)).map(|user| user.id.to_string());
    let hint = match user {
        Some(_) => "As whom requests act that no person has approved.",
        None => "As whom requests act that no person has approved. None yet: they are refused.",
    };
    let user = user.or_else(|| consumers::proposed(view, consumer)).unwrap_or_default();
    let trusted = if sent.is_any() { sent.fields.get("trusted") == "on" } else { consumer.trusted };
    let trusted = Choice::new("on", "People are not asked for their approval", trusted);
    Ok(render(&KeyPage {
        frame: visitor.frame(format!("The key of {}", consumer.name)),
        asked: consumer.created.into(),
        name: Field::line("name", "Name", sent.typed("name", &consumer.name))
            .called("name")
            .required()
            .wrong(sent.wrong("/name")),
        trusted: Field::checks("trusted", "Trusted", vec![trusted]),
        functional_user: Field::line(
            "functional_user",
            "Functional user",
            sent.typed("functional_user", &user),
        )
        .called("functional_user")
        .hint(hint)
        .wrong(sent.wrong("/functional_user")),
        told: sent.above(),
        decides: visitor.only_in_earnest(Ability::Allowed),
        consumer,
    }))
}

pub(crate) async fn decide(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let consumer = find(&server, &visitor, fields.get("key")).await?;
    match decided(&server, &visitor.caller, consumer.clone(), &fields).await {
        Ok(consumer) => {
            let key: String = form_urlencoded::byte_serialize(consumer.key.as_bytes()).collect();
            Ok(Redirect::to(&format!("{}?key={key}", oauth::APPROVE_KEY)).into_response())
        }
        Err(problem) => failed(&visitor, fields, problem, |sent| page(&visitor, &consumer, &sent)),
    }
}

/// What a form decides about a consumer.
async fn decided(
    server: &Server,
    caller: &Caller,
    consumer: Consumer,
    fields: &Fields,
) -> Result<Consumer, Problem> {
    let change = Change {
        name: Some(fields.get("name").to_owned()),
        trusted: Some(fields.get("trusted") == "on"),
        ..Change::default()
    };
    match fields.get("decision") {
        "approve" => consumers::decide(server, caller, consumer, KeyState::Authorized, change).await,
        "reject" => consumers::decide(server, caller, consumer, KeyState::Rejected, Change::default()).await,
        "edit" => {
            let id = fields.get("functional_user").trim();
            let user = caller.view.user_by_id(id).filter(|_| !id.is_empty()).ok_or_else(|| {
                let said =
                    format!("`/functional_user`: there is no user `{id}`: type the id of a functional user");
                Problem::new(Kind::BadValue, said).with("pointer", "/functional_user")
            })?;
            let change = Change { functional_user: Some(Some(user)), ..change };
            consumers::change(server, caller, consumer, change).await
        }
        other => {
            let said = format!("`{other}` is not one of `approve`, `reject`, `edit`");
            Err(Problem::new(Kind::BadValue, said))
        }
    }
}
