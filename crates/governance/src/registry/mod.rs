//! Registries elsewhere, such as a directory, and what they tell of people (docs/process.md#registries).

mod binding;
mod person;
mod roster;
mod sync;
mod twice;

use serde::{Deserialize, Serialize};

use crate::text::Name;

pub use binding::{BoundRole, GroupBinding, bindings, keep_equal};
pub use person::{NotTaken, Person};
pub use roster::Roster;
pub use sync::{PeopleSync, Renewed, SyncReport, Telling, sync, sync_people};

/// That a registry elsewhere tells of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Which one.
    pub registry: Name,
    /// It does not any more. The user stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vanished: bool,
}
