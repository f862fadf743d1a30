//! Having a project area use the process of another: what that comes to is told before it is done, and
//! another server's process comes along with it (docs/cross-server.md#beginning-a-link).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use governance::{AreaId, Elsewhere, Impact, OwnProcess, ProcessLink, ToldProcess, UseProcess, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::difference::{ProcessDifference, difference_of};
use super::used_process::elsewhere;
use crate::api::area::ProjectAreaPath;
use crate::api::bad_value;
use crate::api::body::{self, parse};
use crate::api::carry_out::{make, refusal_of};
use crate::api::keys::allowed;
use crate::api::process::UsesProcess;
use crate::api::question::json_of;
use crate::api::request::Asked;
use crate::api::resolve::found;
use crate::api::route::{Api, Scope, Verb};
use crate::api::{idempotency, refused};
use crate::caller::Caller;
use crate::friends;
use crate::handler::post;
use crate::in_turn::in_turn;
use crate::problem::{Kind, Problem};
use crate::process_sharing::look;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Use the process of another project area, or tell what that would come to.";
    let at = (Verb::Post, "/project-areas/{project_area}/used-process");
    api.own::<ProjectAreaPath, Wanted, UseOfProcess>(at, summary, Scope::Write, || post(use_process));
}

const SUMMARY: &str = "Use the process of another project area";
/// So long it may take to tell who would gain and who would lose.
const IMPACT: Duration = Duration::from_secs(5);

/// Whose process is used, and what becomes of the own one.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"project_area": "Standard Process", "own": "keep", "preview": true}))]
#[serde(deny_unknown_fields, expecting = "an object with `project_area`")]
struct Wanted {
    /// The name of a project area of the same application that shares its process.
    project_area: String,
    /// The public URI of another server on which that is: of a friend.
    server: Option<String>,
    /// Whether its iteration types come along.
    #[serde(default)]
    iteration_types: bool,
    /// `keep`: what the project area has itself lies over the other; `drop`: its entries and preconditions
    /// go, and those of its roles that the other defines, too.
    #[serde(default)]
    own: OwnProcess,
    /// Changes nothing, and tells what would become of it.
    #[serde(default)]
    preview: bool,
}

/// What using a process comes to.
#[derive(Serialize, JsonSchema)]
struct UseOfProcess {
    /// The revision that was made; null for a preview, and where nothing has changed.
    revision: Option<u64>,
    /// How the own process lies over the one that is used, as long as it is kept.
    difference: ProcessDifference,
    /// Who would gain and who would lose, in a preview; null where it was done.
    impact: Option<Impact>,
}

async fn use_process(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let path: ProjectAreaPath = asked.parameters()?;
    let area = path.find(&caller.view)?;
    allowed(&caller.view, caller.view.may_modify_process(area))?;
    idempotency::refuse(&headers)?;
    let wanted: Wanted = body::read(&headers, body)?;
    let (own, preview, revision) = (wanted.own, wanted.preview, caller.revision);
    let wanted = ProcessUse::fetched(&server, &caller, area, wanted).await?;
    if preview {
        let view = caller.view.clone();
        let told = in_turn(&server, move || wanted.preview(&view, own)).await??;
        return json_of(&server, revision, &told);
    }
    let difference = wanted.difference(&caller.view)?;
    let made = wanted.carry_out(&server, &caller, own).await?;
    let newest = server.office.published().revision;
    json_of(&server, newest, &UseOfProcess { revision: made, difference, impact: None })
}

/// A provider that cannot tell this server of changes is not used: the error names the step that is missing.
async fn both_ways(server: &Server, view: &View, of: &Elsewhere) -> Result<(), Problem> {
    let all = server.office.store().friends().await?;
    let missing = match friends::at(&all, &of.server) {
        Some(friend) => friends::both_ways(server, friend).await?,
        None => Some(friends::no_friend_at(view, &of.server, of.application)),
    };
    missing.map_or(Ok(()), |said| Err(Problem::new(Kind::Conflict, said)))
}

/// A process that is to be used, with what its server tells of it now.
#[derive(Clone)]
pub(crate) struct ProcessUse {
    area: AreaId,
    uses: UsesProcess,
    told: Option<Box<ToldProcess>>,
}

impl ProcessUse {
    /// Reads what a body of the API says, for a project area whose process the caller may change.
    pub(crate) async fn read(
        server: &Server,
        caller: &Caller,
        area: AreaId,
        sent: &Value,
    ) -> Result<Self, Problem> {
        allowed(&caller.view, caller.view.may_modify_process(area))?;
        Self::fetched(server, caller, area, parse(&body::json(sent)?)?).await
    }

    async fn fetched(
        server: &Server,
        caller: &Caller,
        area: AreaId,
        wanted: Wanted,
    ) -> Result<Self, Problem> {
        let uses = UsesProcess::new(wanted.project_area, wanted.server, wanted.iteration_types);
        let mut wanted = Self { area, uses, told: None };
        let link = wanted.link(&caller.view)?;
        let project = found(found(caller.view.see(area))?.project())?;
        // What is followed here already is as its server has told it.
        if let (Some(of), None) = (elsewhere(&link, project.application), link.lender()) {
            let own = server.config.base_uri.as_ref();
            if own.is_some_and(|own| friends::same_server(own.as_str(), &of.server)) {
                return Err(bad_value("/server", "that is this server itself: leave `server` out"));
            }
            both_ways(server, &caller.view, &of).await?;
            wanted.told = Some(Box::new(look(server, &of).await?));
        }
        Ok(wanted)
    }

    fn link(&self, view: &View) -> Result<ProcessLink, Problem> {
        let project = found(found(view.see(self.area))?.project())?;
        Ok(view.linked_now(self.uses.link("", view, project.application, None)?))
    }

    fn command(&self, view: &View, own: OwnProcess) -> Result<UseProcess, Problem> {
        Ok(UseProcess { area: self.area, link: self.link(view)?, told: self.told.clone(), own })
    }

    fn difference(&self, view: &View) -> Result<ProcessDifference, Problem> {
        let kept = view.with_process_used(&self.command(view, OwnProcess::Keep)?);
        let (after, _) = kept.map_err(|refusal| refused::of_refusal(view, refusal))?;
        difference_of(&after, self.area)
    }

    fn preview(&self, view: &View, own: OwnProcess) -> Result<UseOfProcess, Problem> {
        Ok(UseOfProcess {
            revision: None,
            difference: self.difference(view)?,
            impact: Some(self.impact(view, own)?),
        })
    }

    /// Who would gain and who would lose by it.
    pub(crate) fn impact(&self, view: &View, own: OwnProcess) -> Result<Impact, Problem> {
        let used = view.with_process_used(&self.command(view, own)?);
        let (_, events) = used.map_err(|refusal| refused::of_refusal(view, refusal))?;
        let until = Instant::now() + IMPACT;
        Ok(view.impact_of(&events, || Instant::now() < until))
    }

    /// How the own process would lie over it, as the API tells it.
    pub(crate) fn told_difference(&self, view: &View) -> Result<Value, Problem> {
        serde_json::to_value(self.difference(view)?).map_err(|_| Problem::internal())
    }

    /// Does it; answers the revision that it has made, if anything has changed.
    pub(crate) async fn carry_out(
        self,
        server: &Server,
        caller: &Caller,
        own: OwnProcess,
    ) -> Result<Option<u64>, Problem> {
        let project = found(found(caller.view.see(self.area))?.project())?;
        let of = elsewhere(&self.link(&caller.view)?, project.application);
        let was_told = of.clone().filter(|_| self.told.is_some());
        let compose = move |view: &View| self.command(view, own).map(governance::Command::from);
        let nothing = Arc::new(|_: &View, _: &[governance::Event]| String::new());
        match make(server, caller, SUMMARY.to_owned(), None, nothing, compose).await {
            Ok(made) => {
                if let Some(of) = was_told {
                    server.sharing.following.is_told(server, &of).await;
                }
                // Its server learns at once that it is used here.
                server.sharing.following.wake(of);
                Ok(made.has_changed.then(|| made.revision.number()))
            }
            Err(error) => Err(refusal_of(server, caller, SUMMARY, error).await),
        }
    }
}
