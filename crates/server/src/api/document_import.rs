//! Importing documents: read, planned, and carried out as it was agreed (docs/rest-api.md#documents).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use document::{Limits, Mode};
use governance::{ImportPlan, Refusal, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Revision;

use super::body::{bad_query, bad_value, parameters, parse};
use super::carry_out::{make, refusal_of};
use super::etag::{self, Conditions, Tags};
use super::idempotency::{self, Key};
use super::question::json_of;
use super::request::Asked;
use super::route::{Api, JSON, Scope, Verb, YAML};
use crate::caller::Caller;
use crate::deadline;
use crate::documents::{Document, Planned, Unplanned, planned};
use crate::handler::post;
use crate::in_turn::in_time;
use crate::office::{ChangeError, Told};
use crate::problem::{Kind, Problem};
use crate::process_sharing::{ConsumerImpact, impacts};
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Show what an import of documents would change.";
    api.own::<ImportQuery, Documents, ImportPlanned>(
        (Verb::Post, "/plan"),
        summary,
        Scope::Administer,
        || post(plan),
    )
    .takes(&[JSON, YAML])
    .imports();
    let summary = "Import documents.";
    api.own::<ImportQuery, Documents, ImportPlan>(
        (Verb::Post, "/import"),
        summary,
        Scope::Administer,
        || post(import),
    )
    .takes(&[JSON, YAML])
    .imports()
    .guarded()
    .once();
}

/// Documents, each laid over those before it.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"documents": [{"name": "bob.yaml", "text": "bailiwick: 1\nusers: [{id: bob}]\n"}]}))]
#[serde(deny_unknown_fields, expecting = "an object with `documents`")]
pub(super) struct Documents {
    documents: Vec<NamedText>,
}

/// A document.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `name` and `text`")]
struct NamedText {
    /// How messages and the journal call it.
    name: String,
    /// YAML or JSON.
    text: String,
}

/// What an import would change, here and elsewhere.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ImportPlanned {
    #[serde(flatten)]
    pub(crate) plan: ImportPlan,
    /// What becomes of those on other servers who use a process that it changes.
    pub(crate) consumers: Vec<ConsumerImpact>,
}

/// How.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// What becomes of what the documents do not mention; default: it stays as it is.
    mode: Option<ImportMode>,
    /// The name of a document that is the whole body.
    name: Option<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ImportMode {
    /// It stays as it is.
    Overlay,
    /// It is archived or removed.
    Replace,
}

impl ImportQuery {
    fn mode(&self) -> Mode {
        match self.mode {
            None | Some(ImportMode::Overlay) => Mode::Overlay,
            Some(ImportMode::Replace) => Mode::Replace,
        }
    }
}

async fn plan(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let wanted = Wanted::of(&server, &caller, asked, &headers, request, "Plan an import").await?;
    let Planned { plan, processes, .. } = wanted.work_out(&server, &caller).await?;
    let revision = Revision::new(plan.revision);
    let consumers = impacts(&server, &processes).await?;
    let mut response = json_of(&server, revision, &ImportPlanned { plan, consumers })?;
    let tag = HeaderValue::from_str(&tag(revision)).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}

/// What was agreed is what is imported: if anything was changed since the plan was made, the new plan is
/// answered, and nothing imported.
async fn import(
    State(server): State<Arc<Server>>,
    mut caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let agreed = Conditions::of(&headers)?.if_match.ok_or_else(|| {
        let said = "send the ETag of the plan as If-Match, so that what was agreed is imported; `If-Match: *` \
                    imports whatever it changes";
        Problem::new(Kind::NoPrecondition, said)
    })?;
    let key = idempotency::named(&headers)?;
    let wanted = Wanted::of(&server, &caller, asked, &headers, request, SUMMARY).await?;
    let key = key.map(|key| wanted.key(key, &caller));
    let (revision, told) = carry_out(&server, &mut caller, &wanted, &agreed, key).await?;
    json_of(&server, revision, &told)
}

/// What a document would change, or has changed as it was agreed on a revision: for a page.
pub(crate) async fn document_told(
    server: &Arc<Server>,
    caller: &mut Caller,
    document: Document,
    mode: Mode,
    agreed: Option<Revision>,
) -> Result<ImportPlanned, Problem> {
    check_name(&document.name).map_err(|said| bad_value("/name", said))?;
    let wanted = Wanted { documents: [document].into(), mode, what: SUMMARY };
    let Some(agreed) = agreed else {
        let Planned { plan, processes, .. } = wanted.work_out(server, caller).await?;
        return Ok(ImportPlanned { plan, consumers: impacts(server, &processes).await? });
    };
    let agreed = etag::sent(&tag(agreed), "")?;
    let (_, told) = carry_out(server, caller, &wanted, &agreed, None).await?;
    let plan = serde_json::from_value(told).map_err(|_| Problem::internal())?;
    Ok(ImportPlanned { plan, consumers: Vec::new() })
}

/// Whether somebody may import documents, and have the organisation as one.
pub(crate) async fn may_exchange(server: &Server, caller: &Caller) -> Result<(), Problem> {
    caller.allows(Scope::Administer)?;
    match caller.view.whole() {
        Ok(_) => Ok(()),
        Err(refusal) => Err(refused(server, caller, SUMMARY, refusal).await),
    }
}

async fn carry_out(
    server: &Server,
    caller: &mut Caller,
    wanted: &Wanted,
    agreed: &Tags,
    key: Option<Key>,
) -> Result<(Revision, Value), Problem> {
    for _ in 0..MOST_ATTEMPTS {
        if !caller.refresh(&server.office) {
            return Err(Problem::sign_in());
        }
        if let Some(key) = &key
            && let Some(before) = key.told_before(server, caller).await?
        {
            return Ok(before);
        }
        let Planned { mut plan, facts, on, .. } = wanted.work_out(server, caller).await?;
        let revision = Revision::new(plan.revision);
        let tag = tag(revision);
        if !agreed.names(&tag) {
            let said = "somebody changed the organisation since the plan was made: `plan` is what the import \
                        would change now";
            let problem = Problem::new(Kind::Overtaken, said).with("plan", json!(plan));
            return Err(problem.with("etag", tag));
        }
        if facts.events.is_empty() {
            return Ok((revision, json!(plan)));
        }
        plan.revision = revision.next().number();
        let told = serde_json::to_string(&plan).map_err(|_| Problem::internal())?;
        let told: Told = Arc::new(move |_, _| told.clone());
        let compose = move |now: &View| {
            let overtaken = || Problem::new(Kind::Overtaken, "the organisation was changed meanwhile");
            if now.is_of_the_same(&on) { Ok(facts.clone()) } else { Err(overtaken()) }
        };
        match make(server, caller, wanted.summary(), key.clone(), told, compose).await {
            Ok(made) => {
                let told = serde_json::from_str(&made.told).map_err(|_| Problem::internal())?;
                return Ok((made.revision, told));
            }
            Err(ChangeError::Composed(problem)) if problem.kind == Kind::Overtaken => {}
            Err(error) => return Err(refusal_of(server, caller, SUMMARY, error).await),
        }
    }
    Err(Problem::busy())
}

/// So long it may take to read documents and to tell who would gain and who would lose by them.
const IMPACT: Duration = Duration::from_secs(10);

const SUMMARY: &str = "Import documents";

/// Somebody is always faster: it is given up.
const MOST_ATTEMPTS: usize = 5;

/// The entity tag of what is planned on a revision.
pub(super) fn tag(revision: Revision) -> String {
    format!("\"{}\"", revision.number())
}

/// An import that somebody asks for, and is allowed.
struct Wanted {
    documents: Arc<[Document]>,
    mode: Mode,
    what: &'static str,
}

impl Wanted {
    /// Nothing is read for those who are not allowed it.
    async fn of(
        server: &Server,
        caller: &Caller,
        asked: Asked,
        headers: &HeaderMap,
        mut request: Request,
        what: &'static str,
    ) -> Result<Self, Problem> {
        asked.only_now()?;
        caller.allows(Scope::Administer)?;
        let query: ImportQuery = parameters("", &asked.pairs)?;
        if let Err(refusal) = caller.view.whole() {
            return Err(refused(server, caller, what, refusal).await);
        }
        deadline::allow_import(&mut request);
        let mode = query.mode();
        let documents = read(headers, query.name, request).await?.into();
        Ok(Self { documents, mode, what })
    }

    /// What it would change of what is newest to the caller.
    async fn work_out(&self, server: &Server, caller: &Caller) -> Result<Planned, Problem> {
        let (view, revision) = (caller.view.clone(), caller.revision);
        let (documents, mode, limits) = (Arc::clone(&self.documents), self.mode, limits(server));
        let plan = move |go_on: &dyn Fn() -> bool| planned(view, revision, &documents, mode, &limits, go_on);
        match in_time(server, IMPACT, plan).await? {
            Ok(planned) => Ok(planned),
            Err(Unplanned::Wrong(problem)) => Err(problem),
            Err(Unplanned::Refused(refusal)) => Err(refused(server, caller, self.what, refusal).await),
        }
    }

    fn key(&self, key: String, caller: &Caller) -> Key {
        let mode = match self.mode {
            Mode::Overlay => "overlay",
            Mode::Replace => "replace",
        };
        let texts = self.documents.iter().flat_map(|it| [it.name.as_bytes(), &*it.text]);
        Key::of(key, caller, [SUMMARY.as_bytes(), mode.as_bytes()].into_iter().chain(texts))
    }

    /// For the journal.
    fn summary(&self) -> String {
        let names: Vec<&str> = self.documents.iter().map(|it| &*it.name).collect();
        format!("imported {}", names.join(", "))
    }
}

pub(super) async fn refused(server: &Server, caller: &Caller, what: &str, refusal: Refusal) -> Problem {
    refusal_of(server, caller, what, ChangeError::Refused(refusal)).await
}

/// So many documents are laid over one another at most.
const MOST_DOCUMENTS: usize = 1000;
const LONGEST_NAME: usize = 255;

pub(super) async fn read(
    headers: &HeaderMap,
    name: Option<String>,
    request: Request,
) -> Result<Vec<Document>, Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_document = matches!(&*media_type, YAML | "application/x-yaml" | "text/yaml" | "text/x-yaml");
    if !is_document && media_type != JSON {
        let said = format!("send a document as {YAML}, or documents as {JSON}");
        return Err(Problem::new(Kind::MediaType, said));
    }
    let body = Bytes::from_request(request, &()).await?;
    if is_document {
        let name = name.unwrap_or_else(|| "document".to_owned());
        check_name(&name).map_err(|said| bad_query("name", said))?;
        return Ok(vec![Document { name: name.into(), text: body.into() }]);
    }
    if name.is_some() {
        return Err(bad_query("name", "each document of the body has its own"));
    }
    let Documents { documents } = parse(&body)?;
    if documents.is_empty() || documents.len() > MOST_DOCUMENTS {
        return Err(bad_value("/documents", format!("expected 1 to {MOST_DOCUMENTS} documents")));
    }
    for (at, document) in documents.iter().enumerate() {
        check_name(&document.name).map_err(|said| bad_value(format!("/documents/{at}/name"), said))?;
    }
    let document = |it: NamedText| Document { name: it.name.into(), text: it.text.into() };
    Ok(documents.into_iter().map(document).collect())
}

fn check_name(name: &str) -> Result<(), String> {
    let plain = !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains(|it: char| it.is_control());
    if plain { Ok(()) } else { Err(format!("expected 1 to {LONGEST_NAME} bytes of text on one line")) }
}

pub(super) fn limits(server: &Server) -> Limits {
    Limits { bytes: server.config.limits.import_body, ..Limits::default() }
}
