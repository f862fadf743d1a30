//! Process areas and the use of another's process (docs/process.md#project-areas,
//! docs/cross-server.md#rules-of-a-link).

use std::sync::Arc;

use super::{Check, Rule};
use crate::event::Change;
use crate::index::Scope;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, AreaKind, ProcessArea, ProjectArea, Provider, TeamArea};
use crate::reference::is_uri;
use crate::text::Name;

/// Whether a team area would lie in itself, were it moved. Asked before the event is made: an organisation
/// with such an area cannot be indexed.
pub(crate) fn closes_cycle(organisation: &Organisation, area: AreaId, parent: AreaId) -> Option<Rule> {
    let path = organisation.path(parent);
    let from = path.iter().position(|it| *it == area)?;
    let names = path[from..].iter().chain([&area]).filter_map(|it| organisation.area(*it));
    Some(Rule::Cycle { kind: "team area", path: names.map(|it| it.name.clone()).collect() })
}

impl Check<'_> {
    pub(super) fn area(&mut self, change: &Change<AreaId, Arc<ProcessArea>>) {
        let before = change.before.as_deref();
        let Some(area) = change.after.as_deref() else {
            let kind = match before.map(|it| &it.kind) {
                Some(AreaKind::Team(_)) => "team area",
                Some(AreaKind::Copy(_)) => "copy of a process",
                Some(AreaKind::Project(_)) | None => "project area",
            };
            return self.never_removed(kind, before.map(|it| &it.name));
        };
        match &area.kind {
            AreaKind::Project(project) => {
                let scope = Scope::ProjectArea(project.application);
                self.unique("project area", scope, &area.name, change.key);
                self.process_link(change.key, area, project);
                if let Some((before, project_before)) = before.and_then(|it| Some((it, it.project()?))) {
                    self.still_shared(change.key, (before, project_before), (area, project));
                    let link_changed = project_before.uses_process != project.uses_process;
                    let lost =
                        project_before.iteration_types.iter().any(|it| !project.iteration_types.contains(it));
                    if link_changed && project.uses_process.is_none() {
                        self.unlinked(change.key);
                    }
                    if link_changed || lost {
                        self.spread(change.key);
                    }
                    if lost {
                        self.spread_to_consumers(change.key);
                    }
                }
            }
            AreaKind::Copy(copy) => {
                self.named("project area", &area.name);
                copy.iteration_types.iter().for_each(|id| self.named("iteration type", id));
                self.require(is_uri(&copy.server), || Rule::BadProvider(area.name.clone()));
                // One that was taken over before there was a limit is frozen and followed all the same.
                if before.and_then(ProcessArea::copy).is_none_or(|before| before.version != copy.version) {
                    self.bounded_copy(change.key, area, copy);
                }
                let types = |area: &ProcessArea| area.copy().map(|it| it.iteration_types.clone());
                if before.and_then(types).is_some_and(|before| before != copy.iteration_types) {
                    self.spread_to_consumers(change.key);
                }
            }
            AreaKind::Team(team) => {
                self.unique("team area", Scope::TeamArea(team.parent), &area.name, change.key);
                self.team_area(&area.name, team);
                self.followed_timeline(change.key);
                if area.archived && before.is_some_and(|it| !it.archived) {
                    self.governs_nothing(change.key, &area.name);
                }
                if let Some(parent) = before.and_then(ProcessArea::parent).filter(|it| *it != team.parent) {
                    let same =
                        self.organisation.project_of(parent) == self.organisation.project_of(team.parent);
                    self.require(same, || Rule::OtherProject {
                        kind: "team area",
                        name: area.name.clone(),
                        what: "parent",
                    });
                    self.spread(change.key);
                }
            }
        }
    }

    fn team_area(&mut self, name: &Name, team: &TeamArea) {
        let Some(parent) = self.organisation.area(team.parent) else {
            return self.there(false, "team area", name, "parent");
        };
        let root = parent.project().is_some();
        let reserved = root && matches!(&**name, "inherit" | "unassigned");
        self.require(!reserved, || Rule::ReservedName(name.clone()));
        let misplaced = team.timeline.is_some() && !root;
        self.require(!misplaced, || Rule::TimelineBelowRoot(name.clone()));
    }

    /// What a team area governs would be locked with it
    /// (docs/global-configurations.md#archiving-a-team-area).
    fn governs_nothing(&mut self, team: AreaId, name: &Name) {
        let organisation = self.organisation;
        let governed =
            organisation.subtree(team).into_iter().filter_map(|it| organisation.index.governed(it));
        // What is archived takes no change in any case.
        let used: usize = governed
            .map(|it| {
                let components = it.components.iter().filter_map(|id| organisation.component(*id));
                let configurations =
                    it.configurations.iter().filter_map(|id| organisation.configuration(*id));
                components.filter(|it| !it.archived).count()
                    + configurations.filter(|it| !it.archived).count()
            })
            .sum();
        self.require(used == 0, || Rule::ArchivedGoverns { area: name.clone(), used });
    }

    /// The timeline of a root team area is one of the project area.
    pub(super) fn followed_timeline(&mut self, id: AreaId) {
        let organisation = self.organisation;
        let Some(area) = organisation.area(id) else { return };
        if let Some(timeline) = area.team().and_then(|team| team.timeline.clone()) {
            let timelines = organisation.timelines(organisation.project_of(id));
            let known = timelines.iter().any(|it| it.name == timeline);
            self.require(known, || Rule::NoTimeline { area: area.name.clone(), timeline });
        }
    }

    /// A link holds while its area is active; one of an archived area is looked at when that is unarchived.
    fn process_link(&mut self, id: AreaId, area: &ProcessArea, project: &ProjectArea) {
        let Some(link) = &project.uses_process else { return };
        let name = || area.name.clone();
        let active = !area.archived;
        self.require(!project.shares_process, || Rule::ConsumerShares(name()));
        match &link.provider {
            Provider::Elsewhere { server, project_area, copy } => {
                let named = is_uri(server) && !project_area.trim().is_empty();
                let of_that = |id: &AreaId| {
                    let area = self.organisation.area(*id);
                    area.and_then(|area| Some((&area.name, area.copy()?))).is_some_and(|(name, copy)| {
                        (name, &copy.server, copy.application) == (project_area, server, project.application)
                    })
                };
                let copied = copy.as_ref().is_none_or(of_that);
                self.require(named && copied, || Rule::BadProvider(name()));
            }
            Provider::Here(provider) if *provider == id => self.fail(Rule::ProviderIsItself(name())),
            Provider::Here(provider) => {
                let organisation = self.organisation;
                let Some((provider, of)) =
                    organisation.area(*provider).and_then(|area| Some((area, area.project()?)))
                else {
                    return self.fail(Rule::ProviderApplication(name()));
                };
                self.require(of.application == project.application, || Rule::ProviderApplication(name()));
                self.require(of.shares_process || !active, || Rule::ProviderDoesNotShare(name()));
                self.require(!provider.archived || !active, || Rule::ProviderArchived(name()));
                self.require(of.uses_process.is_none(), || Rule::ProviderConsumes(name()));
            }
        }
    }

    /// A process in use stays shared.
    fn still_shared(
        &mut self,
        id: AreaId,
        before: (&ProcessArea, &ProjectArea),
        after: (&ProcessArea, &ProjectArea),
    ) {
        let broken = if before.1.shares_process && !after.1.shares_process {
            "stops sharing it"
        } else if !before.0.archived && after.0.archived {
            "is archived"
        } else {
            return;
        };
        let organisation = self.organisation;
        let active = |consumer: AreaId| organisation.area(consumer).is_some_and(|it| !it.archived);
        let used = organisation.consumers(id).any(active);
        self.require(!used, || Rule::ProcessInUse(after.0.name.clone(), broken));
    }

    /// Nobody has a role of the process that a project area uses no more.
    fn unlinked(&mut self, area: AreaId) {
        let organisation = self.organisation;
        let members = organisation
            .subtree(area)
            .into_iter()
            .flat_map(|it| organisation.members(it).map(move |of| (it, of)));
        let mut lacking = members.filter_map(|(it, (user, roles))| {
            let role = roles.iter().find(|role| !organisation.knows_role(it, role))?;
            Some((user, role))
        });
        let Some((user, role)) = lacking.next() else { return };
        let mut people: std::collections::BTreeSet<_> = lacking.map(|(user, _)| user).collect();
        people.remove(&user);
        let rule = Rule::RoleOfProvider {
            user: organisation.user(user).map_or_else(|| "".into(), |it| it.id.clone()),
            role: role.clone(),
            others: people.len(),
            area: self.area_name(area),
        };
        self.fail(rule);
    }

    /// Has an area that was there before, and what lies in it, checked at the end.
    pub(super) fn spread(&mut self, area: AreaId) {
        if self.created.contains(&area) || self.affected.contains_key(&area) {
            return;
        }
        for below in self.organisation.subtree(area) {
            self.affected.entry(below).or_insert(self.event);
        }
    }

    pub(super) fn spread_to_consumers(&mut self, provider: AreaId) {
        for consumer in self.organisation.consumers(provider) {
            self.spread(consumer);
        }
    }

    /// What a change elsewhere may have broken in areas that were there before.
    pub(super) fn affected_areas(&mut self) {
        let organisation = self.organisation;
        let known = self.found.len();
        for (area, event) in std::mem::take(&mut self.affected) {
            if self.created.contains(&area) {
                continue;
            }
            self.event = event;
            self.defined_roles(area);
            for (_, roles) in organisation.members(area) {
                self.assigned(area, roles);
            }
            for (key, permission) in organisation.permissions(area) {
                self.valid_entry(area, key, permission);
            }
            self.valid_preconditions(area);
            self.valid_timelines(area);
            self.followed_timeline(area);
        }
        // What an event of its own has shown already is not told twice.
        let mut told: std::collections::HashSet<Rule> =
            self.found[..known].iter().map(|it| it.rule.clone()).collect();
        let again = self.found.split_off(known);
        self.found.extend(again.into_iter().filter(|it| told.insert(it.rule.clone())));
    }
}
