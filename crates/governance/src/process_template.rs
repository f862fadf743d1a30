//! Process templates that a server keeps (docs/process.md#process-templates).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::catalogue::Application;
use crate::event::Event;
use crate::id::Id;
use crate::organisation::Organisation;
use crate::precondition::{PreconditionEntry, Preconditions};
use crate::process::{Permission, PermissionKey, Role, Slot};
use crate::process_area::{AreaId, ProcessArea};
use crate::text::Name;

/// Identifies a process template that the server keeps.
pub type ProcessTemplateId = Id<ProcessTemplate>;

/// What a project area can begin with. It is copied once, and has no influence afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessTemplate {
    /// Unique on the server.
    pub name: Name,
    /// Whose project areas can begin with it; `None`: every application's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Application>,
    /// The roles, in order.
    pub roles: Arc<[Role]>,
    /// The entries, in order of their keys.
    pub permissions: Arc<[(PermissionKey, Permission)]>,
    /// What is demanded besides, in order.
    #[serde(default, skip_serializing_if = "no_preconditions")]
    pub preconditions: Preconditions,
    /// The iteration types.
    #[serde(default)]
    pub iteration_types: Arc<[Name]>,
    /// `description`, and what a project area carries of its process ([`Self::PROCESS_KEYS`]).
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// Whether an entry comes along: a template has no timelines.
fn holds(slot: &Slot) -> bool {
    matches!(slot, Slot::Always | Slot::IterationType(_))
}

fn no_preconditions(entries: &Preconditions) -> bool {
    entries.is_empty()
}

impl ProcessTemplate {
    /// The carried keys that belong to a process, and so go from a template to a project area and back.
    pub const PROCESS_KEYS: [&'static str; 7] = [
        "attribute_types",
        "link_types",
        "denial_texts",
        "work_item_types",
        "artefact_types",
        "test_artefact_types",
        "test_categories",
    ];

    /// The process that a project area has now, what it uses of another's included. What holds at a timeline
    /// or an iteration alone stays behind, since a template has none. `None` where there is no such project
    /// area.
    pub fn of_project_area(organisation: &Organisation, area: AreaId, name: Name) -> Option<Self> {
        organisation.area(area)?.project()?;
        let unlinked = crate::command::unlinked(organisation, area);
        let organisation = unlinked.as_ref().unwrap_or(organisation);
        let process_area = organisation.area(area)?;
        let project = process_area.project()?;
        let carried = process_area.carried.iter().filter(|(key, _)| Self::PROCESS_KEYS.contains(key));
        Some(Self {
            name,
            application: Some(project.application),
            roles: organisation.roles(area).into(),
            permissions: organisation
                .permissions(area)
                .filter(|(key, _)| holds(&key.slot))
                .map(|(key, permission)| (key.clone(), permission.clone()))
                .collect(),
            preconditions: organisation
                .preconditions(area)
                .iter()
                .filter(|entry| holds(&entry.key.slot))
                .cloned()
                .collect(),
            iteration_types: Arc::clone(&project.iteration_types),
            carried: carried.map(|(key, value)| (key.to_owned(), value.clone())).collect(),
        })
    }

    /// The project area, if any, of whose process something else is told after an event.
    pub fn changed_by(event: &Event) -> Option<AreaId> {
        let held = |entries: &Option<Preconditions>| -> Vec<PreconditionEntry> {
            let entries = entries.iter().flat_map(|entries| entries.iter());
            entries.filter(|entry| holds(&entry.key.slot)).cloned().collect()
        };
        let (area, is_changed) = match event {
            Event::Roles(change) => (change.key, true),
            Event::Permission(change) => (change.key.0, holds(&change.key.1.slot)),
            Event::Preconditions(change) => (change.key, held(&change.before) != held(&change.after)),
            Event::Area(change) => {
                let said = |area: &Option<Arc<ProcessArea>>| {
                    let area = area.as_deref()?;
                    let project = area.project()?;
                    let carried = Self::PROCESS_KEYS.map(|key| area.carried.get(key).cloned());
                    let (types, uses) = (project.iteration_types.clone(), project.uses_process.clone());
                    Some((area.name.clone(), types, uses, carried))
                };
                (change.key, said(&change.before) != said(&change.after))
            }
            _ => return None,
        };
        is_changed.then_some(area)
    }

    /// Whether project areas of the application can begin with it.
    pub fn fits(&self, application: Application) -> bool {
        self.application.is_none_or(|own| own == application)
    }

    /// What a project area that begins with it carries, own keys replacing the template's.
    pub fn carried_below(&self, own: &Carried) -> Carried {
        let keys = self.carried.iter().filter(|(key, _)| Self::PROCESS_KEYS.contains(key));
        keys.chain(own.iter()).map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }
}
