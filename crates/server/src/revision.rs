//! The `Revision` header: which revision an answer tells of, and which a request wants to be answered from
//! (docs/rest-api.md#revisions).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use store::Revision;
use tokio::time::timeout;

use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::{api, caller};

const REVISION: HeaderName = HeaderName::from_static("revision");
/// Which history the revision belongs to: it changes when a backup is restored.
const HISTORY: HeaderName = HeaderName::from_static("history");
/// A node that is behind gets so long to catch up.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Lets a request wait until this node has the revision that it names. Whoever nobody knows is not told which
/// there are, nor waited for. Whatever else the API answers tells of one.
pub(crate) async fn wait(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // The description is for everybody, and of no organisation.
    let of_api = path.starts_with(api::ROOT) && !path.ends_with("/openapi.json");
    let response = waited(&server, request, next).await;
    // Who is not known learns nothing of the organisation, not even how often it was changed.
    let of_nobody = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS);
    if of_api && !of_nobody && !response.headers().contains_key(REVISION) {
        return with_revision(&server, server.office.published().revision, response);
    }
    response
}

async fn waited(server: &Arc<Server>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let missing = match missing(server, &parts.headers) {
        Ok(None) => return next.run(Request::from_parts(parts, body)).await,
        missing => missing,
    };
    if let Err(nobody) = caller::find(&mut parts, server).await {
        return nobody.into_response();
    }
    let waited = match missing {
        Ok(None) => Ok(()),
        Ok(Some(wanted)) => caught_up(server, wanted).await,
        Err(problem) => Err(problem),
    };
    match waited {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

/// The revision that a request names and that this node has not yet.
fn missing(server: &Server, headers: &HeaderMap) -> Result<Option<Revision>, Problem> {
    if let Some(history) = headers.get(HISTORY)
        && history.as_bytes() != server.office.history_id().as_bytes()
    {
        return Err(foreign_history());
    }
    let Some(value) = headers.get(REVISION) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse::<i64>().ok());
    let number = number.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| {
        Problem::new(Kind::BadValue, "the header `Revision` is no revision: expected a number such as 42")
    })?;
    let wanted = Revision::new(number);
    Ok((server.office.published().revision < wanted).then_some(wanted))
}

/// Somebody names a revision of another history.
pub(crate) fn foreign_history() -> Problem {
    let said = "this server has another history than is named: it was restored from a backup, or is another \
                server; read again what you have";
    Problem::new(Kind::ForeignRevision, said)
}

/// Waits until this node has a revision that there is.
pub(crate) async fn caught_up(server: &Server, wanted: Revision) -> Result<(), Problem> {
    if server.office.published().revision >= wanted {
        return Ok(());
    }
    let newest = server.office.store().newest_revision().await?;
    if newest < wanted {
        let said = format!("there is no revision {}: the newest is {}", wanted.number(), newest.number());
        return Err(Problem::new(Kind::ForeignRevision, said));
    }
    timeout(LONGEST_WAIT, server.office.reaches(wanted)).await.map_err(|_| {
        Problem::new(Kind::Busy, "this node has not caught up with the revision yet; try again in a moment")
    })
}

/// An answer, and the revision that it tells of.
pub(crate) fn with_revision(server: &Server, revision: Revision, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(REVISION, HeaderValue::from(revision.number()));
    if let Ok(history) = HeaderValue::from_str(server.office.history_id()) {
        headers.insert(HISTORY, history);
    }
    response
}
