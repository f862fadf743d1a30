//! Sharing processes with other servers (docs/cross-server.md#copies-of-a-provider): what this one tells
//! those who use its processes, and how it follows the processes of others that are used here.

mod consumers;
mod errands;
mod follow;
mod followed;
mod haste;
mod preview;
mod push;
mod told;

use serde::{Deserialize, Serialize};

pub(crate) use consumers::{Consumers, Lag, seconds_since};
pub(crate) use follow::{Following, follow, look};
pub(crate) use followed::name;
pub use followed::{Followed, FriendProcesses, followed};
pub use preview::{ConsumerImpact, ConsumerOutcome};
pub(crate) use preview::{Proposed, impact_here, impacts};
pub(crate) use push::push;
pub(crate) use told::{Shared, ToldProcesses};

/// What a server keeps in memory of sharing processes.
#[derive(Default)]
pub(crate) struct ProcessSharing {
    pub(crate) told: ToldProcesses,
    pub(crate) consumers: Consumers,
    pub(crate) following: Following,
}

/// A process by its name on the server that shares it, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessName {
    /// `gc`, `ccm`, `qm` or `rm`.
    pub(crate) application: String,
    /// The project area's name.
    pub(crate) project_area: String,
}

/// Where consumers find the processes of a server.
pub(crate) const PROCESSES: &str = "/api/v1/process-sharing/processes";
/// Where a provider tells that one has changed.
pub(crate) const CHANGED: &str = "/api/v1/process-sharing/changed";
/// Where a consumer tells that it uses one no more.
pub(crate) const UNUSED: &str = "/api/v1/process-sharing/unused";
/// Where a provider asks what a change would do.
pub(crate) const WHAT_IF: &str = "/api/v1/process-sharing/what-if";
