//! Members of process areas and their roles (docs/process.md#members).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use governance::text::Name;
use governance::{AreaId, AssignedRoles, Command, RemoveMember, SetMember, UserId, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::area::{
    MemberFilter, Of, PersonKey, ProjectAreaMembers, ProjectAreaPerson, TeamAreaMembers, TeamAreaPerson,
};
use crate::api::body::{Nothing, bad_value};
use crate::api::resolve::{found, name, segment_of_pointer, texts, user};
use crate::api::route::{Api, Rows, Verb};
use crate::problem::Problem;

macro_rules! routes {
    ($api:ident, $at:literal, $of:literal, $members:ty, $member:ty) => {
        $api.list(concat!($at, "/members"), concat!("List the members of ", $of, "."), list::<$members>);
        $api.read(concat!($at, "/members/{user}"), concat!("Read a member of ", $of, "."), read::<$member>);
        $api.change(
            Verb::Put,
            concat!($at, "/members/{user}"),
            concat!("Make somebody a member of ", $of, ", or give a member other roles."),
            put::<$member>,
        );
        $api.change(
            Verb::Delete,
            concat!($at, "/members/{user}"),
            concat!("End a membership of ", $of, "."),
            remove::<$member>,
        );
    };
}

pub(super) fn routes(api: &mut Api) {
    routes!(api, "/project-areas/{project_area}", "a project area", ProjectAreaMembers, ProjectAreaPerson);
    routes!(api, "/team-areas/{team_area}", "a team area", TeamAreaMembers, TeamAreaPerson);
}

/// A member of an area.
#[derive(Serialize, JsonSchema)]
struct Member {
    /// The user's id.
    user: String,
    /// The user's name.
    name: String,
    /// The ids of the roles given here, in order.
    roles: Vec<String>,
}

fn member(view: &View, user: UserId, roles: &AssignedRoles) -> Member {
    Member {
        user: view.id_of(user).to_string(),
        name: view.user(user).map_or_else(String::new, |user| user.name.to_string()),
        roles: texts(roles.iter()),
    }
}

fn list<P: Of<MemberFilter>>(view: &View, path: P, first: u64) -> Result<Rows<'_, Member>, Problem> {
    let (area, filter) = path.split(view)?;
    let wanted = move |roles: &AssignedRoles| {
        filter.role.as_ref().is_none_or(|wanted| roles.iter().any(|role| **role == **wanted))
    };
    let members = view.members(area).skip_while(move |(user, _)| u64::from(user.number()) < first);
    let members = members.filter(move |(_, roles)| wanted(roles));
    Ok(Box::new(members.map(move |(user, roles)| (user.number().into(), member(view, user, roles)))))
}

/// A user who is a member, with the roles.
fn standing<'v>(view: &'v View, area: AreaId, id: &str) -> Result<(UserId, &'v AssignedRoles), Problem> {
    let user = found(view.user_by_id(id))?;
    found(view.members(area).find(|(it, _)| *it == user))
}

fn read<P: Of<PersonKey>>(view: &View, path: P) -> Result<Member, Problem> {
    let (area, key) = path.split(view)?;
    let (user, roles) = standing(view, area, &key.user)?;
    Ok(member(view, user, roles))
}

/// What a member shall have.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"roles": ["configuration-lead"]}))]
#[serde(deny_unknown_fields, expecting = "an object with the key `roles`")]
struct MemberBody {
    /// The ids of roles, in order; possibly none.
    roles: Vec<String>,
}

fn put<P: Of<PersonKey>>(view: &View, path: P, body: MemberBody) -> Result<Command, Problem> {
    let (area, key) = path.split(view)?;
    let user = found(view.user_by_id(&key.user))?;
    Ok(SetMember { area, user, roles: assigned(&body.roles, "/roles")? }.into())
}

fn remove<P: Of<PersonKey>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    let (area, key) = path.split(view)?;
    let (user, _) = standing(view, area, &key.user)?;
    Ok(RemoveMember { area, user }.into())
}

fn assigned(ids: &[String], pointer: &str) -> Result<AssignedRoles, Problem> {
    let role = |(at, id): (usize, &String)| name(id, &format!("{pointer}/{at}"));
    let roles: Vec<Name> = ids.iter().enumerate().map(role).collect::<Result<_, _>>()?;
    Ok(roles.into())
}

/// Members by the user's id, each with the ids of the roles; null for one who is none any more.
pub(super) type Members = BTreeMap<String, Option<Vec<String>>>;

/// The members of an area, for its representation.
pub(super) fn members(view: &View, area: AreaId) -> BTreeMap<String, Vec<String>> {
    view.members(area).map(|(user, roles)| (view.id_of(user).to_string(), texts(roles.iter()))).collect()
}

/// Each member as the body says, and who is none any more.
pub(super) fn wanted(
    view: &View,
    members: &Members,
) -> Result<Vec<(UserId, Option<AssignedRoles>)>, Problem> {
    let mut seen = BTreeSet::new();
    let wanted = |(id, roles): (&String, &Option<Vec<String>>)| {
        let pointer = format!("/members/{}", segment_of_pointer(id));
        let user = user(view, id, &pointer)?;
        if !seen.insert(user) {
            return Err(bad_value(pointer, format!("`{id}` is there twice")));
        }
        Ok((user, roles.as_ref().map(|ids| assigned(ids, &pointer)).transpose()?))
    };
    members.iter().map(wanted).collect()
}

/// What makes the members of an area so; who is not named stays.
pub(super) fn changes(view: &View, area: AreaId, members: &Members) -> Result<Vec<Command>, Problem> {
    let now: BTreeMap<UserId, &AssignedRoles> = view.members(area).collect();
    let mut changes = Vec::new();
    for (user, roles) in wanted(view, members)? {
        match (roles, now.get(&user)) {
            (Some(roles), now) if now != Some(&&roles) => {
                changes.push(SetMember { area, user, roles: Arc::clone(&roles) }.into());
            }
            (None, Some(_)) => changes.push(RemoveMember { area, user }.into()),
            (Some(_) | None, _) => {}
        }
    }
    Ok(changes)
}
