//! The use of another project area's process (docs/cross-server.md#process-sharing).

use governance::{Application, Elsewhere, ProcessLink, Provider, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::template::ProcessTemplate;
use crate::api::body::bad_value;
use crate::api::resolve::{found, name};
use crate::api::route::{Api, Rows};
use crate::api::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.list("/shared-processes", "List the processes that project areas share.", list);
    api.read(
        "/shared-processes/{application}/{project_area}",
        "Read a process that a project area shares.",
        read,
    );
}

/// Whose process is used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of `uses_process`")]
pub(in crate::api) struct UsesProcess {
    /// The name of a project area of the same application; null where the reader may not know it, and where
    /// it stays as it is.
    project_area: Option<String>,
    /// The public URI of another server on which that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    /// Whether its iteration types come along.
    #[serde(default)]
    iteration_types: bool,
}

impl UsesProcess {
    pub(in crate::api) fn new(project_area: String, server: Option<String>, iteration_types: bool) -> Self {
        Self { project_area: Some(project_area), server, iteration_types }
    }

    pub(super) fn of(view: &View, link: &ProcessLink) -> Self {
        let (server, project_area) = match &link.provider {
            Provider::Here(area) => (None, view.process_name(*area).map(ToString::to_string)),
            Provider::Elsewhere { server, project_area, .. } => {
                (Some(server.to_string()), Some(project_area.to_string()))
            }
        };
        Self { project_area, server, iteration_types: link.iteration_types }
    }

    /// The link for a project area of this application, which has another now. It stands at `pointer` of the
    /// body.
    pub(in crate::api) fn link(
        &self,
        pointer: &str,
        view: &View,
        application: Application,
        now: Option<&ProcessLink>,
    ) -> Result<ProcessLink, Problem> {
        let at = format!("{pointer}/project_area");
        let provider = match (&self.server, &self.project_area) {
            (Some(server), Some(project_area)) => {
                let at_server = format!("{pointer}/server");
                let said = "expected the http or https address of a server";
                let server =
                    governance::server_address(server).ok_or_else(|| bad_value(&*at_server, said))?;
                let of = Elsewhere { server, application, project_area: name(project_area, &at)? };
                view.link_elsewhere(&of).provider
            }
            (None, Some(text)) => {
                let seen = view.project_area_named(application, text);
                let found = seen.or_else(|| view.shared_process_named(application, text));
                let said = || format!("there is no project area `{text}` of {application} to be used");
                Provider::Here(found.ok_or_else(|| bad_value(at, said()))?)
            }
            (None, None) => {
                let kept = now.map(|link| link.provider.clone());
                let said = "name the project area whose process is used";
                kept.ok_or_else(|| bad_value(at, said))?
            }
            (Some(_), None) => return Err(bad_value(at, "name the project area of that server")),
        };
        Ok(ProcessLink { provider, iteration_types: self.iteration_types })
    }
}

/// A process that a project area shares with others.
#[derive(Serialize, JsonSchema)]
struct SharedProcess {
    application: Word<Application>,
    /// The project area's name.
    project_area: String,
}

/// Which processes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SharedProcessFilter {
    /// Only those of this application.
    application: Option<Word<Application>>,
}

/// Those that the caller could use for a project area.
fn list(view: &View, filter: SharedProcessFilter, first: u64) -> Result<Rows<'_, SharedProcess>, Problem> {
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let wanted = move |of: Application| filter.application.is_none_or(|Word(wanted)| wanted == of);
    let mut shared: Vec<_> = Application::ALL
        .into_iter()
        .filter(|of| wanted(*of))
        .flat_map(|of| view.shared_processes(of, first).map(move |(id, area)| (id, of, area)))
        .collect();
    shared.sort_by_key(|(id, ..)| *id);
    Ok(Box::new(shared.into_iter().map(|(id, application, area)| {
        let shared = SharedProcess { application: Word(application), project_area: area.name.to_string() };
        (id.number().into(), shared)
    })))
}

/// Which process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SharedProcessPath {
    /// The project area's application.
    application: Word<Application>,
    /// The project area's name.
    project_area: String,
}

/// The process as a template has it.
fn read(view: &View, path: SharedProcessPath) -> Result<ProcessTemplate, Problem> {
    let area = found(view.shared_process_named(path.application.0, &path.project_area))?;
    Ok(ProcessTemplate::of(&found(view.shared_process(area))?))
}
