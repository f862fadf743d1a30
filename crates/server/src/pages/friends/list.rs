//! The friends: servers that this one asks, each with how far it is let in here; and adding one.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::Application;
use serde_json::{Value, json};

use super::consumers::Standing;
use super::{again, done, friend_path, items, manages_friends, text, time};
use crate::api::{Rest, Verb};
use crate::friends::same_server;
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Time};
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "friends/list.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    add: Ability,
    /// Whether the visitor is told of consumers, too.
    knows_consumers: bool,
}

struct Row {
    address: String,
    name: String,
    /// What cannot be done, if it fails, and why.
    failing: Option<(&'static str, String)>,
    server: String,
    added: Option<Time>,
    rotated: Option<Time>,
    /// How far it is let in here; nothing where it has asked for no key.
    back: Option<Standing>,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
) -> Result<Response, Problem> {
    let add = manages_friends(&visitor)?;
    let friends = rest.read("/friends").await?;
    let knows_consumers = visitor.both_may("repository.manage-consumers");
    let consumers = if knows_consumers { rest.read("/consumers").await? } else { Value::Null };
    let row = |friend: &Value| {
        let at = text(friend, "root_services");
        let theirs = |it: &&Value| same_server(text(it, "root_services"), at);
        // One that was approved, whatever others say of themselves; else the newest.
        let is_approved = |it: &&Value| text(it, "state") == "authorized";
        let all = || items(&consumers).filter(theirs);
        let back = all().filter(is_approved).last().or_else(|| all().last()).map(Standing::of);
        Row {
            address: friend_path(text(friend, "name")),
            failing: server
                .failing
                .of(text(friend, "name"))
                .map(|(direction, failure)| (direction.in_vain(), failure.said)),
            name: text(friend, "name").to_owned(),
            server: governance::server_and_part(at).0.to_owned(),
            added: time(&friend["created"]),
            rotated: time(&friend["rotated"]),
            back,
        }
    };
    let rows = items(&friends).map(row).collect();
    Ok(render(&ListPage { rows, add, knows_consumers, frame: visitor.frame("Friends") }))
}

#[derive(Template)]
#[template(path = "friends/new.html")]
struct NewPage<'a> {
    frame: Frame,
    told: Told<'a>,
    fields: [Field; 4],
    more: [Field; 3],
    has_more: bool,
    add: Ability,
}

pub(crate) async fn new(visitor: Visitor) -> Result<Response, Problem> {
    page(&visitor, &Sent::default())
}

fn page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let add = manages_friends(visitor)?;
    let typed = |name: &str| sent.typed(name, "").to_owned();
    let line = |name: &str, label: &str| {
        Field::line(name, label, typed(name)).wrong(sent.wrong(&format!("/{name}")))
    };
    let chosen = typed("application");
    let mut applications = vec![Choice::new("", "That of the root services", chosen.is_empty())];
    applications.extend(Application::ALL.map(|it| Choice::new(it.id(), it.id(), it.id() == chosen)));
    let trusted = !sent.fields.get("trusted").is_empty();
    let has_more = ["secret", "key", "application"].iter().any(|name| !sent.fields.get(name).is_empty());
    Ok(render(&NewPage {
        frame: visitor.frame("Add a friend").by_way_of(crumbs()).in_part("/friends"),
        told: sent.above(),
        fields: [
            line("name", "Name").required().hint("As it is called here."),
            line("root_services", "Root services").required().hint(
                "Such as https://development.example.org/ccm/rootservices. That server is asked for a key.",
            ),
            line("called", "What this server is called there").hint("Default: its address."),
            Field::checks(
                "trusted",
                "Trust",
                vec![Choice::new(
                    "yes",
                    "Ask to be trusted: people there need not approve each use",
                    trusted,
                )],
            ),
        ],
        more: [
            line("secret", "Secret")
                .of_kind("password")
                .hint("A phrase of 12 characters or more, which both servers keep. Default: a new one."),
            line("key", "Key").hint(
                "By which it knows this server already; then no key is asked for, and the secret is needed.",
            ),
            Field::select("application", "Application that asks", applications)
                .hint("Its functional user is proposed there.")
                .wrong(sent.wrong("/application")),
        ],
        has_more,
        add,
    }))
}

pub(super) fn crumbs() -> [(String, String); 1] {
    [("/friends".to_owned(), "Friends".to_owned())]
}

pub(crate) async fn add(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut body = json!({"trusted": !fields.get("trusted").is_empty()});
    for name in ["name", "root_services", "called", "secret", "key", "application"] {
        let value = fields.get(name).trim();
        if !value.is_empty() || ["name", "root_services"].contains(&name) {
            body[name] = json!(value);
        }
    }
    match rest.ask(Verb::Post, "/friends", &body).await {
        Ok(friend) => Ok(done(&server, &friend_path(text(&friend, "name")))),
        Err(problem) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            Ok(again(&sent, page(&visitor, &sent)?))
        }
    }
}
