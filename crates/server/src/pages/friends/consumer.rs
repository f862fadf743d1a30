//! A consumer: approving or rejecting its key, as whom it acts, its secret, and the end.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value, json};

use super::consumers::Standing;
use super::trace::Trace;
use super::{again, consumer_path, done, is_meant, items, manages_consumers, not_meant, text, time};
use crate::api::{Rest, Verb};
use crate::friends::same_server;
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Time;
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::sign_in::within;
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "friends/consumer.html")]
struct ConsumerPage<'a> {
    frame: Frame,
    path: String,
    told: Told<'a>,
    standing: Standing,
    key: String,
    /// The server that it says to be.
    claimed: String,
    /// The address from which it was asked for.
    asked_from: String,
    /// Those that are that server already.
    same_server: Vec<String>,
    asked: Option<Time>,
    decided: Option<Time>,
    old_secret_until: Option<Time>,
    fields: Vec<Field>,
    /// Which secret a new one replaces.
    replaces: String,
    rotation: [Field; 2],
    manage: Ability,
    trace: Trace,
    has_short_secret: bool,
    /// A secret that was made: told this once.
    secret: Option<String>,
}

impl ConsumerPage<'_> {
    fn is_waiting(&self) -> bool {
        self.standing == Standing::Waits
    }
    fn is_rejected(&self) -> bool {
        self.standing == Standing::Rejected
    }
}

/// Which consumer a path names: `/consumers/{consumer}`.
pub(crate) struct ConsumerKey(String);

impl FromRequestParts<Arc<Server>> for ConsumerKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let found = named.iter().find(|(name, _)| *name == "consumer").map(|(_, it)| Self(it.to_owned()));
        found.ok_or_else(Problem::not_found)
    }
}

pub(crate) async fn show(visitor: Visitor, rest: Rest, key: ConsumerKey) -> Result<Response, Problem> {
    manages_consumers(&visitor)?;
    let consumer = rest.read(&consumer_path(&key.0)).await?;
    page(&visitor, &rest, &consumer, &Sent::default(), None).await
}

/// Where a consumer that has asked for a key sends its administrator (`oauthApprovalModuleUrl?key=…`).
pub(crate) async fn lead(visitor: Visitor) -> Result<Response, Problem> {
    manages_consumers(&visitor)?;
    Ok(Redirect::to(&consumer_path(visitor.query.get("key"))).into_response())
}

/// With a secret that was made, if one was.
pub(super) async fn page(
    visitor: &Visitor,
    rest: &Rest,
    consumer: &Value,
    sent: &Sent,
    secret: Option<String>,
) -> Result<Response, Problem> {
    let manage = manages_consumers(visitor)?;
    let standing = Standing::of(consumer);
    let key = text(consumer, "key").to_owned();
    let name = text(consumer, "name");
    let rotating = sent.fields.get("do") == "rotate";
    let overlap = if rotating { sent.fields.get("overlap") } else { "24h" };
    let overlaps =
        [("0s", "not at all"), ("1h", "an hour"), ("24h", "a day"), ("7d", "a week"), ("30d", "30 days")];
    let claimed = text(consumer, "root_services");
    let same_server = match standing {
        Standing::Waits => same_server_as(&rest.read("/consumers").await?, claimed),
        _ => Vec::new(),
    };
    let frame = visitor.frame(name).by_way_of([("/consumers".to_owned(), "Consumers".to_owned())]);
    Ok(render(&ConsumerPage {
        frame: frame.in_part("/consumers"),
        path: consumer_path(&key),
        told: sent.above(),
        fields: fields(consumer, sent, standing == Standing::Waits),
        replaces: mark(consumer),
        rotation: [
            Field::line("secret", "New secret", "")
                .of_kind("password")
                .called("new-secret")
                .wrong(sent.wrong("/secret"))
                .hint("A phrase of 12 characters or more. Left empty, one is made and shown once."),
            Field::select(
                "overlap",
                "The one before stays good for",
                overlaps.map(|(value, words)| Choice::new(value, words, value == overlap)).to_vec(),
            )
            .wrong(sent.wrong("/overlap")),
        ],
        claimed: claimed.to_owned(),
        asked_from: text(consumer, "asked_from").to_owned(),
        same_server,
        asked: time(&consumer["created"]),
        decided: time(&consumer["decided"]),
        has_short_secret: consumer["short_secret"] == true,
        old_secret_until: time(&consumer["old_secret_until"]),
        trace: Trace::read(rest, Some(&key)).await?,
        standing,
        key,
        manage,
        secret,
    }))
}

/// What tells the secret that is good now from those before and after it: a form that is sent once more, as
/// browsers offer to, replaces no other than whoever filled it in has meant.
fn mark(consumer: &Value) -> String {
    text(consumer, "secret_version").to_owned()
}

/// The approved ones of a server.
fn same_server_as(consumers: &Value, address: &str) -> Vec<String> {
    let is_approved = |it: &&Value| text(it, "state") == "authorized";
    let all = items(consumers).filter(is_approved);
    all.filter(|it| same_server(text(it, "root_services"), address))
        .map(|it| text(it, "name").to_owned())
        .collect()
}

/// What can be said of one; of none, what a new one is to be.
pub(super) fn fields(now: &Value, sent: &Sent, proposes: bool) -> Vec<Field> {
    // Other forms, the checklist's among them, say nothing of these.
    let edited = sent.is_any() && sent.fields.all("name").next().is_some();
    let typed = |name: &str, now: &str| sent.typed(name, now).to_owned();
    let wrong = |name: &str| sent.wrong(&format!("/{name}"));
    let proposed = Some(text(now, "proposed_functional_user")).filter(|it| !it.is_empty());
    let user = match (text(now, "functional_user"), proposed) {
        ("", Some(proposed)) if proposes => proposed,
        (user, _) => user,
    };
    let hint = match proposed {
        Some(proposed) => format!(
            "As whom requests act that no person has approved. That of its application is {proposed}. Like \
             everybody who is signed in, it reads who the users are."
        ),
        None => "As whom requests act that no person has approved: without one, they are refused.".to_owned(),
    };
    let trusted = if edited { !sent.fields.get("trusted").is_empty() } else { now["trusted"] == true };
    let hosts = now["callback_hosts"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let hosts = hosts.collect::<Vec<_>>().join("\n");
    vec![
        Field::line("name", "Name", typed("name", text(now, "name"))).required().wrong(wrong("name")),
        Field::line("functional_user", "Functional user", typed("functional_user", user))
            .of_person()
            .hint(hint)
            .wrong(wrong("functional_user")),
        Field::checks(
            "trusted",
            "Trust",
            vec![Choice::new("yes", "Trusted: people are not asked for their approval", trusted)],
        )
        .hint(if proposes && now["asks_trust"] == true { "Whoever has asked for the key wishes that." } else { "" }),
        Field::line("root_services", "Root services", typed("root_services", text(now, "root_services")))
            .hint(match proposes {
                true => "Of the server that it says to be. Approving the key, you say that it is.",
                false => "Of the server that asks: so the two directions are known to belong together.",
            })
            .wrong(wrong("root_services")),
        Field::prose("callback_hosts", "Callback hosts", typed("callback_hosts", &hosts))
            .hint("Where people may be sent back to, besides this machine. A line each, such as reports.example.org.")
            .wrong(wrong("callback_hosts")),
    ]
}

/// The keys of a consumer as its form says them.
pub(super) fn keys(fields: &Fields) -> Value {
    let optional = |name: &str| Some(fields.get(name).trim()).filter(|it| !it.is_empty());
    json!({
        "name": fields.get("name").trim(),
        "trusted": !fields.get("trusted").is_empty(),
        "functional_user": optional("functional_user"),
        "root_services": optional("root_services"),
        "callback_hosts": fields.list("callback_hosts").collect::<Vec<_>>(),
    })
}

/// Decides about its key, changes it, replaces its secret, or deletes it.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    key: ConsumerKey,
    fields: Fields,
) -> Result<Response, Problem> {
    manages_consumers(&visitor)?;
    let path = consumer_path(&key.0);
    let consumer = rest.read(&path).await?;
    let user = fields.get("functional_user").trim();
    // The checklist of a friend sends no more than that.
    let asked = match fields.get("do") {
        "approve" if fields.get("name").is_empty() => {
            let body = if user.is_empty() { json!({}) } else { json!({"functional_user": user}) };
            rest.ask(Verb::Post, &format!("{path}/approve"), &body).await
        }
        "approve" => rest.ask(Verb::Post, &format!("{path}/approve"), &keys(&fields)).await,
        "reject" => rest.ask(Verb::Post, &format!("{path}/reject"), &json!({})).await,
        "employ" => rest.ask(Verb::Patch, &path, &json!({"functional_user": user})).await,
        "edit" => rest.ask(Verb::Patch, &path, &keys(&fields)).await,
        "rotate" if fields.get("replaces") != mark(&consumer) => {
            let said = "the secret was replaced already: this form was sent before";
            Err(Problem::new(Kind::Conflict, said))
        }
        "rotate" => {
            let mut body = json!({"overlap": fields.get("overlap")});
            if !fields.get("secret").is_empty() {
                body["secret"] = json!(fields.get("secret"));
            }
            match rest.ask(Verb::Post, &format!("{path}/rotate"), &body).await {
                Ok(made) => match made["secret"].as_str() {
                    Some(secret) => {
                        let secret = Some(secret.to_owned());
                        return page(&visitor, &rest, &made, &Sent::default(), secret).await;
                    }
                    None => Ok(made),
                },
                refused => refused,
            }
        }
        "delete" if !is_meant(&fields) => Err(not_meant()),
        "delete" => match rest.ask(Verb::Delete, &path, &Value::Null).await {
            Ok(_) => return Ok(done(&server, "/consumers")),
            refused => refused,
        },
        _ => {
            let said = "say what is to be done: `approve`, `reject`, `edit`, `employ`, `rotate` or `delete`";
            Err(Problem::new(Kind::BadValue, said))
        }
    };
    match asked {
        Ok(_) => {
            let back = fields.get("back");
            Ok(done(&server, if back.is_empty() { &path } else { within(back) }))
        }
        Err(problem) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            let page = page(&visitor, &rest, &consumer, &sent, None).await?;
            Ok(again(&sent, page))
        }
    }
}
