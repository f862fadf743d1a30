//! The functional users of the server and its applications (docs/process.md#functional-users).

use super::noun::created;
use crate::catalogue::Application;
use crate::event::Event;
use crate::organisation::Organisation;
use crate::text::skeleton;
use crate::user::User;

/// Whom a functional user works for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Employer {
    /// The server as a whole.
    Server,
    /// One of its applications.
    Application(Application),
}

impl Employer {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Server,
        Self::Application(Application::Gc),
        Self::Application(Application::Ccm),
        Self::Application(Application::Qm),
        Self::Application(Application::Rm),
    ];

    /// `jts`, `gc`, …: how its addresses begin.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Server => "jts",
            Self::Application(application) => application.id(),
        }
    }
    /// The one with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|employer| employer.id() == id)
    }

    /// `jts_user`, `gc_user`, …
    pub const fn functional_user(self) -> &'static str {
        match self {
            Self::Server => "jts_user",
            Self::Application(Application::Gc) => "gc_user",
            Self::Application(Application::Ccm) => "ccm_user",
            Self::Application(Application::Qm) => "qm_user",
            Self::Application(Application::Rm) => "rm_user",
        }
    }

    /// Whether an id is a functional user's, or looks like it.
    pub(crate) fn has(id: &str) -> bool {
        let skeleton = skeleton(id);
        Self::ALL.into_iter().any(|it| it.functional_user() == skeleton)
    }

    /// What makes the functional user, unless somebody has the id, or one that looks like it: they keep it.
    pub(super) fn employ(self, organisation: &Organisation) -> Option<Event> {
        let id = self.functional_user();
        let alike = |user: &User| !user.id.is_ascii() && skeleton(&user.id) == id;
        if organisation.user_by_id(id).is_some() || organisation.users().any(|(_, user)| alike(user)) {
            return None;
        }
        // The internal licence is held without being assigned.
        Some(created(organisation, User { functional: true, ..User::new(id, id) }))
    }
}
