//! A change that somebody only thinks of, as an address writes it, and the request that would make it.

use std::collections::{BTreeMap, BTreeSet};

use governance::text::compare_folded;
use governance::{
    Action, AreaId, Component, Configuration, Item, Leaf, OperationId, PermissionKey, ProcessArea,
    RepositoryGroup, Slot, View,
};
use serde_json::json;

use super::address::segment;
use super::field::Choice;
use super::form::Fields;
use super::item_page::{item_page, user_page};
use super::named_item::area_meant;
use crate::api::{Posted, Verb, any_area};
use crate::problem::{Kind as Of, Problem};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody's role in an area.
    Role,
    /// Somebody's repository group.
    Group,
    /// What an area's entry allows a role.
    Permission,
    /// The team area of a component or configuration.
    TeamArea,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Role, Self::Group, Self::Permission, Self::TeamArea];

    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Group => "group",
            Self::Permission => "permission",
            Self::TeamArea => "team-area",
        }
    }
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Role => "Somebody’s role",
            Self::Group => "Somebody’s repository group",
            Self::Permission => "What a role is allowed",
            Self::TeamArea => "Who governs something",
        }
    }
}

/// A change, as it was written.
pub(super) struct Thought(Fields);

/// What its text may say.
const NAMES: [&str; 9] = ["kind", "verb", "who", "role", "area", "group", "deed", "what", "team"];

fn bad(said: String) -> Problem {
    Problem::new(Of::BadValue, said)
}

impl Thought {
    /// What a form says, as an address has it.
    pub(super) fn written(fields: &Fields) -> String {
        let said = NAMES.iter().map(|name| (*name, fields.get(name).trim()));
        let said = said.filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish()
    }
    pub(super) fn read(text: &str) -> Self {
        Self(Fields::read(text.as_bytes()))
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }
    fn gives(&self) -> bool {
        self.get("verb") != "take"
    }
    fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == self.get("kind"))
    }

    /// All of them, each as things are after those before it.
    pub(super) fn together(view: &View, all: &[Self]) -> Result<Posted, Problem> {
        let (mut seen, mut together) = (view.clone(), None::<Posted>);
        for thought in all {
            let posted = thought.posted(&seen)?;
            seen = posted.after(&seen)?;
            together = Some(match together {
                Some(before) => before.and(posted),
                None => posted,
            });
        }
        together.ok_or_else(|| bad("nothing is thought of".to_owned()))
    }

    /// The request that would make it.
    fn posted(&self, view: &View) -> Result<Posted, Problem> {
        match self.kind() {
            Some(Kind::Role) => self.of_role(view),
            Some(Kind::Group) => self.of_group(view),
            Some(Kind::Permission) => self.of_permission(view),
            Some(Kind::TeamArea) => self.of_team_area(view),
            None => {
                let known: Vec<_> = Kind::ALL.iter().map(|kind| format!("`{}`", kind.id())).collect();
                Err(bad(format!("`{}` is not one of {}", self.get("kind"), known.join(", "))))
            }
        }
    }

    /// By its reference, its path or, where one alone is called so, its name.
    fn area(&self, view: &View) -> Result<AreaId, Problem> {
        let text = self.get("area");
        let found = area_meant(view, text).or_else(|| any_area(view, text, "").ok());
        found.ok_or_else(|| {
            bad(format!("there is no area `{text}`, or several are called so: choose one that is offered"))
        })
    }

    /// The id and the name of the role, either of which may be typed, as an area has it.
    fn role(&self, view: &View, area: AreaId) -> (String, String) {
        let text = self.get("role");
        let there = view.roles_there(area);
        let by_id = there.iter().find(|role| *role.id == *text);
        let mut by_name = there.iter().filter(|role| compare_folded(&role.name, text).is_eq());
        let one = by_id.or_else(|| by_name.next().filter(|_| by_name.next().is_none()));
        let typed = || (text.to_owned(), text.to_owned());
        one.map_or_else(typed, |role| (role.id.to_string(), role.name.to_string()))
    }

    fn of_role(&self, view: &View) -> Result<Posted, Problem> {
        let (area, who) = (self.area(view)?, self.get("who"));
        let user = view.user_by_id(who).ok_or_else(|| bad(format!("there is no user `{who}`")))?;
        let now = view.members(area).find(|(it, _)| *it == user);
        let now = now.into_iter().flat_map(|(_, roles)| roles.iter().map(ToString::to_string));
        let (role, _) = self.role(view, area);
        let mut roles: Vec<String> = now.filter(|it| *it != role).collect();
        if self.gives() {
            roles.push(role);
        }
        let path = format!("{}/members/{}", area_path(view, area), segment(who));
        Posted::new(Verb::Put, &path, &json!({"roles": roles}))
    }

    fn of_group(&self, view: &View) -> Result<Posted, Problem> {
        let (who, group) = (self.get("who"), self.get("group"));
        let user = view.user_by_id(who).and_then(|user| view.user(user));
        let user = user.ok_or_else(|| bad(format!("there is no user `{who}`")))?;
        let now = user.groups.iter().map(RepositoryGroup::id).filter(|it| *it != group);
        let mut groups: Vec<&str> = now.collect();
        groups.extend(self.gives().then_some(group));
        Posted::new(Verb::Patch, &user_page(who), &json!({"groups": groups}))
    }

    fn of_permission(&self, view: &View) -> Result<Posted, Problem> {
        let area = self.area(view)?;
        let (role, _) = self.role(view, area);
        let (operation, action) = self.get("deed").split_once('/').unwrap_or((self.get("deed"), "*"));
        let id = OperationId::from_name(operation);
        let now = id.and_then(|id| {
            let at =
                |key: &PermissionKey| *key.role == *role && key.operation == id && key.slot == Slot::Always;
            view.permissions(area).find(|(key, _)| at(key)).map(|(_, permission)| permission)
        });
        let kept = now.into_iter().flat_map(|it| it.actions.iter().map(|action| action.path().to_owned()));
        let mut actions: BTreeSet<String> = kept.collect();
        if self.gives() {
            actions.insert(action.to_owned());
        } else if action == "*" {
            actions.clear();
        } else {
            // What allows more than this allows the rest still.
            let leaves = id.into_iter().flat_map(|id| id.leaves().filter(|leaf| !leaf.is_team_area()));
            let granted = |leaf: &Leaf| {
                let action = Action { leaf: *leaf, identifier: None };
                now.is_some_and(|permission| permission.grants(&action))
            };
            actions = leaves.filter(granted).map(|leaf| leaf.path().to_owned()).collect();
            actions.retain(|it| it != action && !it.starts_with(&format!("{action}/")));
        }
        let is_final = now.is_some_and(|permission| permission.is_final);
        let entry = json!({
            "role": role, "operation": operation, "actions": actions, "final": is_final,
        });
        let path = format!("{}/permissions", area_path(view, area));
        Posted::new(Verb::Patch, &path, &json!({"set": [entry]}))
    }

    fn of_team_area(&self, view: &View) -> Result<Posted, Problem> {
        let what = self.get("what");
        let path = match (view.find::<Configuration>(what), view.find::<Component>(what)) {
            (Some(id), _) if what.contains(':') => format!("/configurations/{}", id.number()),
            (_, Some(id)) if what.contains(':') => format!("/components/{}", id.number()),
            _ => return Err(bad(format!("there is no component or configuration `{what}`"))),
        };
        Posted::new(Verb::Patch, &path, &json!({"team_area": self.get("team")}))
    }

    /// In words.
    pub(super) fn words(&self, view: &View) -> String {
        let gives = self.gives();
        let person = |id: &str| view.person(id).map_or_else(|| id.to_owned(), |it| it.name.to_string());
        let area = || {
            let found = self.area(view).ok().and_then(|id| view.see(id));
            found.map_or_else(|| self.get("area").to_owned(), |area| area.name.to_string())
        };
        let role = || match self.area(view) {
            Ok(area) => self.role(view, area).1,
            Err(_) => self.get("role").to_owned(),
        };
        match self.kind() {
            Some(Kind::Role) => {
                let verb = if gives { "gets" } else { "loses" };
                format!("{} {verb} the role {} in {}", person(self.get("who")), role(), area())
            }
            Some(Kind::Group) => {
                let verb = if gives { "comes into" } else { "leaves" };
                format!("{} {verb} the group {}", person(self.get("who")), self.get("group"))
            }
            Some(Kind::Permission) => {
                let deed = self.get("deed");
                match gives {
                    true => format!("{} allows {} to {deed}", area(), role()),
                    false => format!("{} does not allow {} to {deed} any more", area(), role()),
                }
            }
            Some(Kind::TeamArea) => {
                let item = view.item(self.get("what"));
                let name = item.map_or_else(|| self.get("what").to_owned(), |it| it.name.to_string());
                match self.get("team") {
                    "inherit" => format!("{name} is governed by what governs its component"),
                    "unassigned" => format!("{name} is governed by its project area"),
                    team => format!("{name} is governed by {team}"),
                }
            }
            None => self.get("kind").to_owned(),
        }
    }
}

fn area_path(view: &View, area: AreaId) -> String {
    item_page(view, Item::Area(area))
}

/// The areas that can be named, as they are written.
pub(super) fn areas(view: &View, most: usize) -> Vec<Choice> {
    let areas = view.each::<ProcessArea>(0).filter(|(_, area)| !area.archived).take(most);
    areas
        .map(|(id, area)| Choice::new(view.reference(Item::Area(id)), area.name.to_string(), false))
        .collect()
}

/// The team areas of project areas of global configurations, as their settings have them.
pub(super) fn team_areas(view: &View, most: usize) -> Vec<Choice> {
    let teams = view.each::<ProcessArea>(0).filter(|(_, area)| area.team().is_some() && !area.archived);
    let teams = teams.take(most).map(|(id, _)| {
        let project = view.see(view.project_of(id)).map(|area| area.name.to_string());
        Choice::new(view.team_path(id), project.unwrap_or_default(), false)
    });
    let fixed = [("unassigned", "its project area"), ("inherit", "as its component")];
    fixed.into_iter().map(|(value, words)| Choice::new(value, words, false)).chain(teams).collect()
}

/// Roles by their ids, each with its name.
pub(super) fn roles(view: &View, most: usize) -> Vec<Choice> {
    let areas = view.each::<ProcessArea>(0).map(|(id, _)| id);
    let defined = areas.flat_map(|id| view.roles(id).iter().map(|role| (role.id.clone(), role.name.clone())));
    let mut all = BTreeMap::new();
    for (id, name) in defined {
        all.entry(id).or_insert(name);
        if all.len() >= most {
            break;
        }
    }
    all.into_iter().map(|(id, name)| Choice::new(id.to_string(), name.to_string(), false)).collect()
}
