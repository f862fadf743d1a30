//! Access groups (docs/process.md#access-groups), and what restrictions refer to.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Check, Rule};
use crate::access_group::{AccessGroup, AccessGroupId, Audience};
use crate::application_items::{RestrictedAccess, ScmVisibility};
use crate::event::{Change, Event};
use crate::index::Scope;
use crate::text::Name;

const KIND: &str = "access group";

impl Check<'_> {
    pub(super) fn access_group(&mut self, change: &Change<AccessGroupId, Arc<AccessGroup>>) {
        let Some(group) = &change.after else {
            self.removed_groups.insert(change.key, self.event);
            return;
        };
        self.unique(KIND, Scope::AccessGroup, &group.name, change.key);
        let users = group.users.iter().all(|user| self.organisation.user(*user).is_some());
        self.there(users, KIND, &group.name, "user");
        let areas = group.areas.iter().all(|area| self.organisation.area(*area).is_some());
        self.there(areas, KIND, &group.name, "process area");
    }

    /// What was removed must not be referred to. Only the kind of what refers to it is told: who removes an
    /// access group need not see every item.
    pub(super) fn removed_are_unused(&mut self) {
        let organisation = self.organisation;
        if !self.removed_groups.is_empty() {
            let group = |audience: &Audience| match audience {
                Audience::AccessGroup(group) => Some(*group),
                Audience::MembersOf(_) => None,
            };
            let restricted = organisation.work_items().filter_map(|(_, it)| match &it.restricted_access {
                Some(RestrictedAccess::To(audience)) => Some((group(audience)?, "work item")),
                _ => None,
            });
            let scm = organisation.scm_items().filter_map(|(_, it)| match it.visibility {
                ScmVisibility::AccessGroup(group) => Some((group, "stream or component")),
                _ => None,
            });
            let read =
                organisation.folders().filter_map(|(_, it)| Some((group(it.read.as_ref()?)?, "folder")));
            let users: BTreeSet<_> = restricted.chain(scm).chain(read).collect();
            for (group, by) in users {
                if let Some(at) = self.removed_groups.get(&group).copied() {
                    let name = self.removed_name(at);
                    self.fail_at(at, Rule::StillUsed { kind: KIND, name, by });
                }
            }
        }
        if !self.removed_folders.is_empty() {
            let folders = organisation.folders().filter_map(|(_, it)| Some((it.parent?, "folder")));
            let artefacts = organisation.artefacts().filter_map(|(_, it)| Some((it.folder?, "artefact")));
            let users: BTreeSet<_> = folders.chain(artefacts).collect();
            for (folder, by) in users {
                if let Some(at) = self.removed_folders.get(&folder).copied() {
                    let name = self.removed_name(at);
                    self.fail_at(at, Rule::StillUsed { kind: "folder", name, by });
                }
            }
        }
    }

    fn removed_name(&self, at: usize) -> Name {
        let name = match self.events.get(at) {
            Some(Event::AccessGroup(change)) => change.before.as_ref().map(|it| it.name.clone()),
            Some(Event::Folder(change)) => change.before.as_ref().map(|it| it.name.clone()),
            _ => None,
        };
        name.unwrap_or_else(|| "".into())
    }
}
