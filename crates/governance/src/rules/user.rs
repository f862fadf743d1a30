//! Users and floating licences (docs/process.md#users, docs/process.md#licences-cals).

use std::sync::Arc;

use super::{Check, LONGEST_ID, Rule};
use crate::catalogue::{LicenceSet, LicenceType};
use crate::command::Employer;
use crate::event::{Change, Event};
use crate::id::Id;
use crate::index::Scope;
use crate::licence_pool::LicencePool;
use crate::text::skeleton;
use crate::user::{User, UserId};

impl Check<'_> {
    pub(super) fn user(&mut self, change: &Change<UserId, Arc<User>>) {
        let Some(user) = &change.after else {
            return self.never_removed("user", change.before.as_ref().map(|it| &it.id));
        };
        self.named("user", &user.id);
        let fits = user.id.chars().count() <= LONGEST_ID;
        self.require(fits, || Rule::NameTooLong { kind: "user id", longest: LONGEST_ID });
        if change.before.is_none() {
            self.new_id(user);
        }
        self.named("user", &user.name);
        user.mail.iter().for_each(|mail| self.named("mail address", mail));
        if user.functional {
            return self.functional_user(change.before.as_deref(), user);
        }
        if let Some(licence) = user.licences.iter().find(|it| it.is_functional()) {
            self.fail(Rule::FunctionalLicence(licence));
        }
    }

    /// What no id may be from now on, by whatever way its user is made; those that are there stay
    /// (docs/process.md#ids).
    fn new_id(&mut self, user: &User) {
        // The journal calls those so who are no users.
        let nobody = ["operator", "registry"].contains(&&*skeleton(&user.id));
        if nobody || (!user.functional && Employer::has(&user.id)) {
            self.fail(Rule::FunctionalId(user.id.clone()));
        }
        // HTTP Basic ends the id there (RFC 7617 §2).
        self.require(!user.id.contains(':'), || Rule::ColonInId(user.id.clone()));
    }

    /// Who works for servers is given nothing that people sign in with (docs/process.md#functional-users).
    /// What one was given before there was this rule stands in nobody's way.
    fn functional_user(&mut self, before: Option<&User>, after: &User) {
        let before = before.filter(|before| before.functional);
        let licences = before.map(|before| before.licences).unwrap_or_default();
        let user = || after.id.clone();
        if let Some(licence) = after.licences.without(licences).iter().next() {
            self.fail(Rule::FunctionalUserLicensed { user: user(), licence });
        }
        let registry = |user: &User| user.registered.as_ref().map(|it| it.registry.clone());
        if let Some(registry) = registry(after).filter(|it| Some(it) != before.and_then(registry).as_ref()) {
            self.fail(Rule::FunctionalUserRegistered { user: user(), registry });
        }
    }

    pub(super) fn licence_pool(&mut self, change: &Change<LicenceType, LicencePool>) {
        let pooled = change.after.is_some() && change.key.is_functional();
        self.require(!pooled, || Rule::FunctionalLicence(change.key));
    }

    /// Ids that differ by case or Unicode form alone cannot both exist (docs/process.md#ids-that-look-alike).
    pub(super) fn user_ids(&mut self) {
        let (events, organisation) = (self.events, self.organisation);
        for (at, event) in events.iter().enumerate() {
            let Event::User(Change { key, before: None, after: Some(user) }) = event else { continue };
            let form = skeleton(&user.id);
            // Folding finds every ASCII id that has the form.
            let named = |scope| organisation.index.named(&organisation.facts, scope, &form).map(Id::new);
            let mut alike = [Scope::User, Scope::UserForm].into_iter().filter_map(named);
            if let Some(other) = alike.find(|other| other != key).and_then(|other| organisation.user(other)) {
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
        let lost = self.events.iter().position(|event| match event {
            Event::User(change) => {
                change.before.as_deref().is_some_and(User::administers)
                    && !change.after.as_deref().is_some_and(User::administers)
            }
            _ => false,
        });
        let organisation = self.organisation;
        let remains = || {
            let mut admins = organisation.index.jazz_admins().iter();
            admins.any(|id| organisation.user(*id).is_some_and(User::administers))
        };
        if let Some(at) = lost
            && !remains()
        {
            self.fail_at(at, Rule::LastAdministrator);
        }
    }
}
