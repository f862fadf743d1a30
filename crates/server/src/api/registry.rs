//! The registry that tells who people are (docs/process.md#registries).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::Response;
use governance::SyncReport;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{self, Nothing, bad_query};
use super::carry_out::refusal_of;
use super::question::json_of;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::deadline;
use crate::handler::{get, post};
use crate::office::ChangeError;
use crate::problem::{Kind, Problem};
use crate::registry::{By, NotSynced, preview, sync};
use crate::router::Server;

const SYNC: &str = "Make users what the registry says, or tell what that would change.";

pub(super) fn routes(api: &mut Api) {
    let summary = "Look up people of the registry, to pick them.";
    api.own::<PeopleQuery, Nothing, Vec<Found>>(
        (Verb::Get, "/registry/people"),
        summary,
        Scope::Read,
        || get(people),
    );
    api.own::<SyncQuery, Nothing, SyncReport>(
        (Verb::Post, "/registry/sync"),
        SYNC,
        Scope::Administer,
        || post(synchronise),
    );
}

/// Which people.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PeopleQuery {
    /// What is in their id, name or mail address.
    text: String,
}

/// Somebody of whom the registry tells.
#[derive(Serialize, JsonSchema)]
struct Found {
    /// The id by which they are picked.
    id: String,
    name: String,
    mail: Option<String>,
    /// Whether there is a user of this id already.
    user: bool,
}

async fn people(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    let PeopleQuery { text } = asked.parameters()?;
    if let Err(refusal) = caller.view.may_look_people_up() {
        let refused = ChangeError::Refused(refusal);
        return Err(refusal_of(&server, &caller, "Look up people of the registry", refused).await);
    }
    if text.trim().is_empty() {
        return Err(bad_query("text", "expected a part of an id, a name or a mail address"));
    }
    let people = match &server.directory {
        Some(directory) => directory.people(text.trim()).await?,
        None => Vec::new(),
    };
    let found = people.into_iter().map(|person| Found {
        user: caller.view.user_by_id(&person.id).is_some(),
        id: person.id.to_string(),
        name: person.name.to_string(),
        mail: person.mail.map(|mail| mail.to_string()),
    });
    json_of(&server, caller.revision, &found.collect::<Vec<_>>())
}

/// How.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SyncQuery {
    /// Whether only to tell what would change, and which permissions people would lose.
    #[serde(default)]
    preview: bool,
    /// The share of the registry's users, of a hundred, that may vanish; default: `ldap.most_vanished`.
    #[schemars(range(max = 100))]
    most_vanished: Option<u8>,
}

async fn synchronise(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    mut request: Request,
) -> Result<Response, Problem> {
    caller.allows(Scope::Administer)?;
    let query: SyncQuery = asked.parameters()?;
    if query.most_vanished.is_some_and(|most| most > 100) {
        return Err(bad_query("most_vanished", "expected a share of a hundred, such as 10"));
    }
    if let Err(refusal) = caller.view.may_manage_users() {
        let refused = ChangeError::Refused(refusal);
        return Err(refusal_of(&server, &caller, SYNC.trim_end_matches('.'), refused).await);
    }
    deadline::allow_import(&mut request);
    let headers = request.headers().clone();
    let Nothing {} = body::read(&headers, Bytes::from_request(request, &server).await)?;
    let report = synchronised(&server, &caller, query.preview, query.most_vanished).await?;
    json_of(&server, server.office.published().revision, &report)
}

/// Makes users what the registry says, or tells what that would change.
pub(crate) async fn synchronised(
    server: &Arc<Server>,
    caller: &Caller,
    only_tells: bool,
    most_vanished: Option<u8>,
) -> Result<SyncReport, Problem> {
    caller.allows(Scope::Administer)?;
    if let Err(refusal) = caller.view.may_manage_users() {
        let refused = ChangeError::Refused(refusal);
        return Err(refusal_of(server, caller, SYNC.trim_end_matches('.'), refused).await);
    }
    if server.directory.is_none() {
        let said = "this server has no registry but its own; set `ldap.servers`, and start it again";
        return Err(Problem::new(Kind::Conflict, said));
    }
    let by = By { user: caller.view.asker().id.to_string(), address: caller.author().address };
    let shared = Arc::clone(server);
    // What is begun is brought to its end, even if nobody waits for it any more.
    let done = tokio::spawn(async move {
        let Some(directory) = &shared.directory else { return Err(ChangeError::Broken.into()) };
        let most = most_vanished.unwrap_or(directory.config().most_vanished);
        if only_tells {
            preview(&shared, directory, most).await
        } else {
            sync(&shared, directory, by, most).await
        }
    });
    done.await.map_err(|_| Problem::internal())?.map_err(not_synced)
}

fn not_synced(error: NotSynced) -> Problem {
    match error {
        NotSynced::Away(unreachable) => {
            // Who looks after users may know why.
            Problem::from(unreachable.clone()).because(unreachable.to_string())
        }
        NotSynced::Change(ChangeError::Composed(doubtful)) => {
            Problem::new(Kind::Conflict, doubtful.to_string())
        }
        NotSynced::Change(error) => Problem::not_made(error),
    }
}
