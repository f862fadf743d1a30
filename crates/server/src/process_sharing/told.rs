//! What consumers are told of a process that is shared here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use governance::{Application, AreaId, ProcessTemplate, ToldProcess};
use sha2::{Digest as _, Sha256};
use store::Revision;

use crate::chance::hex;
use crate::office::Office;

/// A process as it is told: written once a version, however many ask.
#[derive(Debug)]
pub(crate) struct Shared {
    /// What this version is called.
    pub(crate) version: String,
    /// The revision by which this node has first seen it.
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
    pub(crate) fn now(&self, office: &Office, application: Application, name: &str) -> Option<Arc<Shared>> {
        let newest = office.published();
        let organisation = &newest.organisation;
        let named = organisation.project_area_named(application, name);
        let area = named.filter(|id| organisation.shares_process(*id))?;
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.get(&area);
        if let Some(looked) = before.filter(|looked| looked.at == newest.revision) {
            return Some(Arc::clone(&looked.shared));
        }
        let process =
            ProcessTemplate::of_project_area(organisation, area, organisation.area(area)?.name.clone())?;
        let text = serde_json::to_vec(&process).ok()?;
        let version = hex(&Sha256::digest(&text)[..16]);
        let same = before.filter(|looked| looked.shared.version == version);
        let shared = match same {
            Some(looked) => Arc::clone(&looked.shared),
            None => {
                let whole = ToldProcess {
                    version: version.as_str().into(),
                    revision: newest.revision.number(),
                    history: office.history_id().into(),
                    process,
                };
                let body = serde_json::to_vec(&whole).ok()?.into();
                Arc::new(Shared { version, revision: newest.revision, body })
            }
        };
        told.insert(area, Looked { at: newest.revision, shared: Arc::clone(&shared) });
        Some(shared)
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
