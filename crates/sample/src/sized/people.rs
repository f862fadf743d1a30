//! Users, and what they belong to.

use std::sync::Arc;

use governance::{Event, GroupSet, Holds, LicencePool, LicenceSet, LicenceType, RepositoryGroup, User};

use super::process::ROLES;
use super::{Plan, area_id, created, user_id};

const FIRST: [&str; 12] =
    ["Anna", "Ben", "Carla", "David", "Elif", "Frank", "Grace", "Hugo", "Ines", "Jonas", "Kenji", "Lena"];
const LAST: [&str; 10] =
    ["Adler", "Brandt", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Huang", "Ito", "Jansen"];
/// Prime, and no divisor of a number of users: steps of it meet everybody once.
const STRIDE: usize = 7_919;

pub(super) fn users(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    // Stakeholders may look on; what they may do is no operation of gc.
    let pool = LicenceType::from_id("elm-stakeholder")
        .map(|licence| Event::LicencePool(created(licence, LicencePool::of_seats(500))));
    let plan = plan.clone();
    let users = (0..plan.users)
        .map(move |number| Event::User(created(user_id(number), Arc::new(user(&plan, number)))));
    pool.into_iter().chain(users)
}

fn user(plan: &Plan, number: usize) -> User {
    let mut chance = plan.chance("user", number);
    let (first, last) = (chance.of(FIRST), chance.of(LAST));
    let groups: &[RepositoryGroup] = match number {
        0..3 => &[RepositoryGroup::JazzAdmins, RepositoryGroup::JazzUsers],
        // A few run the server, however many work on it.
        3..23 => &[RepositoryGroup::JazzProjectAdmins, RepositoryGroup::JazzUsers],
        _ if chance.percent(1) => &[RepositoryGroup::JazzGuests],
        _ => &[RepositoryGroup::JazzUsers],
    };
    let licence = match chance.below(20) {
        0 => "elm-stakeholder",
        1..6 => "elm-contributor",
        _ => "elm-practitioner",
    };
    let id = format!("{}.{}{number}", first.to_lowercase(), last.to_lowercase());
    User {
        mail: Some(format!("{id}@example.com").into()),
        groups: GroupSet::of(groups),
        licences: LicenceType::from_id(licence).into_iter().collect::<LicenceSet>(),
        archived: number >= 3 && chance.percent(1),
        ..User::new(id, format!("{first} {last} {number}"))
    }
}

pub(super) fn in_areas(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let (administering, listing, plan) = (plan.clone(), plan.clone(), plan.clone());
    let administrators = (0..plan.areas()).flat_map(move |area| {
        let mut chance = administering.chance("administrators", area);
        let some = area < administering.projects || chance.percent(30);
        let user = user_id(chance.below(administering.users));
        some.then(|| Event::Administrator(created((area_id(area), user), Holds)))
    });
    let listed = (0..plan.projects).flat_map(move |area| {
        let first = listing.chance("access list", area).below(listing.users);
        let users = listing.users;
        (0..20)
            .map(move |at| user_id((first + at * STRIDE) % users))
            .map(move |user| Event::Listed(created((area_id(area), user), Holds)))
    });
    let members = (0..plan.areas()).flat_map(move |area| members(&plan, area));
    administrators.chain(members).chain(listed)
}

/// As many in each area, most of them with one role.
fn members(plan: &Plan, area: usize) -> Vec<Event> {
    let areas = plan.areas();
    let count = (area + 1) * plan.members / areas - area * plan.members / areas;
    let mut chance = plan.chance("members", area);
    let first = chance.below(plan.users);
    (0..count.min(plan.users))
        .map(|at| {
            let one = chance.below(ROLES.len());
            let roles = match chance.below(20) {
                0 => Vec::new(),
                1..4 => vec![ROLES[one].into(), ROLES[(one + 5) % ROLES.len()].into()],
                _ => vec![ROLES[one].into()],
            };
            let user = user_id((first + at * STRIDE) % plan.users);
            Event::Member(created((area_id(area), user), roles.into()))
        })
        .collect()
}
