//! Changes to items: the team area that governs them, and what is archived.

use std::collections::BTreeSet;

use super::super::permission::counted_roles;
use super::super::placement::governing_area;
use super::Suggestion;
use crate::catalogue::{Action, Class, OperationId};
use crate::command::Subject;
use crate::configuration::{ComponentId, TeamAreaSetting};
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
) -> Vec<Suggestion> {
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
    let hands = handed_over(organisation, item);
    let teams = organisation.subtree(project).into_iter().filter(may_in);
    let own = teams.map(|team| (team != project).then_some(team));
    own.flat_map(|team| hands.iter().map(move |item| Suggestion::AssignTeamArea(*item, team))).collect()
}

/// What a team area can be assigned to so that it governs the item.
fn handed_over(organisation: &Organisation, item: Item) -> Vec<Item> {
    match item {
        Item::Configuration(id) => {
            let Some(configuration) = organisation.configuration(id) else { return Vec::new() };
            let Some(setting) = configuration.kind.team_area() else { return Vec::new() };
            let inherits = setting == TeamAreaSetting::Inherit;
            let component = inherits.then_some(Item::Component(configuration.component));
            component.into_iter().chain([item]).collect()
        }
        Item::Component(_) | Item::TestArtefact(_) | Item::Artefact(_) | Item::Folder(_) => vec![item],
        Item::Repository
        | Item::Area(_)
        | Item::Category(_)
        | Item::WorkItem(_)
        | Item::Plan(_)
        | Item::ScmItem(_) => Vec::new(),
    }
}

/// Unarchiving what the state gate stumbles over: the item, then what contains it.
pub(super) fn unarchive(organisation: &Organisation, question: &Question) -> Vec<Suggestion> {
    let Ask::Perform(operation, ..) = &question.ask else { return Vec::new() };
    let mut subjects = Vec::new();
    let component = |id: ComponentId| {
        let archived = organisation.component(id).is_some_and(|component| component.archived);
        archived.then_some(Subject::Component(id))
    };
    match question.item {
        Item::Configuration(id) => {
            if let Some(configuration) = organisation.configuration(id) {
                subjects.extend(configuration.archived.then_some(Subject::Configuration(id)));
                subjects.extend(component(configuration.component));
            }
        }
        Item::Component(id) => subjects.extend(component(id)),
        _ => {}
    }
    let mut areas: Vec<AreaId> =
        governing_area(organisation, *operation, question.item).into_iter().collect();
    if let Ask::Perform(_, _, With::NewParent(area)) = &question.ask {
        areas.push(*area);
    }
    let above: BTreeSet<AreaId> =
        areas.iter().flat_map(|area| organisation.path(*area).iter().copied()).collect();
    let archived = |id: &AreaId| organisation.area(*id).is_some_and(|area| area.archived);
    subjects.extend(above.into_iter().filter(archived).map(Subject::Area));
    subjects.into_iter().map(Suggestion::Unarchive).collect()
}
