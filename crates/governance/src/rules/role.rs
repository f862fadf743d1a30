//! Role definitions (docs/process.md#roles).

use std::collections::HashSet;
use std::sync::Arc;

use super::{Check, Rule};
use crate::event::Change;
use crate::process::{Cardinality, EVERYONE, Role};
use crate::process_area::AreaId;

impl Check<'_> {
    pub(super) fn roles(&mut self, change: &Change<AreaId, Arc<[Role]>>) {
        let name = self.area_name(change.key);
        self.there(self.organisation.area(change.key).is_some(), "role list of", &name, "process area");
        self.defined_roles(change.key);
        let meaning = |roles: &Option<Arc<[Role]>>| -> HashSet<(crate::text::Name, bool)> {
            let roles = roles.iter().flat_map(|roles| roles.iter());
            roles.map(|role| (role.id.clone(), role.cardinality == Cardinality::One)).collect()
        };
        if meaning(&change.before) != meaning(&change.after) {
            self.spread(change.key);
            self.spread_to_consumers(change.key);
        }
    }

    /// The roles that an area defines: each once, none that is in use above a team area.
    pub(super) fn defined_roles(&mut self, area: AreaId) {
        let organisation = self.organisation;
        let above = organisation.area(area).and_then(|it| it.parent());
        let mut seen = HashSet::new();
        for role in organisation.roles(area) {
            self.named("role", &role.id);
            self.named("role", &role.name);
            self.require(&*role.id != EVERYONE, || Rule::EveryoneRole);
            let (id, name) = (role.id.clone(), self.area_name(area));
            if !seen.insert(&role.id) {
                self.fail(Rule::RoleTwice { role: id, area: name });
            } else if above.is_some_and(|above| organisation.role(above, &role.id).is_some()) {
                self.fail(Rule::RoleInUseAbove { role: id, area: name });
            }
        }
    }
}
