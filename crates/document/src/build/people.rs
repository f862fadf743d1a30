//! Settings, licences, users and access groups.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use governance::{
    AccessGroup, AccessGroupId, Audience, Change, Event, GroupBinding, GroupSet, LicencePool, LicenceSet,
    LicenceType, Registered, RepositoryGroup, RestrictedAccess, ScmVisibility, Settings, User,
};

use super::{Builder, Mode, give};
use crate::raw;
use crate::reading::Text;
use crate::span::Span;

impl Builder<'_> {
    /// What groups are bound to is there before: a fact has one event.
    pub(super) fn settings(&mut self, organisation: &raw::Organisation) {
        let there = self.base.settings();
        let bindings = organisation.group_bindings.as_ref().map(|bindings| self.group_bindings(bindings));
        let written = organisation.settings.as_ref().and_then(|it| it.administrative_override.as_ref());
        let after = Settings {
            administrative_override: self.or_kept(
                written.map(|it| it.value),
                Some(there.administrative_override),
                Default::default,
            ),
            group_bindings: self.or_kept(bindings, Some(there.group_bindings.clone()), || [].into()),
        };
        let before = self.base.facts().find_map(|event| match event {
            Event::Settings(change) => change.after,
            _ => None,
        });
        if after != there {
            let binding = organisation.group_bindings.iter().flatten().next().map(|it| it.span);
            let span = written.map(|it| it.span).or(binding).unwrap_or_default();
            self.put(span, Event::Settings(Change { key: (), before, after: Some(after) }));
        }
    }

    fn group_bindings(&mut self, bindings: &[raw::GroupBinding]) -> Arc<[GroupBinding]> {
        let mut found = Vec::with_capacity(bindings.len());
        for binding in bindings {
            let Some(area) = self.area_anywhere(&binding.area) else { continue };
            found.push(GroupBinding {
                group: binding.group.value.clone(),
                area,
                role: binding.role.value.clone(),
            });
        }
        found.into()
    }

    pub(super) fn licence_pools(&mut self, pools: &[raw::LicencePool]) {
        let mut seen = BTreeSet::new();
        for pool in pools {
            let Some(licence) = self.licence(&pool.licence_type) else { continue };
            seen.insert(licence);
            let before =
                self.base.licence_pools().find(|(it, _)| *it == licence).map(|(_, pool)| pool.clone());
            let there = before.clone().unwrap_or_default();
            let or_kept = |written: Option<u32>, there| self.or_kept(written.map(Some), Some(there), || None);
            let after = Some(LicencePool {
                seats: self.or_kept(pool.seats.as_ref().map(|it| it.value), Some(there.seats), || 0),
                authorised: or_kept(pool.authorised.as_ref().map(|it| it.value), there.authorised),
                tokens: or_kept(pool.tokens.as_ref().map(|it| it.value), there.tokens),
                expires: self.or_kept(
                    pool.expires.as_ref().map(|it| Some(it.value)),
                    Some(there.expires),
                    || None,
                ),
            });
            self.put(pool.licence_type.span, Event::LicencePool(Change { key: licence, before, after }));
        }
        if self.mode == Mode::Replace {
            for (key, pool) in self.base.licence_pools().filter(|(it, _)| !seen.contains(it)) {
                let gone = Change { key, before: Some(pool.clone()), after: None };
                self.put(Span::default(), Event::LicencePool(gone));
            }
        }
    }

    fn licence(&mut self, id: &Text) -> Option<LicenceType> {
        let found = LicenceType::from_id(id);
        if found.is_none() {
            self.problems.unknown(id.span, "licence", id, || LicenceType::all().map(LicenceType::id));
        }
        found
    }

    pub(super) fn users(&mut self, users: &[raw::User]) {
        for user in users {
            let there = self.base.user_by_id(&user.id);
            let key = there.unwrap_or_else(|| give(&mut self.next.user));
            self.seen.users.insert(key);
            let before = there.and_then(|id| self.base.user(id));
            let groups: Option<GroupSet> =
                user.groups.as_ref().map(|groups| groups.iter().map(|it| it.value).collect());
            let licences: Option<LicenceSet> = user
                .licenses
                .as_ref()
                .map(|licences| licences.iter().filter_map(|id| self.licence(id)).collect());
            let id = before.map_or_else(|| user.id.value.clone(), |it| it.id.clone());
            let after = User {
                name: self.or_kept(
                    user.name.as_ref().map(|it| it.0.clone()),
                    before.map(|it| it.name.clone()),
                    || id.clone(),
                ),
                id,
                mail: self.or_kept(
                    user.mail.as_ref().map(|it| Some(it.0.clone())),
                    before.map(|it| it.mail.clone()),
                    || None,
                ),
                groups: self.or_kept(groups, before.map(|it| it.groups), || {
                    GroupSet::of(&[RepositoryGroup::JazzUsers])
                }),
                licences: self.or_kept(licences, before.map(|it| it.licences), || LicenceSet::NONE),
                archived: self.or_kept(
                    user.archived.as_ref().map(|it| it.value),
                    before.map(|it| it.archived),
                    || false,
                ),
                functional: self.or_kept(
                    user.functional.as_ref().map(|it| it.value),
                    before.map(|it| it.functional),
                    || false,
                ),
                registered: self.registered(user, before.and_then(|it| it.registered.as_ref())),
                // Whoever gets a name or mail again is erased no longer.
                erased: before.is_some_and(|it| {
                    let named = user.name.as_ref().is_some_and(|name| name.0 != it.name);
                    it.erased && !named && user.mail.is_none()
                }),
                carried: self.carried(&user.carried, before.map(|it| &it.carried)),
            };
            let before = before.cloned().map(Arc::new);
            self.put(user.id.span, Event::User(Change { key, before, after: Some(Arc::new(after)) }));
        }
    }

    /// The registry that tells of a user; one that has vanished from none has nothing to vanish from.
    fn registered(&mut self, user: &raw::User, there: Option<&Registered>) -> Option<Registered> {
        let written = user.registry.as_ref().map(|it| it.value.clone());
        let registry = self.or_kept(written.map(Some), there.map(|it| Some(it.registry.clone())), || None);
        let vanished = user.vanished.as_ref();
        let registry = match (registry, vanished.filter(|it| it.value)) {
            (Some(registry), _) => registry,
            (None, None) => return None,
            (None, Some(vanished)) => {
                self.problems.add(vanished.span, "only a user with a `registry` can have vanished from it");
                return None;
            }
        };
        let vanished = self.or_kept(vanished.map(|it| it.value), there.map(|it| it.vanished), || false);
        Some(Registered { registry, vanished })
    }

    pub(super) fn archive_absent_users(&mut self) {
        for (key, user) in self.base.users().filter(|(_, user)| !user.archived) {
            if !self.seen.users.contains(&key) {
                let before = Arc::new(user.clone());
                let after = Arc::new(User { archived: true, ..user.clone() });
                let change = Change { key, before: Some(before), after: Some(after) };
                self.put(Span::default(), Event::User(change));
            }
        }
    }

    pub(super) fn access_groups(&mut self, groups: &[raw::AccessGroup]) {
        for group in groups {
            let there = self.base.access_group_named(&group.name);
            let key = there.unwrap_or_else(|| give(&mut self.next.group));
            self.seen.groups.insert(key);
            let before = there.and_then(|id| self.base.access_group(id));
            let users: Option<BTreeSet<_>> =
                group.users.as_ref().map(|users| users.iter().filter_map(|user| self.user(user)).collect());
            let of_kind = |builder: &mut Self, texts: &Option<Vec<Text>>, project: bool| {
                texts.as_ref().map(|texts| {
                    let mut areas = BTreeSet::new();
                    for text in texts {
                        let Some(area) = builder.area_anywhere(text) else { continue };
                        let is_project = builder.work.area(area).is_some_and(|it| it.project().is_some());
                        if is_project == project {
                            areas.insert(area);
                        } else {
                            let expected = if project { "a project area" } else { "a team area" };
                            builder.problems.add(text.span, format_args!("expected {expected}"));
                        }
                    }
                    areas
                })
            };
            let projects = of_kind(self, &group.project_areas, true);
            let teams = of_kind(self, &group.team_areas, false);
            let kept = |project: bool| {
                before.map(|group| {
                    let is = |area: &&governance::AreaId| {
                        self.base.area(**area).is_some_and(|it| it.project().is_some()) == project
                    };
                    group.areas.iter().filter(is).copied().collect::<BTreeSet<_>>()
                })
            };
            let mut areas = self.or_kept(projects, kept(true), BTreeSet::new);
            areas.extend(self.or_kept(teams, kept(false), BTreeSet::new));
            let users =
                self.or_kept(users, before.map(|it| it.users.iter().copied().collect()), BTreeSet::new);
            let after = AccessGroup {
                name: group.name.value.clone(),
                users: users.into_iter().collect(),
                areas: areas.into_iter().collect(),
                carried: self.carried(&group.carried, before.map(|it| &it.carried)),
            };
            let before = before.cloned().map(Arc::new);
            self.put(
                group.name.span,
                Event::AccessGroup(Change { key, before, after: Some(Arc::new(after)) }),
            );
        }
    }

    /// Removes the groups that the document does not have, save those that archived items are still
    /// restricted to.
    pub(super) fn remove_absent_groups(&mut self) {
        let mut used: HashSet<AccessGroupId> = HashSet::new();
        let mut uses = |audience: Option<Audience>| {
            if let Some(Audience::AccessGroup(group)) = audience {
                used.insert(group);
            }
        };
        for (_, item) in self.work.work_items() {
            uses(match item.restricted_access {
                Some(RestrictedAccess::To(audience)) => Some(audience),
                Some(RestrictedAccess::Public) | None => None,
            });
        }
        for (_, item) in self.work.scm_items() {
            uses(match item.visibility {
                ScmVisibility::AccessGroup(group) => Some(Audience::AccessGroup(group)),
                _ => None,
            });
        }
        for (_, folder) in self.work.folders() {
            uses(folder.read);
        }
        for (key, group) in self.base.access_groups() {
            if !self.seen.groups.contains(&key) && !used.contains(&key) {
                let gone = Change { key, before: Some(Arc::new(group.clone())), after: None };
                self.put(Span::default(), Event::AccessGroup(gone));
            }
        }
    }
}
