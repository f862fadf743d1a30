//! Registries elsewhere, such as a directory, and what they tell of people (docs/process.md#registries).

mod person;

use serde::{Deserialize, Serialize};

use crate::text::Name;

pub use person::{NotTaken, Person};

/// That a registry elsewhere tells of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Which one.
    pub registry: Name,
    /// It does not any more. The user stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vanished: bool,
}
