//! What consumers are told of a process that is shared here.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use governance::{Application, AreaId, ProcessTemplate, ToldProcess};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::{FactKey, HistoryOf, Revision, Store, StoreError};
use tokio::sync::Mutex;

use crate::chance::hex;
use crate::office::Office;

/// A process as it is told: written once a version, however many ask.
#[derive(Debug)]
pub(crate) struct Shared {
    /// What this version is called.
    pub(crate) version: String,
    /// The newest revision that has changed what it says: the same at all nodes, whenever they have begun.
    pub(crate) revision: Revision,
    /// As JSON.
    pub(crate) body: Bytes,
}

/// Those that were told, by their project areas.
#[derive(Default)]
pub(crate) struct ToldProcesses(Mutex<HashMap<AreaId, Looked>>);

struct Looked {
    /// When it was looked at last.
    at: Revision,
    shared: Arc<Shared>,
}

impl ToldProcesses {
    /// The process of this name as it is now, if it is shared.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn now(
        &self,
        office: &Office,
        application: Application,
        name: &str,
    ) -> Result<Option<Arc<Shared>>, StoreError> {
        // However many ask for a new version, it is written once.
        let mut told = self.0.lock().await;
        let newest = office.published();
        let organisation = &newest.organisation;
        let named = organisation.project_area_named(application, name);
        let Some(area) = named.filter(|id| organisation.shares_process(*id)) else { return Ok(None) };
        let before = told.get(&area);
        if let Some(looked) = before.filter(|looked| looked.at == newest.revision) {
            return Ok(Some(Arc::clone(&looked.shared)));
        }
        let name = organisation.area(area).map(|it| it.name.clone()).unwrap_or_default();
        let Some(process) = ProcessTemplate::of_project_area(organisation, area, name) else {
            return Ok(None);
        };
        let version = hex(&Sha256::digest(json(&process))[..16]);
        let changed = match newest.processes_changed.get(&area) {
            Some(revision) => Some(*revision),
            None => before.map(|looked| looked.shared.revision),
        };
        let revision = match changed {
            Some(revision) => revision,
            None => changed_at(office.store(), area, newest.revision).await?,
        };
        let same =
            |looked: &&Looked| (&looked.shared.version, looked.shared.revision) == (&version, revision);
        let shared = match before.filter(same) {
            Some(looked) => Arc::clone(&looked.shared),
            None => {
                let whole = ToldProcess {
                    version: version.as_str().into(),
                    revision: revision.number(),
                    history: office.history_id().into(),
                    project_area: Some(area.number()),
                    process,
                };
                Arc::new(Shared { version, revision, body: json(&whole).into() })
            }
        };
        told.insert(area, Looked { at: newest.revision, shared: Arc::clone(&shared) });
        Ok(Some(shared))
    }

    /// Every process that is shared here, by application and name.
    pub(crate) fn list(office: &Office) -> Vec<(Application, String)> {
        let organisation = &office.published().organisation;
        let shared = organisation.project_areas().filter(|(id, ..)| organisation.shares_process(*id));
        let mut names: Vec<_> =
            shared.map(|(_, area, project)| (project.application, area.name.to_string())).collect();
        names.sort_by(|one, other| (one.0.id(), &one.1).cmp(&(other.0.id(), &other.1)));
        names
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a process is names, words and what was JSON")
}

/// The newest revision up to this one that has changed what is told of the process, by the journal: what this
/// node has not seen change.
async fn changed_at(store: &Store, area: AreaId, newest: Revision) -> Result<Revision, StoreError> {
    /// Others are seldom between: of who is a member, say, another kind of fact tells.
    const AT_A_TIME: u32 = 10;
    let number = area.number();
    let fact = |kind: &str| FactKey { kind: kind.to_owned(), key: number.to_string() }.into();
    let [area, roles, preconditions] = ["process-area", "roles", "preconditions"].map(fact);
    let facts = [area, roles, preconditions, HistoryOf::Numbered("permission", number)];
    let mut older_than = newest.next();
    loop {
        let page = store.history(&facts, Some(older_than), AT_A_TIME).await?;
        let changes = store.changes_of(&page, &facts, u32::MAX).await?;
        let mut newest_first = changes.iter().rev();
        if let Some((revision, _)) =
            newest_first.find(|(_, events)| events.iter().any(|it| ProcessTemplate::changed_by(it).is_some()))
        {
            return Ok(*revision);
        }
        match page.entries.last() {
            Some((oldest, _)) => older_than = *oldest,
            // It is older than the journal.
            None => return Ok(Revision::NONE),
        }
    }
}
