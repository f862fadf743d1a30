//! Roles that can be held in an area: what defines them and who has them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{Cardinality, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath, name_of};
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::segment;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::pages::words::count;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/roles.html")]
struct RolesPage<'a> {
    frame: Frame,
    path: String,
    rows: Vec<Row>,
    told: Told<'a>,
    fields: Vec<Field>,
    /// The id of the role that is changed, and its tag.
    edited: Option<(String, String)>,
    edit: Ability,
    /// To remove the role that is changed, or what is in the way.
    remove: Ability,
}

struct Row {
    id: String,
    name: String,
    description: String,
    one: bool,
    /// What defines it, where that is not here.
    elsewhere: Option<String>,
    holders: usize,
    entries: usize,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let edit = area.may(visitor, "modify-specification");
    let wanted = match sent.fields.get("role") {
        "" => visitor.query.get("edit"),
        sent => sent,
    };
    let own = view.roles(area.id).iter().find(|role| *role.id == *wanted);
    let edited = own.and_then(|role| {
        let path = format!("{}/roles/{}", area.path(), segment(&role.id));
        Some((role.id.to_string(), representation(view, &path).ok()?.1))
    });
    let words = if sent.fields.get("verb") == "remove" { "Remove the role" } else { "Save the role" };
    Ok(render(&RolesPage {
        path: area.path(),
        rows: rows(view, area),
        told: sent.review(edit.button(words), area.tab("roles"), &area.address("roles")),
        fields: fields(own, sent),
        remove: own.map_or(Ability::Allowed, |role| unused(view, area, &role.id)),
        edited,
        edit,
        frame: area.frame(visitor, "roles")?,
    }))
}

/// Whether nothing is for a role that an area defines; else what is, which has to go first.
fn unused(view: &View, area: &Area, id: &str) -> Ability {
    let uses_another =
        view.see(area.project).and_then(|it| it.project()).is_some_and(|it| it.uses_process.is_some());
    let mut above = view.path_to(area.id).iter().copied().filter(|it| *it != area.id);
    // It would be known all the same.
    if uses_another || above.any(|it| view.roles(it).iter().any(|role| *role.id == *id)) {
        return Ability::Allowed;
    }
    for below in view.areas_in(area.id) {
        let Ok(there) = Area::at(view, below) else { continue };
        let entries = view.permissions(below).filter(|(key, _)| *key.role == *id).count();
        let demands = view.preconditions(below).iter().filter(|it| *it.key.role == *id).count();
        let members = view.members(below).filter(|(_, roles)| roles.iter().any(|it| **it == *id)).count();
        let ways = [
            (entries, "entry", "is for it", "are for it", "permissions"),
            (demands, "precondition", "is for it", "are for it", "preconditions"),
            (members, "member", "has it", "have it", "members"),
        ];
        for (number, kind, is, are, tab) in ways {
            let name = name_of(view, Some(below));
            let said = match number {
                0 => continue,
                1 => format!("1 {kind} of {name} {is}: take that away first"),
                number => format!("{} of {name} {are}: take them away first", count(number, kind)),
            };
            let address = there.address(tab).with("role", id).to_string();
            return Ability::in_the_way(&said, address, "Show what does");
        }
    }
    Ability::Allowed
}

fn rows(view: &View, area: &Area) -> Vec<Row> {
    let counting = view.counting_in(area.id);
    let row = |it: governance::RoleThere| {
        let holders =
            counting.iter().filter(|person| person.roles.iter().any(|(id, _)| *id == it.id)).count();
        let entries = view.permissions(area.id).filter(|(key, _)| key.role == it.id).count();
        let description = it.role.as_ref().and_then(|role| role.carried.get("description"));
        Row {
            holders,
            entries,
            description: match (&it.role, description.and_then(Value::as_str)) {
                (_, Some(text)) => text.to_owned(),
                (None, None) => "Every active user has it, everywhere.".to_owned(),
                (Some(_), None) => String::new(),
            },
            one: it.role.as_ref().is_some_and(|role| role.cardinality == Cardinality::One),
            elsewhere: match (it.defined_in, &it.role) {
                (_, None) => Some("built in".to_owned()),
                (of, Some(_)) if of != Some(area.id) => Some(name_of(view, of)),
                _ => None,
            },
            id: it.id.to_string(),
            name: it.name.to_string(),
        }
    };
    view.roles_there(area.id).into_iter().map(row).collect()
}

fn fields(own: Option<&governance::Role>, sent: &Sent) -> Vec<Field> {
    let description = own.and_then(|role| role.carried.get("description")).and_then(Value::as_str);
    let name = own.map_or("", |role| &role.name);
    let one = own.is_some_and(|role| role.cardinality == Cardinality::One);
    let chosen = sent.typed("cardinality", if one { "one" } else { "many" });
    let choices = vec![
        Choice::new("many", "Any number of members", chosen == "many"),
        Choice::new("one", "At most one member of an area", chosen == "one"),
    ];
    let id = Field::line("id", "Id", sent.typed("id", "")).required().wrong(sent.wrong("/id"));
    let mut fields = Vec::new();
    if own.is_none() {
        fields.push(id.hint("Programs and documents call it so: “configuration-lead”. It stays for good."));
    }
    fields.extend([
        Field::line("name", "Name", sent.typed("name", name)).wrong(sent.wrong("/name")),
        Field::select("cardinality", "Who may have it", choices),
        Field::prose(
            "description",
            "Description",
            sent.typed("description", description.unwrap_or_default()),
        ),
    ]);
    fields
}

/// Defines, changes or removes a role.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let text = |key: &str| Some(fields.get(key).trim()).filter(|text| !text.is_empty());
    let mut body = json!({"cardinality": fields.get("cardinality")});
    if let Some(name) = text("name") {
        body["name"] = name.into();
    }
    let one = format!("{}/roles/{}", area.path(), segment(fields.get("role")));
    let posted = match (fields.get("role"), fields.get("verb")) {
        ("", _) => {
            body["id"] = fields.get("id").trim().into();
            if let Some(description) = text("description") {
                body["description"] = description.into();
            }
            Posted::new(Verb::Post, &area.tab("roles"), &body)
        }
        (_, "remove") => {
            Posted::new(Verb::Delete, &one, &Value::Null).and_then(|it| it.upon(fields.get("upon")))
        }
        _ => {
            body["description"] = text("description").map_or(Value::Null, Value::from);
            Posted::new(Verb::Patch, &one, &body).and_then(|it| it.upon(fields.get("upon")))
        }
    };
    let to = area.address("roles");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &area, &sent)).await
}
