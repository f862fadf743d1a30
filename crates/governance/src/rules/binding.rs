//! Groups of registries that are bound to roles (docs/process.md#groups-bound-to-roles).

use std::collections::HashSet;

use super::{Check, Rule};
use crate::event::Change;
use crate::process::EVERYONE;
use crate::settings::Settings;

impl Check<'_> {
    pub(super) fn settings(&mut self, change: &Change<(), Settings>) {
        let organisation = self.organisation;
        let mut seen = HashSet::new();
        for binding in change.after.iter().flat_map(|settings| settings.group_bindings.iter()) {
            let (group, role, area) = (&binding.group, &binding.role, self.area_name(binding.area));
            self.named("group", group);
            self.there(organisation.area(binding.area).is_some(), "binding of", group, "process area");
            let visible = **role != *EVERYONE && organisation.knows_role(binding.area, role);
            self.require(visible, || Rule::BindingRole { role: role.clone(), area: area.clone() });
            let (group, role) = (group.clone(), role.clone());
            self.require(seen.insert(binding), || Rule::BindingTwice { group, role, area });
        }
    }
}
