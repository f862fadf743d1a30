//! The organisation as a document, and compared with others (docs/rest-api.md#documents).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::Response;
use governance::Shift;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::body::{Nothing, bad_query, parameters};
use super::document_import::{self, Documents, limits, read, refused};
use super::question::json_of;
use super::request::Asked;
use super::route::{Api, JSON, Scope, Verb, YAML};
use super::what_if::{LISTED, too_much};
use crate::caller::{Asker, Caller};
use crate::deadline;
use crate::documents::{Form, compared, exported, exported_template};
use crate::handler::{get, post};
use crate::in_turn::in_time;
use crate::past::as_of;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    document_import::routes(api);
    let summary = "Export the organisation, or a process template, as a document.";
    api.own::<ExportQuery, Nothing, Value>((Verb::Get, "/export"), summary, Scope::Read, || get(export))
        .of_any_moment()
        .gives(&[YAML, JSON]);
    let summary = "Compare two revisions: who gains and who loses.";
    api.own::<CompareQuery, Nothing, Vec<Shift>>((Verb::Get, "/compare"), summary, Scope::Decide, || {
        get(compare_revisions)
    });
    let summary = "Compare with documents: who would gain and who would lose.";
    api.own::<NamedQuery, Documents, Vec<Shift>>((Verb::Post, "/compare"), summary, Scope::Decide, || {
        post(compare_documents)
    })
    .of_any_moment()
    .takes(&[JSON, YAML])
    .imports();
}

/// In which form.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    /// Default: what `Accept` asks for, else YAML.
    format: Option<ExportForm>,
    /// The process template of this name alone, which everybody may read.
    template: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ExportForm {
    Yaml,
    Json,
}

/// Which revisions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompareQuery {
    /// A revision or an instant; default: now.
    from: Option<String>,
    /// A revision or an instant; default: now.
    to: Option<String>,
}

/// What a document is called that comes without a name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NamedQuery {
    /// The name of a document that is the whole body.
    name: Option<String>,
}

async fn export(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query: ExportQuery = parameters("", &asked.pairs)?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = match query.format {
        Some(ExportForm::Json) => Form::Json,
        None if accept.contains("json") && !accept.contains("yaml") => Form::Json,
        Some(ExportForm::Yaml) | None => Form::Yaml,
    };
    let (view, revision) = asked.view(&server, &caller).await?;
    let text = match query.template {
        Some(name) => exported_template(&view, &name, form).map_err(|said| bad_query("template", said))?,
        None => {
            let text =
                spawn_blocking(move || exported(&view, form)).await.map_err(|_| Problem::internal())?;
            match text {
                Ok(text) => text,
                Err(refusal) => {
                    return Err(refused(&server, &caller, "Export the organisation", refusal).await);
                }
            }
        }
    };
    let media_type = match form {
        Form::Yaml => YAML,
        Form::Json => JSON,
    };
    Ok(with_revision(&server, revision, ([(CONTENT_TYPE, media_type)], text)))
}

async fn compare_revisions(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let CompareQuery { from, to } = parameters("", &asked.pairs)?;
    if from.is_none() && to.is_none() {
        return Err(bad_query("from", "name a revision; the newest would be compared with itself"));
    }
    let at = async |moment: Option<String>| match moment {
        Some(moment) => as_of(&server.office, &caller.view, &moment).await,
        None => Ok((caller.view.clone(), caller.revision)),
    };
    let ((before, _), (after, revision)) = (at(from).await?, at(to).await?);
    let shifts = in_time(&server, LISTED, move |go_on| before.shifts_to(&after, go_on));
    json_of(&server, revision, &shifts.await?.ok_or_else(too_much)?)
}

async fn compare_documents(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    asked: Asked,
    headers: HeaderMap,
    mut request: Request,
) -> Result<Response, Problem> {
    let NamedQuery { name } = parameters("", &asked.pairs)?;
    // What is large is read for those alone who could import it.
    if caller.view.whole().is_ok() {
        deadline::allow_import(&mut request);
    }
    let documents = read(&headers, name, request).await?;
    let (view, revision) = asked.view(&server, &caller).await?;
    let limits = limits(&server);
    let shifts = in_time(&server, LISTED, move |go_on| compared(&view, &documents, &limits, go_on));
    json_of(&server, revision, &shifts.await??.ok_or_else(too_much)?)
}
