//! Who reads a project area.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::ReadAccess;
use serde_json::json;

use super::area::{Area, AreaPath};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Person;
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/access.html")]
struct AccessPage<'a> {
    frame: Frame,
    path: String,
    access: Field,
    readers: Vec<Reader>,
    add: Field,
    edit: Ability,
    bar: SaveBar<'a>,
    told: Told<'a>,
}

/// Somebody in the access list.
struct Reader {
    person: Person,
    is_removed: bool,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let (_, tag) = area.representation(view)?;
    let project = area.see(view)?.project().ok_or_else(Problem::not_found)?;
    let chosen = sent.typed("access", project.access.id());
    let choices = ReadAccess::ALL.into_iter().map(|it| Choice::new(it.id(), it.name(), it.id() == chosen));
    let edit = area.may(visitor, "modify-access-control");
    let removed: Vec<&str> = sent.fields.all("remove").collect();
    let reader = |person: Person| Reader { is_removed: removed.contains(&person.id.as_str()), person };
    Ok(render(&AccessPage {
        path: area.path(),
        access: Field::radios("access", "Who reads this project area", choices.collect())
            .hint("Whoever may not read it is told that there is no such thing. JazzAdmins read everything.")
            .wrong(sent.wrong("/access")),
        readers: view
            .access_list(area.id)
            .filter_map(|it| view.user(it))
            .map(|it| reader(it.into()))
            .collect(),
        add: Field::line("user", "Add to the access list", sent.typed("user", ""))
            .of_person()
            .hint("A user id; several with commas between them.")
            .wrong(sent.wrong("/access_list")),
        bar: sent.bar(&edit, &tag, &area.address("access")),
        told: sent.above(),
        edit,
        frame: area.frame(visitor, "access")?,
    }))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let area = Area::of(view, &path)?;
    let removed: Vec<&str> = fields.all("remove").collect();
    let now = view.access_list(area.id).map(|user| view.id_of(user).to_string());
    let mut list: Vec<String> = now.filter(|id| !removed.contains(&id.as_str())).collect();
    for id in fields.list("user") {
        if !list.iter().any(|it| it == id) {
            list.push(id.to_owned());
        }
    }
    let keys = json!({"access": fields.get("access"), "access_list": list});
    let posted = area.change(&keys).and_then(|it| it.upon(fields.get("upon")));
    let to = area.address("access");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &area, &sent)).await
}
