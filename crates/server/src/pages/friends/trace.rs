//! Signed requests that were refused of late, each with why and the text that must have been signed.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::Response;
use serde_json::Value;

use super::consumers::tabbed;
use super::{consumer_path, items, manages_consumers, text, time};
use crate::api::Rest;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Time};
use crate::pages::render;
use crate::pages::sign_in::sentence;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

/// Those of somebody, the newest first; writes itself as a list.
#[derive(Template)]
#[template(path = "friends/trace.html")]
pub(super) struct Trace {
    refused: Vec<Refused>,
}

impl HtmlSafe for Trace {}

struct Refused {
    at: Option<Time>,
    /// Name and page; a stranger has neither.
    consumer: Option<(String, String)>,
    key: String,
    request: String,
    client: String,
    problem: String,
    said: String,
    /// A part of the base string on each line.
    base_string: String,
}

impl Trace {
    /// What this node has refused, of one key or of everybody.
    pub(super) async fn read(rest: &Rest, key: Option<&str>) -> Result<Self, Problem> {
        let told = rest.read("/refused-handshakes").await?;
        let mine = |it: &&Value| key.is_none_or(|key| text(it, "consumer_key") == key);
        let refused = |it: &Value| Refused {
            at: time(&it["at"]),
            consumer: it["consumer"]
                .as_str()
                .map(|name| (name.to_owned(), consumer_path(text(it, "consumer_key")))),
            key: text(it, "consumer_key").to_owned(),
            request: format!("{} {}", text(it, "method"), text(it, "path")),
            client: text(it, "client").to_owned(),
            problem: text(it, "problem").replace('_', " "),
            said: sentence(text(it, "said")),
            base_string: text(it, "base_string").replace('&', "&\n"),
        };
        Ok(Self { refused: items(&told).filter(mine).map(refused).collect() })
    }
    pub(super) fn is_empty(&self) -> bool {
        self.refused.is_empty()
    }
}

#[derive(Template)]
#[template(path = "friends/refused.html")]
struct RefusedPage {
    frame: Frame,
    trace: Trace,
}

pub(crate) async fn show(visitor: Visitor, rest: Rest) -> Result<Response, Problem> {
    manages_consumers(&visitor)?;
    let trace = Trace::read(&rest, None).await?;
    Ok(render(&RefusedPage { trace, frame: tabbed(visitor.frame("Consumers"), "/refused-handshakes") }))
}
