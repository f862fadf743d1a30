//! The consumers: those that ask this server, keys that wait for approval first.

use askama::Template;
use axum::response::Response;
use serde_json::Value;

use super::{consumer_path, items, manages_consumers, text, time};
use crate::api::Rest;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Icon, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "friends/consumers.html")]
struct ConsumersPage {
    frame: Frame,
    rows: Vec<Row>,
    /// State, words, how many have it, whether those are shown.
    states: Vec<(String, &'static str, usize, bool)>,
    add: Ability,
}

struct Row {
    address: String,
    name: String,
    key: String,
    standing: Standing,
    acts_as: String,
    trusted: bool,
    root_services: String,
    asked_from: String,
    asked: Option<Time>,
}

impl Row {
    fn is_waiting(&self) -> bool {
        self.standing == Standing::Waits
    }
}

/// How far one is let in.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="badge {{ self.class() }}">{{ self.icon() }} {{ self.words() }}</span>"#
)]
pub(super) enum Standing {
    Waits,
    Rejected,
    /// Its functional user is archived.
    Archived,
    /// It has none.
    NoUser,
    LetIn,
}

impl askama::filters::HtmlSafe for Standing {}

impl Standing {
    /// Of a consumer, as REST tells it.
    pub(super) fn of(consumer: &Value) -> Self {
        match text(consumer, "state") {
            "provisional" => Self::Waits,
            "rejected" => Self::Rejected,
            _ if consumer["functional_user"].is_null() => Self::NoUser,
            _ if consumer["functional_user_archived"] == true => Self::Archived,
            _ => Self::LetIn,
        }
    }
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Waits => "waits for approval",
            Self::Rejected => "rejected",
            Self::Archived => "functional user archived",
            Self::NoUser => "no functional user",
            Self::LetIn => "let in",
        }
    }
    fn class(&self) -> &'static str {
        match self {
            Self::LetIn => "ok",
            Self::Rejected => "plain",
            Self::Waits | Self::Archived | Self::NoUser => "warn",
        }
    }
    fn icon(&self) -> Icon {
        Icon(match self {
            Self::LetIn => "check",
            Self::Rejected => "cross",
            Self::Waits => "clock",
            Self::Archived | Self::NoUser => "warning",
        })
    }
}

/// The tabs of what comes in.
pub(super) fn tabbed(frame: Frame, here: &str) -> Frame {
    let tabs = [("/consumers", "Consumers"), ("/refused-handshakes", "Refused requests")];
    let tabs = tabs.map(|(address, words)| (address.to_owned(), words));
    frame.in_part("/consumers").with_tabs(tabs, here)
}

const STATES: [(&str, &str); 4] =
    [("", "All"), ("provisional", "Waiting"), ("authorized", "Approved"), ("rejected", "Rejected")];

pub(crate) async fn show(visitor: Visitor, rest: Rest) -> Result<Response, Problem> {
    let add = manages_consumers(&visitor)?;
    let told = rest.read("/consumers").await?;
    let wanted = visitor.query.get("state");
    let has = |state: &str, it: &Value| state.is_empty() || text(it, "state") == state;
    let states = STATES.map(|(state, words)| {
        let address = Address::new("/consumers").with("state", state).to_string();
        (address, words, items(&told).filter(|it| has(state, it)).count(), state == wanted)
    });
    let row = |it: &Value| Row {
        address: consumer_path(text(it, "key")),
        name: text(it, "name").to_owned(),
        key: text(it, "key").to_owned(),
        standing: Standing::of(it),
        acts_as: text(it, "functional_user").to_owned(),
        trusted: it["trusted"] == true,
        root_services: text(it, "root_services").to_owned(),
        asked_from: text(it, "asked_from").to_owned(),
        asked: time(&it["created"]),
    };
    let mut rows: Vec<Row> = items(&told).filter(|it| has(wanted, it)).map(row).collect();
    rows.sort_by_key(|row| (row.standing != Standing::Waits, row.name.to_lowercase()));
    let frame = tabbed(visitor.frame("Consumers"), "/consumers");
    Ok(render(&ConsumersPage { rows, states: states.to_vec(), add, frame }))
}
