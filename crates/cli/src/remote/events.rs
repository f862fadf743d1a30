//! Server-sent events, as a server tells them.

use std::io::{BufRead as _, BufReader};

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::ACCEPT;

use super::Remote;

const EVENTS: &str = "text/event-stream";

impl Remote {
    /// Sends a request, and follows what it tells until one of its events is the answer; `None` where they
    /// end without one.
    pub(super) fn follow<T>(
        &self,
        request: RequestBuilder,
        mut hear: impl FnMut(&str, &str) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<Option<T>> {
        let response: Response = self.send(request.header(ACCEPT, EVENTS))?;
        let mut event = String::new();
        for line in BufReader::new(response).lines() {
            let line = line.map_err(|error| self.cut_short(&error))?;
            if let Some(name) = line.strip_prefix("event:") {
                name.trim().clone_into(&mut event);
            } else if let Some(data) = line.strip_prefix("data:")
                && let Some(answer) = hear(&event, data)?
            {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}
