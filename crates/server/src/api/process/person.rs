//! Administrators of process areas, and the access lists of project areas (docs/process.md#members).

use std::collections::BTreeSet;

use governance::{
    AddAdministrator, AddReader, AreaId, Command, RemoveAdministrator, RemoveReader, UserId, View,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::area::{Of, PersonKey, ProjectAreaPath, ProjectAreaPerson, TeamAreaPath, TeamAreaPerson};
use crate::api::body::Nothing;
use crate::api::resolve::{found, users};
use crate::api::route::{Api, Rows, Verb};
use crate::problem::Problem;

macro_rules! routes {
    (
        $api:ident, $at:literal, $list:literal, $who:literal, $of:literal, $area:ty, $person:ty, $standing:ty
    ) => {
        $api.list($at, concat!("List ", $list, " of ", $of, "."), list::<$standing, $area>);
        $api.read(
            concat!($at, "/{user}"),
            concat!("Read ", $who, " of ", $of, "."),
            read::<$standing, $person>,
        );
        $api.mark(
            Verb::Put,
            concat!($at, "/{user}"),
            concat!("Make somebody ", $who, " of ", $of, "."),
            put::<$standing, $person>,
        );
        $api.mark(
            Verb::Delete,
            concat!($at, "/{user}"),
            concat!("Make somebody no longer ", $who, " of ", $of, "."),
            remove::<$standing, $person>,
        );
    };
}

pub(super) fn routes(api: &mut Api) {
    routes!(
        api,
        "/project-areas/{project_area}/administrators",
        "the administrators",
        "an administrator",
        "a project area",
        ProjectAreaPath,
        ProjectAreaPerson,
        Administrator
    );
    routes!(
        api,
        "/team-areas/{team_area}/administrators",
        "the administrators",
        "an administrator",
        "a team area",
        TeamAreaPath,
        TeamAreaPerson,
        Administrator
    );
    routes!(
        api,
        "/project-areas/{project_area}/access-list",
        "the access list",
        "a reader in the access list",
        "a project area",
        ProjectAreaPath,
        ProjectAreaPerson,
        Reader
    );
}

/// What somebody can be in an area, without more to be said of it.
pub(super) trait Standing: 'static {
    fn holders(view: &View, area: AreaId) -> impl Iterator<Item = UserId>;
    fn add(area: AreaId, user: UserId) -> Command;
    fn remove(area: AreaId, user: UserId) -> Command;
}

pub(super) enum Administrator {}

impl Standing for Administrator {
    fn holders(view: &View, area: AreaId) -> impl Iterator<Item = UserId> {
        view.administrators(area)
    }
    fn add(area: AreaId, user: UserId) -> Command {
        AddAdministrator { area, user }.into()
    }
    fn remove(area: AreaId, user: UserId) -> Command {
        RemoveAdministrator { area, user }.into()
    }
}

/// Somebody in a project area's access list.
pub(super) enum Reader {}

impl Standing for Reader {
    fn holders(view: &View, area: AreaId) -> impl Iterator<Item = UserId> {
        view.access_list(area)
    }
    fn add(area: AreaId, user: UserId) -> Command {
        AddReader { area, user }.into()
    }
    fn remove(area: AreaId, user: UserId) -> Command {
        RemoveReader { area, user }.into()
    }
}

/// Somebody who stands in an area.
#[derive(Serialize, JsonSchema)]
struct Person {
    /// The user's id.
    user: String,
    /// The user's name.
    name: String,
}

fn person(view: &View, user: UserId) -> Person {
    Person {
        user: view.id_of(user).to_string(),
        name: view.user(user).map_or_else(String::new, |user| user.name.to_string()),
    }
}

fn list<S: Standing, P: Of<()>>(view: &View, path: P, first: u64) -> Result<Rows<'_, Person>, Problem> {
    let (area, ()) = path.split(view)?;
    let holders = S::holders(view, area).skip_while(move |user| u64::from(user.number()) < first);
    Ok(Box::new(holders.map(move |user| (user.number().into(), person(view, user)))))
}

/// A user who stands there.
fn standing<S: Standing, P: Of<PersonKey>>(view: &View, path: P) -> Result<(AreaId, UserId), Problem> {
    let (area, key) = path.split(view)?;
    let user = found(view.user_by_id(&key.user))?;
    found(S::holders(view, area).find(|it| *it == user)).map(|user| (area, user))
}

fn read<S: Standing, P: Of<PersonKey>>(view: &View, path: P) -> Result<Person, Problem> {
    let (_, user) = standing::<S, P>(view, path)?;
    Ok(person(view, user))
}

fn put<S: Standing, P: Of<PersonKey>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    let (area, key) = path.split(view)?;
    Ok(S::add(area, found(view.user_by_id(&key.user))?))
}

fn remove<S: Standing, P: Of<PersonKey>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    let (area, user) = standing::<S, P>(view, path)?;
    Ok(S::remove(area, user))
}

/// The ids of those who stand there, for the area's representation.
pub(super) fn ids<S: Standing>(view: &View, area: AreaId) -> Vec<String> {
    S::holders(view, area).map(|user| view.id_of(user).to_string()).collect()
}

/// What makes the whole list so.
pub(super) fn changes<S: Standing>(
    view: &View,
    area: AreaId,
    ids: &[String],
    pointer: &str,
) -> Result<Vec<Command>, Problem> {
    let wanted: BTreeSet<UserId> = users(view, ids, pointer)?.into_iter().collect();
    let now: BTreeSet<UserId> = S::holders(view, area).collect();
    let added = wanted.difference(&now).map(|user| S::add(area, *user));
    Ok(added.chain(now.difference(&wanted).map(|user| S::remove(area, *user))).collect())
}
