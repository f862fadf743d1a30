//! Changes as they are made, as server-sent events: one a revision, with what the caller may know of it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Published, Revision};
use tokio::time::{Instant, timeout_at};

use super::body::{Nothing, bad_query, parameters};
use super::journal::instant;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Follow the changes, as server-sent events.";
    api.own::<ChangesQuery, Nothing, RevisionMade>((Verb::Get, "/changes"), summary, Scope::Read, || {
        get(changes)
    })
    .gives(&["text/event-stream"]);
}

/// From where on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangesQuery {
    /// After this revision, as the header `Last-Event-ID` says it when a client comes back; default: from now
    /// on.
    after: Option<u64>,
}

/// A revision that was made: the data of an event, whose id is the revision.
#[derive(Serialize, JsonSchema)]
struct RevisionMade {
    revision: u64,
    /// An instant (RFC 3339).
    at: String,
    /// The id of the user who made it, where the caller may know what was changed.
    by: Option<String>,
    summary: Option<String>,
    /// The kinds of fact that were changed, and the references of the items, as far as the caller sees them.
    changed: Vec<ItemChanged>,
    /// Whether there were more than are told.
    more: bool,
}

/// An item that was changed.
#[derive(Serialize, JsonSchema)]
struct ItemChanged {
    kind: &'static str,
    /// The reference of the item; null for what belongs to the whole server.
    item: Option<String>,
}

/// Comes back with a new session or token then, and is judged anew.
const LONGEST: Duration = Duration::from_secs(15 * 60);
const MOST_ITEMS: usize = 100;

async fn changes(
    State(server): State<Arc<Server>>,
    caller: Caller,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let query: ChangesQuery = parameters("", &asked.pairs)?;
    let last = match headers.get("last-event-id") {
        Some(value) => {
            let number = value.to_str().ok().and_then(|text| text.parse().ok());
            Some(number.ok_or_else(|| bad_query("Last-Event-ID", "expected a revision"))?)
        }
        None => query.after,
    };
    let revision = caller.revision;
    let after = last.map_or(revision, Revision::new).min(revision);
    let stream = follow(Arc::clone(&server), caller, after);
    Ok(with_revision(&server, revision, Sse::new(stream).keep_alive(KeepAlive::default()).into_response()))
}

fn follow(
    server: Arc<Server>,
    caller: Caller,
    after: Revision,
) -> impl Stream<Item = Result<Sent, Infallible>> {
    let end = Instant::now() + LONGEST;
    let state = (server, caller, after, Vec::<Published>::new().into_iter());
    futures_util::stream::unfold(state, move |(server, mut caller, mut after, mut waiting)| async move {
        loop {
            if let Some(made) = waiting.next() {
                after = made.revision;
                let sent = event(&caller, made)?;
                return Some((Ok(sent), (server, caller, after, waiting)));
            }
            timeout_at(end, server.office.reaches(after.next())).await.ok()?;
            // Whoever is archived, and whoever must sign in anew, follows no longer.
            if !caller.refresh(&server.office) {
                return None;
            }
            match server.office.store().changes_after(after).await {
                Ok(made) => waiting = made.into_iter(),
                Err(error) => {
                    tracing::warn!(%error, "cannot tell of changes");
                    return None;
                }
            }
        }
    })
}

fn event(caller: &Caller, made: Published) -> Option<Sent> {
    let shown: Vec<_> = made.events.iter().filter(|event| caller.view.shows(event)).collect();
    let mut changed: Vec<ItemChanged> = Vec::new();
    for event in shown.iter().take(MOST_ITEMS) {
        let item = event.item().map(|item| caller.view.reference(item));
        let kind = event.kind();
        if !changed.iter().any(|it| it.kind == kind && it.item == item) {
            changed.push(ItemChanged { kind, item });
        }
    }
    let known = !shown.is_empty();
    let told = RevisionMade {
        revision: made.revision.number(),
        at: instant(made.entry.at),
        by: known.then_some(made.entry.by),
        summary: known.then_some(made.entry.summary),
        more: shown.len() > MOST_ITEMS,
        changed,
    };
    let text = serde_json::to_string(&told).ok()?;
    Some(Sent::default().id(told.revision.to_string()).event("revision").data(text))
}
