//! Making a user by hand.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{LicenceType, RepositoryGroup};
use serde_json::json;

use crate::api::{Done, Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "people/new_user.html")]
struct NewPage<'a> {
    frame: Frame,
    fields: [Field; 6],
    told: Told<'a>,
    create: Ability,
}

pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    page(&visitor, &Sent::default())
}

fn page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let is_functional = visitor.query.get("kind") == "functional";
    let (groups, licences): (Vec<&str>, Vec<&str>) = if sent.is_any() {
        (sent.fields.all("group").collect(), sent.fields.all("licence").collect())
    } else {
        (if is_functional { vec![] } else { vec![RepositoryGroup::JazzUsers.id()] }, Vec::new())
    };
    let kind = sent.typed("kind", if is_functional { "functional" } else { "person" });
    let kinds =
        [("person", "A person, who signs in"), ("functional", "A functional user, for work between servers")];
    let fields = [
        Field::line("id", "User id", sent.typed("id", ""))
            .required()
            .hint("What they sign in with. It is never given to somebody else.")
            .wrong(sent.wrong("/id")),
        Field::line("name", "Name", sent.typed("name", "")).wrong(sent.wrong("/name")),
        Field::line("mail", "Mail address", sent.typed("mail", ""))
            .of_kind("email")
            .wrong(sent.wrong("/mail")),
        Field::radios(
            "kind",
            "Kind",
            kinds.map(|(value, words)| Choice::new(value, words, value == kind)).to_vec(),
        ),
        group_field(&groups).wrong(sent.wrong("/groups")),
        licence_field(&licences).wrong(sent.wrong("/licenses")),
    ];
    let create = visitor.may("repository.manage-users", "repository");
    let frame =
        visitor.frame("New user").by_way_of([("/users".to_owned(), "Users".to_owned())]).in_part("/users");
    let told = sent.review(create.button("Make the user"), "/new-user", &visitor.here);
    Ok(render(&NewPage { frame, fields, told, create }))
}

pub(super) fn group_field(chosen: &[&str]) -> Field {
    let choices = RepositoryGroup::ALL.map(|it| Choice::new(it.id(), it.id(), chosen.contains(&it.id())));
    Field::checks("group", "Repository groups", choices.to_vec())
}

pub(super) fn licence_field(chosen: &[&str]) -> Field {
    let choices = LicenceType::all().map(|it| Choice::new(it.id(), it.name(), chosen.contains(&it.id())));
    Field::checks("licence", "Licences assigned", choices.collect())
}

pub(crate) async fn make(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut body = json!({
        "id": fields.get("id").trim(),
        "groups": fields.all("group").collect::<Vec<_>>(),
        "licenses": fields.all("licence").collect::<Vec<_>>(),
        "functional": fields.get("kind") == "functional",
    });
    for key in ["name", "mail"] {
        if !fields.get(key).trim().is_empty() {
            body[key] = fields.get(key).trim().into();
        }
    }
    let posted = Posted::new(Verb::Post, "/users", &body);
    let to = |it: &Done| Address::new(it.created.as_deref().unwrap_or("/users"));
    save(&server, &visitor, fields, posted, to, |sent| page(&visitor, &sent)).await
}
