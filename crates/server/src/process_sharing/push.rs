//! Telling consumers that a process has changed. They then ask for it, as they do now and then anyway:
//! nothing is lost when one cannot be reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use governance::Application;
use governance::text::Name;
use serde_json::{Value, json};
use store::{Friend, ProcessConsumer, StoreError};
use tokio::time::{interval, sleep};

use super::errands::Errands;
use super::{CHANGED, ProcessName};
use crate::friends;
use crate::repeated_failure;
use crate::router::Server;

/// Changes that come within this time are told together.
const GATHERED: Duration = Duration::from_millis(50);
/// How often who has asked is written down, and read who has asked other nodes.
const LEARNT_EVERY: Duration = Duration::from_secs(5);

/// The name of a project area that shares its process.
type Process = (Application, String);

/// What this node tells.
#[derive(Default)]
struct News {
    /// The processes that somebody uses.
    used: BTreeSet<Process>,
    /// The versions of which everybody was told; none of a process that is not shared any more.
    told: BTreeMap<Process, Option<String>>,
    /// Whom it has yet to tell, by key and process, and where.
    untold: BTreeMap<(String, Process), (Friend, ProcessConsumer)>,
}

/// Pushes, for ever.
pub(crate) async fn push(server: Arc<Server>) {
    let mut revisions = server.office.revisions();
    let mut learning = interval(LEARNT_EVERY);
    let mut news = News::default();
    let mut errands = Errands::default();
    loop {
        let gathered = tokio::select! {
            () = errands.ended() => Ok(()),
            _ = learning.tick() => news.learn(&server).await,
            _ = revisions.changed() => {
                sleep(GATHERED).await;
                revisions.borrow_and_update();
                news.gather(&server).await
            }
        };
        if let Err(error) = gathered {
            repeated_failure::log("cannot tell consumers of changed processes", &error);
        }
        news.untold.retain(|_, (friend, consumer)| {
            let may_begin = errands.may_begin(&friend.name);
            if may_begin {
                let telling = tell(Arc::clone(&server), friend.clone(), consumer.clone());
                errands.begin(friend.name.clone(), telling);
            }
            !may_begin
        });
    }
}

impl News {
    /// Other nodes are asked, too.
    async fn learn(&mut self, server: &Server) -> Result<(), StoreError> {
        server.sharing.consumers.keep(server).await?;
        let all = server.office.store().process_consumers().await?;
        self.used.extend(all.into_iter().map(|consumer| (consumer.application, consumer.project_area)));
        self.gather(server).await
    }

    /// Notes whom to tell of what has changed.
    async fn gather(&mut self, server: &Server) -> Result<(), StoreError> {
        let store = server.office.store();
        server.sharing.consumers.keep(server).await?;
        self.used.append(&mut server.sharing.consumers.asked_for());
        let mut changed = BTreeMap::new();
        for of in &self.used {
            let version = version(server, of).await?;
            if self.told.get(of) != Some(&version) {
                changed.insert(of.clone(), version);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let consumers = store.process_consumers().await?;
        let keys = store.consumers().await?.into_iter();
        let address = |root_services: &str| governance::server_address(root_services);
        let servers: BTreeMap<String, Name> =
            keys.filter_map(|it| Some((it.key, address(&it.root_services?)?))).collect();
        let all_friends = store.friends().await?.into_iter();
        let friends: BTreeMap<Name, Friend> =
            all_friends.filter_map(|friend| Some((address(&friend.root_services)?, friend))).collect();
        for consumer in consumers {
            let of = (consumer.application, consumer.project_area.clone());
            if changed.get(&of).is_some_and(|version| *version != consumer.version)
                && let Some(friend) = servers.get(&consumer.consumer_key).and_then(|it| friends.get(it))
            {
                self.untold.insert((consumer.consumer_key.clone(), of), (friend.clone(), consumer));
            }
        }
        self.told.extend(changed);
        Ok(())
    }
}

async fn version(
    server: &Server,
    (application, project_area): &Process,
) -> Result<Option<String>, StoreError> {
    let shared = server.sharing.told.now(&server.office, *application, project_area).await?;
    Ok(shared.map(|shared| shared.version.clone()))
}

/// Tells a consumer that its process has changed, unless another node has.
async fn tell(server: Arc<Server>, friend: Friend, consumer: ProcessConsumer) {
    let of = (consumer.application, consumer.project_area.clone());
    let claimed = match version(&server, &of).await {
        Ok(version) => server.office.store().claim_push(&consumer, version.as_deref()).await,
        Err(error) => Err(error),
    };
    match claimed {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return repeated_failure::log("cannot keep who was told of a process", &error),
    }
    let process = ProcessName { application: of.0.id().to_owned(), project_area: of.1 };
    let sent = friends::post(&server, &friend, CHANGED, HeaderMap::new(), &json!(process)).await;
    match sent {
        Ok(answer) if answer.status.is_success() => {}
        Ok(answer)
            if answer.status == StatusCode::NOT_FOUND
                && answer.json::<Value>().is_ok_and(|told| told["used"] == Value::Bool(false)) =>
        {
            // By the key by which it asked for it: a process that nobody there uses has no consumer there.
            let ProcessConsumer { consumer_key, application, project_area, .. } = &consumer;
            let store = server.office.store();
            if let Err(error) =
                store.forget_process_consumer(consumer_key, *application, project_area, consumer.asked).await
            {
                repeated_failure::log("cannot forget who uses a process no more", &error);
            }
        }
        Ok(answer) => {
            tracing::info!(friend = friend.name, status = %answer.status, "does not want to know of a process");
        }
        Err(error) => {
            tracing::info!(friend = friend.name, %error, "cannot be told of a process; it asks by itself");
        }
    }
}
