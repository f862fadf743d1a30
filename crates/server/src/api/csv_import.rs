//! What all imports of CSV have in common: a file comes, is judged, and is imported as it was agreed; and who
//! waits is told how many lines are done with.

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::response::sse::{KeepAlive, Sse};
use document::{Limits, LinesDone, NotImported, Source};
use futures_util::stream;
use governance::{Act, Refusal, View};
use serde::Serialize;
use serde_json::{Value, json};
use store::Revision;
use tokio::sync::watch;
use tokio::time::sleep;

use super::body::bad_query;
use super::carry_out::{log_refused, refusal_of};
use super::document_import::tag;
use super::etag::{self, Conditions, Tags};
use super::events::{self, sent};
use super::idempotency::{self, Key};
use super::question::json_of;
use super::route::CSV;
use crate::caller::Caller;
use crate::deadline;
use crate::documents::wrong;
use crate::in_turn::in_turn;
use crate::office::ChangeError;
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

/// Why an import comes to nothing.
pub(super) struct NotWorkedOut {
    problem: Problem,
    /// What of it the decision has refused.
    refusal: Option<Refusal>,
}

impl From<NotImported> for NotWorkedOut {
    fn from(NotImported { report, refusal }: NotImported) -> Self {
        Self { problem: wrong(&report), refusal }
    }
}

impl From<Problem> for NotWorkedOut {
    fn from(problem: Problem) -> Self {
        Self { problem, refusal: None }
    }
}

/// An import of lines that somebody asks for.
pub(super) trait Import: Clone + Send + Sync + 'static {
    /// What its lines are together.
    type Done: Act + Clone + Send + Sync + 'static;

    /// What it comes to, as somebody sees things; tells how many lines are done with.
    fn work_out(&self, view: &View, tell: &dyn Fn(LinesDone)) -> Result<Self::Done, NotWorkedOut>;
    /// What is told of it, an object with its `revision`.
    fn plan(&self, view: &View, done: &Self::Done, preview: bool) -> Result<Value, Problem>;
    /// For the journal.
    fn summary(&self) -> String;
    /// All of the request.
    fn parts(&self) -> Vec<&[u8]>;
}

/// How an import is asked for.
struct Manner {
    /// Nothing is changed.
    preview: bool,
    /// The key under which it is done once.
    key: Option<Key>,
    /// The revisions on which a preview was made that was agreed to.
    agreed: Option<Tags>,
}

impl Manner {
    fn of(
        headers: &HeaderMap,
        caller: &Caller,
        import: &impl Import,
        preview: bool,
    ) -> Result<Self, Problem> {
        let key = idempotency::named(headers)?.filter(|_| !preview);
        let key = key.map(|key| Key::of(key, caller, import.parts()));
        Ok(Self { preview, key, agreed: Conditions::of(headers)?.if_match })
    }
}

/// Answers what an import comes to, at once or as events.
pub(super) async fn answer<I: Import>(
    server: Arc<Server>,
    caller: Caller,
    headers: &HeaderMap,
    import: I,
    preview: bool,
) -> Result<Response, Problem> {
    let manner = Manner::of(headers, &caller, &import, preview)?;
    let (told, progress) = watch::channel(LinesDone::default());
    if events::are_wanted(headers) {
        let (working, revision) = (Arc::clone(&server), caller.revision);
        let importing = async move {
            let done = carry_out(&working, &caller, import, manner, told).await;
            done.map(|(_, plan)| plan)
        };
        return Ok(followed(&server, revision, progress, importing));
    }
    let working = Arc::clone(&server);
    let importing = async move { carry_out(&working, &caller, import, manner, told).await };
    let (revision, plan) = if preview {
        importing.await?
    } else {
        // Brought to its end, even if nobody waits for it any more.
        deadline::change_begins();
        tokio::spawn(importing).await.map_err(|_| Problem::internal())??
    };
    let mut response = json_of(&server, revision, &plan)?;
    if preview {
        let tag = HeaderValue::from_str(&tag(revision)).map_err(|_| Problem::internal())?;
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// The same for a page, which tells the revision on which somebody has agreed to it.
pub(super) async fn told<I: Import>(
    server: &Server,
    caller: &Caller,
    import: I,
    agreed: Option<Revision>,
) -> Result<Value, Problem> {
    let preview = agreed.is_none();
    let agreed = agreed.map(|revision| etag::sent(&tag(revision), "")).transpose()?;
    let manner = Manner { preview, key: None, agreed };
    let (told, _) = watch::channel(LinesDone::default());
    carry_out(server, caller, import, manner, told).await.map(|(_, plan)| plan)
}

/// Works out what an import comes to and, unless it is a preview, makes it so; answers the revision, and what
/// is told.
async fn carry_out<I: Import>(
    server: &Server,
    caller: &Caller,
    import: I,
    Manner { preview, key, agreed }: Manner,
    told: watch::Sender<LinesDone>,
) -> Result<(Revision, Value), Problem> {
    if let Some(key) = &key
        && let Some(before) = key.told_before(server, caller).await?
    {
        return Ok(before);
    }
    let (view, working) = (caller.view.clone(), import.clone());
    let worked_out = in_turn(server, move || {
        let done = working.work_out(&view, &|done| _ = told.send_replace(done))?;
        let plan = working.plan(&view, &done, preview)?;
        Ok::<_, NotWorkedOut>((view, done, plan))
    });
    let (on, done, plan) = match worked_out.await? {
        Ok(worked_out) => worked_out,
        Err(NotWorkedOut { problem, refusal }) => {
            if let Some(refusal) = refusal.filter(|_| !preview) {
                log_refused(server, caller, &import.summary(), &refusal).await;
            }
            return Err(problem);
        }
    };
    if preview {
        return Ok((caller.revision, plan));
    }
    let overtaken = |agreed: &Tags, on: Revision, plan: &Value| {
        let tag = tag(on);
        (!agreed.names(&tag)).then(|| {
            let said = "somebody changed the organisation since the preview was made: `plan` is what the \
                        lines would change now";
            Problem::new(Kind::Overtaken, said).with("plan", plan.clone()).with("etag", tag)
        })
    };
    if let Some(problem) = agreed.as_ref().and_then(|agreed| overtaken(agreed, caller.revision, &plan)) {
        return Err(problem);
    }
    let summary = import.summary();
    // What the last attempt comes to.
    let plan = Arc::new(Mutex::new(plan));
    let last = |plan: &Mutex<Value>| plan.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let once = key.as_ref().map(|key| {
        let plan = Arc::clone(&plan);
        key.once(Arc::new(move |_, _| last(&plan).to_string()))
    });
    let telling = Arc::clone(&plan);
    let refused: Arc<Mutex<Option<Refusal>>> = Arc::default();
    let noting = Arc::clone(&refused);
    // Judged again in the writer's turn, if anything was changed meanwhile.
    let compose = move |now: &View| {
        if now.is_of_the_same(&on) {
            return Ok(done.clone());
        }
        let done = import.work_out(now, &|_| {}).map_err(|NotWorkedOut { problem, refusal }| {
            *noting.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
            problem
        })?;
        let plan = import.plan(now, &done, false)?;
        let on = Revision::new(now.revision());
        if let Some(problem) = agreed.as_ref().and_then(|agreed| overtaken(agreed, on, &plan)) {
            return Err(problem);
        }
        *telling.lock().unwrap_or_else(PoisonError::into_inner) = plan;
        Ok(done)
    };
    let made = server.office.change_as(caller.author(), summary.clone(), once, compose).await;
    let mut plan = last(&plan);
    let revision = match (made, key) {
        (Ok(changed), _) => changed.revision,
        (Err(ChangeError::Refused(Refusal::Nothing)), _) => caller.revision,
        (Err(ChangeError::Repeated(answered)), Some(key)) => return key.told_again(server, &answered).await,
        (Err(error), _) => {
            let refused = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(refused) = refused {
                log_refused(server, caller, &summary, &refused).await;
            }
            return Err(refusal_of(server, caller, &summary, error).await);
        }
    };
    plan["revision"] = revision.number().into();
    Ok((revision, plan))
}

/// Often enough for those who watch it.
const OFTEN: Duration = Duration::from_millis(100);

/// Tells by events how far an import is, and at last what it comes to. It goes on though nobody listens any
/// more.
fn followed<P: Serialize + Send + 'static>(
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
