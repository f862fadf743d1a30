//! Groups of a registry that are bound to roles (docs/process.md#groups-bound-to-roles).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Roster;
use crate::event::{Change, Event};
use crate::organisation::Organisation;
use crate::process_area::{AreaId, AssignedRoles};
use crate::rules::violations;
use crate::text::Name;
use crate::user::{User, UserId};

/// Who is in the group has the role in the area, and of the registry's people nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupBinding {
    /// The group, as the registry names it.
    pub group: Name,
    /// The project area or team area.
    pub area: AreaId,
    /// The id of a role that is visible there.
    pub role: Name,
}

/// What making a role equal to groups comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoundRole {
    /// The area.
    pub area: String,
    /// The id of the role.
    pub role: String,
    /// The groups that are bound to it.
    pub groups: Vec<String>,
    /// The ids of those who get the role.
    pub given: Vec<String>,
    /// The ids of those who have it no longer.
    pub taken: Vec<String>,
}

/// Each role in an area that groups are bound to.
pub fn bindings(organisation: &Organisation) -> BTreeSet<(AreaId, Name)> {
    organisation.settings().group_bindings.iter().map(|it| (it.area, it.role.clone())).collect()
}

/// What makes a role in an area equal to the groups that are bound to it, and what that comes to, if it is
/// anything; or why nothing can be done. Only people of the registry get and lose it: of others it cannot
/// tell. Whoever loses their last role is no member any more, since being one may be all that lets them read.
pub fn keep_equal(
    organisation: &Organisation,
    roster: &Roster,
    area: AreaId,
    role: &Name,
) -> (Vec<Event>, Result<Option<BoundRole>, String>) {
    let binding = Binding { organisation, roster, area, role };
    match binding.events() {
        Ok(events) => {
            let bound = (!events.is_empty()).then(|| binding.bound(&events));
            (events, Ok(bound))
        }
        Err(cause) => {
            let said = format!("`{role}` in `{}` is left as it is: {cause}", organisation.area_text(area));
            (Vec::new(), Err(said))
        }
    }
}

struct Binding<'a> {
    organisation: &'a Organisation,
    roster: &'a Roster,
    area: AreaId,
    role: &'a Name,
}

impl Binding<'_> {
    fn groups(&self) -> Vec<Name> {
        let bindings = self.organisation.settings().group_bindings;
        let of_this = bindings.iter().filter(|it| it.area == self.area && it.role == *self.role);
        of_this.map(|it| it.group.clone()).collect()
    }

    /// Whether the registry can say what somebody has.
    fn is_ours(&self, user: &User) -> bool {
        !user.archived && user.registered.as_ref().is_some_and(|it| it.registry == self.roster.registry)
    }

    fn events(&self) -> Result<Vec<Event>, String> {
        let organisation = self.organisation;
        let archived = |area: &AreaId| organisation.area(*area).is_none_or(|it| it.archived);
        if organisation.path(self.area).iter().any(archived) {
            return Err("the area is archived".to_owned());
        }
        let mut wanted: BTreeSet<UserId> = BTreeSet::new();
        for group in self.groups() {
            let Some(members) = self.roster.groups.get(&group) else {
                return Err(format!("the registry has no group `{group}`"));
            };
            let users = members.iter().filter_map(|id| organisation.user_by_id(id));
            wanted.extend(users.filter(|id| organisation.user(*id).is_some_and(|user| self.is_ours(user))));
        }
        let has: BTreeSet<UserId> = organisation
            .members(self.area)
            .filter(|(_, roles)| roles.contains(self.role))
            .map(|(user, _)| user)
            .filter(|id| organisation.user(*id).is_some_and(|user| self.is_ours(user)))
            .collect();
        let events: Vec<_> = wanted.symmetric_difference(&has).map(|user| self.turned(*user)).collect();
        match violations(&organisation.after(&events), &events).first() {
            Some(broken) => Err(broken.rule.to_string()),
            None => Ok(events),
        }
    }

    /// Gives the role to one who lacks it, or takes it from one who has it.
    fn turned(&self, user: UserId) -> Event {
        let key = (self.area, user);
        let before = self.organisation.member(self.area, user).cloned();
        let mut roles: Vec<Name> = before.iter().flat_map(|roles| roles.iter().cloned()).collect();
        let many = roles.len();
        roles.retain(|role| role != self.role);
        let after: Option<AssignedRoles> = if roles.len() == many {
            roles.push(self.role.clone());
            Some(roles.into())
        } else {
            Some(roles).filter(|roles| !roles.is_empty()).map(Into::into)
        };
        Event::Member(Change { key, before, after })
    }

    fn bound(&self, events: &[Event]) -> BoundRole {
        let (mut given, mut taken) = (Vec::new(), Vec::new());
        for event in events {
            let Event::Member(Change { key: (_, user), after, .. }) = event else { continue };
            let has = after.as_ref().is_some_and(|roles| roles.contains(self.role));
            let id = self.organisation.user(*user).map(|user| user.id.to_string()).unwrap_or_default();
            if has { given.push(id) } else { taken.push(id) }
        }
        BoundRole {
            area: self.organisation.area_text(self.area),
            role: self.role.to_string(),
            groups: self.groups().iter().map(ToString::to_string).collect(),
            given,
            taken,
        }
    }
}
