//! Sharing processes with other servers (docs/cross-server.md#copies-of-a-provider): what servers ask one
//! another, and what people are told of it.

mod consumers;
mod difference;
mod signed;
mod use_process;
mod used_process;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use governance::{Application, bad_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{self, Answer, Nothing};
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::word::Word;
use crate::caller::Caller;
use crate::friends;
use crate::handler::get;
use crate::problem::{Kind, Problem};
use crate::process_sharing::{PROCESSES, ProcessName};
use crate::router::Server;

pub(super) use consumers::changed_processes;
pub(crate) use use_process::ProcessUse;

pub(super) fn routes(api: &mut Api) {
    used_process::routes(api);
    difference::routes(api);
    use_process::routes(api);
    let summary = "List the processes that a friend shares, as it tells now.";
    let at = (Verb::Get, "/friends/{friend}/processes");
    api.own::<FriendQuery, Nothing, Processes>(at, summary, Scope::Read, || get(of_friend));
    consumers::routes(api);
    signed::routes(api);
}

/// Processes that a server shares.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Processes {
    items: Vec<ProcessName>,
}

/// Which processes of which friend.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FriendQuery {
    /// Its name.
    friend: String,
    /// Only those of this application.
    application: Option<Word<Application>>,
}

/// So many processes of a friend are told.
const MOST_SHARED: usize = 1_000;

/// For whoever could have some project area use one.
async fn of_friend(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let FriendQuery { friend, application } = asked.parameters()?;
    // Whoever keeps friends looks at what they share, too, be there a project area for it yet or none.
    let keeps = caller.view.may_manage_friends().is_ok();
    let may = |of: &Application| keeps || caller.view.may_use_processes(*of);
    let useful: Vec<Application> = Application::ALL
        .into_iter()
        .filter(|of| application.is_none_or(|Word(wanted)| wanted == *of))
        .filter(may)
        .collect();
    if useful.is_empty() {
        return Err(Problem::not_found());
    }
    let found = server.office.store().friend(&friend).await?;
    let friend = found.ok_or_else(|| match keeps {
        true => Problem::new(Kind::NotFound, friends::no_friend_called(&caller.view, &friend)),
        false => Problem::not_found(),
    })?;
    let answer = friends::get(&server, &friend, PROCESSES, HeaderMap::new()).await?;
    if answer.status == StatusCode::UNAUTHORIZED {
        let said = format!(
            "`{}` does not let this server in: {}; `bailiwick doctor --friend \"{}\"` says what is to be done",
            friend.name,
            friends::refused(&answer).1,
            friend.name
        );
        return Err(Problem::new(Kind::FriendAway, said));
    }
    let mut processes: Processes = answer.success()?.json()?;
    // A friend says what it likes: what no project area is called is none.
    let is_name = |name: &str| bad_name("project area", &name.into()).is_none();
    processes
        .items
        .retain(|it| useful.iter().any(|of| of.id() == it.application) && is_name(&it.project_area));
    processes.items.truncate(MOST_SHARED);
    body::answer(&processes)
}
