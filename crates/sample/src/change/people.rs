//! Changes of users, settings and licence pools.

use std::sync::Arc;

use governance::{
    AdministrativeOverride, Event, LicencePool, LicenceType, Organisation, RepositoryGroup, Settings, User,
    UserId,
};

use super::{anybody, changed};
use crate::chance::Chance;
use crate::vocabulary::name;

pub(super) fn change(organisation: &Organisation, chance: &mut Chance) -> Vec<Event> {
    match chance.below(8) {
        0 => vec![settings(organisation, chance)],
        1 => pool(organisation, chance).into_iter().collect(),
        2 => vec![new_user(organisation, chance)],
        3 => access_group(organisation, chance).into_iter().collect(),
        _ => user(organisation, chance).into_iter().collect(),
    }
}

fn settings(organisation: &Organisation, chance: &mut Chance) -> Event {
    let reach = chance.of([AdministrativeOverride::Artefacts, AdministrativeOverride::Process]);
    // A server whose settings nobody has saved has no such fact.
    let before = organisation.facts().find_map(|fact| match fact {
        Event::Settings(change) => change.after,
        _ => None,
    });
    let group_bindings = before.as_ref().map_or_else(|| [].into(), |it| it.group_bindings.clone());
    Event::Settings(changed((), before, Some(Settings { administrative_override: reach, group_bindings })))
}

fn pool(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let types: Vec<_> = LicenceType::all().filter(|it| !it.is_functional()).collect();
    let licence = *chance.pick(&types)?;
    let before = organisation.licence_pools().find(|(it, _)| *it == licence).map(|(_, pool)| pool.clone());
    let pool = LicencePool::of_seats(chance.below(3) as u32);
    Some(Event::LicencePool(changed(licence, before, Some(pool).filter(|_| chance.percent(80)))))
}

fn new_user(organisation: &Organisation, chance: &mut Chance) -> Event {
    let number = organisation.users().count();
    let name = name(chance, number);
    let functional = chance.percent(10);
    let user = User {
        licences: LicenceType::from_id("elm-practitioner").into_iter().filter(|_| !functional).collect(),
        functional,
        ..User::new(format!("new{number}"), name)
    };
    Event::User(changed(UserId::new(number as u32), None, Some(Arc::new(user))))
}

fn user(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let id = anybody(organisation, chance)?;
    let before = organisation.user(id)?.clone();
    let mut after = before.clone();
    match chance.below(4) {
        0 => after.name = name(chance, 900),
        // One administrator always stays.
        1 => after.archived = id.number() > 0 && !before.archived,
        2 if id.number() > 0 => after.groups = chance.some(&RepositoryGroup::ALL, 30).into_iter().collect(),
        _ => {
            let types: Vec<_> = LicenceType::all().filter(|it| !it.is_functional()).collect();
            let licences = chance.some(&types, 30).into_iter();
            after.licences = licences.filter(|_| !before.functional).collect();
        }
    }
    Some(Event::User(changed(id, Some(Arc::new(before)), Some(Arc::new(after)))))
}

fn access_group(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let groups: Vec<_> = organisation.access_groups().map(|(id, _)| id).collect();
    let id = *chance.pick(&groups)?;
    let before = organisation.access_group(id)?.clone();
    let mut after = before.clone();
    let users: Vec<_> = organisation.users().map(|(id, _)| id).collect();
    let areas: Vec<_> = organisation.areas().map(|(id, _)| id).collect();
    after.users = chance.some(&users, 25).into();
    after.areas = chance.some(&areas, 15).into();
    Some(Event::AccessGroup(changed(id, Some(Arc::new(before)), Some(Arc::new(after)))))
}
