//! Preconditions and approvals (docs/process.md#preconditions).

use std::collections::HashSet;

use super::{Check, Rule};
use crate::configuration::{ConfigurationId, ConfigurationKind};
use crate::event::Change;
use crate::precondition::{Approval, Precondition, Preconditions};
use crate::process::EVERYONE;
use crate::process_area::AreaId;
use crate::user::UserId;

impl Check<'_> {
    pub(super) fn preconditions(&mut self, change: &Change<AreaId, Preconditions>) {
        let name = self.area_name(change.key);
        let there = self.organisation.area(change.key).is_some();
        self.there(there, "preconditions of", &name, "process area");
        self.valid_preconditions(change.key);
    }

    pub(super) fn valid_preconditions(&mut self, area: AreaId) {
        let organisation = self.organisation;
        let mut keys = HashSet::new();
        for entry in organisation.preconditions(area) {
            self.valid_entry_key(area, &entry.key);
            let (name, operation) = (self.area_name(area), entry.key.operation);
            if !keys.insert(&entry.key) {
                let role = entry.key.role.clone();
                self.fail(Rule::PreconditionTwice { role, operation, area: name.clone() });
            }
            for precondition in entry.require.iter() {
                if !precondition.fits(operation) {
                    let precondition = precondition.clone();
                    self.fail(Rule::PreconditionOperation { precondition, operation, area: name.clone() });
                }
                if let Precondition::Approval(role) = precondition {
                    let visible = **role == *EVERYONE || organisation.knows_role(area, role);
                    let (role, area) = (role.clone(), name.clone());
                    self.require(visible, || Rule::EntryRole { role, area });
                }
            }
        }
    }

    pub(super) fn approval(&mut self, change: &Change<(ConfigurationId, UserId), Approval>) {
        if change.after.is_none() {
            return;
        }
        let (id, user) = change.key;
        let configuration = self.organisation.configuration(id);
        let name = configuration.map_or_else(|| "".into(), |it| it.name.clone());
        self.there(configuration.is_some(), "approval of", &name, "configuration");
        self.there(self.organisation.user(user).is_some(), "approval of", &name, "user");
        let personal = configuration.is_some_and(|it| matches!(it.kind, ConfigurationKind::Personal(_)));
        self.require(!personal, || Rule::ApprovalOfPersonal(name));
    }
}
