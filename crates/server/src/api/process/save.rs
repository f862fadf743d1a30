//! What bodies for project areas and team areas have in common, and what comes of them.

use governance::{AreaId, Command, SetRoles, View};

use super::member::{self, Members};
use super::permission::{self, PermissionEntry};
use super::person::{self, Administrator};
use super::precondition::{self, PreconditionEntry};
use super::role::{Role, roles};
use crate::api::body::Key;
use crate::problem::Problem;

/// The body for something new and the one for a change: the keys of each, and those of both, which are left
/// out or are set.
macro_rules! bodies {
    (
        $(#[$new_meta:meta])* $new:ident {
            $($(#[$new_key_meta:meta])* $new_key:ident: $new_type:ty,)*
        }
        $(#[$change_meta:meta])* $change:ident;
        $($(#[$meta:meta])* $key:ident: $type:ty,)*
    ) => {
        #[derive(Deserialize, JsonSchema)]
        $(#[$new_meta])*
        #[serde(deny_unknown_fields, expecting = "an object with the keys of a new one")]
        struct $new {
            name: String,
            $($(#[$new_key_meta])* $new_key: $new_type,)*
            $($(#[$meta])* #[serde(default)] $key: Key<$type>,)*
        }

        $(#[$change_meta])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
        struct $change {
            #[serde(default)]
            name: Key<String>,
            $($(#[$meta])* #[serde(default)] $key: Key<$type>,)*
        }

        impl $new {
            /// The keys that a change can have, too.
            fn keys(self) -> $change {
                $change { name: Key(None), $($key: self.$key,)* }
            }
        }
    };
}

pub(super) use bodies;

/// The lists that areas of both kinds have.
pub(super) struct Lists<'k> {
    pub(super) administrators: &'k Key<Vec<String>>,
    pub(super) members: &'k Key<Members>,
    pub(super) roles: &'k Key<Vec<Role>>,
    pub(super) permissions: &'k Key<Vec<PermissionEntry>>,
    pub(super) preconditions: &'k Key<Vec<PreconditionEntry>>,
}

impl Lists<'_> {
    /// What makes them so.
    pub(super) fn changes(&self, view: &View, area: AreaId) -> Result<Vec<Command>, Problem> {
        let mut changes = Vec::new();
        if let Some(list) = &self.roles.0 {
            changes.push(SetRoles { area, roles: roles(list, "/roles")? }.into());
        }
        if let Some(list) = &self.permissions.0 {
            changes.extend(permission::changes(view, area, list)?);
        }
        if let Some(list) = &self.preconditions.0 {
            changes.push(precondition::change(area, list)?.into());
        }
        if let Some(members) = &self.members.0 {
            changes.extend(member::changes(view, area, members)?);
        }
        if let Some(ids) = &self.administrators.0 {
            changes.extend(person::changes::<Administrator>(view, area, ids, "/administrators")?);
        }
        Ok(changes)
    }
}
