//! Server-sent events.

use axum::http::HeaderMap;
use axum::response::sse::Event;
use serde::Serialize;

use super::lines::accepts;

pub(super) const EVENTS: &str = "text/event-stream";

/// An event with JSON as its data.
pub(super) fn sent(event: &str, data: &impl Serialize) -> Option<Event> {
    Some(Event::default().event(event).data(serde_json::to_string(data).ok()?))
}

/// Whether a client asks for events.
pub(super) fn are_wanted(headers: &HeaderMap) -> bool {
    accepts(headers, EVENTS)
}
