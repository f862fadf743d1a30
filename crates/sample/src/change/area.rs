//! Changes of project areas and team areas, and of who belongs to them.

use std::sync::Arc;

use governance::text::Name;
use governance::{
    AreaId, AreaKind, AssignedRoles, Cardinality, Carried, Configuration, Event, Holds, Organisation,
    ProcessArea, ProcessLink, ProjectArea, Provider, ReadAccess, Role, RoleInheritance, TeamArea,
    TeamAreaSetting,
};

use super::{any_area, anybody, changed, upwards};
use crate::chance::Chance;
use crate::vocabulary::name;

pub(super) fn change(organisation: &Organisation, chance: &mut Chance) -> Vec<Event> {
    let event = match chance.below(10) {
        0..4 => member(organisation, chance),
        4 => administrator(organisation, chance),
        5 => listed(organisation, chance),
        6 => new_team(organisation, chance),
        _ => area(organisation, chance),
    };
    event.into_iter().collect()
}

fn member(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let (area, user) = (any_area(organisation, chance)?, anybody(organisation, chance)?);
    let before = organisation.member(area, user).cloned();
    let after = (before.is_none() || chance.percent(60)).then(|| {
        let mut roles: Vec<Role> = Vec::new();
        let project = upwards(organisation, area).last().and_then(|it| organisation.area(it)?.project());
        let provider = project.and_then(|it| it.uses_process.as_ref()?.here());
        for role in upwards(organisation, area).chain(provider).flat_map(|it| organisation.roles(it)) {
            if !roles.iter().any(|it| it.id == role.id) {
                roles.push(role.clone());
            }
        }
        let taken =
            |role: &Name| organisation.members(area).any(|(it, has)| it != user && has.contains(role));
        roles.retain(|role| role.cardinality == Cardinality::Many || !taken(&role.id));
        let mut roles: Vec<Name> = chance.some(&roles, 45).into_iter().map(|role| role.id).collect();
        chance.shuffle(&mut roles);
        AssignedRoles::from(roles)
    });
    Some(Event::Member(changed((area, user), before, after)))
}

fn administrator(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let (area, user) = (any_area(organisation, chance)?, anybody(organisation, chance)?);
    let before = organisation.administrators(area).any(|it| it == user).then_some(Holds);
    Some(Event::Administrator(changed((area, user), before, before.is_none().then_some(Holds))))
}

fn listed(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let area = upwards(organisation, any_area(organisation, chance)?).last()?;
    let user = anybody(organisation, chance)?;
    let before = organisation.access_list(area).any(|it| it == user).then_some(Holds);
    Some(Event::Listed(changed((area, user), before, before.is_none().then_some(Holds))))
}

fn new_team(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let number = organisation.areas().count();
    let parent = any_area(organisation, chance)?;
    let role_inheritance = chance.of([RoleInheritance::Inherit, RoleInheritance::Isolate]);
    let area = ProcessArea {
        name: name(chance, number),
        archived: false,
        kind: AreaKind::Team(TeamArea { parent, role_inheritance, timeline: None }),
        carried: Carried::NOTHING,
    };
    Some(Event::Area(changed(AreaId::new(number as u32), None, Some(Arc::new(area)))))
}

fn area(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let id = any_area(organisation, chance)?;
    let before = organisation.area(id)?;
    let mut after = before.clone();
    let consumed = organisation.project_areas().any(|(_, _, it)| uses(it, id));
    match (chance.below(7), &mut after.kind) {
        (0, _) => after.name = name(chance, 1000 + id.number() as usize),
        // A provider is not archived, nor what governs something.
        (1, _) => after.archived = !before.archived && !consumed && !governs(organisation, id),
        (_, AreaKind::Project(project)) => project_area(organisation, id, consumed, project, chance),
        (_, AreaKind::Team(team)) => team_area(organisation, id, team, chance),
        // Only its provider changes it.
        (_, AreaKind::Copy(_)) => return None,
    }
    Some(Event::Area(changed(id, Some(Arc::new(before.clone())), Some(Arc::new(after)))))
}

/// Whether an item belongs to a team area or to one in it.
fn governs(organisation: &Organisation, id: AreaId) -> bool {
    let is_in = |area: AreaId| organisation.path(area).contains(&id);
    let assigned = |it: &Configuration| match it.kind.team_area() {
        Some(TeamAreaSetting::Assigned(area)) => is_in(area),
        _ => false,
    };
    organisation.components().any(|(_, it)| it.team_area.is_some_and(is_in))
        || organisation.configurations().any(|(_, it)| assigned(it))
}

fn uses(consumer: &ProjectArea, provider: AreaId) -> bool {
    consumer.uses_process.as_ref().and_then(ProcessLink::here) == Some(provider)
}

fn project_area(
    organisation: &Organisation,
    id: AreaId,
    consumed: bool,
    project: &mut ProjectArea,
    chance: &mut Chance,
) {
    match chance.below(4) {
        0 => project.access = chance.of(ReadAccess::ALL),
        // One level only: who consumes does not share, and the reverse.
        1 => project.shares_process = consumed || (project.uses_process.is_none() && !project.shares_process),
        2 => {
            if let Some(link) = &mut project.uses_process {
                link.iteration_types = !link.iteration_types;
            }
        }
        _ if project.shares_process => {}
        _ => {
            let fits = |it: &ProjectArea| it.shares_process && it.application == project.application;
            let providers: Vec<_> = organisation
                .project_areas()
                .filter(|(other, area, it)| *other != id && !area.archived && fits(it))
                .map(|(other, ..)| other)
                .collect();
            let provider = chance.pick(&providers).filter(|_| chance.percent(75));
            project.uses_process = provider.map(|provider| ProcessLink {
                provider: Provider::Here(*provider),
                iteration_types: chance.percent(50),
            });
        }
    }
}

fn team_area(organisation: &Organisation, id: AreaId, team: &mut TeamArea, chance: &mut Chance) {
    let Some(project) = upwards(organisation, id).last() else { return };
    match chance.below(3) {
        0 => {
            team.role_inheritance = match team.role_inheritance {
                RoleInheritance::Inherit => RoleInheritance::Isolate,
                RoleInheritance::Isolate => RoleInheritance::Inherit,
            }
        }
        1 => {
            let parents: Vec<_> = organisation
                .areas()
                .map(|(it, _)| it)
                .filter(|it| upwards(organisation, *it).last() == Some(project))
                .filter(|it| !upwards(organisation, *it).any(|above| above == id))
                .collect();
            if let Some(parent) = chance.pick(&parents) {
                team.parent = *parent;
            }
        }
        _ => {
            let timelines = organisation.timelines(project);
            team.timeline = chance.pick(timelines).filter(|_| chance.percent(70)).map(|it| it.name.clone());
        }
    }
    if team.parent != project {
        // Only a root team area has a timeline of its own.
        team.timeline = None;
    }
}
