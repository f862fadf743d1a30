//! Changing: the request becomes a command, is judged and kept, and what has come of it is answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::MethodRouter;
use governance::{Act, Command, Event, Gate, Refusal, View};
use serde_json::Value;
use store::Revision;

use super::etag::{self, Conditions};
use super::idempotency::Key;
use super::picked::{picked, taking};
use super::request::Asked;
use super::route::{Change, JSON, Route, Scope, Verb, Work};
use super::{ROOT, api, idempotency, read, refused};
use crate::caller::Caller;
use crate::chance::now;
use crate::office::{ChangeError, Changed, Told};
use crate::problem::{Kind, Problem};
use crate::revision::{caught_up, with_revision};
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
            let conditions = Some(Conditions::of(&headers)?);
            let key = idempotency::named(&headers)?;
            carry_out(&server, &caller, Wanted { route, asked, conditions, body, key }).await
        },
    )
}

const MERGE_PATCH: &str = "application/merge-patch+json";

/// Where users are made.
pub(super) const USERS: &str = "/users";
/// Nobody is called longer.
const LONGEST: usize = 300;

fn shortened(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

/// A change that somebody asks for.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) route: &'static Route,
    pub(super) asked: Asked,
    /// What must hold of what is there; none where nothing can be lost.
    pub(super) conditions: Option<Conditions>,
    pub(super) body: Bytes,
    /// The key under which it is done once.
    pub(super) key: Option<String>,
}

impl Wanted {
    /// What it does, and of which user and licence, which everybody who signs in may know of.
    pub(super) fn summary(&self) -> String {
        let done = self.route.summary.trim_end_matches('.');
        let known = |name: &str| matches!(name, "user" | "license");
        let in_path = |name: &str| known(name) && self.route.path.contains(&format!("{{{name}}}"));
        let of = self.asked.pairs.iter().filter(|(name, _)| in_path(name)).map(|(_, value)| value.clone());
        let made = (self.route.path == USERS).then(|| serde_json::from_slice(&self.body).ok()).flatten();
        let made = made.and_then(|body: Value| body["id"].as_str().map(str::to_owned));
        let of: Vec<_> = of.chain(made).collect();
        if of.is_empty() { done.to_owned() } else { format!("{done}: {}", shortened(&of.join(", "))) }
    }

    pub(super) fn change(&self) -> Result<&'static Change, Problem> {
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
        if let Some(conditions) = &self.conditions
            && (now.is_some() || command.is_ok())
        {
            conditions.check(change.guarded, now.as_deref(), &self.body)?;
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

impl Change {
    /// What is told of it once it is made: what has become of it, or the path of what came to be; empty where
    /// neither can be told, as when it goes by another name by now.
    pub(super) fn told(&self, wanted: &Wanted, view: &View, events: &[Event]) -> String {
        match (&self.report, self.created) {
            (Some(report), _) => {
                let report = report(view, &wanted.asked.pairs, &wanted.body, events);
                let report = report.map(|report| String::from_utf8_lossy(&report).into_owned());
                report.unwrap_or_else(|problem| {
                    tracing::error!(%problem, "what a change has done cannot be told");
                    String::new()
                })
            }
            (None, Some(created)) => (created.path)(view, events).unwrap_or_default(),
            (None, None) => String::new(),
        }
    }
}

/// Carries a change out.
pub(super) async fn carry_out(server: &Server, caller: &Caller, wanted: Wanted) -> Result<Response, Problem> {
    wanted.asked.only_now()?;
    let change = wanted.change()?;
    let summary = wanted.summary();
    let key = wanted.key.clone();
    let key = key.map(|key| Key::of_changes(key, caller, std::slice::from_ref(&wanted)));
    let wanted = Arc::new(wanted);
    let telling = Arc::clone(&wanted);
    let told: Told = Arc::new(move |view, events| change.told(&telling, view, events));
    let people = picked(server, caller, std::slice::from_ref(&*wanted)).await?;
    let composing = Arc::clone(&wanted);
    let compose = move |view: &View| taking(view, &people, |view| composing.compose(view));
    match make(server, caller, summary.clone(), key, told, compose).await {
        Ok(made) => answer(server, caller, &wanted, &made, &made.told),
        Err(error) => Err(refusal_of(server, caller, &summary, error).await),
    }
}

/// A change as it was made, be it now, earlier under the same key, or long ago so that there was nothing to
/// change.
pub(super) struct Made {
    /// What the caller sees after it, unless it ended the caller's own account.
    pub(super) view: Option<View>,
    pub(super) revision: Revision,
    /// What is told of it; empty where there was nothing to change.
    pub(super) told: String,
    /// Whether there was anything to change.
    pub(super) has_changed: bool,
}

/// Makes a change, under its key if it has one.
pub(super) async fn make<A: Act>(
    server: &Server,
    caller: &Caller,
    summary: String,
    key: Option<Key>,
    told: Told,
    compose: impl Fn(&View) -> Result<A, Problem> + Send + Sync + 'static,
) -> Result<Made, ChangeError<Problem>> {
    let once = key.as_ref().map(|key| key.once(Arc::clone(&told)));
    match (server.office.change_as(caller.author(), summary, once, compose).await, key) {
        (Ok(Changed { revision, events, view }), _) => {
            let told = view.as_ref().map(|view| told(view, &events)).unwrap_or_default();
            Ok(Made { view, revision, told, has_changed: true })
        }
        (Err(ChangeError::Repeated(answered)), Some(key)) => {
            key.is_of(&answered).map_err(ChangeError::Composed)?;
            caught_up(server, answered.revision).await.map_err(ChangeError::Composed)?;
            let view = server.office.view(caller.view.asker_number()).map(|(view, _)| view);
            Ok(Made { view, revision: answered.revision, told: answered.answer, has_changed: true })
        }
        // It is as it was wanted already.
        (Err(ChangeError::Refused(Refusal::Nothing)), key) => {
            let newest = server.office.view(caller.view.asker_number()).ok_or(ChangeError::Archived)?;
            if let Some(key) = key {
                let by = &newest.0.asker().id;
                server.office.store().keep_answer(by, &key.of_nothing(), newest.1, now()).await?;
            }
            let (view, revision) = newest;
            Ok(Made { view: Some(view), revision, told: String::new(), has_changed: false })
        }
        (Err(error), _) => Err(error),
    }
}

/// What is answered when a change is made: what is told of it, what came to be at the path that is told, or
/// what was changed as it is now; to those who may read it.
pub(super) fn answer(
    server: &Server,
    caller: &Caller,
    wanted: &Wanted,
    made: &Made,
    told: &str,
) -> Result<Response, Problem> {
    let no_content = || Ok(with_revision(server, made.revision, StatusCode::NO_CONTENT));
    let Some(view) = made.view.as_ref() else { return no_content() };
    let change = wanted.change()?;
    if change.report.is_some() {
        // Nothing was told of it where there was nothing to change.
        let told = if told.is_empty() { change.told(wanted, view, &[]) } else { told.to_owned() };
        if told.is_empty() || caller.allows(Scope::Read).is_err() {
            return no_content();
        }
        let body = (StatusCode::OK, [(CONTENT_TYPE, JSON)], told);
        return Ok(with_revision(server, made.revision, body));
    }
    let path = Some(told).filter(|path| !path.is_empty());
    if caller.allows(Scope::Read).is_err() {
        let Some(path) = path else { return no_content() };
        let created = (StatusCode::CREATED, [(LOCATION, format!("{ROOT}{path}"))]);
        return Ok(with_revision(server, made.revision, created));
    }
    if let Some(path) = path {
        let (reads, pairs) = api().at(Verb::Get, path).ok_or_else(Problem::not_found)?;
        // Whoever makes something need not be able to read it.
        let Ok(bytes) = read::bytes(reads, view, &Asked { pairs, ..Asked::default() }) else {
            return no_content();
        };
        let tag = etag::of(&bytes);
        let created = StatusCode::CREATED;
        let mut response = read::representation(server, created, &tag, bytes, made.revision)?;
        let location = HeaderValue::from_str(&format!("{ROOT}{path}"));
        response.headers_mut().extend(location.ok().map(|location| (LOCATION, location)));
        return Ok(response);
    }
    match wanted.current(view, change)? {
        Some(bytes) => {
            let tag = etag::of(&bytes);
            read::representation(server, StatusCode::OK, &tag, bytes, made.revision)
        }
        None => no_content(),
    }
}

/// Keeps, for those who look after the server, what was refused of something that was not made by one change.
pub(super) async fn log_refused(server: &Server, caller: &Caller, what: &str, refusal: &Refusal) {
    server.office.note_denials(refusal).await;
    if let Some(gate) = refusal.gate() {
        caller.log_refusal(server, what, gate).await;
    }
}

/// Why something with this summary was not made; what the decision refused is kept for those who look after
/// the server.
pub(super) async fn refusal_of(
    server: &Server,
    caller: &Caller,
    what: &str,
    error: ChangeError<Problem>,
) -> Problem {
    let gate = match &error {
        ChangeError::Refused(refusal) => refusal.gate(),
        // A token that is used for what it is not for may be stolen.
        ChangeError::Scope(_) => Some(Gate::Auth),
        _ => None,
    };
    if let Some(gate) = gate {
        caller.log_refusal(server, what, gate).await;
    }
    let view = server.office.view(caller.view.asker_number());
    let problem = refused::problem(view.as_ref().map_or(&caller.view, |(view, _)| view), error);
    etag::told_within(problem, caller.credential.scopes())
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
