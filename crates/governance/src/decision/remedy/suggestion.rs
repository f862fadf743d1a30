//! A change that would help somebody, by the numbers of what it concerns: it can be asked for, kept, and made
//! later, as things are then (docs/process.md#access-requests).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::name_of;
use crate::access_group::{AccessGroup, AccessGroupId};
use crate::act::Refusal;
use crate::application_items::{Artefact, Folder, TestArtefact};
use crate::catalogue::LicenceType;
use crate::command::{
    AccessGroupKey, AddAdministrator, AddReader, ArtefactKey, Command, ComponentKey, ConfigurationKey, Edit,
    FolderKey, Noun, SetMember, SetPermission, Subject, TestArtefactKey, Unarchive, UserKey,
};
use crate::configuration::{Component, Configuration, TeamAreaSetting};
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::{EVERYONE, Permission, PermissionKey};
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::{RepositoryGroup, User, UserId};

/// A change that would help somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suggestion {
    /// Takes something out of the archive.
    Unarchive(Subject),
    /// Puts a user in a repository group.
    JoinGroup(UserId, RepositoryGroup),
    /// Assigns a licence to a user.
    AssignLicence(UserId, LicenceType),
    /// Makes a user a member of an area, without a role.
    Join(AreaId, UserId),
    /// Puts a user in an access group.
    JoinAccessGroup(AccessGroupId, UserId),
    /// Puts a user in the access list of a project area.
    AddReader(AreaId, UserId),
    /// Gives a user a role in an area.
    GiveRole(AreaId, UserId, Name),
    /// Lets a role do more.
    SetEntry {
        /// In which area.
        area: AreaId,
        /// For which role and operation, and when.
        key: PermissionKey,
        /// The entry that is replaced.
        before: Option<Permission>,
        /// What it grants then.
        after: Permission,
        /// The actions that it grants besides.
        adding: String,
    },
    /// Makes a user an administrator of an area.
    MakeAdministrator(AreaId, UserId),
    /// Hands an item to a team area, or to the project area.
    AssignTeamArea(Item, Option<AreaId>),
}

impl Suggestion {
    /// What to do, in a sentence.
    pub(crate) fn sentence(&self, organisation: &Organisation) -> String {
        self.told(organisation, |id| name_of(organisation, *id))
    }
    /// The same for the journal, which keeps it for good: people by their ids, since names may be erased
    /// (docs/process.md#users).
    pub(crate) fn recorded(&self, organisation: &Organisation) -> String {
        self.told(organisation, |id| organisation.user(*id).map(|it| it.id.to_string()).unwrap_or_default())
    }
    fn told(&self, organisation: &Organisation, user: impl Fn(&UserId) -> String) -> String {
        let area = |id: &AreaId| area_name(organisation, *id);
        match self {
            Self::Unarchive(subject) => format!("Unarchive {}", subject_name(organisation, *subject)),
            Self::JoinGroup(who, group) => format!("Add {} to the group {}", user(who), group.id()),
            Self::AssignLicence(who, licence) => {
                format!("Assign the licence {} to {}", licence.id(), user(who))
            }
            Self::Join(to, who) => format!("Make {} a member of {}, without a role", user(who), area(to)),
            Self::JoinAccessGroup(group, who) => {
                let name = organisation.access_group(*group).map(|it| it.name.to_string());
                format!("Add {} to the access group {}", user(who), name.unwrap_or_default())
            }
            Self::AddReader(of, who) => format!("Add {} to the access list of {}", user(who), area(of)),
            Self::GiveRole(to, who, role) => {
                format!("Give {} the role {} in {}", user(who), role_name(organisation, *to, role), area(to))
            }
            Self::SetEntry { area: of, key, adding, .. } => {
                let role = role_name(organisation, *of, &key.role);
                format!("Let {role} do {}/{adding} in {}", key.operation, area(of))
            }
            Self::MakeAdministrator(of, who) => {
                format!("Make {} an administrator of {}", user(who), area(of))
            }
            Self::AssignTeamArea(item, team) => {
                let to = match team {
                    Some(team) => format!("Assign {} to", area(team)),
                    None => "Unassign the team area of".to_owned(),
                };
                format!("{to} the {}", item_name(organisation, *item))
            }
        }
    }

    /// The command that makes it, as things are.
    ///
    /// # Errors
    /// When what it concerns is gone, or has become another.
    pub(crate) fn command(&self, organisation: &Organisation) -> Result<Command, Refusal> {
        Ok(match self {
            Self::Unarchive(subject) => Unarchive { subject: *subject }.into(),
            Self::JoinGroup(id, group) => {
                let groups = there::<User>(organisation, *id)?.groups.with(*group);
                Edit::<User> { id: *id, set: vec![UserKey::Groups(groups)] }.into()
            }
            Self::AssignLicence(id, licence) => {
                let held = there::<User>(organisation, *id)?.licences;
                let licences = held.union([*licence].into_iter().collect());
                Edit::<User> { id: *id, set: vec![UserKey::Licences(licences)] }.into()
            }
            Self::Join(area, user) => {
                let roles = organisation.member(*area, *user).cloned().unwrap_or_default();
                SetMember { area: *area, user: *user, roles }.into()
            }
            Self::JoinAccessGroup(id, user) => {
                let users = there::<AccessGroup>(organisation, *id)?.users.iter().copied();
                let users: BTreeSet<UserId> = users.chain([*user]).collect();
                let set = vec![AccessGroupKey::Users(users.into_iter().collect())];
                Edit::<AccessGroup> { id: *id, set }.into()
            }
            Self::AddReader(area, user) => AddReader { area: *area, user: *user }.into(),
            Self::GiveRole(area, user, role) => {
                let roles = with_roles(organisation, *area, *user, [role]);
                SetMember { area: *area, user: *user, roles }.into()
            }
            Self::SetEntry { area, key, before, after, .. } => {
                let now = organisation.permissions(*area).find(|(it, _)| *it == key).map(|(_, it)| it);
                if now != before.as_ref() && now != Some(after) {
                    let text = "the entry is another than when this was asked for: ask anew";
                    return Err(Refusal::Precondition(text.to_owned()));
                }
                SetPermission { area: *area, key: key.clone(), permission: after.clone() }.into()
            }
            Self::MakeAdministrator(area, user) => AddAdministrator { area: *area, user: *user }.into(),
            Self::AssignTeamArea(item, team) => assign(*item, *team)?,
        })
    }

    /// The items that it names: whoever does not see all of them is not told of it.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item> {
        let items = match self {
            Self::Unarchive(subject) => [subject.item(), None],
            Self::JoinGroup(..) | Self::AssignLicence(..) | Self::JoinAccessGroup(..) => [None, None],
            Self::Join(area, _)
            | Self::AddReader(area, _)
            | Self::GiveRole(area, ..)
            | Self::SetEntry { area, .. }
            | Self::MakeAdministrator(area, _) => [Some(Item::Area(*area)), None],
            Self::AssignTeamArea(item, team) => [Some(*item), team.map(Item::Area)],
        };
        items.into_iter().flatten()
    }
}

/// The roles of a user in an area, and others besides.
pub(crate) fn with_roles<'a>(
    organisation: &Organisation,
    area: AreaId,
    user: UserId,
    others: impl IntoIterator<Item = &'a Name>,
) -> Arc<[Name]> {
    let mut roles: Vec<Name> = organisation.member(area, user).map_or_else(Vec::new, |it| it.to_vec());
    for role in others {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    roles.into()
}

fn there<N: Noun>(organisation: &Organisation, id: Id<N>) -> Result<&N, Refusal> {
    N::find(organisation, id).ok_or(Refusal::NotThere(N::KIND))
}

fn assign(item: Item, team: Option<AreaId>) -> Result<Command, Refusal> {
    let setting = team.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
    Ok(match item {
        Item::Component(id) => Edit::<Component> { id, set: vec![ComponentKey::TeamArea(team)] }.into(),
        Item::Configuration(id) => {
            Edit::<Configuration> { id, set: vec![ConfigurationKey::TeamArea(setting)] }.into()
        }
        Item::TestArtefact(id) => {
            Edit::<TestArtefact> { id, set: vec![TestArtefactKey::TeamArea(team)] }.into()
        }
        Item::Artefact(id) => Edit::<Artefact> { id, set: vec![ArtefactKey::TeamArea(setting)] }.into(),
        Item::Folder(id) => Edit::<Folder> { id, set: vec![FolderKey::TeamArea(setting)] }.into(),
        Item::Repository
        | Item::Area(_)
        | Item::Category(_)
        | Item::WorkItem(_)
        | Item::Plan(_)
        | Item::ScmItem(_) => {
            return Err(Refusal::Precondition("this has no team area of its own".to_owned()));
        }
    })
}

fn subject_name(organisation: &Organisation, subject: Subject) -> String {
    match (subject, subject.item()) {
        (Subject::User(user), _) => format!("the user {}", name_of(organisation, user)),
        (_, Some(Item::Area(area))) => area_name(organisation, area),
        (_, Some(item)) => format!("the {}", item_name(organisation, item)),
        (_, None) => String::new(),
    }
}

/// The name of an area; where another one of its project area has the same, all of its path.
fn area_name(organisation: &Organisation, id: AreaId) -> String {
    let Some(area) = organisation.area(id) else { return String::new() };
    let namesake =
        |other: AreaId| other != id && organisation.area(other).is_some_and(|it| it.name == area.name);
    if organisation.subtree(organisation.project_of(id)).into_iter().any(namesake) {
        return organisation.area_text(id);
    }
    area.name.to_string()
}

/// The name of a role; where another one has the same, its id too.
fn role_name(organisation: &Organisation, area: AreaId, id: &str) -> String {
    if id == EVERYONE {
        return "Everyone".to_owned();
    }
    let named = |id: &str| organisation.role(area, id).map(|(_, role)| role.name.clone());
    let Some(name) = named(id) else { return id.to_owned() };
    let mut roles = organisation.index.law(area).into_iter().flat_map(|law| law.roles());
    match roles.any(|(_, other)| other != id && named(other).as_ref() == Some(&name)) {
        true => format!("{name} ({id})"),
        false => name.to_string(),
    }
}

/// `stream Motor 1.0`.
fn item_name(organisation: &Organisation, item: Item) -> String {
    let text = organisation.item_text(item);
    match item {
        Item::Artefact(id) => {
            let number = organisation.artefact(id).map_or(0, |it| it.number);
            format!("artefact {number} {}", text.name)
        }
        _ => format!("{} {}", text.kind, text.name),
    }
}
