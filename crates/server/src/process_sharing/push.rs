//! Telling consumers that a process has changed. They then ask for it, as they do now and then anyway:
//! nothing is lost when one cannot be reached.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use governance::Application;
use serde_json::json;
use store::{Friend, ProcessConsumer, StoreError};
use tokio::time::{Instant, sleep, timeout};

use super::{CHANGED, ProcessName};
use crate::friends::{self, same_server};
use crate::repeated_failure;
use crate::router::Server;

/// Changes that come within this time are told together.
const GATHERED: Duration = Duration::from_millis(50);
/// How often who has asked is written down, and read who has asked other nodes.
const LEARNT_EVERY: Duration = Duration::from_secs(5);
const AT_A_TIME: usize = 32;
/// What a consumer is told of a process that is not shared any more.
const NOTHING: &str = "none";

/// Pushes, for ever.
pub(crate) async fn push(server: Arc<Server>) {
    let mut revisions = server.office.revisions();
    let mut learnt: Option<Instant> = None;
    // The versions of the processes that somebody uses, of which everybody was told.
    let mut told: BTreeMap<(Application, String), String> = BTreeMap::new();
    loop {
        let changed = timeout(LEARNT_EVERY, revisions.changed()).await.is_ok();
        if changed {
            sleep(GATHERED).await;
            revisions.borrow_and_update();
        }
        let learn = learnt.is_none_or(|at| at.elapsed() >= LEARNT_EVERY);
        if let Err(error) = told_anew(&server, &mut told, learn).await {
            repeated_failure::log("cannot tell consumers of changed processes", &error);
        }
        if learn {
            learnt = Some(Instant::now());
        }
    }
}

async fn told_anew(
    server: &Arc<Server>,
    told: &mut BTreeMap<(Application, String), String>,
    learn: bool,
) -> Result<(), StoreError> {
    let store = server.office.store();
    server.sharing.consumers.keep(server).await?;
    for of in server.sharing.consumers.asked_for() {
        told.entry(of).or_default();
    }
    let mut consumers = None;
    if learn {
        // Other nodes are asked, too.
        let all = store.process_consumers().await?;
        for consumer in &all {
            told.entry((consumer.application, consumer.project_area.clone())).or_default();
        }
        consumers = Some(all);
    }
    let version = |(application, name): &(Application, String)| {
        let shared = server.sharing.told.now(&server.office, *application, name);
        shared.map_or_else(|| NOTHING.to_owned(), |shared| shared.version.clone())
    };
    let changed: Vec<_> =
        told.iter().filter(|(of, before)| version(of) != **before).map(|(of, _)| of.clone()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let consumers = match consumers {
        Some(consumers) => consumers,
        None => store.process_consumers().await?,
    };
    let keys: BTreeMap<String, String> = store
        .consumers()
        .await?
        .into_iter()
        .filter_map(|consumer| Some((consumer.key, consumer.root_services?)))
        .collect();
    let all_friends = store.friends().await?;
    let friend_of = |consumer: &ProcessConsumer| -> Option<&Friend> {
        let root_services = keys.get(&consumer.consumer_key)?;
        all_friends.iter().find(|friend| same_server(&friend.root_services, root_services))
    };
    let mut waiting = Vec::new();
    for of in changed {
        let version = version(&of);
        for consumer in consumers.iter().filter(|it| (it.application, &it.project_area) == (of.0, &of.1)) {
            if consumer.version != version
                && let Some(friend) = friend_of(consumer)
            {
                waiting.push((consumer, friend, version.clone()));
            }
        }
        told.insert(of, version);
    }
    iter(waiting)
        .for_each_concurrent(AT_A_TIME, async |(consumer, friend, version)| {
            match store.claim_push(consumer, &version).await {
                Ok(true) => tell(server, friend, consumer).await,
                Ok(false) => {}
                Err(error) => repeated_failure::log("cannot keep who was told of a process", &error),
            }
        })
        .await;
    Ok(())
}

async fn tell(server: &Server, friend: &Friend, consumer: &ProcessConsumer) {
    let process = ProcessName {
        application: consumer.application.id().to_owned(),
        project_area: consumer.project_area.clone(),
    };
    let sent = friends::post(server, friend, CHANGED, HeaderMap::new(), &json!(process)).await;
    match sent {
        Ok(answer) if answer.status.is_success() => {}
        Ok(answer) => {
            tracing::info!(friend = friend.name, status = %answer.status, "does not want to know of a process");
        }
        Err(error) => {
            tracing::info!(friend = friend.name, %error, "cannot be told of a process; it asks by itself");
        }
    }
}
