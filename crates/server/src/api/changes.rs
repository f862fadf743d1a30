//! Changes as they are made, as server-sent events: one a revision, with what the caller may know of it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Published, Revision, StoreError};
use tokio::time::{Instant, timeout_at};

use super::body::{Nothing, parameters};
use super::journal::{instant, user_of};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::handler::get;
use crate::problem::{Kind, Problem};
use crate::revision::{caught_up, foreign_history, with_revision};
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
    /// After this revision; default: from now on. The header `Last-Event-ID`, which a client sends that comes
    /// back, is over it.
    after: Option<u64>,
}

/// A revision that was made: the data of an event, whose id is the history and the revision,
/// with `/` between.
#[derive(Serialize, JsonSchema)]
struct RevisionMade {
    revision: u64,
    /// An instant (RFC 3339).
    at: String,
    /// The id of the user who made it, where the caller may know of something that was changed.
    by: Option<String>,
    /// What it was, where the caller may know of all that was changed.
    summary: Option<String>,
    /// The kinds of fact that were changed, and the references of the items, as far as the caller sees them.
    changed: Vec<ItemChanged>,
    /// Whether there were more than are told.
    more: bool,
}

/// An item that was changed.
#[derive(PartialEq, Serialize, JsonSchema)]
struct ItemChanged {
    kind: &'static str,
    /// The reference of the item; null for what belongs to the whole server.
    item: Option<String>,
    /// The id of the user, where one was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
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
        Some(id) => Some(revision_of(&server, id)?),
        None => query.after.map(Revision::new),
    };
    if let Some(last) = last {
        caught_up(&server, last).await?;
    }
    let revision = caller.revision;
    let after = last.unwrap_or(revision);
    let stream = follow(Arc::clone(&server), caller, after);
    Ok(with_revision(&server, revision, Sse::new(stream).keep_alive(KeepAlive::default()).into_response()))
}

/// The revision of which an event has told.
fn revision_of(server: &Server, id: &HeaderValue) -> Result<Revision, Problem> {
    let said = "the header `Last-Event-ID` is no id of an event: expected a history and a revision, with `/` between";
    let parts = id.to_str().ok().and_then(|id| id.split_once('/'));
    let read = parts.and_then(|(history, number)| Some((history, number.parse::<u32>().ok()?)));
    match read {
        None => Err(Problem::new(Kind::BadValue, said)),
        Some((history, _)) if history != server.office.history_id() => Err(foreign_history()),
        Some((_, number)) => Ok(Revision::new(number.into())),
    }
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
                let sent = event(server.office.history_id(), &caller, made)?;
                return Some((Ok(sent), (server, caller, after, waiting)));
            }
            timeout_at(end, server.office.reaches(after.next())).await.ok()?;
            let told = async {
                let made = server.office.store().changes_after(after).await?;
                Ok::<_, StoreError>((made, caller.is_still_known(&server).await?))
            };
            // Whoever is archived, and whoever must sign in anew, follows no longer.
            match told.await {
                Ok((made, true)) if caller.refresh(&server.office) => waiting = made.into_iter(),
                Ok(_) => return None,
                Err(error) => {
                    tracing::warn!(%error, "cannot tell of changes");
                    return None;
                }
            }
        }
    })
}

fn event(history: &str, caller: &Caller, made: Published) -> Option<Sent> {
    let shown: Vec<_> = made.events.iter().filter(|event| caller.view.shows(event)).collect();
    let mut changed: Vec<ItemChanged> = Vec::new();
    for event in shown.iter().take(MOST_ITEMS) {
        let item = event.item().map(|item| caller.view.reference(item));
        let told = ItemChanged { kind: event.kind(), item, user: user_of(&caller.view, event) };
        if !changed.contains(&told) {
            changed.push(told);
        }
    }
    // What has changed no fact, such as a link for an administrator, is for those who see all.
    let all = caller.view.whole().is_ok();
    let known = all || !shown.is_empty();
    let told = RevisionMade {
        revision: made.revision.number(),
        at: instant(made.entry.at),
        by: known.then_some(made.entry.by),
        summary: (known && shown.len() == made.events.len()).then_some(made.entry.summary),
        more: shown.len() > MOST_ITEMS,
        changed,
    };
    let text = serde_json::to_string(&told).ok()?;
    Some(Sent::default().id(format!("{history}/{}", told.revision)).event("revision").data(text))
}
