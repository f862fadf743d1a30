//! What this server keeps of a friend: its address, the key and the secret; replacing the secret, and the
//! end.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::friend::{Friend, FriendName};
use super::{again, done, is_meant, manages_friends, not_meant, text};
use crate::api::{Rest, Verb};
use crate::pages::ability::Ability;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Mark;
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "friends/settings.html")]
struct SettingsPage<'a> {
    frame: Frame,
    path: String,
    name: String,
    told: Told<'a>,
    fields: [Field; 3],
    used_by: Vec<Mark>,
    manage: Ability,
}

pub(crate) async fn show(visitor: Visitor, rest: Rest, name: FriendName) -> Result<Response, Problem> {
    let manage = manages_friends(&visitor)?;
    Ok(page(&visitor, &Friend::of(&rest, &name).await?, manage, &Sent::default()))
}

fn page(visitor: &Visitor, friend: &Friend, manage: Ability, sent: &Sent) -> Response {
    let line = |name: &str, label: &str, now: &str| {
        Field::line(name, label, sent.typed(name, now)).wrong(sent.wrong(&format!("/{name}")))
    };
    render(&SettingsPage {
        frame: friend.frame(visitor, "/settings"),
        path: format!("{}/settings", friend.path),
        name: friend.name.clone(),
        told: sent.above(),
        fields: [
            line("root_services", "Root services", text(&friend.told, "root_services"))
                .required()
                .hint("Of another server only with the secret that it knows."),
            line("key", "Key", text(&friend.told, "consumer_key"))
                .required()
                .hint("By which it knows this server."),
            Field::line("secret", "Secret", "")
                .of_kind("password")
                .wrong(sent.wrong("/secret"))
                .hint("Left empty, it stays. One that was set on the other server by hand is typed in here."),
        ],
        used_by: friend.used_by(visitor.view()),
        manage,
    })
}

/// Changes what is kept, replaces the secret on both sides, or removes the friend.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    name: FriendName,
    fields: Fields,
) -> Result<Response, Problem> {
    let manage = manages_friends(&visitor)?;
    let friend = Friend::of(&rest, &name).await?;
    let path = &friend.path;
    let (asked, to) = match fields.get("do") {
        "edit" => (rest.ask(Verb::Patch, path, &changed(&friend.told, &fields)).await, path.as_str()),
        "rotate" => (rest.ask(Verb::Post, &format!("{path}/rotate"), &json!({})).await, path.as_str()),
        "remove" if !is_meant(&fields) => (Err(not_meant()), ""),
        "remove" => (rest.ask(Verb::Delete, path, &Value::Null).await, "/friends"),
        _ => {
            let said = "say what is to be done: `edit`, `rotate` or `remove`";
            (Err(Problem::new(Kind::BadValue, said)), "")
        }
    };
    match asked {
        Ok(_) => Ok(done(&server, to)),
        Err(problem) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            Ok(again(&sent, page(&visitor, &friend, manage, &sent)))
        }
    }
}

/// The keys that are to change.
fn changed(now: &Value, fields: &Fields) -> Value {
    let mut body = json!({});
    for (name, key) in [("root_services", "root_services"), ("key", "consumer_key")] {
        let value = fields.get(name).trim();
        if value != text(now, key) {
            body[name] = json!(value);
        }
    }
    if !fields.get("secret").is_empty() {
        body["secret"] = json!(fields.get("secret"));
    }
    body
}
