//! Who stands where: members, administrators, access lists (docs/process.md#members).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::{Change, Event, Holds};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Makes somebody a member, or gives a member these roles instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetMember {
    /// Of which area.
    pub area: AreaId,
    /// Who.
    pub user: UserId,
    /// Role ids, in the member's order; possibly none.
    pub roles: Arc<[Name]>,
}

impl Step for SetMember {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-members", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let key = (self.area, self.user);
        let before = organisation.member(self.area, self.user).cloned();
        Ok(vec![Event::Member(Change { key, before, after: Some(self.roles.clone()) })])
    }
}

/// Ends a membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveMember {
    /// Of which area.
    pub area: AreaId,
    /// Whose.
    pub user: UserId,
}

impl Step for RemoveMember {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-members", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let key = (self.area, self.user);
        let before = organisation.member(self.area, self.user).cloned();
        Ok(vec![Event::Member(Change { key, before, after: None })])
    }
}

macro_rules! standings {
    ($($(#[$doc:meta])* $name:ident: $action:literal, $event:ident in $table:ident, $after:expr;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// Of which area.
            pub area: AreaId,
            /// Who.
            pub user: UserId,
        }
        impl Step for $name {
            fn needs(&self, needs: &mut Needs<'_>) {
                needs.save($action, Item::Area(self.area));
            }
            fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
                let key = (self.area, self.user);
                let before = organisation.facts.$table.get(&key).copied();
                Ok(vec![Event::$event(Change { key, before, after: $after })])
            }
        })*
    };
}

standings! {
    /// Makes somebody an administrator.
    AddAdministrator: "modify-administrators", Administrator in administrators, Some(Holds);
    /// Ends that.
    RemoveAdministrator: "modify-administrators", Administrator in administrators, None;
    /// Puts somebody in the access list of a project area.
    AddReader: "modify-access-control", Listed in access_list, Some(Holds);
    /// Takes somebody out of it.
    RemoveReader: "modify-access-control", Listed in access_list, None;
}
