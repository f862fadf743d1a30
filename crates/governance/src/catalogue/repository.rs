//! Operations that a repository group alone decides.

use std::fmt;

use super::REPOSITORY;
use crate::user::GroupSet;

/// An operation that a repository group alone decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryOperation(u8);

impl RepositoryOperation {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..REPOSITORY.len() as u8).map(Self)
    }
    /// The operation with this name, such as `repository.manage-users`.
    pub fn from_name(name: &str) -> Option<Self> {
        // Most names are of other operations, and are told apart at a glance.
        name.starts_with("repository.").then(|| Self::all().find(|it| it.name() == name)).flatten()
    }
    /// `repository.manage-users`.
    pub fn name(self) -> &'static str {
        REPOSITORY[self.0 as usize].0
    }
    /// The groups whose members may.
    pub fn groups(self) -> GroupSet {
        REPOSITORY[self.0 as usize].1
    }
    /// `repository.manage-users`.
    pub fn manage_users() -> Self {
        Self::named("repository.manage-users")
    }
    /// `repository.manage-licenses`.
    pub fn manage_licences() -> Self {
        Self::named("repository.manage-licenses")
    }
    /// `repository.manage-friends`.
    pub fn manage_friends() -> Self {
        Self::named("repository.manage-friends")
    }
    /// `repository.manage-consumers`.
    pub fn manage_consumers() -> Self {
        Self::named("repository.manage-consumers")
    }
    /// `repository.manage-server`.
    pub fn manage_server() -> Self {
        Self::named("repository.manage-server")
    }
    /// `repository.create-project-area`.
    pub fn create_project_area() -> Self {
        Self::named("repository.create-project-area")
    }
    /// `repository.manage-process-templates`.
    pub fn manage_process_templates() -> Self {
        Self::named("repository.manage-process-templates")
    }
    /// `repository.manage-access-groups`.
    pub fn manage_access_groups() -> Self {
        Self::named("repository.manage-access-groups")
    }
    /// `repository.read-audit-log`.
    pub fn read_audit_log() -> Self {
        Self::named("repository.read-audit-log")
    }
    /// A name written in this file; the tests know that the catalogue has each.
    fn named(name: &'static str) -> Self {
        Self::from_name(name).unwrap_or(Self(0))
    }
}

impl fmt::Debug for RepositoryOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
