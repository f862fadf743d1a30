//! Who uses the processes of this server, and which versions they have.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use governance::Application;
use store::{Moment, ProcessConsumer, Revision, StoreError};

use super::Shared;
use crate::chance::now;
use crate::router::Server;

/// Those who have asked this node.
#[derive(Default)]
pub(crate) struct Consumers {
    /// Who was not yet written down: many ask within a moment.
    waiting: Mutex<HashMap<(String, Application, String), ProcessConsumer>>,
    /// The processes that were asked for.
    asked_for: Mutex<BTreeSet<(Application, String)>>,
    /// Which version was sent last to each, and which it has said that it has.
    sent: Mutex<HashMap<(String, Application, String), Sent>>,
}

/// What was sent to a consumer, which may be unable to keep it.
#[derive(Clone, Default)]
struct Sent {
    version: String,
    /// The version that it had at last, by its own words, with the revision of that.
    had: Option<(String, Revision)>,
}

/// How a consumer is behind.
#[derive(Clone, Debug)]
pub(crate) struct Lag {
    pub(crate) consumer: ProcessConsumer,
    /// What it is called here.
    pub(crate) name: String,
    /// The version that there is; none once it is not shared any more.
    pub(crate) newest: Option<(String, u64)>,
}

impl Lag {
    /// Whether it has what there is, or knows that there is nothing.
    pub(crate) fn is_current(&self) -> bool {
        self.newest.as_ref().map(|(version, _)| version) == self.consumer.version.as_ref()
    }
}

impl Consumers {
    /// Somebody is sent this version, and has it from now on; save whoever was sent it before and still says
    /// that they have another, `held`.
    pub(crate) fn is_sent(
        &self,
        (key, application, project_area): (&str, Application, &str),
        shared: &Shared,
        held: Option<&str>,
    ) {
        let place = (key.to_owned(), application, project_area.to_owned());
        let (version, revision) = {
            let mut all = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = all.entry(place).or_default();
            let has = held == Some(&shared.version);
            if has {
                sent.had = Some((shared.version.clone(), shared.revision));
            }
            match held {
                Some(held) if !has && sent.version == shared.version => {
                    let had = sent.had.clone().filter(|(version, _)| version == held);
                    had.unwrap_or_else(|| (held.to_owned(), Revision::new(0)))
                }
                _ => {
                    sent.version.clone_from(&shared.version);
                    (shared.version.clone(), shared.revision)
                }
            }
        };
        self.note(key, application, project_area, Some(version), revision);
        let mut asked_for = self.asked_for.lock().unwrap_or_else(PoisonError::into_inner);
        asked_for.insert((application, project_area.to_owned()));
    }

    /// Somebody knows from now on that it is not shared.
    pub(crate) fn has_none(&self, key: &str, application: Application, project_area: &str, at: Revision) {
        let place = (key.to_owned(), application, project_area.to_owned());
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
        self.note(key, application, project_area, None, at);
    }

    /// Somebody uses it no more.
    pub(crate) async fn forget(
        &self,
        server: &Server,
        key: &str,
        application: Application,
        project_area: &str,
    ) -> Result<(), StoreError> {
        let place = (key.to_owned(), application, project_area.to_owned());
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
        server.office.store().forget_process_consumer(key, application, project_area, now()).await
    }

    fn note(
        &self,
        key: &str,
        application: Application,
        project_area: &str,
        version: Option<String>,
        revision: Revision,
    ) {
        let consumer = ProcessConsumer {
            consumer_key: key.to_owned(),
            application,
            project_area: project_area.to_owned(),
            version,
            revision: i64::try_from(revision.number()).unwrap_or(i64::MAX),
            asked: now(),
        };
        let place = (key.to_owned(), application, project_area.to_owned());
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(place, consumer);
    }

    /// The processes that somebody has asked this node for.
    pub(super) fn asked_for(&self) -> BTreeSet<(Application, String)> {
        self.asked_for.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes down who has asked since this was last done.
    pub(super) async fn keep(&self, server: &Server) -> Result<(), StoreError> {
        let waiting: Vec<_> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.drain().map(|(_, consumer)| consumer).collect()
        };
        if waiting.is_empty() {
            return Ok(());
        }
        let kept = server.office.store().process_consumers_asked(&waiting).await;
        if kept.is_err() {
            let mut again = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            for consumer in waiting {
                let place =
                    (consumer.consumer_key.clone(), consumer.application, consumer.project_area.clone());
                again.entry(place).or_insert(consumer);
            }
        }
        kept
    }

    /// Everybody who uses a process of this server, and how far they are behind.
    pub(crate) async fn lags(&self, server: &Server) -> Result<Vec<Lag>, StoreError> {
        self.keep(server).await?;
        let store = server.office.store();
        let names: HashMap<String, String> =
            store.consumers().await?.into_iter().map(|consumer| (consumer.key, consumer.name)).collect();
        let told = &server.sharing.told;
        let mut lags = Vec::new();
        for consumer in store.process_consumers().await? {
            // One whose key is gone uses nothing of this server any more.
            let Some(name) = names.get(&consumer.consumer_key).cloned() else { continue };
            let shared = told.now(&server.office, consumer.application, &consumer.project_area).await?;
            let newest = shared.map(|shared| (shared.version.clone(), shared.revision.number()));
            lags.push(Lag { name, newest, consumer });
        }
        Ok(lags)
    }
}

/// So long ago, in seconds.
pub(crate) fn seconds_since(then: Moment) -> i64 {
    (now().microseconds() - then.microseconds()).max(0) / 1_000_000
}
