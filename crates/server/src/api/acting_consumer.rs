//! The consumers that act for people who have approved it (docs/cross-server.md#for-a-person): one's own and,
//! for those who manage users, those of others.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::{EndAccess, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Effect;

use super::account::{key_of, manage, manages_users};
use super::body::{self, Answer, NoParameters, Nothing};
use super::journal::instant;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use super::user::UserPath;
use crate::caller::Caller;
use crate::handler::{delete, get};
use crate::oauth::{Acting, acting_for};
use crate::problem::Problem;
use crate::router::Server;

const OF_USER: &str = "/users/{user}/consumers";
const ONE_OF_USER: &str = "/users/{user}/consumers/{consumer}";
const END: &str = "End what a consumer does for a user.";

pub(super) fn routes(api: &mut Api) {
    let own = "/me/consumers";
    api.own::<NoParameters, Nothing, ActingConsumers>(
        (Verb::Get, own),
        "List the consumers that act for me.",
        Scope::Read,
        || get(list_own),
    );
    api.own::<ConsumerPath, Nothing, Nothing>(
        (Verb::Delete, "/me/consumers/{consumer}"),
        "End what a consumer does for me.",
        Scope::Write,
        || delete(end_own),
    );
    api.own::<UserPath, Nothing, ActingConsumers>(
        (Verb::Get, OF_USER),
        "List the consumers that act for a user.",
        Scope::Read,
        || get(list),
    );
    api.own::<UserConsumerPath, Nothing, Nothing>(
        (Verb::Delete, ONE_OF_USER),
        END,
        Scope::Administer,
        || delete(end),
    )
    .once();
}

/// A consumer that acts for somebody, who has approved.
#[derive(Serialize, JsonSchema)]
struct ActingConsumer {
    /// Its key.
    key: String,
    /// What it is called here.
    name: String,
    /// The root services of the server that it is, where that is known.
    root_services: Option<String>,
    /// Since when.
    since: String,
    /// Until when, unless it is ended before.
    until: String,
}

/// The consumers that act for somebody, by name.
#[derive(Serialize, JsonSchema)]
struct ActingConsumers {
    items: Vec<ActingConsumer>,
}

async fn list_own(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let NoParameters {} = asked.parameters()?;
    list_of(&server, caller.view.asker_number()).await
}

async fn list(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: UserPath = asked.parameters()?;
    let user = path.find(&caller.view)?;
    manages_users(&caller)?;
    list_of(&server, user).await
}

async fn list_of(server: &Server, user: UserId) -> Answer {
    let one = |Acting { consumer, since, until }: Acting| ActingConsumer {
        key: consumer.key,
        name: consumer.name,
        root_services: consumer.root_services,
        since: instant(since),
        until: instant(until),
    };
    body::answer(&ActingConsumers { items: acting_for(server, user).await?.into_iter().map(one).collect() })
}

/// Which consumer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConsumerPath {
    /// The consumer's key.
    consumer: String,
}

async fn end_own(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let path: ConsumerPath = asked.parameters()?;
    end_my_consumer(&server, &caller, &path.consumer).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn end_my_consumer(server: &Server, caller: &Caller, key: &str) -> Result<(), Problem> {
    caller.is_in_person(server).await?;
    if !server.office.store().end_consumer_for(caller.view.asker_number(), key).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(user = %caller.view.asker().id, key, "ended what a consumer did for them");
    Ok(())
}

/// Which consumer of whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserConsumerPath {
    /// The user's id.
    user: String,
    /// The consumer's key.
    consumer: String,
}

async fn end(State(server): State<Arc<Server>>, caller: Caller, asked: Asked, headers: HeaderMap) -> Answer {
    let UserConsumerPath { user, consumer } = asked.parameters()?;
    let user = UserPath { user }.find(&caller.view)?;
    end_consumer_of(&server, &caller, &headers, user, &consumer).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn end_consumer_of(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    user: UserId,
    consumer_key: &str,
) -> Result<(), Problem> {
    let id = caller.view.id_of(user);
    let key = key_of(headers, caller, END, &[&*id, consumer_key])?;
    if let Some(key) = &key
        && key.was_done(server, caller).await?
    {
        return Ok(());
    }
    let all = acting_for(server, user).await?;
    let Some(acting) = all.into_iter().find(|it| it.consumer.key == consumer_key) else {
        manages_users(caller)?;
        return Err(Problem::not_found());
    };
    let effect = Effect::EndConsumerFor { user, consumer_key: acting.consumer.key };
    manage(server, caller, key, (END, &[&*id, &*acting.consumer.name]), EndAccess { user }, effect).await?;
    Ok(())
}
