//! The process that a project area uses of another, and how it is followed.

use serde_json::Value;

use crate::pages::frame::Link;
use crate::pages::friends::time;
use crate::pages::part::{Icon, Time};
use crate::pages::sign_in::sentence;

/// The process that is used.
pub(super) struct UsedProcess {
    /// The project area that shares it; nothing where the visitor may not know it.
    pub(super) name: Option<String>,
    /// The server that it is of; empty for this one.
    pub(super) server: String,
    /// The page of that server, as a friend.
    pub(super) friend: Option<Link>,
    pub(super) along: bool,
    pub(super) following: Following,
    pub(super) revision: Option<u64>,
    /// When the provider last told which version there is: the age of the copy.
    pub(super) told: Option<Time>,
    pub(super) asked: Option<Time>,
    /// What is in the way.
    pub(super) trouble: Option<String>,
    pub(super) since: Option<Time>,
}

/// How it is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    Current,
    Pending,
    Behind,
    NotShared,
    NotLetIn,
    Replaced,
}

impl Following {
    fn of(used: &Value) -> Self {
        match (used["state"].as_str(), used["frozen"].as_str()) {
            (Some("pending"), _) => Self::Pending,
            (Some("behind"), _) => Self::Behind,
            (Some("frozen"), Some("not-let-in")) => Self::NotLetIn,
            (Some("frozen"), Some("replaced")) => Self::Replaced,
            (Some("frozen"), _) => Self::NotShared,
            _ => Self::Current,
        }
    }
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Pending => "pending",
            Self::Behind => "behind",
            Self::NotShared | Self::NotLetIn | Self::Replaced => "frozen",
        }
    }
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Current => "ok",
            Self::Pending | Self::Behind => "warn",
            Self::NotShared | Self::NotLetIn | Self::Replaced => "",
        }
    }
    pub(super) fn icon(self) -> Icon {
        Icon(match self {
            Self::Current => "check",
            Self::Pending | Self::Behind => "clock",
            Self::NotShared | Self::NotLetIn | Self::Replaced => "lock",
        })
    }
    /// What decides meanwhile.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Current => "",
            Self::Pending => {
                "It was not fetched yet: the area’s own process decides. Load this page again in a moment."
            }
            Self::Behind => "The last copy decides until the other server answers again.",
            Self::NotShared => "The other server does not share it any more. The last copy goes on deciding.",
            Self::NotLetIn => "The other server does not let this one in. The last copy goes on deciding.",
            Self::Replaced => {
                "Another project area of that server has the name now. The last copy goes on deciding; unlink, and link \
                 anew, if that one is meant."
            }
        }
    }
}

impl UsedProcess {
    /// Of a project area's `uses_process`, as the visitor may know it, and of how that is followed.
    pub(super) fn of(uses: &Value, used: &Value) -> Self {
        Self {
            name: uses["project_area"].as_str().map(str::to_owned),
            server: uses["server"].as_str().unwrap_or_default().to_owned(),
            friend: None,
            along: uses["iteration_types"] == true,
            following: Following::of(used),
            revision: used["revision"].as_u64(),
            told: time(&used["told"]),
            asked: time(&used["asked"]),
            trouble: used["trouble"].as_str().map(sentence),
            since: time(&used["trouble_since"]),
        }
    }
    pub(super) fn is_elsewhere(&self) -> bool {
        !self.server.is_empty()
    }
}
