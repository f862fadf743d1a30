//! Who stands where: administrators, members and their roles, access lists (docs/process.md#members).

use super::{Check, Rule};
use crate::catalogue::OperationId;
use crate::event::{Change, Event, Holds};
use crate::organisation::Organisation;
use crate::process::{Cardinality, EVERYONE, PermissionKey, Slot};
use crate::process_area::{AreaId, AssignedRoles};
use crate::user::UserId;

/// Whether a role is made of tag permissions alone (docs/global-configurations.md#tags).
fn is_tagless(organisation: &Organisation, project: AreaId, role: &str) -> bool {
    let provider =
        organisation.area(project).and_then(|area| area.project()?.uses_process.as_ref()?.lender());
    let mut entries = std::iter::once(project).chain(provider).flat_map(|area| {
        let first = PermissionKey { role: role.into(), operation: OperationId::first(), slot: Slot::Always };
        organisation
            .facts
            .permissions
            .range((area, first)..)
            .take_while(move |((of, key), _)| *of == area && *key.role == *role)
            .map(|((_, key), _)| key.operation.is_tagless())
    });
    entries.next().is_some_and(|first| first && entries.all(|it| it))
}

impl Check<'_> {
    /// Both the area and the user are there.
    pub(super) fn stands<V>(&mut self, change: &Change<(AreaId, UserId), V>, what: &'static str) {
        let ((area, user), name) = (change.key, self.area_name(change.key.0));
        if change.after.is_some() {
            self.there(self.organisation.area(area).is_some(), what, &name, "process area");
            self.there(self.organisation.user(user).is_some(), what, &name, "user");
        }
    }

    pub(super) fn listed(&mut self, change: &Change<(AreaId, UserId), Holds>) {
        self.stands(change, "access list of");
        let team = self.organisation.area(change.key.0).is_some_and(|area| area.team().is_some());
        if team && change.after.is_some() {
            let area = self.area_name(change.key.0);
            self.fail(Rule::ProjectAreaOnly { what: "an access list", area });
        }
    }

    pub(super) fn member(&mut self, change: &Change<(AreaId, UserId), AssignedRoles>) {
        self.stands(change, "member of");
        if let Some(roles) = &change.after {
            self.assigned(change.key.0, roles);
        }
    }

    /// The roles of one member of an area.
    pub(super) fn assigned(&mut self, area: AreaId, roles: &AssignedRoles) {
        let organisation = self.organisation;
        let project = organisation.project_of(area);
        for (at, id) in roles.iter().enumerate() {
            let (role, name) = (id.clone(), self.area_name(area));
            if **id == *EVERYONE {
                self.fail(Rule::EveryoneRole);
            } else if roles[..at].contains(id) {
                self.fail(Rule::RoleAssignedTwice { role, area: name });
            } else if let Some((_, defined)) = organisation.role(area, id) {
                let has = |(_, roles): &(UserId, &AssignedRoles)| roles.contains(id);
                if defined.cardinality == Cardinality::One
                    && organisation.members(area).filter(has).nth(1).is_some()
                {
                    self.fail(Rule::Cardinality { role, area: name });
                } else if area != project && is_tagless(organisation, project, id) {
                    self.fail(Rule::TaglessRole { role, area: name });
                }
            } else if !organisation.knows_role(area, id) {
                self.fail(Rule::RoleNotVisible { role, area: name });
            }
        }
    }

    /// Entries of a project area may have made a role tagless that members of its team areas have.
    pub(super) fn tagless_roles(&mut self) {
        let organisation = self.organisation;
        let mut asked = std::collections::BTreeSet::new();
        for (at, event) in self.events.iter().enumerate() {
            let Event::Permission(Change { key: (area, key), .. }) = event else { continue };
            let is_project = organisation.area(*area).is_some_and(|it| it.project().is_some());
            if !is_project || self.created.contains(area) || !asked.insert((*area, &key.role)) {
                continue;
            }
            for project in std::iter::once(*area).chain(organisation.consumers(*area)) {
                if !is_tagless(organisation, project, &key.role) {
                    continue;
                }
                for team in organisation.subtree(project).into_iter().skip(1) {
                    if organisation.members(team).any(|(_, roles)| roles.contains(&key.role)) {
                        let rule = Rule::TaglessRole { role: key.role.clone(), area: self.area_name(team) };
                        self.fail_at(at, rule);
                    }
                }
            }
        }
    }
}
