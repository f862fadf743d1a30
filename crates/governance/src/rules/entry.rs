//! Permission entries (docs/decision.md#permission-lookup,
//! docs/organisation-document.md#templates-below-a-project-area).

use super::{Check, Rule};
use crate::catalogue::{ActionPattern, Class};
use crate::event::Change;
use crate::organisation::Organisation;
use crate::process::{EVERYONE, Permission, PermissionKey, Slot};
use crate::process_area::AreaId;
use crate::timeline::Iteration;

impl Check<'_> {
    pub(super) fn entry(&mut self, change: &Change<(AreaId, PermissionKey), Permission>) {
        if let Some(permission) = &change.after {
            let (area, key) = &change.key;
            self.valid_entry(*area, key, permission);
        }
    }

    pub(super) fn valid_entry(&mut self, area: AreaId, key: &PermissionKey, permission: &Permission) {
        let operation = key.operation;
        for pattern in permission.actions.iter() {
            if ActionPattern::parse(operation, pattern.path()).is_err() {
                self.fail(Rule::EntryAction { action: pattern.path().to_owned(), operation });
            }
        }
        self.valid_entry_key(area, key);
    }

    /// For whom, of what and when an entry speaks: of what the area knows.
    pub(super) fn valid_entry_key(&mut self, area: AreaId, key: &PermissionKey) {
        let organisation = self.organisation;
        let name = self.area_name(area);
        let project = organisation.project_of(area);
        let Some((application, _)) = organisation.area(project).and_then(|it| it.process()) else {
            return self.there(false, "entry of", &name, "process area");
        };
        let operation = key.operation;
        let role = key.role.clone();
        let visible = *role == *EVERYONE || organisation.knows_role(area, &role);
        self.require(visible, || Rule::EntryRole { role, area: name.clone() });
        if operation.application().is_some_and(|it| it != application) {
            self.fail(Rule::EntryApplication { operation, application, area: name.clone() });
        } else if area != project && operation.class() == Class::Project {
            self.fail(Rule::EntryClass { operation, area: name.clone() });
        }
        let timelines = organisation.timelines(project);
        let (known, slot) = match &key.slot {
            Slot::Always => return,
            Slot::Timeline(timeline) => {
                (timelines.iter().any(|it| it.name == *timeline), format!("the timeline `{timeline}`"))
            }
            Slot::IterationType(of) => {
                (declares(organisation, project, of), format!("the iteration type `{of}`"))
            }
            Slot::Iteration { timeline, iteration } => (
                timelines.iter().any(|it| it.name == *timeline && it.iteration(iteration).is_some()),
                format!("the iteration `{iteration}` of timeline `{timeline}`"),
            ),
        };
        self.require(known, || Rule::EntrySlot { slot, area: name });
    }
}

/// Whether a project area declares an iteration type, itself or, where the link says so, through its
/// provider.
pub(super) fn declares(organisation: &Organisation, project: AreaId, iteration_type: &str) -> bool {
    let Some(area) = organisation.area(project) else { return false };
    if let Some(copy) = area.copy() {
        return copy.iteration_types.iter().any(|it| **it == *iteration_type);
    }
    let Some(area) = area.project() else { return false };
    let own = area.iteration_types.iter().any(|it| **it == *iteration_type);
    let linked =
        area.uses_process.as_ref().filter(|link| link.iteration_types).and_then(|link| link.lender());
    own || linked.is_some_and(|provider| {
        let process = organisation.area(provider).and_then(|it| it.process());
        process.is_some_and(|(_, types)| types.iter().any(|it| **it == *iteration_type))
    })
}

/// Every iteration type that iterations have.
pub(super) fn types_of(iterations: &[Iteration]) -> Vec<&crate::text::Name> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Iteration> = iterations.iter().collect();
    while let Some(iteration) = waiting.pop() {
        found.extend(&iteration.iteration_type);
        waiting.extend(iteration.iterations.iter());
    }
    found
}
