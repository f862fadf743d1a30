//! One user: who they are, and what becomes of them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::response::Response;
use governance::{LicenceType, RepositoryGroup, User, UserId, View};
use serde_json::{Value, json};

use super::new_user::{group_field, licence_field};
use super::users::state_of;
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::user_page;
use crate::pages::part::Person;
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// Whom a path names: `/users/{user}`.
pub(crate) struct UserPath(String);

impl FromRequestParts<Arc<Server>> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let found = named.iter().find(|(name, _)| *name == "user").map(|(_, value)| Self(value.to_owned()));
        found.ok_or_else(Problem::not_found)
    }
}

/// A user as a page of one needs them.
pub(super) struct Subject {
    pub(super) id: UserId,
    pub(super) user: User,
}

impl Subject {
    pub(super) fn of(view: &View, path: &UserPath) -> Result<Self, Problem> {
        let found = || {
            let id = view.user_by_id(&path.0)?;
            Some(Self { id, user: view.see(id)?.clone() })
        };
        found().ok_or_else(Problem::not_found)
    }
    pub(super) fn path(&self) -> String {
        user_page(&self.user.id)
    }
    pub(super) fn frame(&self, visitor: &Visitor, tab: &'static str) -> Frame {
        let path = self.path();
        let mut links = vec![(path.clone(), "Overview"), (format!("{path}/access"), "What they may do")];
        // Where somebody is signed in is told to them, and to those who manage users.
        if visitor.both_may("repository.manage-users") {
            links.push((format!("{path}/sign-in"), "Sign-in"));
        } else if self.id == visitor.view().asker_number() {
            links.push(("/me".to_owned(), "Your account"));
        }
        visitor
            .frame(self.user.name.to_string())
            .by_way_of([("/users".to_owned(), "Users".to_owned())])
            .in_part("/users")
            .with_tabs(links, &format!("{path}{tab}"))
    }
}

#[derive(Template)]
#[template(path = "people/user.html")]
struct UserPage<'a> {
    frame: Frame,
    path: String,
    person: Person,
    state: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    fields: Vec<Field>,
    edit: Ability,
    bar: SaveBar<'a>,
    told: [Told<'a>; 3],
    archived: bool,
    erased: bool,
    archive: Ability,
    erase: Ability,
    /// What is theirs, which stays so.
    consequences: Vec<String>,
    registry: Option<String>,
    /// Whether pages can be looked at as they would.
    previews: bool,
    /// Whether it is whoever looks, who may change less of themselves elsewhere.
    is_own: bool,
}

/// What was sent to each of the forms of the page.
#[derive(Default)]
struct Forms {
    edited: Sent,
    archived: Sent,
    erased: Sent,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: UserPath,
) -> Result<Response, Problem> {
    page(&server, &visitor, &Subject::of(visitor.view(), &path)?, &Forms::default())
}

fn page(server: &Server, visitor: &Visitor, subject: &Subject, forms: &Forms) -> Result<Response, Problem> {
    let (view, user) = (visitor.view(), &subject.user);
    let path = subject.path();
    let (now, tag) = representation(view, &path)?;
    let sent = &forms.edited;
    let text = |key: &str| now[key].as_str().unwrap_or_default().to_owned();
    let chosen = |name: &str, now: Vec<&'static str>| -> Vec<String> {
        match sent.is_any() {
            true => sent.fields.all(name).map(str::to_owned).collect(),
            false => now.into_iter().map(str::to_owned).collect(),
        }
    };
    let groups = chosen("group", user.groups.iter().map(RepositoryGroup::id).collect());
    let licences = chosen("licence", user.licences.iter().map(LicenceType::id).collect());
    let borrowed = |list: &'_ Vec<String>| list.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    let (groups, licences) = (borrowed(&groups), borrowed(&licences));
    let (groups, licences): (Vec<_>, Vec<_>) = (groups.lines().collect(), licences.lines().collect());
    let mut fields = Vec::new();
    if !user.erased {
        fields.push(
            Field::line("name", "Name", sent.typed("name", &text("name")))
                .required()
                .wrong(sent.wrong("/name")),
        );
        fields.push(
            Field::line("mail", "Mail address", sent.typed("mail", &text("mail")))
                .of_kind("email")
                .wrong(sent.wrong("/mail")),
        );
    }
    fields.push(group_field(&groups).wrong(sent.wrong("/groups")));
    fields.push(licence_field(&licences).wrong(sent.wrong("/licenses")));
    fields.push(
        Field::prose("description", "Description", sent.typed("description", &text("description")))
            .wrong(sent.wrong("/description")),
    );
    let manage = visitor.may("repository.manage-users", "repository");
    let licensing = visitor.may("repository.manage-licenses", "repository");
    let edit = if manage.is_allowed() { manage.clone() } else { licensing };
    let there = Address::new(path.clone());
    let verb = if user.archived { "Take out of the archive" } else { "Archive" };
    let erase = if user.archived {
        manage.clone()
    } else {
        Ability::refused("only the data of archived users is erased: archive them first", None)
    };
    let bar = sent.bar(&edit, &tag, &there);
    let told = [
        sent.above(),
        forms.archived.review(manage.button(verb), format!("{path}/archive"), &there),
        forms.erased.review(erase.button("Erase"), format!("{path}/erase"), &there),
    ];
    let mut facts = vec![
        ("User id", user.id.to_string()),
        ("Kind", if user.functional { "Functional user" } else { "Person" }.to_owned()),
    ];
    facts.push(match &user.registered {
        Some(it) if server.knows_registry(&it.registry) => ("Registry", it.registry.to_string()),
        Some(it) => ("Registry", format!("{}, which the configuration does not name", it.registry)),
        None => ("Registry", "Built-in".to_owned()),
    });
    Ok(render(&UserPage {
        frame: subject.frame(visitor, ""),
        person: user.into(),
        state: state_of(user),
        facts,
        fields,
        bar,
        told,
        archived: user.archived,
        erased: user.erased,
        archive: manage,
        erase,
        consequences: consequences(view, subject),
        registry: user.registered.as_ref().map(|it| it.registry.to_string()),
        previews: visitor.previewed().is_none()
            && subject.id != view.asker_number()
            && view.preview(subject.id).is_some(),
        is_own: subject.id == view.asker_number() && !edit.is_allowed(),
        edit,
        path,
    }))
}

/// What stays theirs in the archive, and counts no more.
fn consequences(view: &View, subject: &Subject) -> Vec<String> {
    let stands = view.stands_in(subject.id);
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    };
    let roles: usize = stands.iter().filter_map(|it| it.roles.as_ref()).map(Vec::len).sum();
    let members = stands.iter().filter(|it| it.roles.is_some()).count();
    let alone = stands.iter().filter(|it| it.administrator && view.administrators(it.area).count() == 1);
    let alone: Vec<_> = alone.filter_map(|it| view.see(it.area)).map(|area| area.name.to_string()).collect();
    let mut told = Vec::new();
    if members > 0 {
        let of = count(members, "membership", "memberships");
        told.push(format!("{of} with {} no longer count", count(roles, "role", "roles")));
    }
    if !alone.is_empty() {
        told.push(format!("Nobody else administers {}", alone.join(", ")));
    }
    let licences = subject.user.licences.iter().count();
    if licences > 0 {
        told.push(format!("{} can be assigned to others", count(licences, "licence", "licences")));
    }
    told
}

/// Changes what a form says of somebody.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: UserPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let subject = Subject::of(visitor.view(), &path)?;
    let posted = edits(visitor.view(), &subject, &fields)
        .and_then(|keys| Posted::new(Verb::Patch, &subject.path(), &keys))
        .and_then(|it| it.upon(fields.get("upon")));
    let to = Address::new(subject.path());
    let again = |edited| page(&server, &visitor, &subject, &Forms { edited, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// The keys that are another than they were: whoever manages licences alone changes nothing else.
fn edits(view: &View, subject: &Subject, fields: &Fields) -> Result<Value, Problem> {
    let (now, _) = representation(view, &subject.path())?;
    let mut keys = serde_json::Map::new();
    let lists = [("groups", "group"), ("licenses", "licence")];
    for (key, name) in lists {
        let mut wanted: Vec<&str> = fields.all(name).collect();
        let mut had: Vec<&str> =
            now[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let all = wanted.clone();
        wanted.sort_unstable();
        had.sort_unstable();
        if wanted != had {
            keys.insert(key.to_owned(), json!(all));
        }
    }
    for (key, may_be_absent) in [("name", false), ("mail", true), ("description", true)] {
        let Some(text) = fields.all(key).next().map(str::trim) else { continue };
        if now[key].as_str().unwrap_or_default() != text {
            let absent = may_be_absent && text.is_empty();
            keys.insert(key.to_owned(), if absent { Value::Null } else { text.into() });
        }
    }
    Ok(keys.into())
}

/// Archives somebody, or takes them out of the archive.
pub(crate) async fn archive(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: UserPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let subject = Subject::of(visitor.view(), &path)?;
    let verb = if subject.user.archived { "unarchive" } else { "archive" };
    let posted = Posted::new(Verb::Post, &format!("{}/{verb}", subject.path()), &Value::Null);
    let to = Address::new(subject.path());
    let again = |archived| page(&server, &visitor, &subject, &Forms { archived, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// Erases the personal data of somebody in the archive.
pub(crate) async fn erase(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: UserPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let subject = Subject::of(visitor.view(), &path)?;
    let posted = match fields.get("agreed") {
        "yes" => Posted::new(Verb::Post, &format!("{}/erase", subject.path()), &Value::Null),
        _ => {
            let said = "erasing cannot be undone: tick that it is meant";
            Err(Problem::new(crate::problem::Kind::BadValue, said))
        }
    };
    let to = Address::new(subject.path());
    let again = |erased| page(&server, &visitor, &subject, &Forms { erased, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}
