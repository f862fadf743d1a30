//! Access groups: users and members of areas, to whom reading can be restricted.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::response::Response;
use governance::{AccessGroup, AccessGroupId};
use serde_json::{Value, json};

use crate::api::{Done, Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Empty;
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "administration/access_groups.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    create: Ability,
}

struct Row {
    address: String,
    name: String,
    description: String,
    users: usize,
    areas: usize,
}

fn manages(visitor: &Visitor) -> Ability {
    visitor.may("repository.manage-access-groups", "repository")
}

pub(crate) async fn list(visitor: Visitor) -> Result<Response, Problem> {
    let view = visitor.view();
    let row = |(id, group): (AccessGroupId, &AccessGroup)| Row {
        address: format!("/access-groups/{}", id.number()),
        name: group.name.to_string(),
        description: group.carried.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        users: group.users.len(),
        // Those alone that the reader sees.
        areas: group.areas.iter().filter(|area| view.see(**area).is_some()).count(),
    };
    let mut rows: Vec<Row> = view.each::<AccessGroup>(0).map(row).collect();
    rows.sort_by_key(|row| row.name.to_lowercase());
    Ok(render(&ListPage { rows, create: manages(&visitor), frame: visitor.frame("Access groups") }))
}

#[derive(Template)]
#[template(path = "administration/access_group.html")]
struct GroupPage<'a> {
    frame: Frame,
    path: String,
    fields: [Field; 5],
    told: Told<'a>,
    edit: Ability,
    /// Of one that is there: a new one has none.
    there: Option<There<'a>>,
}

/// What saves a group that is there, and under which tag it is deleted.
struct There<'a> {
    bar: SaveBar<'a>,
    tag: String,
}

/// The lists of a group, with the key and the field of each.
const LISTS: [&str; 3] = ["users", "project_areas", "team_areas"];

fn fields(sent: &Sent, now: &Value) -> [Field; 5] {
    let text = |key: &str| now[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| {
        let all = now[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.collect::<Vec<_>>().join("\n")
    };
    let prose = |key: &str, label: &str, hint: &str| {
        Field::prose(key, label, sent.typed(key, &list(key))).hint(hint).wrong(sent.wrong(&format!("/{key}")))
    };
    [
        Field::line("name", "Name", sent.typed("name", &text("name"))).required().wrong(sent.wrong("/name")),
        Field::line("description", "Description", sent.typed("description", &text("description")))
            .wrong(sent.wrong("/description")),
        prose("users", "Users", "Their ids, a line each."),
        prose(
            "project_areas",
            "Project areas",
            "Their members belong, and those of all team areas in them. A line each, such as gc/Trams.",
        ),
        prose(
            "team_areas",
            "Team areas",
            "Their members belong, and those of team areas nested in them. A line each, such as gc/Trams/Brake Team.",
        ),
    ]
}

fn keys(fields: &Fields) -> Value {
    let mut keys = json!({"name": fields.get("name").trim()});
    for key in LISTS {
        keys[key] = fields.get(key).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    }
    let description = fields.get("description").trim();
    keys["description"] = if description.is_empty() { Value::Null } else { description.into() };
    keys
}

fn crumbs() -> [(String, String); 1] {
    [("/access-groups".to_owned(), "Access groups".to_owned())]
}

pub(crate) async fn new(visitor: Visitor) -> Result<Response, Problem> {
    new_page(&visitor, &Sent::default())
}

fn new_page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let edit = manages(visitor);
    let path = "/access-groups/new".to_owned();
    Ok(render(&GroupPage {
        frame: visitor.frame("New access group").by_way_of(crumbs()).in_part("/access-groups"),
        fields: fields(sent, &Value::Null),
        told: sent.review(edit.button("Make the access group"), path.clone(), &visitor.here),
        edit,
        there: None,
        path,
    }))
}

pub(crate) async fn make(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut keys = keys(&fields);
    if keys["description"].is_null() {
        keys.as_object_mut().map(|it| it.remove("description"));
    }
    let posted = Posted::new(Verb::Post, "/access-groups", &keys);
    let to = |it: &Done| Address::new(it.created.as_deref().unwrap_or("/access-groups"));
    save(&server, &visitor, fields, posted, to, |sent| new_page(&visitor, &sent)).await
}

/// Which access group a path names.
pub(crate) struct GroupPath(String);

impl FromRequestParts<Arc<Server>> for GroupPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let number = named.iter().find(|(name, _)| *name == "access_group").map(|(_, it)| it.to_owned());
        let is_number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
        number.filter(is_number).map(|it| Self(format!("/access-groups/{it}"))).ok_or_else(Problem::not_found)
    }
}

pub(crate) async fn show(visitor: Visitor, path: GroupPath) -> Result<Response, Problem> {
    page(&visitor, &path, &Sent::default())
}

fn page(visitor: &Visitor, GroupPath(path): &GroupPath, sent: &Sent) -> Result<Response, Problem> {
    let (now, tag) = representation(visitor.view(), path)?;
    let edit = manages(visitor);
    let here = Address::new(path.clone());
    let name = now["name"].as_str().unwrap_or_default().to_owned();
    let unsent = Sent::default();
    // Deleting is a form of its own, which does not send the fields.
    let (edited, told) = match sent.fields.get("verb") {
        "delete" => (&unsent, sent.review(edit.button("Delete the group").danger(), path.clone(), &here)),
        _ => (sent, sent.above()),
    };
    Ok(render(&GroupPage {
        frame: visitor.frame(name).by_way_of(crumbs()).in_part("/access-groups"),
        fields: fields(edited, &now),
        told,
        there: Some(There { bar: edited.bar(&edit, &tag, &here), tag }),
        edit,
        path: path.clone(),
    }))
}

/// Changes a group, or deletes it.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: GroupPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let is_deleted = fields.get("verb") == "delete";
    let posted = match is_deleted {
        true => Posted::new(Verb::Delete, &path.0, &Value::Null),
        false => Posted::new(Verb::Patch, &path.0, &keys(&fields)),
    };
    let posted = posted.and_then(|it| it.upon(fields.get("upon")));
    let to = Address::new(if is_deleted { "/access-groups" } else { &path.0 });
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &path, &sent)).await
}
