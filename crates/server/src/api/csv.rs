//! Components, configurations and contributions as CSV (docs/global-configurations.md#csv).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use document::{CsvExport, CsvTable, Limits, Source, import_csv};
use governance::{ChangedFact, LinesCarriedOut, Refusal, Shift, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Nothing, bad_query, parameters};
use super::carry_out::refusal_of;
use super::documents::in_turn;
use super::lines;
use super::question::json_of;
use super::request::Asked;
use super::resolve::found;
use super::route::{Api, CSV, Scope, Verb};
use crate::caller::Caller;
use crate::deadline;
use crate::documents::wrong;
use crate::office::ChangeError;
use crate::problem::{Kind, Problem};
use crate::revision::with_revision;
use crate::router::Server;

const IMPORT: &str = "/project-areas/{project_area}/import";
const EXPORT: &str = "/project-areas/{project_area}/export/{table}";

pub(super) fn routes(api: &mut Api) {
    let summary = "Import components, configurations or contributions from CSV.";
    api.own::<ImportQuery, String, LinesPlan>((Verb::Post, IMPORT), summary, Scope::Write, || post(import))
        .takes(&[CSV]);
    let summary = "Export components, configurations or contributions as CSV.";
    api.own::<ExportQuery, Nothing, String>((Verb::Get, EXPORT), summary, Scope::Read, || get(export))
        .of_any_moment()
        .gives(&[CSV]);
}

/// What the lines tell.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum What {
    Components,
    Configurations,
    /// Parent, position, contribution.
    Contributions,
}

impl What {
    fn table(self) -> CsvTable {
        match self {
            Self::Components => CsvTable::Components,
            Self::Configurations => CsvTable::Configurations,
            Self::Contributions => CsvTable::Contributions,
        }
    }
}

/// Where to, and what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// The number or the reference of the project area.
    project_area: String,
    what: What,
    /// True: nothing is changed.
    preview: Option<bool>,
    /// How messages and the journal call the file.
    name: Option<String>,
}

/// What some lines change, or would change.
#[derive(Serialize, JsonSchema)]
struct LinesPlan {
    /// The revision on which it would be made, or which it has made.
    revision: u64,
    /// What changes, fact by fact.
    changes: Vec<ChangedFact>,
    /// Who gains and who loses what, on what was there already, as far as the caller may ask.
    shifts: Vec<Shift>,
}

/// An import that somebody asks for.
#[derive(Clone)]
struct Wanted {
    project_area: Arc<str>,
    what: CsvTable,
    name: Arc<str>,
    text: Bytes,
    limits: Limits,
}

impl Wanted {
    /// What it comes to, as somebody sees things.
    fn work_out(&self, view: &View) -> Result<LinesCarriedOut, Problem> {
        let area = found(view.find_project_area(&self.project_area))?;
        let source = Source { name: Arc::clone(&self.name), text: &self.text };
        import_csv(&source, self.what, view, area, &self.limits).map_err(|report| wrong(&report))
    }
}

async fn import(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    mut request: Request,
) -> Result<Response, Problem> {
    asked.only_now()?;
    caller.allows(Scope::Write)?;
    let query: ImportQuery = parameters(IMPORT, &asked.pairs)?;
    // Nothing is read for those who do not see where it goes.
    found(caller.view.find_project_area(&query.project_area))?;
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(CSV) {
        return Err(Problem::new(Kind::MediaType, format!("send the lines as {CSV}")));
    }
    deadline::allow_import(&mut request);
    let what = query.what.table();
    let name = query.name.unwrap_or_else(|| format!("{}.csv", what.word()));
    if name.is_empty() || name.len() > 255 || name.contains(char::is_control) {
        return Err(bad_query("name", "expected 1 to 255 bytes of text on one line"));
    }
    let wanted = Wanted {
        project_area: query.project_area.into(),
        what,
        name: name.into(),
        text: Bytes::from_request(request, &()).await?,
        limits: Limits { bytes: server.config.limits.import_body, ..Limits::default() },
    };
    let (view, working) = (caller.view.clone(), wanted.clone());
    let worked_out = in_turn(&server, move || {
        let done = working.work_out(&view)?;
        Ok::<_, Problem>((done.changes(), done.shifts()))
    });
    let (changes, shifts) = worked_out.await??;
    if query.preview == Some(true) || changes.is_empty() {
        let revision = caller.revision.number();
        return json_of(&server, caller.revision, &LinesPlan { revision, changes, shifts });
    }
    let summary = format!("imported {} into {}", wanted.name, wanted.project_area);
    // Judged again in the writer's turn, on what is newest then.
    let compose = move |view: &View| wanted.work_out(view);
    match server.office.change_as(caller.author(), summary.clone(), None, compose).await {
        Ok(changed) => {
            let revision = changed.revision.number();
            json_of(&server, changed.revision, &LinesPlan { revision, changes, shifts })
        }
        Err(ChangeError::Refused(Refusal::Nothing)) => {
            let revision = caller.revision.number();
            json_of(
                &server,
                caller.revision,
                &LinesPlan { revision, changes: Vec::new(), shifts: Vec::new() },
            )
        }
        Err(error) => Err(refusal_of(&server, &caller, &summary, error).await),
    }
}

/// Which table of which project area.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    /// The number or the reference of the project area.
    project_area: String,
    /// `components.csv`, `configurations.csv` or `contributions.csv`.
    table: String,
    /// Of configurations and contributions: only what is anywhere below this configuration, with itself.
    below: Option<String>,
}

async fn export(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    let query: ExportQuery = parameters(EXPORT, &asked.pairs)?;
    let (view, revision) = asked.view(&server, &caller).await?;
    let area = found(view.find_project_area(&query.project_area))?;
    let table = query.table.strip_suffix(".csv");
    let what = found(CsvTable::ALL.into_iter().find(|it| Some(it.word()) == table))?;
    let below = match &query.below {
        None => None,
        Some(_) if what == CsvTable::Components => {
            return Err(bad_query("below", "components are in no hierarchy: export configurations"));
        }
        Some(text) => {
            let found = view.find_configuration(area, text);
            let absent = || bad_query("below", format!("there is no configuration `{text}`"));
            Some(found.ok_or_else(absent)?)
        }
    };
    let mut export = in_turn(&server, move || CsvExport::new(view, area, what, below)).await?;
    let mut response = with_revision(&server, revision, StatusCode::OK);
    *response.body_mut() = lines::body(move |out| export.write(out));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    Ok(response)
}
