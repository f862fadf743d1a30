//! Members of an area: each role with where it comes from, and administrators.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::text::Name;
use governance::{UserId, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath, name_of};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Pager, Person, place};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, review_page, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/members.html")]
struct MembersPage<'a> {
    frame: Frame,
    path: String,
    text: String,
    rows: Vec<Row>,
    pager: Pager,
    told: [Told<'a>; 2],
    /// To add somebody, or to change whoever `edited` is.
    fields: [Field; 2],
    edited: Option<Person>,
    edit: Ability,
    administrators: Vec<Person>,
    administrator: Field,
    grant: Ability,
    tag: String,
    isolates: bool,
    is_team: bool,
}

struct Row {
    person: Person,
    archived: bool,
    roles: Vec<Held>,
    /// Where the membership is; empty: here.
    above: String,
}

/// A role that somebody has, and where it comes from.
struct Held {
    name: String,
    source: String,
}

/// So many rows a page has.
const ROWS: usize = 100;

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default(), &Sent::default())
}

/// With what was sent of members, and of administrators.
fn page(visitor: &Visitor, area: &Area, sent: &Sent, granted: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let (_, tag) = area.representation(view)?;
    let text = query.get("q").trim().to_lowercase();
    let role = query.get("role");
    let counting = view.counting_in(area.id);
    let wanted = |user: UserId, roles: &[(Name, Name)]| {
        let user = view.user(user);
        let has = |text: &str| {
            user.is_some_and(|it| {
                it.id.to_lowercase().contains(text) || it.name.to_lowercase().contains(text)
            })
        };
        (text.is_empty() || has(&text)) && (role.is_empty() || roles.iter().any(|(id, _)| **id == *role))
    };
    let mut found: Vec<_> = counting.iter().filter(|it| wanted(it.user, &it.roles)).collect();
    let total = found.len();
    let (first, next) = place(query, ROWS, total);
    found.drain(..first);
    found.truncate(ROWS);
    let rows = found.iter().filter_map(|it| {
        let user = view.user(it.user)?;
        let is_here = it.area == area.id;
        let above = if is_here { String::new() } else { name_of(view, Some(it.area)) };
        let held = |(id, name): &(Name, Name)| {
            let groups = view.groups_bound(it.area, id);
            let registered = user.registered.is_some() && !groups.is_empty();
            let source = match (is_here, registered) {
                (_, true) => format!("group {}", groups.join(", ")),
                (true, false) => "here".to_owned(),
                (false, false) => format!("from {above}"),
            };
            Held { name: name.to_string(), source }
        };
        let roles = it.roles.iter().map(held).collect();
        Some(Row { person: user.into(), archived: user.archived, roles, above })
    });
    let rows = rows.collect();
    let shown = match total {
        1 => "1 membership".to_owned(),
        total => format!("{total} memberships"),
    };
    let edit = area.may(visitor, "modify-members");
    let edited = view.person(query.get("edit")).map(Person::from);
    let button = match sent.fields.get("remove") {
        "" => edit.button("Save the member"),
        _ => edit.button("Remove"),
    };
    let grant = area.may(visitor, "modify-administrators");
    let isolates = view
        .see(area.id)
        .and_then(|it| it.team())
        .is_some_and(|team| team.role_inheritance == governance::RoleInheritance::Isolate);
    Ok(render(&MembersPage {
        path: area.path(),
        text: query.get("q").to_owned(),
        rows,
        pager: Pager::new(&visitor.here, shown, next).back_by(&visitor.here, ROWS),
        told: [sent.review(button, area.tab("members"), &area.address("members")), granted.above()],
        fields: fields(view, area, sent, edited.as_ref()),
        edited,
        edit,
        administrators: view
            .administrators(area.id)
            .filter_map(|it| view.user(it))
            .map(Person::from)
            .collect(),
        administrator: Field::line("user", "User id", granted.typed("user", ""))
            .of_person()
            .called("administrator")
            .required()
            .wrong(granted.wrong("/administrators")),
        grant,
        tag,
        isolates,
        is_team: area.is_team,
        frame: area.frame(visitor, "members")?,
    }))
}

fn fields(view: &View, area: &Area, sent: &Sent, edited: Option<&Person>) -> [Field; 2] {
    let id = edited.map_or("", |person| person.id.as_str());
    let assigned: Vec<String> = if sent.is_any() {
        sent.fields.all("role").map(str::to_owned).collect()
    } else {
        let user = view.user_by_id(id);
        let held = view.members(area.id).find(|(it, _)| Some(*it) == user);
        held.iter().flat_map(|(_, roles)| roles.iter().map(ToString::to_string)).collect()
    };
    let roles = view.roles_there(area.id).into_iter().filter(|role| role.role.is_some());
    let choices = roles.map(|role| {
        let chosen = assigned.iter().any(|it| **it == *role.id);
        Choice::new(role.id.to_string(), role.name.to_string(), chosen)
    });
    [
        Field::line("user", "User id", sent.typed("user", id))
            .of_person()
            .required()
            .hint("Of somebody who is a user here, or whom the registry knows.")
            .wrong(sent.wrong("/members")),
        Field::checks("role", "Roles", choices.collect())
            .hint("In the order of the roles. None makes somebody a member who counts as Everyone."),
    ]
}

/// Makes somebody a member, changes their roles, or ends it.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let roles: Vec<&str> = fields.all("role").collect();
    let (removed, user) = (fields.get("remove"), fields.get("user").trim());
    let members = match removed {
        "" => json!({ user: roles }),
        removed => json!({ removed: Value::Null }),
    };
    let posted = area.change(&json!({"members": members})).and_then(|it| it.upon(fields.get("upon")));
    let to = area.address("members");
    let again = |sent| page(&visitor, &area, &sent, &Sent::default());
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// Makes somebody an administrator, or ends it.
pub(crate) async fn administrators(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let area = Area::of(view, &path)?;
    let (removed, added) = (fields.get("remove"), fields.get("user").trim());
    let now = view.administrators(area.id).map(|user| view.id_of(user).to_string());
    let mut wanted: Vec<String> = now.filter(|id| id != removed).collect();
    if !added.is_empty() && !wanted.iter().any(|id| id == added) {
        wanted.push(added.to_owned());
    }
    let keys = json!({ "administrators": wanted });
    let posted = area.change(&keys).and_then(|it| it.upon(fields.get("upon")));
    let to = area.address("members");
    let again = |sent: Sent| administrators_page(&visitor, &area, &sent);
    save(&server, &visitor, fields, posted, |_| to, again).await
}

fn administrators_page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    if sent.failure.is_some() {
        return page(visitor, area, &Sent::default(), sent);
    }
    let grant = area.may(visitor, "modify-administrators");
    let verb = if sent.fields.get("remove").is_empty() { "Make an administrator" } else { "Remove" };
    let told = sent.review(grant.button(verb), area.tab("administrators"), &area.address("members"));
    review_page(area.frame(visitor, "members")?, told)
}
