//! Access groups (docs/process.md#access-groups).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::id::Id;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Identifies an access group.
pub type AccessGroupId = Id<AccessGroup>;

/// A circle of readers that items can be restricted to; it never lets anybody past a project area's read
/// access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessGroup {
    /// Unique on the server.
    pub name: Name,
    /// Users named one by one, in order of their numbers.
    pub users: Arc<[UserId]>,
    /// Process areas whose members belong, with those of the team areas below; in order of their numbers.
    pub areas: Arc<[AreaId]>,
    /// `description`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// Those who alone may read a restricted item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The members of a process area and of the team areas below it.
    MembersOf(AreaId),
    /// The members of an access group.
    AccessGroup(AccessGroupId),
}
