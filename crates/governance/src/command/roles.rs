//! Role definitions (docs/process.md#roles).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::{Cardinality, Role};
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Defines a role, after those that the area has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddRole {
    /// In which area.
    pub area: AreaId,
    /// The role.
    pub role: Role,
}

/// Changes a role; its id stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRole {
    /// Of which area.
    pub area: AreaId,
    /// The role's id.
    pub role: Name,
    /// The keys, in order.
    pub set: Vec<RoleKey>,
}

/// A key of a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum RoleKey {
    Name(Name),
    Cardinality(Cardinality),
    Carried(Name, Option<Value>),
}

/// Removes a role; its members and entries must have gone before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveRole {
    /// Of which area.
    pub area: AreaId,
    /// The role's id.
    pub role: Name,
}

/// Puts an area's roles in another order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReorderRoles {
    /// Of which area.
    pub area: AreaId,
    /// Every id, in the new order.
    pub order: Vec<Name>,
}

/// Puts an area's roles in the place of those that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetRoles {
    /// Of which area.
    pub area: AreaId,
    /// All of them, in order.
    pub roles: Vec<Role>,
}

fn edit(
    organisation: &Organisation,
    area: AreaId,
    edit: impl FnOnce(&mut Vec<Role>) -> Result<(), Refusal>,
) -> Result<Vec<Event>, Refusal> {
    let mut roles = organisation.roles(area).to_vec();
    edit(&mut roles)?;
    let before = organisation.facts.roles.get(&area).cloned();
    // No role is no fact.
    let after = (!roles.is_empty()).then(|| roles.into());
    Ok(vec![Event::Roles(Change { key: area, before, after })])
}

fn place(roles: &[Role], id: &Name) -> Result<usize, Refusal> {
    roles.iter().position(|role| role.id == *id).ok_or(Refusal::NotThere("role"))
}

macro_rules! steps {
    ($($name:ident: $edit:expr;)*) => {
        $(impl Step for $name {
            fn needs(&self, needs: &mut Needs<'_>) {
                needs.save("modify-specification", Item::Area(self.area));
            }
            fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
                let with: fn(&Self, &mut Vec<Role>) -> Result<(), Refusal> = $edit;
                edit(organisation, self.area, |roles| with(self, roles))
            }
        })*
    };
}

steps! {
    AddRole: |add, roles| {
        roles.push(add.role.clone());
        Ok(())
    };
    ChangeRole: |change, roles| {
        let at = place(roles, &change.role)?;
        for key in &change.set {
            match key {
                RoleKey::Name(name) => roles[at].name = name.clone(),
                RoleKey::Cardinality(cardinality) => roles[at].cardinality = *cardinality,
                RoleKey::Carried(key, value) => {
                    roles[at].carried = roles[at].carried.with(key, value.clone());
                }
            }
        }
        Ok(())
    };
    RemoveRole: |remove, roles| {
        roles.remove(place(roles, &remove.role)?);
        Ok(())
    };
    SetRoles: |set, roles| {
        roles.clone_from(&set.roles);
        Ok(())
    };
    ReorderRoles: |reorder, roles| {
        let mut ordered = Vec::new();
        for id in &reorder.order {
            ordered.push(roles.remove(place(roles, id)?));
        }
        if !roles.is_empty() {
            return Err(Refusal::Precondition("the new order must name every role of the area".into()));
        }
        *roles = ordered;
        Ok(())
    };
}
