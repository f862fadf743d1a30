//! What ccm, qm and rm keep.

use std::sync::Arc;

use governance::{
    AccessGroupId, Application, AreaId, Artefact, ArtefactId, Audience, Carried, Category, CategoryId, Event,
    Folder, FolderId, Owner, Plan, PlanId, RestrictedAccess, ScmItem, ScmItemId, ScmKind, ScmVisibility,
    TeamAreaSetting, TestArtefact, TestArtefactId, TestArtefactKind, WorkItem, WorkItemId,
};

use super::{Draft, created};
use crate::vocabulary::{carried, identifier, name};

pub(super) fn emit(draft: &mut Draft) {
    let categories = categories(draft);
    work_items(draft, &categories);
    for (number, project) in several(draft, Application::Ccm, 3).into_iter().enumerate() {
        let owner = owner(draft, project);
        let archived = draft.chance.percent(10);
        let name = name(&mut draft.chance, number);
        let plan = Plan { project_area: project, name, owner, archived, carried: Carried::NOTHING };
        draft.events.push(Event::Plan(created(PlanId::new(number as u32), Arc::new(plan))));
    }
    for (number, project) in several(draft, Application::Ccm, 5).into_iter().enumerate() {
        let item = scm_item(draft, project, number);
        draft.events.push(Event::ScmItem(created(ScmItemId::new(number as u32), Arc::new(item))));
    }
    for (number, project) in several(draft, Application::Qm, 6).into_iter().enumerate() {
        let artefact = TestArtefact {
            project_area: project,
            kind: draft.chance.of(TestArtefactKind::ALL),
            name: name(&mut draft.chance, number),
            team_area: draft.maybe_team(project, 60),
            archived: draft.chance.percent(10),
            carried: carried(&mut draft.chance),
        };
        let id = TestArtefactId::new(number as u32);
        draft.events.push(Event::TestArtefact(created(id, Arc::new(artefact))));
    }
    let folders = folders(draft);
    artefacts(draft, &folders);
}

/// Each project area of the application, fewer times than `end`.
fn several(draft: &mut Draft, application: Application, end: usize) -> Vec<AreaId> {
    let projects: Vec<_> = draft.projects.iter().map(|it| it.area).collect();
    let projects = projects.into_iter().filter(|it| draft.area(*it).application == application);
    let projects: Vec<_> = projects.collect();
    projects.into_iter().flat_map(|it| vec![it; draft.chance.below(end)]).collect()
}

fn group(draft: &mut Draft) -> AccessGroupId {
    AccessGroupId::new(draft.chance.below(draft.groups) as u32)
}

fn owner(draft: &mut Draft, project: AreaId) -> Owner {
    match draft.maybe_team(project, 50) {
        Some(team) => Owner::TeamArea(team),
        None if draft.chance.percent(50) => Owner::User(draft.anybody()),
        None => Owner::ProjectArea,
    }
}

fn scm_item(draft: &mut Draft, project: AreaId, number: usize) -> ScmItem {
    let owner = owner(draft, project);
    let fitting = match owner {
        Owner::User(_) => ScmVisibility::Private,
        Owner::TeamArea(_) => ScmVisibility::TeamPrivate,
        Owner::ProjectArea => ScmVisibility::Public,
    };
    let restricted = ScmVisibility::AccessGroup(group(draft));
    let chance = &mut draft.chance;
    ScmItem {
        project_area: project,
        kind: chance.of([ScmKind::Stream, ScmKind::Component]),
        name: name(chance, number),
        owner,
        visibility: chance.of([fitting, fitting, ScmVisibility::Public, ScmVisibility::Project, restricted]),
        archived: chance.percent(10),
        carried: carried(chance),
    }
}

/// The categories of each project area.
fn categories(draft: &mut Draft) -> Vec<Category> {
    let mut all: Vec<Category> = Vec::new();
    for project in several(draft, Application::Ccm, 7) {
        let parents: Vec<_> = (0..all.len()).filter(|at| all[*at].project_area == project).collect();
        let parent = draft.chance.pick(&parents).copied().filter(|_| draft.chance.percent(65));
        let team_area = draft.maybe_team(project, 45);
        let mut above = std::iter::successors(parent, |at| all[*at].parent.map(|it| it.number() as usize));
        // A flag without any team area at or above it is an error.
        let restrictable = team_area.is_some() || above.any(|at| all[at].team_area.is_some());
        let chance = &mut draft.chance;
        let category = Category {
            project_area: project,
            parent: parent.map(|at| CategoryId::new(at as u32)),
            name: name(chance, all.len()),
            team_area,
            restrict_access: restrictable && chance.percent(40),
            restrict_visibility: chance.percent(20),
            archived: chance.percent(8),
            carried: carried(chance),
        };
        let id = CategoryId::new(all.len() as u32);
        draft.events.push(Event::Category(created(id, Arc::new(category.clone()))));
        all.push(category);
    }
    all
}

fn work_items(draft: &mut Draft, categories: &[Category]) {
    for (number, project) in several(draft, Application::Ccm, 9).into_iter().enumerate() {
        let here: Vec<_> =
            (0..categories.len()).filter(|at| categories[*at].project_area == project).collect();
        let category = draft.chance.pick(&here).filter(|_| draft.chance.percent(80));
        let category = category.map(|at| CategoryId::new(*at as u32));
        let projects: Vec<_> = draft.projects.iter().map(|it| it.area).collect();
        let restricted_access = match draft.chance.below(8) {
            0 => Some(RestrictedAccess::Public),
            1 => Some(RestrictedAccess::To(Audience::AccessGroup(group(draft)))),
            2 => draft.chance.pick(&projects).map(|it| RestrictedAccess::To(Audience::MembersOf(*it))),
            3 => draft.maybe_team(project, 100).map(|it| RestrictedAccess::To(Audience::MembersOf(it))),
            _ => None,
        };
        let item = WorkItem {
            project_area: project,
            number: number as u64 * 3 + 100,
            item_type: identifier(&mut draft.chance).into(),
            title: name(&mut draft.chance, number),
            category,
            restricted_access,
            archived: draft.chance.percent(10),
            carried: carried(&mut draft.chance),
        };
        draft.events.push(Event::WorkItem(created(WorkItemId::new(number as u32), Arc::new(item))));
    }
}

fn ownership(draft: &mut Draft, project: AreaId) -> TeamAreaSetting {
    match draft.maybe_team(project, 40) {
        Some(team) => TeamAreaSetting::Assigned(team),
        None if draft.chance.percent(20) => TeamAreaSetting::Unassigned,
        None => TeamAreaSetting::Inherit,
    }
}

/// The folders, with the project area of each.
fn folders(draft: &mut Draft) -> Vec<AreaId> {
    let mut all: Vec<AreaId> = Vec::new();
    for project in several(draft, Application::Rm, 7) {
        let parents: Vec<_> = (0..all.len()).filter(|at| all[*at] == project).collect();
        let parent = draft.chance.pick(&parents).copied().filter(|_| draft.chance.percent(70));
        let read = match draft.chance.below(5) {
            0 => Some(Audience::AccessGroup(group(draft))),
            1 => draft.maybe_team(project, 100).map(Audience::MembersOf),
            _ => None,
        };
        let folder = Folder {
            project_area: project,
            parent: parent.map(|at| FolderId::new(at as u32)),
            name: name(&mut draft.chance, all.len()),
            team_area: ownership(draft, project),
            read,
            archived: draft.chance.percent(8),
            carried: carried(&mut draft.chance),
        };
        draft.events.push(Event::Folder(created(FolderId::new(all.len() as u32), Arc::new(folder))));
        all.push(project);
    }
    all
}

fn artefacts(draft: &mut Draft, folders: &[AreaId]) {
    for (number, project) in several(draft, Application::Rm, 8).into_iter().enumerate() {
        let here: Vec<_> = (0..folders.len()).filter(|at| folders[*at] == project).collect();
        let folder = draft.chance.pick(&here).filter(|_| draft.chance.percent(85));
        let artefact = Artefact {
            project_area: project,
            number: number as u64 + 7,
            item_type: identifier(&mut draft.chance).into(),
            title: name(&mut draft.chance, number),
            folder: folder.map(|at| FolderId::new(*at as u32)),
            team_area: ownership(draft, project),
            archived: draft.chance.percent(10),
            carried: carried(&mut draft.chance),
        };
        draft.events.push(Event::Artefact(created(ArtefactId::new(number as u32), Arc::new(artefact))));
    }
}
