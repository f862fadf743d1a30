//! Team areas (docs/process.md#team-areas).

use std::collections::BTreeMap;

use governance::{
    Archive, AreaId, Command, CreateTeamArea, Edit, Item, MoveTeamArea, ProcessArea, ProcessAreaKey,
    Replacement, RoleInheritance, Save, Subject, Unarchive, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::member::{Members, members};
use super::permission::{PermissionEntry, permissions};
use super::person::{self, Administrator};
use super::precondition::{PreconditionEntry, preconditions};
use super::role::Role;
use super::save::{Lists, bodies};
use crate::api::area::{
    Of, ProjectAreaPath, ProjectAreaTeamAreas, TeamAreaFilter, TeamAreaPath, TeamAreaTeamAreas, address,
};
use crate::api::body::{Key, Nothing};
use crate::api::resolve::{CarriedKeys, any_area, carried_text, found, made, name, team_area};
use crate::api::route::{Api, Rows, Verb};
use crate::api::word::Word;
use crate::problem::Problem;

macro_rules! nested {
    ($api:ident, $at:literal, $of:literal, $teams:ty, $area:ty) => {
        $api.list(
            concat!($at, "/team-areas"),
            concat!("List the team areas nested in ", $of, "."),
            list::<$teams>,
        );
        $api.create(
            (concat!($at, "/team-areas"), ONE),
            concat!("Make a team area in ", $of, "."),
            create::<$area>,
            |view, events| made::<ProcessArea>(events).map(|number| address(view, AreaId::new(number))),
        );
    };
}

const ONE: &str = "/team-areas/{team_area}";

pub(super) fn routes(api: &mut Api) {
    nested!(api, "/project-areas/{project_area}", "a project area", ProjectAreaTeamAreas, ProjectAreaPath);
    nested!(api, "/team-areas/{team_area}", "a team area", TeamAreaTeamAreas, TeamAreaPath);
    api.read(ONE, "Read a team area.", read);
    api.change(Verb::Patch, ONE, "Change a team area.", change);
    api.act("/team-areas/{team_area}/move", "Nest a team area elsewhere.", move_it);
    api.act("/team-areas/{team_area}/archive", "Archive a team area.", archive);
    api.act("/team-areas/{team_area}/unarchive", "Take a team area out of the archive.", unarchive);
}

/// A team area in a list.
#[derive(Serialize, JsonSchema)]
struct TeamAreaSummary {
    number: u32,
    /// What questions call it.
    reference: String,
    /// The slash path of names in the project area.
    path: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    archived: bool,
    role_inheritance: Word<RoleInheritance>,
}

fn list<P: Of<TeamAreaFilter>>(
    view: &View,
    path: P,
    first: u64,
) -> Result<Rows<'_, TeamAreaSummary>, Problem> {
    let (parent, filter) = path.split(view)?;
    let mut numbers: Vec<AreaId> = view.team_areas(parent).collect();
    if filter.nested == Some(true) {
        let mut at = 0;
        while let Some(team) = numbers.get(at) {
            numbers.extend(view.team_areas(*team).collect::<Vec<_>>());
            at += 1;
        }
    }
    numbers.sort_unstable();
    let numbers = numbers.into_iter().skip_while(move |team| u64::from(team.number()) < first);
    let summary = move |id: AreaId| {
        let area = view.see(id)?;
        let summary = TeamAreaSummary {
            number: id.number(),
            reference: view.reference(Item::Area(id)),
            path: view.team_path(id),
            name: area.name.to_string(),
            summary: carried_text(&area.carried, "summary"),
            archived: area.archived,
            role_inheritance: Word(area.team()?.role_inheritance),
        };
        let wanted = filter.archived.is_none_or(|archived| archived == area.archived);
        wanted.then(|| (id.number().into(), summary))
    };
    Ok(Box::new(numbers.filter_map(summary)))
}

/// A team area, with all that it has besides those nested in it.
#[derive(Serialize, JsonSchema)]
struct TeamArea {
    number: u32,
    /// What questions call it.
    reference: String,
    /// The reference of the project area.
    project_area: String,
    /// The reference of the area that it is nested in.
    parent: String,
    /// The slash path of names in the project area.
    path: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    archived: bool,
    /// Whether roles given above count in it.
    role_inheritance: Word<RoleInheritance>,
    /// The timeline that it and those nested in it follow; null: the project timeline, or the one that the
    /// area above follows.
    timeline: Option<String>,
    /// The ids of users.
    administrators: Vec<String>,
    /// The ids of roles that each member has, by the user's id.
    members: BTreeMap<String, Vec<String>>,
    roles: Vec<Role>,
    permissions: Vec<PermissionEntry>,
    preconditions: Vec<PreconditionEntry>,
}

fn read(view: &View, path: TeamAreaPath) -> Result<TeamArea, Problem> {
    let id = path.find(view)?;
    let area = found(view.see(id))?;
    let team = found(area.team())?;
    Ok(TeamArea {
        number: id.number(),
        reference: view.reference(Item::Area(id)),
        project_area: view.reference(Item::Area(view.project_of(id))),
        parent: view.reference(Item::Area(team.parent)),
        path: view.team_path(id),
        name: area.name.to_string(),
        summary: carried_text(&area.carried, "summary"),
        description: carried_text(&area.carried, "description"),
        archived: area.archived,
        role_inheritance: Word(team.role_inheritance),
        timeline: team.timeline.as_ref().map(ToString::to_string),
        administrators: person::ids::<Administrator>(view, id),
        members: members(view, id),
        roles: view.roles(id).iter().map(Role::of).collect(),
        permissions: permissions(view, id),
        preconditions: preconditions(view, id),
    })
}

bodies! {
    /// A new team area. What it has of people and process is given to it afterwards, and needs the permission
    /// to do so in it.
    #[schemars(example = serde_json::json!({"name": "Brake Team", "members": {"pia": ["contributor"]}}))]
    NewTeamArea {}
    /// What is to change. Lists are sent whole, save `members`.
    TeamAreaChange;
    summary: Option<String>,
    description: Option<String>,
    /// Default: `isolate` directly in a project area of gc, else `inherit`.
    role_inheritance: Word<RoleInheritance>,
    /// A timeline of the project area; only directly in it. Null: the project timeline.
    timeline: Option<String>,
    /// The ids of users.
    administrators: Vec<String>,
    /// The ids of roles by the id of a user who is to have them, in order; null ends the membership. Who is
    /// not named stays as before.
    members: Members,
    roles: Vec<Role>,
    permissions: Vec<PermissionEntry>,
    preconditions: Vec<PreconditionEntry>,
}

impl TeamAreaChange {
    fn carried(&self) -> Result<CarriedKeys, Problem> {
        CarriedKeys::default().with("summary", &self.summary)?.with("description", &self.description)
    }

    fn lists(&self) -> Lists<'_> {
        Lists {
            administrators: &self.administrators,
            members: &self.members,
            roles: &self.roles,
            permissions: &self.permissions,
            preconditions: &self.preconditions,
        }
    }
}

fn create<P: Of<()>>(view: &View, path: P, new: NewTeamArea) -> Result<Command, Problem> {
    let (parent, ()) = path.split(view)?;
    let called = name(&new.name, "/name")?;
    let keys = new.keys();
    let timeline = keys.timeline.0.as_ref().and_then(Option::as_ref).map(|it| name(it, "/timeline"));
    let create = CreateTeamArea {
        parent,
        name: called,
        role_inheritance: keys.role_inheritance.0.map(|Word(inheritance)| inheritance),
        timeline: timeline.transpose()?,
        carried: keys.carried()?.all(),
    };
    let changes = keys.lists().changes(view, view.next::<ProcessArea>())?;
    if changes.is_empty() {
        return Ok(create.into());
    }
    Ok(Command::together([create.into(), Save { changes }.into()]))
}

fn change(view: &View, path: TeamAreaPath, change: TeamAreaChange) -> Result<Command, Problem> {
    let area = path.find(view)?;
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(ProcessAreaKey::Name(name(text, "/name")?));
    }
    set.extend(change.role_inheritance.0.map(|Word(it)| ProcessAreaKey::RoleInheritance(it)));
    if let Some(timeline) = &change.timeline.0 {
        let timeline = timeline.as_ref().map(|it| name(it, "/timeline")).transpose()?;
        set.push(ProcessAreaKey::Timeline(timeline));
    }
    set.extend(change.carried()?.keys(ProcessAreaKey::Carried));
    let mut changes: Vec<Command> = Vec::new();
    if !set.is_empty() {
        changes.push(Edit { id: area, set }.into());
    }
    changes.extend(change.lists().changes(view, area)?);
    Ok(Save { changes }.into())
}

/// Where to.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"to": "gc/Electric Vehicle/Tuning Team"}))]
#[serde(deny_unknown_fields, expecting = "an object with the key `to`")]
struct TeamAreaMove {
    /// The new parent, a project area or team area: its number, its reference, or `gc/Electric Vehicle/Team`.
    to: String,
}

fn move_it(view: &View, path: TeamAreaPath, body: TeamAreaMove) -> Result<Command, Problem> {
    let area = path.find(view)?;
    Ok(MoveTeamArea { area, to: any_area(view, &body.to, "/to")? }.into())
}

/// What becomes of what it governs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the key `replacement`, or no body")]
struct TeamAreaArchiving {
    /// What governs the components and configurations that it governed: `unassigned`, or a slash path of
    /// names. Needed if there are any.
    replacement: Option<String>,
}

fn archive(view: &View, path: TeamAreaPath, body: TeamAreaArchiving) -> Result<Command, Problem> {
    let area = path.find(view)?;
    let replacement = body.replacement.as_ref().map(|text| {
        let team = team_area(view, view.project_of(area), text, "/replacement");
        team.map(|team| team.map_or(Replacement::Unassigned, Replacement::TeamArea))
    });
    Ok(Archive { subject: Subject::Area(area), replacement: replacement.transpose()? }.into())
}

fn unarchive(view: &View, path: TeamAreaPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Unarchive { subject: Subject::Area(path.find(view)?) }.into())
}
