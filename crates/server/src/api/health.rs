//! How this server is doing, for those who manage it; whether to send requests to it, everybody may ask at
//! `/health/ready` (docs/guide/operating.md#health).

use std::sync::Arc;

use axum::extract::State;
use governance::Frozen;
use schemars::JsonSchema;
use serde::Serialize;
use store::Trouble;

use super::body::{self, Answer, NoParameters, Nothing};
use super::journal::instant;
use super::keys::allowed;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::handler::get;
use crate::health::Readiness;
use crate::process_sharing::{Followed, FriendProcesses, followed};
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let summary = "Tell how this server is doing, and how it follows the processes of friends.";
    api.own::<NoParameters, Nothing, Health>((Verb::Get, "/health"), summary, Scope::Read, || get(read));
}

/// How this server is doing.
#[derive(Serialize, JsonSchema)]
struct Health {
    #[serde(flatten)]
    readiness: Readiness,
    /// The newest revision of this node.
    revision: u64,
    /// How many it is behind the database.
    revisions_behind: u64,
    /// Every friend; last, servers that are no friends and whose processes are used all the same.
    friends: Vec<FollowedFriend>,
}

/// A server that this one asks.
#[derive(Serialize, JsonSchema)]
struct FollowedFriend {
    /// Null: no friends.
    name: Option<String>,
    root_services: Option<String>,
    /// Those that are used here.
    processes: Vec<FollowedProcess>,
}

/// A process of another server.
#[derive(Serialize, JsonSchema)]
struct FollowedProcess {
    /// The public URI of its server.
    server: String,
    application: &'static str,
    project_area: String,
    /// Which version is here; null before it was fetched.
    version: Option<String>,
    /// `not-shared`, `not-let-in` or `replaced`, where its server does not tell of it any more.
    frozen: Option<&'static str>,
    /// How many seconds ago its server has told which version there is.
    age: Option<i64>,
    /// How many versions it has told of since then that could not be taken over.
    versions_behind: u64,
    /// What is in the way.
    trouble: Option<String>,
    /// What was in the way last, and when.
    last_failure: Option<FollowingFailure>,
}

/// What was in the way.
#[derive(Serialize, JsonSchema)]
struct FollowingFailure {
    at: String,
    said: String,
}

impl From<Followed> for FollowedProcess {
    fn from(followed: Followed) -> Self {
        let Followed { of, version, frozen, age, versions_behind, trouble, last_failure } = followed;
        Self {
            server: of.server.to_string(),
            application: of.application.id(),
            project_area: of.project_area.to_string(),
            version,
            frozen: frozen.map(Frozen::word),
            age,
            versions_behind,
            trouble: trouble.map(|it| it.said),
            last_failure: last_failure
                .map(|Trouble { said, since }| FollowingFailure { at: instant(since), said }),
        }
    }
}

impl From<FriendProcesses> for FollowedFriend {
    fn from(FriendProcesses { friend, processes }: FriendProcesses) -> Self {
        let (name, root_services) = friend.map(|it| (it.name, it.root_services)).unzip();
        Self { name, root_services, processes: processes.into_iter().map(FollowedProcess::from).collect() }
    }
}

/// Names of friends and of project areas elsewhere are for those who manage friends.
async fn read(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    allowed(&caller.view, caller.view.may_manage_friends())?;
    let newest = server.office.published();
    let friends = followed(&newest.organisation, server.office.store()).await?;
    let observed = &server.metrics.observed;
    body::answer(&Health {
        readiness: observed.readiness(),
        revision: newest.revision.number(),
        revisions_behind: observed.revisions_behind(newest.revision),
        friends: friends.into_iter().map(FollowedFriend::from).collect(),
    })
}
