//! Changing: the request becomes a command, is judged and kept, and what has come of it is answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::MethodRouter;
use governance::{Command, Refusal, View};
use store::Revision;

use super::etag::{self, Conditions};
use super::request::Asked;
use super::route::{Change, JSON, Route, Verb, Work};
use super::{ROOT, api, idempotency, read, refused};
use crate::caller::Caller;
use crate::chance::now;
use crate::office::{ChangeError, Changed};
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn handler(route: &'static Route) -> MethodRouter<Arc<Server>> {
    route.method.router(
        move |State(server): State<Arc<Server>>,
              caller: Caller,
              headers: HeaderMap,
              asked: Asked,
              body: Result<Bytes, BytesRejection>| async move {
            let body = body?;
            expect(route.takes, &headers, &body)?;
            let conditions = Conditions::of(&headers)?;
            let key = idempotency::key(&headers)?;
            carry_out(&server, &caller, Wanted { route, asked, conditions, body, key }).await
        },
    )
}

const MERGE_PATCH: &str = "application/merge-patch+json";

/// A change that somebody asks for.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) route: &'static Route,
    pub(super) asked: Asked,
    pub(super) conditions: Conditions,
    pub(super) body: Bytes,
    /// The key under which it is done once.
    pub(super) key: Option<String>,
}

impl Wanted {
    fn change(&self) -> Result<&'static Change, Problem> {
        match &self.route.work {
            Work::Change(change) => Ok(change),
            Work::Read(_) | Work::List(_) | Work::Own(_) => Err(Problem::not_found()),
        }
    }

    /// The command that is meant, as somebody sees things.
    pub(super) fn compose(&self, view: &View) -> Result<Command, Problem> {
        let change = self.change()?;
        let now = self.current(view, change)?;
        if now.is_none() && matches!(self.route.method, Verb::Patch | Verb::Delete) {
            return Err(Problem::not_found());
        }
        // Who may not see what the path names learns nothing from a condition.
        let command = (change.build)(view, &self.asked.pairs, &self.body);
        if now.is_some() || command.is_ok() {
            self.conditions.check(change.guarded, now.as_deref(), &self.body)?;
        }
        command
    }

    /// What is changed, as it is now.
    fn current(&self, view: &View, change: &Change) -> Result<Option<Vec<u8>>, Problem> {
        let Some(reads) = api().reads(change.of).filter(|route| matches!(route.work, Work::Read(_))) else {
            return Ok(None);
        };
        let named = |name: &String| change.of.contains(&format!("{{{name}}}"));
        let pairs = self.asked.pairs.iter().filter(|(name, _)| named(name)).cloned().collect();
        match read::bytes(reads, view, &Asked { pairs, ..Asked::default() }) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(problem) if problem.kind == Kind::NotFound => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// Carries a change out.
pub(super) async fn carry_out(server: &Server, caller: &Caller, wanted: Wanted) -> Result<Response, Problem> {
    wanted.asked.only_now()?;
    let change = wanted.change()?;
    let summary = wanted.route.summary.trim_end_matches('.').to_owned();
    let once = idempotency::once(caller, &wanted, change);
    if let Some(once) = &once
        && let Some(answered) = server.office.store().idempotent(&caller.view.asker().id, &once.key).await?
    {
        return idempotency::again(server, caller, &wanted, change, once, answered);
    }
    let wanted = Arc::new(wanted);
    let composing = Arc::clone(&wanted);
    let compose = move |view: &View| composing.compose(view);
    let made = server.office.change_as(caller.author(), summary, once.clone(), compose).await;
    let changed = match (made, once) {
        (Ok(changed), _) => changed,
        (Err(ChangeError::Repeated(answered)), Some(once)) => {
            return idempotency::again(server, caller, &wanted, change, &once, answered);
        }
        // It is as it was wanted already.
        (Err(ChangeError::Refused(Refusal::Nothing)), _) => {
            let newest = server.office.view(caller.view.asker_number()).ok_or_else(Problem::sign_in)?;
            Changed { revision: newest.1, events: Vec::new(), view: Some(newest.0) }
        }
        (Err(error), _) => return Err(refusal(server, caller, &wanted, error).await),
    };
    if let (Some(report), Some(view)) = (&change.report, &changed.view) {
        let bytes = report(view, &wanted.asked.pairs, &wanted.body, &changed.events)?;
        let body = (StatusCode::OK, [(CONTENT_TYPE, JSON)], bytes);
        return Ok(with_revision(server, changed.revision, body));
    }
    let path = changed.view.as_ref().zip(change.created);
    let path = path.and_then(|(view, created)| (created.path)(view, &changed.events));
    answer(server, &wanted, change, changed.view.as_ref(), changed.revision, path)
}

/// What is answered when a change is made: what came to be at a path, or what was changed as it is now.
pub(super) fn answer(
    server: &Server,
    wanted: &Wanted,
    change: &Change,
    view: Option<&View>,
    revision: Revision,
    path: Option<String>,
) -> Result<Response, Problem> {
    let no_content = || Ok(with_revision(server, revision, StatusCode::NO_CONTENT));
    // What has become of it was told when it was done.
    let Some(view) = view.filter(|_| change.report.is_none()) else { return no_content() };
    if let Some(path) = path {
        let (reads, pairs) = api().at(Verb::Get, &path).ok_or_else(Problem::not_found)?;
        // Whoever makes something need not be able to read it.
        let Ok(bytes) = read::bytes(reads, view, &Asked { pairs, ..Asked::default() }) else {
            return no_content();
        };
        let tag = etag::of(&bytes);
        let created = StatusCode::CREATED;
        let mut response = read::representation(server, created, &tag, bytes, revision)?;
        let location = HeaderValue::from_str(&format!("{ROOT}{path}"));
        response.headers_mut().extend(location.ok().map(|location| (LOCATION, location)));
        return Ok(response);
    }
    match wanted.current(view, change)? {
        Some(bytes) => {
            let tag = etag::of(&bytes);
            read::representation(server, StatusCode::OK, &tag, bytes, revision)
        }
        None => no_content(),
    }
}

/// Why it was not made; what the decision refused is kept for those who look after the server.
async fn refusal(server: &Server, caller: &Caller, wanted: &Wanted, error: ChangeError<Problem>) -> Problem {
    refusal_of(server, caller, wanted.route.summary.trim_end_matches('.'), error).await
}

/// The same of what has this summary.
pub(super) async fn refusal_of(
    server: &Server,
    caller: &Caller,
    what: &str,
    error: ChangeError<Problem>,
) -> Problem {
    if let ChangeError::Refused(refusal) = &error
        && let Some(gate) = refusal.gate()
    {
        let refused = store::Refused {
            at: now(),
            by: Some(caller.view.asker().id.to_string()),
            address: Some(caller.client.to_string()),
            what: what.to_owned(),
            gate: gate.word().to_owned(),
        };
        if let Err(error) = server.office.store().log_refusal(&refused).await {
            tracing::warn!(%error, "cannot log that a change was refused");
        }
    }
    let view = server.office.view(caller.view.asker_number());
    refused::problem(view.as_ref().map_or(&caller.view, |(view, _)| view), error)
}

pub(super) fn expect_json(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    expect(&[JSON], headers, body)
}

/// Whether the body is of one of these media types; a merge patch is JSON, too.
fn expect(known: &[&str], headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is = |known: &&str| media_type.eq_ignore_ascii_case(known);
    if body.is_empty() || known.iter().any(is) || (known.contains(&JSON) && is(&MERGE_PATCH)) {
        return Ok(());
    }
    Err(Problem::new(Kind::MediaType, format!("send {}", known.join(" or "))))
}
