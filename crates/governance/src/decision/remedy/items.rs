//! Changes to items: the team area that governs them, and what is archived.

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::smallvec;

use super::super::permission::counted_roles;
use super::super::placement::governing_area;
use super::{Step, area_name, save_area};
use crate::application_items::{Artefact, Folder, TestArtefact};
use crate::catalogue::{Action, Class, OperationId};
use crate::configuration::{Component, ComponentId, Configuration, TeamAreaSetting};
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Ask, Question, With};
use crate::user::UserId;

/// Handing the item, or the component that it inherits from, to a team area in which the user may.
pub(super) fn assign_team_area(
    organisation: &Organisation,
    item: Item,
    user: UserId,
    operation: OperationId,
    missing: &[Action],
) -> Vec<Step> {
    if operation.class() != Class::Team {
        return Vec::new();
    }
    let (Some(project), Some(person)) = (organisation.project_of_item(item), organisation.index.person(user))
    else {
        return Vec::new();
    };
    let may_in = |area: &AreaId| {
        organisation.index.law(*area).is_some_and(|law| {
            let roles = counted_roles(person, law);
            !law.archived && missing.iter().all(|action| law.grants.grant(&roles, action))
        })
    };
    let teams: Vec<AreaId> = organisation.subtree(project).into_iter().filter(may_in).collect();
    teams.into_iter().flat_map(|team| hand_over(organisation, item, project, team)).collect()
}

fn hand_over(organisation: &Organisation, item: Item, project: AreaId, team: AreaId) -> Vec<Step> {
    let own = (team != project).then_some(team);
    let to = match own {
        Some(team) => format!("Assign {} to", area_name(organisation, team)),
        None => "Unassign the team area of".to_owned(),
    };
    let mut steps = Vec::new();
    let needs = |operation: &str, action: &'static str, item: Item| {
        let operation = OperationId::from_name(operation).unwrap_or(OperationId::first());
        (Ask::Perform(operation, smallvec![operation.known(action)], With::Nothing), item)
    };
    let mut change_component = |id| {
        let Some(component) = organisation.component(id) else { return };
        let after = Component { team_area: own, ..component.clone() };
        steps.push(Step {
            sentence: format!("{to} the component {}", component.name),
            event: Event::Component(Change { key: id, before: Some(component.clone()), after: Some(after) }),
            needs: needs("gc.save-component", "modify-team-area", Item::Component(id)),
            breadth: 0,
        });
    };
    match item {
        Item::Component(id) => change_component(id),
        Item::Configuration(id) => {
            let Some(configuration) = organisation.configuration(id) else { return steps };
            let Some(setting) = configuration.kind.team_area() else { return steps };
            if setting == TeamAreaSetting::Inherit {
                change_component(configuration.component);
            }
            let word = configuration.kind.word();
            let setting = own.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
            let kind = configuration.kind.with_team_area(setting);
            let after = Configuration { kind, ..configuration.clone() };
            let operation = match word {
                "baseline" => "gc.save-baseline",
                "staging" => "gc.save-staging-stream",
                _ => "gc.save-stream",
            };
            steps.push(Step {
                sentence: format!("{to} the {word} {}", configuration.name),
                event: Event::Configuration(Change {
                    key: id,
                    before: Some(configuration.clone()),
                    after: Some(after),
                }),
                needs: needs(operation, "modify-team-area", item),
                breadth: 0,
            });
        }
        Item::TestArtefact(id) => {
            let Some(artefact) = organisation.test_artefact(id) else { return steps };
            let after = TestArtefact { team_area: own, ..artefact.clone() };
            let operation = format!("qm.save-{}", artefact.kind.word());
            steps.push(Step {
                sentence: format!("{to} the {} {}", artefact.kind.word(), artefact.name),
                event: Event::TestArtefact(Change {
                    key: id,
                    before: Some(Arc::new(artefact.clone())),
                    after: Some(Arc::new(after)),
                }),
                needs: needs(&operation, "modify", item),
                breadth: 0,
            });
        }
        Item::Artefact(id) => {
            let Some(artefact) = organisation.artefact(id) else { return steps };
            let team_area = own.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
            let after = Artefact { team_area, ..artefact.clone() };
            steps.push(Step {
                sentence: format!("{to} the artefact {} {}", artefact.number, artefact.title),
                event: Event::Artefact(Change {
                    key: id,
                    before: Some(Arc::new(artefact.clone())),
                    after: Some(Arc::new(after)),
                }),
                needs: needs("rm.save-artifact", "modify-team-ownership", item),
                breadth: 0,
            });
        }
        Item::Folder(id) => {
            let Some(folder) = organisation.folder(id) else { return steps };
            let team_area = own.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
            let after = Folder { team_area, ..folder.clone() };
            steps.push(Step {
                sentence: format!("{to} the folder {}", folder.name),
                event: Event::Folder(Change {
                    key: id,
                    before: Some(Arc::new(folder.clone())),
                    after: Some(Arc::new(after)),
                }),
                needs: needs("rm.save-folder", "modify-team-ownership", item),
                breadth: 0,
            });
        }
        Item::Repository
        | Item::Area(_)
        | Item::Category(_)
        | Item::WorkItem(_)
        | Item::Plan(_)
        | Item::ScmItem(_) => {}
    }
    steps
}

/// Unarchiving what the state gate stumbles over: the item, then what contains it.
pub(super) fn unarchive(organisation: &Organisation, question: &Question) -> Vec<Step> {
    let Ask::Perform(operation, ..) = &question.ask else { return Vec::new() };
    let mut steps = Vec::new();
    let mut areas: Vec<AreaId> =
        governing_area(organisation, *operation, question.item).into_iter().collect();
    if let Item::Configuration(id) = question.item
        && let Some(configuration) = organisation.configuration(id)
    {
        if configuration.archived {
            let after = Configuration { archived: false, ..configuration.clone() };
            let save = match configuration.kind.word() {
                "baseline" => "gc.save-baseline",
                "staging" => "gc.save-staging-stream",
                "personal" => "gc.save-personal-stream",
                _ => "gc.save-stream",
            };
            let save = OperationId::from_name(save).unwrap_or(*operation);
            steps.push(Step {
                sentence: format!("Unarchive the {} {}", configuration.kind.word(), configuration.name),
                event: Event::Configuration(Change {
                    key: id,
                    before: Some(configuration.clone()),
                    after: Some(after),
                }),
                needs: (Ask::Perform(save, smallvec![save.known("unarchive")], With::Nothing), question.item),
                breadth: 0,
            });
        }
        steps.extend(unarchive_component(organisation, configuration.component));
    }
    if let Item::Component(id) = question.item {
        steps.extend(unarchive_component(organisation, id));
    }
    if let Ask::Perform(_, _, With::NewParent(area)) = &question.ask {
        areas.push(*area);
    }
    let archived: BTreeSet<AreaId> =
        areas.iter().flat_map(|area| organisation.path(*area).iter().copied()).collect();
    for id in archived {
        let Some(area) = organisation.area(id).filter(|area| area.archived) else { continue };
        let mut after = area.clone();
        after.archived = false;
        steps.push(Step {
            sentence: format!("Unarchive {}", area.name),
            event: Event::Area(Change {
                key: id,
                before: Some(Arc::new(area.clone())),
                after: Some(Arc::new(after)),
            }),
            needs: save_area(organisation, id, "unarchive"),
            breadth: 0,
        });
    }
    steps
}

fn unarchive_component(organisation: &Organisation, id: ComponentId) -> Option<Step> {
    let component = organisation.component(id).filter(|component| component.archived)?;
    let save = OperationId::from_name("gc.save-component")?;
    Some(Step {
        sentence: format!("Unarchive the component {}", component.name),
        event: Event::Component(Change {
            key: id,
            before: Some(component.clone()),
            after: Some(Component { archived: false, ..component.clone() }),
        }),
        needs: (Ask::Perform(save, smallvec![save.known("unarchive")], With::Nothing), Item::Component(id)),
        breadth: 0,
    })
}
