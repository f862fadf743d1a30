//! Components, configurations and contributions as CSV (docs/global-configurations.md#csv).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use document::{CsvExport, CsvTable, Limits, LinesDone, import_csv};
use governance::{AreaId, ChangedFact, Impact, LinesCarriedOut, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Revision;

use super::body::{Nothing, bad_query, parameters};
use super::csv_import::{self, CsvFile, Import, NotWorkedOut};
use super::events::EVENTS;
use super::lines;
use super::request::Asked;
use super::resolve::found;
use super::route::{Api, CSV, JSON, Scope, Verb};
use crate::caller::Caller;
use crate::handler::{get, post};
use crate::in_turn::in_turn;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

const IMPORT: &str = "/project-areas/{project_area}/import";
/// For so long the impact of a preview is looked for.
const IMPACT: Duration = Duration::from_secs(10);
const EXPORT: &str = "/project-areas/{project_area}/export/{table}";

pub(super) fn routes(api: &mut Api) {
    let summary = "Import components, configurations or contributions from CSV.";
    api.own::<ImportQuery, String, LinesPlan>((Verb::Post, IMPORT), summary, Scope::Write, || post(import))
        .takes(&[CSV])
        .gives(&[JSON, EVENTS])
        .once()
        .imports();
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
    /// Of a preview: who gains and who loses what, on what was there already; what shifts for whom is told as
    /// far as the caller may ask. What was made has its impact in the journal.
    impact: Option<Impact>,
}

/// An import that somebody asks for.
#[derive(Clone)]
struct Wanted {
    project_area: Arc<str>,
    what: CsvTable,
    file: CsvFile,
}

impl Import for Wanted {
    type Done = LinesCarriedOut;

    fn work_out(&self, view: &View, tell: &dyn Fn(LinesDone)) -> Result<LinesCarriedOut, NotWorkedOut> {
        let area = found(view.find_project_area(&self.project_area))?;
        let (source, limits) = (self.file.source(), &self.file.limits);
        Ok(import_csv(&source, self.what, view, area, limits, tell)?)
    }

    fn plan(&self, view: &View, done: &LinesCarriedOut, preview: bool) -> Result<Value, Problem> {
        let until = Instant::now() + IMPACT;
        let impact = preview.then(|| done.impact(|| Instant::now() < until));
        let plan = LinesPlan { revision: view.revision(), changes: done.changes(), impact };
        serde_json::to_value(plan).map_err(|_| Problem::internal())
    }

    fn summary(&self) -> String {
        format!("imported {} into {}", self.file.name, self.project_area)
    }

    fn parts(&self) -> Vec<&[u8]> {
        let texts = [IMPORT, &self.project_area, self.what.word(), &self.file.name];
        texts.map(str::as_bytes).into_iter().chain([&*self.file.text]).collect()
    }
}

async fn import(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    asked.only_now()?;
    caller.allows(Scope::Write)?;
    let query: ImportQuery = parameters(IMPORT, &asked.pairs)?;
    // Nothing is read for those who do not see where it goes.
    found(caller.view.find_project_area(&query.project_area))?;
    let what = query.what.table();
    let name = query.name.unwrap_or_else(|| format!("{}.csv", what.word()));
    let file = CsvFile::read(&server, &headers, name, request).await?;
    let wanted = Wanted { project_area: query.project_area.into(), what, file };
    csv_import::answer(server, caller, &headers, wanted, query.preview == Some(true)).await
}

/// Lines that a page sends: what they come to, as the API tells it. They are done if that was agreed to, as
/// it was on a revision.
pub(crate) async fn csv_lines(
    server: &Server,
    caller: &Caller,
    area: AreaId,
    (what, text): (CsvTable, String),
    agreed: Option<Revision>,
) -> Result<Value, Problem> {
    caller.allows(Scope::Write)?;
    let limits = Limits { bytes: server.config.limits.import_body, ..Limits::default() };
    let file = CsvFile { name: format!("{}.csv", what.word()).into(), text: text.into(), limits };
    let wanted = Wanted { project_area: area.number().to_string().into(), what, file };
    csv_import::told(server, caller, wanted, agreed).await
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
