//! Registering a consumer by hand.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::consumer::{fields, keys, page as consumer_page};
use super::{again, consumer_path, done, manages_consumers, text};
use crate::api::{Rest, Verb};
use crate::pages::ability::Ability;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "friends/new_consumer.html")]
struct NewPage<'a> {
    frame: Frame,
    told: Told<'a>,
    fields: Vec<Field>,
    add: Ability,
}

pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    page(&visitor, &Sent::default())
}

fn page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let add = manages_consumers(visitor)?;
    let line = |name: &str, label: &str, hint: &str| {
        Field::line(name, label, sent.typed(name, "")).hint(hint).wrong(sent.wrong(&format!("/{name}")))
    };
    let mut all = fields(&Value::Null, sent, false);
    all.push(line("key", "Key", "Default: a new one."));
    all.push(line(
        "secret",
        "Secret",
        "A phrase of 12 characters or more. Left empty, one is made and shown once.",
    ));
    let crumbs = [("/consumers".to_owned(), "Consumers".to_owned())];
    Ok(render(&NewPage {
        frame: visitor.frame("Register a consumer").by_way_of(crumbs).in_part("/consumers"),
        told: sent.above(),
        fields: all,
        add,
    }))
}

pub(crate) async fn add(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut body = keys(&fields);
    for name in ["key", "secret"] {
        let value = fields.get(name).trim();
        if !value.is_empty() {
            body[name] = value.into();
        }
    }
    match rest.ask(Verb::Post, "/consumers", &body).await {
        Ok(made) => match made["secret"].as_str() {
            Some(secret) => {
                let secret = Some(secret.to_owned());
                consumer_page(&visitor, &rest, &made, &Sent::default(), secret).await
            }
            None => Ok(done(&server, &consumer_path(text(&made, "key")))),
        },
        Err(problem) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            Ok(again(&sent, page(&visitor, &sent)?))
        }
    }
}
