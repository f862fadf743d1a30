//! Users and floating licences (docs/process.md#users, docs/process.md#licences-cals).

use std::collections::HashMap;
use std::sync::Arc;

use super::{Check, LONGEST_ID, Rule};
use crate::catalogue::{LicenceSet, LicenceType};
use crate::event::{Change, Event};
use crate::id::Id;
use crate::index::Scope;
use crate::licence_pool::LicencePool;
use crate::text::skeleton;
use crate::user::{RepositoryGroup, User, UserId};

impl Check<'_> {
    pub(super) fn user(&mut self, change: &Change<UserId, Arc<User>>) {
        let Some(user) = &change.after else {
            return self.never_removed("user", change.before.as_ref().map(|it| &it.id));
        };
        self.named("user", &user.id);
        let fits = user.id.chars().count() <= LONGEST_ID;
        self.require(fits, || Rule::NameTooLong { kind: "user id", longest: LONGEST_ID });
        self.named("user", &user.name);
        let internal = user.licences.iter().find(|it| it.is_functional() && !user.functional);
        if let Some(licence) = internal {
            self.fail(Rule::FunctionalLicence(licence));
        }
    }

    pub(super) fn licence_pool(&mut self, change: &Change<LicenceType, LicencePool>) {
        let pooled = change.after.is_some() && change.key.is_functional();
        self.require(!pooled, || Rule::FunctionalLicence(change.key));
    }

    /// Ids that differ by case or Unicode form alone cannot both exist (docs/process.md#ids-that-look-alike).
    pub(super) fn user_ids(&mut self) {
        let events = self.events.iter().enumerate().filter_map(|(at, event)| match event {
            Event::User(Change { key, before: None, after: Some(user) }) => Some((at, *key, user)),
            _ => None,
        });
        let created: Vec<_> = events.collect();
        if created.is_empty() {
            return;
        }
        // The index finds ids by case folding, and so every ASCII id that has a given skeleton.
        let mut others: HashMap<String, Vec<UserId>> = HashMap::new();
        for (id, user) in self.organisation.users().filter(|(_, user)| !user.id.is_ascii()) {
            others.entry(skeleton(&user.id)).or_default().push(id);
        }
        for (at, id, user) in created {
            let skeleton = skeleton(&user.id);
            let indexed = self.organisation.index.named(&self.organisation.facts, Scope::User, &skeleton);
            let mut alike =
                indexed.map(Id::new).into_iter().chain(others.get(&skeleton).into_iter().flatten().copied());
            if let Some(other) =
                alike.find(|other| *other != id).and_then(|other| self.organisation.user(other))
            {
                let (id, other) = (user.id.clone(), other.id.clone());
                let rule = if id == other { Rule::UserIdUsed(id) } else { Rule::UserIdTaken { id, other } };
                self.fail_at(at, rule);
            }
        }
    }

    /// No more are assigned than are installed (docs/process.md#how-a-licence-is-held). What was assigned
    /// before they were counted stands in nobody's way who takes some back.
    pub(super) fn licences_assigned(&mut self) {
        let given = |event: &Event| match event {
            Event::User(Change { before, after, .. }) => {
                let active = |user: &Option<Arc<User>>| {
                    user.as_ref().filter(|user| !user.archived).map(|user| user.licences).unwrap_or_default()
                };
                active(after).without(active(before))
            }
            Event::LicencePool(Change { key, before, after }) => {
                let installed = |pool: &Option<LicencePool>| {
                    pool.as_ref().and_then(|pool| pool.authorised).unwrap_or(u32::MAX)
                };
                [*key].into_iter().filter(|_| installed(after) < installed(before)).collect()
            }
            _ => LicenceSet::NONE,
        };
        let organisation = self.organisation;
        for (licence, pool) in organisation.licence_pools() {
            let Some(installed) = pool.authorised else { continue };
            let Some(at) = self.events.iter().rposition(|event| given(event).contains(licence)) else {
                continue;
            };
            let assigned = organisation.assigned(licence).count();
            if assigned > installed as usize {
                self.fail_at(at, Rule::LicencesAssigned { licence, assigned, installed });
            }
        }
    }

    /// Somebody must remain who can administer the server, if there was somebody
    /// (docs/process.md#archiving-users).
    pub(super) fn administrators_remain(&mut self) {
        let administers = |user: &User| !user.archived && user.groups.contains(RepositoryGroup::JazzAdmins);
        let lost = self.events.iter().position(|event| match event {
            Event::User(change) => {
                change.before.as_deref().is_some_and(administers)
                    && !change.after.as_deref().is_some_and(administers)
            }
            _ => false,
        });
        let organisation = self.organisation;
        let remains = || {
            let mut admins = organisation.index.jazz_admins().iter();
            admins.any(|id| organisation.user(*id).is_some_and(administers))
        };
        if let Some(at) = lost
            && !remains()
        {
            self.fail_at(at, Rule::LastAdministrator);
        }
    }
}
