//! Project areas and the team areas nested in them.

use std::sync::Arc;

use governance::text::Name;
use governance::{
    Application, AreaId, AreaKind, Cardinality, Carried, Event, OperationId, ProcessArea, ProcessLink,
    ProjectArea, Provider, ReadAccess, Role, RoleInheritance, TeamArea, Timeline,
};

use super::{Draft, created, process};
use crate::chance::Chance;
use crate::vocabulary::{carried, name};

/// Few, so that areas far apart define the same.
const ROLES: [&str; 6] = ["contributor", "lead", "reviewer", "tag-manager", "author", "tester"];
/// More roles than the 64 bits of a word; they sort among the others, so that many ordinals move.
const MANY_ROLES: usize = 70;
const DEEPEST: usize = 4;

/// A process area that is planned.
pub(super) struct Area {
    pub(super) id: AreaId,
    pub(super) project: AreaId,
    pub(super) parent: Option<AreaId>,
    pub(super) application: Application,
    pub(super) roles: Vec<Role>,
    depth: usize,
}

/// What is planned of a project area besides.
pub(super) struct Project {
    pub(super) area: AreaId,
    pub(super) access: ReadAccess,
    pub(super) iteration_types: Vec<Name>,
    pub(super) timelines: Vec<Timeline>,
    /// The operations that most of its entries are about, so that entries compete.
    pub(super) hot: Vec<OperationId>,
    shares: bool,
    uses: Option<ProcessLink>,
}

impl Draft {
    pub(super) fn project(&self, area: AreaId) -> Option<&Project> {
        self.projects.iter().find(|it| it.area == area)
    }
    /// The project area whose process this one uses.
    pub(super) fn provider(&self, project: AreaId) -> Option<AreaId> {
        self.project(project)?.uses.as_ref()?.here()
    }
    /// The roles that can be assigned in an area: the nearest definition of each.
    pub(super) fn visible_roles(&self, area: AreaId) -> Vec<Role> {
        let provider = self.provider(self.area(area).project).map(|provider| self.area(provider));
        let mut visible: Vec<Role> = Vec::new();
        for role in self.upwards(area).chain(provider).flat_map(|area| &area.roles) {
            if !visible.iter().any(|it| it.id == role.id) {
                visible.push(role.clone());
            }
        }
        visible
    }
    /// The iteration types that a project area may use: its own and, by option, its provider's.
    pub(super) fn iteration_types(&self, project: AreaId) -> Vec<Name> {
        let Some(plan) = self.project(project) else { return Vec::new() };
        let link = plan.uses.as_ref().filter(|link| link.iteration_types);
        let provider = link.and_then(ProcessLink::here).and_then(|it| self.project(it));
        let shared = provider.map_or(&[][..], |it| &it.iteration_types);
        plan.iteration_types.iter().chain(shared).cloned().collect()
    }
}

pub(super) fn plan(draft: &mut Draft) {
    for _ in 0..if draft.wide { 6 } else { draft.chance.within(2..=6) } {
        let [gc, ccm, qm, rm] = Application::ALL;
        // Configurations have the most rules.
        let application = draft.chance.of([gc, gc, ccm, qm, rm]);
        let project = plan_project(draft, application);
        for _ in 0..if draft.wide { 7 } else { draft.chance.below(8) } {
            plan_team(draft, project, application);
        }
    }
}

fn plan_project(draft: &mut Draft, application: Application) -> AreaId {
    let id = AreaId::new(draft.areas.len() as u32);
    let providers: Vec<_> = draft.projects.iter().filter(|it| it.shares).map(|it| it.area).collect();
    let providers: Vec<_> =
        providers.into_iter().filter(|it| draft.area(*it).application == application).collect();
    let chance = &mut draft.chance;
    let shares = chance.percent(40);
    let uses = match chance.pick(&providers).filter(|_| !shares) {
        Some(provider) => {
            Some(ProcessLink { provider: Provider::Here(*provider), iteration_types: chance.percent(50) })
        }
        None if !shares && chance.percent(10) => Some(ProcessLink {
            provider: Provider::Elsewhere {
                server: "https://other.example.com/gc".into(),
                project_area: "Standard".into(),
                copy: None,
            },
            iteration_types: chance.percent(50),
        }),
        None => None,
    };
    let hot = process::operations_of(application);
    let mut hot: Vec<_> = (0..4).filter_map(|_| chance.pick(&hot).copied()).collect();
    let central = ["gc.save-stream", "gc.save-personal-stream", "process.save-team-area"];
    hot.extend(central.into_iter().filter(|_| chance.percent(60)).filter_map(OperationId::from_name));
    hot.retain(|it| it.application().is_none_or(|of| of == application));
    let access = if chance.percent(50) { ReadAccess::Everyone } else { chance.of(ReadAccess::ALL) };
    let types = ["sprint", "release", "freeze"].map(Name::from);
    let iteration_types = chance.some(&types, 60);
    draft.areas.push(Area { id, project: id, parent: None, application, roles: Vec::new(), depth: 0 });
    draft.projects.push(Project {
        area: id,
        access,
        iteration_types,
        timelines: Vec::new(),
        hot,
        shares,
        uses,
    });
    // A consumer may define again what its provider defines.
    let mut defined = draft.chance.some(&ROLES.map(str::to_owned), 45);
    if draft.wide {
        defined.extend((0..MANY_ROLES).map(|number| format!("l{number:02}")));
    }
    define(draft, id, &defined);
    let types = draft.iteration_types(id);
    let timelines = process::timelines(&mut draft.chance, &types);
    if let Some(project) = draft.projects.last_mut() {
        project.timelines = timelines;
    }
    id
}

fn plan_team(draft: &mut Draft, project: AreaId, application: Application) {
    let id = AreaId::new(draft.areas.len() as u32);
    let parents: Vec<_> = draft
        .areas
        .iter()
        .filter(|it| it.project == project && it.depth < DEEPEST)
        .map(|it| (it.id, it.depth))
        .collect();
    // The last one rather often: depth is what team areas are about.
    let last = parents.last().copied().filter(|_| draft.chance.percent(40));
    let Some((parent, above)) = last.or_else(|| draft.chance.pick(&parents).copied()) else { return };
    let depth = above + 1;
    draft.areas.push(Area { id, project, parent: Some(parent), application, roles: Vec::new(), depth });
    // A team area cannot define what is in use above.
    let above: Vec<_> = draft.visible_roles(parent).into_iter().map(|role| role.id).collect();
    let mut free = ROLES.map(str::to_owned).to_vec();
    free.retain(|id| !above.iter().any(|it| **it == **id));
    let defined = draft.chance.some(&free, 15);
    define(draft, id, &defined);
}

fn define(draft: &mut Draft, area: AreaId, ids: &[String]) {
    let chance = &mut draft.chance;
    let role = |id: &String| Role {
        id: Name::from(&**id),
        name: Name::from(id.to_uppercase()),
        cardinality: if chance.percent(20) { Cardinality::One } else { Cardinality::Many },
        carried: Carried::NOTHING,
    };
    draft.areas[area.number() as usize].roles = ids.iter().map(role).collect();
}

pub(super) fn emit(draft: &mut Draft) {
    let providers: Vec<_> = draft.projects.iter().filter_map(|it| it.uses.as_ref()?.here()).collect();
    for at in 0..draft.areas.len() {
        let area = &draft.areas[at];
        let kind = match (draft.project(area.id), area.parent) {
            (Some(project), _) => AreaKind::Project(ProjectArea {
                application: area.application,
                access: project.access,
                shares_process: project.shares,
                uses_process: project.uses.clone(),
                iteration_types: project.iteration_types.clone().into(),
            }),
            (None, parent) => {
                let timelines =
                    draft.project(area.project).map_or_else(Vec::new, |project| project.timelines.clone());
                let own = if area.depth == 1 { timelines } else { Vec::new() };
                AreaKind::Team(team(&mut draft.chance, parent.unwrap_or(area.project), &own))
            }
        };
        let id = draft.areas[at].id;
        // A provider is not archived.
        let archived = !providers.contains(&id) && draft.chance.percent(6);
        let fact = ProcessArea {
            name: name(&mut draft.chance, at),
            archived,
            kind,
            carried: carried(&mut draft.chance),
        };
        draft.events.push(Event::Area(created(id, Arc::new(fact))));
    }
}

fn team(chance: &mut Chance, parent: AreaId, timelines: &[Timeline]) -> TeamArea {
    TeamArea {
        parent,
        role_inheritance: chance.of([
            RoleInheritance::Inherit,
            RoleInheritance::Inherit,
            RoleInheritance::Isolate,
        ]),
        timeline: chance.pick(timelines).map(|it| it.name.clone()),
    }
}
