//! Users, their licences, and what they belong to.

use std::sync::Arc;

use governance::{
    AccessGroup, AccessGroupId, AdministrativeOverride, AreaId, Cardinality, Day, Event, GroupSet, Holds,
    LicencePool, LicenceSet, LicenceType, ReadAccess, RepositoryGroup, Settings, User, UserId,
};

use super::process::{Entry, is_of_tags_alone};
use super::{Draft, created};
use crate::vocabulary::{carried, name};

pub(super) fn users(draft: &mut Draft) {
    let chance = &mut draft.chance;
    if chance.percent(50) {
        let reach = chance.of([AdministrativeOverride::Artefacts, AdministrativeOverride::Process]);
        let settings = Settings { administrative_override: reach, ..Settings::default() };
        draft.events.push(Event::Settings(created((), settings)));
    }
    let types: Vec<_> = LicenceType::all().filter(|it| !it.is_functional()).collect();
    for licence in &types {
        if chance.percent(25) {
            let seats = chance.below(4) as u32;
            let tokens = (seats == 0).then_some(12);
            let expires = (seats == 1).then_some(Day::new(25_000));
            let pool = LicencePool { tokens, expires, ..LicencePool::of_seats(seats) };
            draft.events.push(Event::LicencePool(created(*licence, pool)));
        }
    }
    draft.users = chance.within(6..=12);
    for number in 0..draft.users {
        let root = number == 0;
        let functional = number > 4 && chance.percent(20);
        let groups = match chance.below(10) {
            _ if root => GroupSet::of(&[RepositoryGroup::JazzAdmins]),
            0..7 => GroupSet::of(&[RepositoryGroup::JazzUsers]),
            7 => GroupSet::of(&[RepositoryGroup::JazzProjectAdmins]),
            8 => GroupSet::default(),
            _ => chance.some(&RepositoryGroup::ALL, 30).into_iter().collect(),
        };
        let licences = match chance.below(10) {
            0..8 => LicenceType::from_id("elm-practitioner").into_iter().collect(),
            8 => chance.some(&types, 30).into_iter().collect(),
            _ => [].into_iter().collect(),
        };
        let id = if chance.percent(20) { format!("Jörg-{number}") } else { format!("user{number}") };
        let name = name(chance, number);
        let user = User {
            mail: chance.percent(50).then(|| format!("{id}@example.com").into()),
            groups,
            licences: if functional { LicenceSet::NONE } else { licences },
            archived: !root && chance.percent(5),
            functional,
            ..User::new(id, name)
        };
        draft.events.push(Event::User(created(UserId::new(number as u32), Arc::new(user))));
    }
}

pub(super) fn access_groups(draft: &mut Draft) {
    draft.groups = draft.chance.within(1..=3);
    let areas: Vec<_> = draft.areas.iter().map(|area| area.id).collect();
    for number in 0..draft.groups {
        let group = AccessGroup {
            name: name(&mut draft.chance, number),
            users: draft.some_users(20).into(),
            areas: draft.chance.some(&areas, 15).into(),
            carried: carried(&mut draft.chance),
        };
        let id = AccessGroupId::new(number as u32);
        draft.events.push(Event::AccessGroup(created(id, Arc::new(group))));
    }
}

/// Administrators, members with their roles, and access lists.
pub(super) fn in_areas(draft: &mut Draft, entries: &[Entry]) {
    let areas: Vec<_> = draft.areas.iter().map(|area| area.id).collect();
    for area in &areas {
        for user in draft.some_users(8) {
            draft.events.push(Event::Administrator(created((*area, user), Holds)));
        }
    }
    for area in &areas {
        members(draft, *area, entries);
    }
    let listing = |access| matches!(access, ReadAccess::List | ReadAccess::HierarchyAndList);
    let projects: Vec<_> = draft.projects.iter().map(|it| (it.area, listing(it.access))).collect();
    for (area, listing) in projects {
        for user in draft.some_users(if listing { 60 } else { 10 }) {
            draft.events.push(Event::Listed(created((area, user), Holds)));
        }
    }
}

fn members(draft: &mut Draft, area: AreaId, entries: &[Entry]) {
    let project = draft.area(area).project;
    let provider = draft.provider(project);
    let mut free = draft.visible_roles(area);
    if area != project {
        free.retain(|role| !is_of_tags_alone(&role.id, project, provider, entries));
    }
    let (members, roles) = if draft.wide { (60, 15) } else { (30, 45) };
    for user in draft.some_users(members) {
        let mut roles = draft.chance.some(&free, roles);
        draft.chance.shuffle(&mut roles);
        free.retain(|role| role.cardinality == Cardinality::Many || !roles.iter().any(|it| it.id == role.id));
        let roles: Vec<_> = roles.into_iter().map(|role| role.id).collect();
        draft.events.push(Event::Member(created((area, user), roles.into())));
    }
}
