//! Users (docs/process.md#users).

use governance::{
    Archive, Command, Create, Edit, EraseUser, GroupSet, LicenceSet, LicenceType, Registered,
    RepositoryGroup, Subject, Unarchive, UserId, UserKey, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Key, NoParameters, Nothing, bad_value};
use super::resolve::{CarriedKeys, carried, found, made, name, segment, texts, word};
use super::route::{Api, Rows, Verb};
use super::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.list("/users", "List the users.", list);
    api.create(("/users", "/users/{user}"), "Make a user.", create, |view, events| {
        let id = view.id_of(UserId::new(made::<governance::User>(events)?));
        Some(format!("/users/{}", segment(&id)))
    });
    api.read("/users/{user}", "Read a user.", read);
    api.change(Verb::Patch, "/users/{user}", "Change a user.", change);
    api.act("/users/{user}/archive", "Archive a user.", archive);
    api.act("/users/{user}/unarchive", "Take a user out of the archive.", unarchive);
    let licence = "/users/{user}/licenses/{license}";
    api.read(licence, "Read whether a licence is assigned to a user.", assignment);
    api.mark(Verb::Put, licence, "Assign a licence to a user.", assign);
    api.mark(Verb::Delete, licence, "Take a licence from a user.", take);
    api.act("/users/{user}/erase", "Erase the name and mail of an archived user.", erase);
}

/// A user.
#[derive(Serialize, JsonSchema)]
struct User {
    /// The user's number, which never changes.
    number: u32,
    /// The id to sign in with.
    id: String,
    name: String,
    mail: Option<String>,
    /// The repository groups.
    groups: Vec<String>,
    /// The client access licences assigned to the user.
    licenses: Vec<String>,
    archived: bool,
    /// Whether it runs background work between servers.
    functional: bool,
    /// Whether name and mail were erased; the id stands for the name.
    erased: bool,
    /// The registry elsewhere that tells of the user, and keeps the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<String>,
    /// Whether that registry does not tell of the user any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    vanished: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Value>,
}

fn has_vanished(user: &governance::User) -> bool {
    user.registered.as_ref().is_some_and(|it| it.vanished)
}

fn user(id: UserId, user: &governance::User) -> User {
    User {
        number: id.number(),
        id: user.id.to_string(),
        name: user.name.to_string(),
        mail: user.mail.as_ref().map(ToString::to_string),
        groups: texts(user.groups.iter().map(RepositoryGroup::id)),
        licenses: texts(user.licences.iter().map(LicenceType::id)),
        archived: user.archived,
        functional: user.functional,
        erased: user.erased,
        registry: user.registered.as_ref().map(|it| it.registry.to_string()),
        vanished: has_vanished(user),
        description: carried(&user.carried, "description"),
    }
}

/// Which user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPath {
    /// The user's id.
    pub(super) user: String,
}

impl UserPath {
    pub(super) fn find(&self, view: &View) -> Result<UserId, Problem> {
        found(view.user_by_id(&self.user))
    }
}

/// Which users.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserFilter {
    /// Only archived ones, or only others.
    archived: Option<bool>,
    /// Only those whose id, name or mail has this text in it.
    text: Option<String>,
    /// Only members of this repository group.
    group: Option<String>,
    /// Only those of whom a registry elsewhere tells no more, or only others.
    vanished: Option<bool>,
}

fn list(view: &View, filter: UserFilter, first: u64) -> Result<Rows<'_, User>, Problem> {
    let text = filter.text.map(|text| text.to_lowercase());
    let group =
        filter.group.as_deref().map(|id| word(id, "group", RepositoryGroup::ALL, RepositoryGroup::id));
    let group = group.transpose()?;
    let has = move |user: &governance::User| {
        let texts = [Some(&user.id), Some(&user.name), user.mail.as_ref()];
        filter.archived.is_none_or(|archived| user.archived == archived)
            && group.is_none_or(|group| user.groups.contains(group))
            && filter.vanished.is_none_or(|vanished| has_vanished(user) == vanished)
            && text.as_ref().is_none_or(|wanted| {
                texts.into_iter().flatten().any(|text| text.to_lowercase().contains(wanted))
            })
    };
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let users = view.each::<governance::User>(first).filter(move |(_, it)| has(it));
    Ok(Box::new(users.map(|(id, it)| (id.number().into(), user(id, it)))))
}

fn read(view: &View, path: UserPath) -> Result<User, Problem> {
    let id = path.find(view)?;
    Ok(user(id, found(view.see(id))?))
}

/// A new user.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"id": "bob", "name": "Bob Ruiz", "mail": "bob@example.com", "licenses": ["elm-practitioner"]}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a user")]
struct NewUser {
    id: String,
    /// Default: the id.
    name: Option<String>,
    mail: Option<String>,
    /// Default: `JazzUsers`.
    groups: Option<Vec<String>>,
    #[serde(default)]
    licenses: Vec<String>,
    #[serde(default)]
    functional: bool,
    /// The registry elsewhere that tells of the user, and keeps the password.
    registry: Option<String>,
    /// Whether that registry does not tell of the user any more.
    #[serde(default)]
    vanished: bool,
    #[serde(default)]
    description: Key<Option<String>>,
}

/// The registry of a user, and whether it tells of them no more.
fn registered(registry: Option<&str>, vanished: bool) -> Result<Option<Registered>, Problem> {
    match registry {
        Some(registry) => Ok(Some(Registered { registry: name(registry, "/registry")?, vanished })),
        None if vanished => {
            Err(bad_value("/vanished", "only a user with a `registry` can have vanished from it"))
        }
        None => Ok(None),
    }
}

fn create(_view: &View, _: NoParameters, new: NewUser) -> Result<Command, Problem> {
    let id = name(&new.id, "/id")?;
    let groups = match &new.groups {
        Some(ids) => groups(ids, "/groups")?,
        None => GroupSet::of(&[RepositoryGroup::JazzUsers]),
    };
    let called = new.name.map_or_else(|| Ok(id.clone()), |text| name(&text, "/name"))?;
    let new = governance::User {
        mail: new.mail.map(|mail| name(&mail, "/mail")).transpose()?,
        groups,
        licences: licences(&new.licenses, "/licenses")?,
        functional: new.functional,
        registered: registered(new.registry.as_deref(), new.vanished)?,
        carried: CarriedKeys::default().with("description", &new.description)?.all(),
        ..governance::User::new(id, called)
    };
    Ok(Create { new }.into())
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct UserChange {
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    mail: Key<Option<String>>,
    #[serde(default)]
    groups: Key<Vec<String>>,
    #[serde(default)]
    licenses: Key<Vec<String>>,
    /// The registry elsewhere that tells of the user, and keeps the password; null for the built-in one.
    #[serde(default)]
    registry: Key<Option<String>>,
    /// Whether that registry does not tell of the user any more.
    #[serde(default)]
    vanished: Key<bool>,
    #[serde(default)]
    description: Key<Option<String>>,
}

fn change(view: &View, path: UserPath, change: UserChange) -> Result<Command, Problem> {
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(UserKey::Name(name(text, "/name")?));
    }
    if let Some(mail) = &change.mail.0 {
        set.push(UserKey::Mail(mail.as_deref().map(|mail| name(mail, "/mail")).transpose()?));
    }
    if let Some(ids) = &change.groups.0 {
        set.push(UserKey::Groups(groups(ids, "/groups")?));
    }
    if let Some(ids) = &change.licenses.0 {
        set.push(UserKey::Licences(licences(ids, "/licenses")?));
    }
    set.extend(CarriedKeys::default().with("description", &change.description)?.keys(UserKey::Carried));
    let id = path.find(view)?;
    if change.registry.0.is_some() || change.vanished.0.is_some() {
        let now = view.user(id).and_then(|user| user.registered.as_ref());
        let registry = change.registry.0.unwrap_or_else(|| now.map(|it| it.registry.to_string()));
        let vanished = change.vanished.0.unwrap_or(registry.is_some() && now.is_some_and(|it| it.vanished));
        set.push(UserKey::Registered(registered(registry.as_deref(), vanished)?));
    }
    Ok(Edit { id, set }.into())
}

fn archive(view: &View, path: UserPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Archive { subject: Subject::User(path.find(view)?), replacement: None }.into())
}

fn unarchive(view: &View, path: UserPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Unarchive { subject: Subject::User(path.find(view)?) }.into())
}

fn erase(view: &View, path: UserPath, _: Nothing) -> Result<Command, Problem> {
    Ok(EraseUser { user: path.find(view)? }.into())
}

/// Which licence of which user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AssignmentPath {
    /// The user's id.
    user: String,
    /// The id of the licence type.
    license: Word<LicenceType>,
}

impl AssignmentPath {
    /// Sets what the user has to what it comes to.
    fn set(
        &self,
        view: &View,
        change: impl Fn(LicenceSet, LicenceSet) -> LicenceSet,
    ) -> Result<Command, Problem> {
        let id = found(view.user_by_id(&self.user))?;
        let user = found(view.see(id))?;
        let one = [self.license.0].into_iter().collect();
        Ok(Edit { id, set: vec![UserKey::Licences(change(user.licences, one))] }.into())
    }
}

/// A licence that is assigned to a user.
#[derive(Serialize, JsonSchema)]
struct Assignment {
    /// The user's id.
    user: String,
    /// The id of the licence type.
    #[serde(rename = "type")]
    licence_type: Word<LicenceType>,
}

fn assignment(view: &View, path: AssignmentPath) -> Result<Assignment, Problem> {
    let user = found(view.user_by_id(&path.user).and_then(|id| view.see(id)))?;
    let assigned = found(Some(user).filter(|user| user.licences.contains(path.license.0)))?;
    Ok(Assignment { user: assigned.id.to_string(), licence_type: path.license })
}

fn assign(view: &View, path: AssignmentPath, _: Nothing) -> Result<Command, Problem> {
    path.set(view, LicenceSet::union)
}

fn take(view: &View, path: AssignmentPath, _: Nothing) -> Result<Command, Problem> {
    path.set(view, LicenceSet::without)
}

fn groups(ids: &[String], pointer: &str) -> Result<GroupSet, Problem> {
    let group = |(at, id): (usize, &String)| {
        word(id, &format!("{pointer}/{at}"), RepositoryGroup::ALL, RepositoryGroup::id)
    };
    ids.iter().enumerate().map(group).collect()
}

fn licences(ids: &[String], pointer: &str) -> Result<LicenceSet, Problem> {
    let licence = |(at, id): (usize, &String)| {
        word(id, &format!("{pointer}/{at}"), LicenceType::all(), LicenceType::id)
    };
    ids.iter().enumerate().map(licence).collect()
}
