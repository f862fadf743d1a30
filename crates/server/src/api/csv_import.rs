//! What all imports of CSV have in common: a file comes, and who waits is told how many lines are done with.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use axum::response::sse::{KeepAlive, Sse};
use document::{Limits, LinesDone, Source};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use store::Revision;
use tokio::sync::watch;
use tokio::time::sleep;

use super::body::bad_query;
use super::events::sent;
use super::route::CSV;
use crate::deadline;
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

/// A file that somebody sends.
#[derive(Clone)]
pub(super) struct CsvFile {
    /// How messages and the journal call it.
    pub(super) name: Arc<str>,
    pub(super) text: Bytes,
    pub(super) limits: Limits,
}

impl CsvFile {
    /// Reads what may be large: of those alone who may import something.
    pub(super) async fn read(
        server: &Server,
        headers: &HeaderMap,
        name: String,
        mut request: Request,
    ) -> Result<Self, Problem> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(CSV) {
            return Err(Problem::new(Kind::MediaType, format!("send the lines as {CSV}")));
        }
        if name.is_empty() || name.len() > 255 || name.contains(char::is_control) {
            return Err(bad_query("name", "expected 1 to 255 bytes of text on one line"));
        }
        deadline::allow_import(&mut request);
        let text = Bytes::from_request(request, &()).await?;
        let limits = Limits { bytes: server.config.limits.import_body, ..Limits::default() };
        Ok(Self { name: name.into(), text, limits })
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source { name: Arc::clone(&self.name), text: &self.text }
    }
}

/// Often enough for those who watch it.
const OFTEN: Duration = Duration::from_millis(100);

/// Tells by events how far an import is, and at last what it comes to. It goes on though nobody listens any
/// more.
pub(super) fn followed<P: Serialize + Send + 'static>(
    server: &Server,
    revision: Revision,
    progress: watch::Receiver<LinesDone>,
    importing: impl Future<Output = Result<P, Problem>> + Send + 'static,
) -> Response {
    let working = Some((progress, tokio::spawn(importing)));
    let events = stream::unfold(working, |working| async move {
        let (mut progress, task) = working?;
        if progress.changed().await.is_ok() {
            let LinesDone { done, of } = *progress.borrow_and_update();
            let event = sent("progress", &json!({"done": done, "of": of}))?;
            sleep(OFTEN).await;
            return Some((Ok::<_, Infallible>(event), Some((progress, task))));
        }
        let event = match task.await.unwrap_or_else(|_| Err(Problem::internal())) {
            Ok(plan) => sent("plan", &plan),
            Err(problem) => sent("problem", &problem.json()),
        };
        Some((Ok(event?), None))
    });
    with_revision(server, revision, Sse::new(events).keep_alive(KeepAlive::default()))
}
