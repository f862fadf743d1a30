//! Project areas and team areas, and who stands in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use governance::text::Name;
use governance::{
    Application, AreaId, AreaKind, Change, Elsewhere, Event, Holds, ProcessArea, ProcessLink, ProjectArea,
    Provider, ReadAccess, RoleInheritance, TeamArea, UserId,
};

use super::{Builder, Mode, give};
use crate::overlay::{Keyed, Members};
use crate::places::Places;
use crate::raw;
use crate::reading::Text;
use crate::span::{Span, Spanned};

/// An area of the document, with the number it has or gets.
pub(super) struct Draft<'d> {
    pub(super) id: AreaId,
    /// Whether it was there before.
    pub(super) existed: bool,
    pub(super) project: AreaId,
    parent: Option<AreaId>,
    pub(super) application: Application,
    pub(super) written: Written<'d>,
}

/// The area as written.
#[derive(Clone, Copy)]
pub(super) enum Written<'d> {
    Project(&'d raw::ProjectArea),
    Team(&'d raw::TeamArea),
}

/// The keys that both have.
macro_rules! common {
    ($($key:ident: $type:ty),*) => {
        $(pub(super) fn $key(self) -> Option<&'d $type> {
            match self {
                Self::Project(area) => area.$key.as_ref(),
                Self::Team(area) => area.$key.as_ref(),
            }
        })*
    };
}

impl<'d> Written<'d> {
    common! {
        archived: Spanned<bool>,
        administrators: Vec<Text>,
        members: Members,
        roles: Keyed<raw::Role>,
        permissions: Vec<raw::Permission>,
        preconditions: Vec<raw::Precondition>
    }
    pub(super) fn name(self) -> &'d Text {
        match self {
            Self::Project(area) => &area.name,
            Self::Team(area) => &area.name,
        }
    }
    fn places(self) -> &'d Places {
        match self {
            Self::Project(area) => &area.places,
            Self::Team(area) => &area.places,
        }
    }
    fn carried(self) -> &'d governance::Carried {
        match self {
            Self::Project(area) => &area.carried,
            Self::Team(area) => &area.carried,
        }
    }
}

impl Builder<'_> {
    /// The areas of the document, each before those nested in it.
    pub(super) fn areas<'d>(&mut self, project_areas: &'d [raw::ProjectArea]) -> Vec<Draft<'d>> {
        let mut drafts = Vec::new();
        for area in project_areas {
            let application = area.application.value;
            let there = self.base.project_area_named(application, &area.name);
            let project = there.unwrap_or_else(|| give(&mut self.next.area));
            let existed = there.is_some();
            let written = Written::Project(area);
            drafts.push(Draft { id: project, existed, project, parent: None, application, written });
            let mut waiting = vec![(project, area.team_areas.as_deref().unwrap_or_default())];
            while let Some((parent, teams)) = waiting.pop() {
                for team in teams {
                    let there = self.base.team_area_named(parent, &team.name);
                    let id = there.unwrap_or_else(|| give(&mut self.next.area));
                    drafts.push(Draft {
                        id,
                        existed: there.is_some(),
                        project,
                        parent: Some(parent),
                        application,
                        written: Written::Team(team),
                    });
                    waiting.push((id, team.team_areas.as_deref().unwrap_or_default()));
                }
            }
        }
        for at in 0..drafts.len() {
            self.area(&drafts, at);
        }
        drafts
    }

    fn area(&mut self, drafts: &[Draft<'_>], at: usize) {
        let draft = &drafts[at];
        self.seen.areas.insert(draft.id);
        let before = self.base.area(draft.id);
        let kind = match draft.written {
            Written::Project(area) => {
                AreaKind::Project(self.project_area(drafts, draft, area, before.and_then(|it| it.project())))
            }
            Written::Team(area) => AreaKind::Team(self.team(draft, area, before.and_then(|it| it.team()))),
        };
        let written = draft.written;
        let carried =
            self.carried(&self.template_types(draft, written.carried()), before.map(|it| &it.carried));
        let mut after = ProcessArea {
            name: written.name().value.clone(),
            archived: self.or_kept(
                written.archived().map(|it| it.value),
                before.map(|it| it.archived),
                || false,
            ),
            kind,
            carried,
        };
        after.carried = self.base.queries_by_number(draft.id, &after);
        let before = before.cloned().map(Arc::new);
        let change = Change { key: draft.id, before, after: Some(Arc::new(after)) };
        self.put_with((written.name().span, written.places()), Event::Area(change));
    }

    /// Gives numbers to what shared queries name that the document itself has made.
    pub(super) fn queries(&mut self) {
        for at in 0..self.events.len() {
            let Event::Area(change) = &self.events[at] else { continue };
            let Some(named) = &change.after else { continue };
            let carried = self.work.queries_by_number(change.key, named);
            if carried != named.carried {
                let numbered = Some(Arc::new(ProcessArea { carried, ..ProcessArea::clone(named) }));
                let (key, named) = (change.key, change.after.clone());
                let change = Change { key, before: change.before.clone(), after: numbered.clone() };
                self.events[at] = Event::Area(change);
                self.work.apply(&[Event::Area(Change { key, before: named, after: numbered })]);
            }
        }
    }

    /// The carried keys, with the types that the template declares below them where the area is new.
    fn template_types(&self, draft: &Draft<'_>, carried: &governance::Carried) -> governance::Carried {
        match self.template_to_begin_from(draft) {
            Some(template) => template.carried_below(carried),
            None => carried.clone(),
        }
    }

    fn project_area(
        &mut self,
        drafts: &[Draft<'_>],
        draft: &Draft<'_>,
        area: &raw::ProjectArea,
        before: Option<&ProjectArea>,
    ) -> ProjectArea {
        let names = |names: &Vec<Text>| -> Arc<[Name]> { names.iter().map(|it| it.value.clone()).collect() };
        self.knows_template(draft, area);
        let written_link =
            area.uses_process.as_ref().map(|link| self.process_link(drafts, draft, link, before));
        let written_types = area.iteration_types.as_ref().map(names);
        let types = self.template_to_begin_from(draft).map(|it| Arc::clone(&it.iteration_types));
        ProjectArea {
            application: draft.application,
            access: self.or_kept(area.access.as_ref().map(|it| it.value), before.map(|it| it.access), || {
                ReadAccess::Hierarchy
            }),
            shares_process: self.or_kept(
                area.shares_process.as_ref().map(|it| it.value),
                before.map(|it| it.shares_process),
                || false,
            ),
            uses_process: self.or_kept(written_link, before.map(|it| it.uses_process.clone()), || None),
            iteration_types: self.or_kept(
                written_types.or(types),
                before.map(|it| it.iteration_types.clone()),
                Arc::default,
            ),
        }
    }

    fn process_link(
        &mut self,
        drafts: &[Draft<'_>],
        draft: &Draft<'_>,
        link: &raw::UsesProcess,
        before: Option<&ProjectArea>,
    ) -> Option<ProcessLink> {
        self.links.insert(draft.id, link.project_area.as_ref().map_or(link.span, |it| it.span));
        let Some(name) = &link.project_area else {
            self.problems
                .add(link.span, "missing key `project_area`: the project area whose process is used");
            return None;
        };
        let provider = match &link.server {
            Some(server) => {
                let Some(address) = governance::server_address(server) else {
                    self.problems.add(
                        server.span,
                        "expected the address of a server, such as `https://elm.example.org`",
                    );
                    return None;
                };
                let of = Elsewhere {
                    server: address,
                    application: draft.application,
                    project_area: name.value.clone(),
                };
                self.base.link_elsewhere(&of, false).provider
            }
            None => {
                let new = drafts
                    .iter()
                    .find(|it| {
                        it.parent.is_none()
                            && it.application == draft.application
                            && *it.written.name().value == *name.value
                    })
                    .map(|it| it.id);
                let Some(area) = new.or_else(|| self.base.project_area_named(draft.application, name)) else {
                    let known: Vec<_> = drafts
                        .iter()
                        .filter(|it| it.parent.is_none() && it.application == draft.application)
                        .map(|it| it.written.name().value.clone())
                        .collect();
                    self.problems
                        .unknown(name.span, "project area of this application", name, || known.iter());
                    return None;
                };
                Provider::Here(area)
            }
        };
        let there = before.and_then(|it| it.uses_process.as_ref()).map(|it| it.iteration_types);
        let iteration_types = self.or_kept(link.iteration_types.as_ref().map(|it| it.value), there, || false);
        Some(ProcessLink { provider, iteration_types })
    }

    fn team(&mut self, draft: &Draft<'_>, area: &raw::TeamArea, before: Option<&TeamArea>) -> TeamArea {
        let parent = draft.parent.unwrap_or(draft.project);
        TeamArea {
            parent,
            role_inheritance: self.or_kept(
                area.role_inheritance.as_ref().map(|it| it.value),
                before.map(|it| it.role_inheritance),
                || RoleInheritance::default_for(draft.application, parent == draft.project),
            ),
            timeline: self.or_kept(
                area.timeline.as_ref().map(|it| Some(it.value.clone())),
                before.map(|it| it.timeline.clone()),
                || None,
            ),
        }
    }

    /// Who administers, is a member of, and is listed in an area.
    pub(super) fn people_of(&mut self, draft: &Draft<'_>) {
        let administrators: Vec<_> = self.base.administrators(draft.id).collect();
        self.set_of_users(draft.written.administrators(), administrators, |user, before, after| {
            Event::Administrator(Change { key: (draft.id, user), before, after })
        });
        if let Written::Project(area) = draft.written {
            let listed: Vec<_> = self.base.access_list(draft.id).collect();
            self.set_of_users(area.access_list.as_ref(), listed, |user, before, after| {
                Event::Listed(Change { key: (draft.id, user), before, after })
            });
        }
        let mut seen = BTreeSet::new();
        for member in draft.written.members().map(|members| &*members.0).unwrap_or_default() {
            let Some(user) = self.user(&member.user) else { continue };
            seen.insert(user);
            let before = self.base.member(draft.id, user).cloned();
            let mut roles: Vec<Name> = Vec::with_capacity(member.roles.len());
            for role in &member.roles {
                if !self.knows_role(draft.id, role) {
                    continue;
                }
                if roles.contains(&role.value) {
                    self.problems.add(role.span, "this role is there twice");
                }
                roles.push(role.value.clone());
            }
            let span = member.roles.first().map_or(member.user.span, |role| role.span);
            let change = Change { key: (draft.id, user), before, after: Some(roles.into()) };
            self.put(span, Event::Member(change));
        }
        if self.mode == Mode::Replace {
            for (user, roles) in self.base.members(draft.id).filter(|(user, _)| !seen.contains(user)) {
                let change = Change { key: (draft.id, user), before: Some(roles.clone()), after: None };
                self.put(draft.written.name().span, Event::Member(change));
            }
        }
    }

    /// A list of users that is replaced whole where it is written.
    fn set_of_users(
        &mut self,
        written: Option<&Vec<Text>>,
        there: Vec<UserId>,
        event: impl Fn(UserId, Option<Holds>, Option<Holds>) -> Event,
    ) {
        if written.is_none() && self.mode == Mode::Overlay {
            return;
        }
        let mut wanted = BTreeSet::new();
        for id in written.into_iter().flatten() {
            let Some(user) = self.user(id) else { continue };
            if !wanted.insert(user) {
                self.problems.add(id.span, "this user is there twice");
            }
            let before = there.contains(&user).then_some(Holds);
            self.put(id.span, event(user, before, Some(Holds)));
        }
        for user in there.into_iter().filter(|user| !wanted.contains(user)) {
            self.put(Span::default(), event(user, Some(Holds), None));
        }
    }

    /// Archives the areas that the document does not have, and takes everybody and every entry out of them:
    /// members of archived areas would go on reading.
    pub(super) fn archive_absent_areas(&mut self) {
        let absent: Vec<_> = self
            .base
            .areas()
            .filter(|(key, _)| !self.seen.areas.contains(key))
            .map(|(key, area)| (key, area.clone()))
            .collect();
        for (key, area) in absent {
            let after = Arc::new(ProcessArea { archived: true, ..area.clone() });
            let change = Change { key, before: Some(Arc::new(area)), after: Some(after) };
            self.put(Span::default(), Event::Area(change));
            let base = self.base;
            for user in base.administrators(key) {
                let gone = Change { key: (key, user), before: Some(Holds), after: None };
                self.put(Span::default(), Event::Administrator(gone));
            }
            for user in base.access_list(key) {
                let gone = Change { key: (key, user), before: Some(Holds), after: None };
                self.put(Span::default(), Event::Listed(gone));
            }
            for (user, roles) in base.members(key) {
                let gone = Change { key: (key, user), before: Some(roles.clone()), after: None };
                self.put(Span::default(), Event::Member(gone));
            }
            for (entry, permission) in base.permissions(key) {
                let gone =
                    Change { key: (key, entry.clone()), before: Some(permission.clone()), after: None };
                self.put(Span::default(), Event::Permission(gone));
            }
            let demanded = base.preconditions(key);
            if !demanded.is_empty() {
                let gone = Change { key, before: Some(demanded.into()), after: None };
                self.put(Span::default(), Event::Preconditions(gone));
            }
            let roles = base.roles(key);
            if !roles.is_empty() {
                let gone = Change { key, before: Some(roles.into()), after: None };
                self.put(Span::default(), Event::Roles(gone));
            }
        }
    }
}
