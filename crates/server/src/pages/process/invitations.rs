//! Invitations to an area: written, told of while they are open, and taken back
//! (docs/process.md#team-invitations).

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::View;
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use crate::api::{Rest, Verb};
use crate::invitation::may_invite;
use crate::pages::ability::Ability;
use crate::pages::address::segment;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::friends::{again, time};
use crate::pages::part::{Empty, Person, Time};
use crate::pages::profile::day_in;
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "process/invitations.html")]
struct InvitationsPage<'a> {
    frame: Frame,
    path: String,
    told: Told<'a>,
    rows: Vec<Row>,
    fields: [Field; 3],
    invite: Ability,
    /// Whether the visitor is told which are open.
    is_told: bool,
    /// The link of one that was just written: told this once.
    link: Option<String>,
}

/// One that is open.
struct Row {
    id: String,
    by: Person,
    roles: String,
    mail: String,
    /// How far its mail is.
    delivery: &'static str,
    expires: Option<Time>,
}

/// So many days one lasts unless it says otherwise.
const DAYS: i64 = 7;

pub(crate) async fn show(visitor: Visitor, rest: Rest, path: AreaPath) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    page(&visitor, &rest, &area, &Sent::default(), None).await
}

async fn page(
    visitor: &Visitor,
    rest: &Rest,
    area: &Area,
    sent: &Sent,
    link: Option<String>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let is_told = may_invite(view, area.id) && may_invite(&visitor.caller.view, area.id);
    let found = match is_told {
        true => rest.read(&format!("{}/invitations", area.path())).await?,
        false => Value::Null,
    };
    let open = found["items"].as_array().into_iter().flatten().filter(|it| it["state"] == "open");
    Ok(render(&InvitationsPage {
        frame: area.frame(visitor, "members")?,
        path: area.path(),
        told: sent.above(),
        rows: open.map(|it| row(view, area, it)).collect(),
        fields: fields(view, area, sent),
        invite: visitor.may("process.invite-to-team/generate", &area.reference),
        is_told,
        link,
    }))
}

fn row(view: &View, area: &Area, it: &Value) -> Row {
    let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let known = view.roles_there(area.id);
    let name = |id: &str| {
        let role = known.iter().find(|role| *role.id == *id);
        role.map_or_else(|| id.to_owned(), |role| role.name.to_string())
    };
    let roles = it["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Row {
        id: text("id"),
        by: view
            .person(&text("by"))
            .map_or_else(|| Person { name: text("by"), id: text("by") }, Person::from),
        roles: roles.map(name).collect::<Vec<_>>().join(", "),
        mail: text("mail"),
        delivery: match it["delivery"]["state"].as_str() {
            Some("sent") => "mailed",
            Some("failed") => "could not be mailed",
            Some(_) => "is being mailed",
            None => "",
        },
        expires: time(&it["expires"]),
    }
}

fn fields(view: &View, area: &Area, sent: &Sent) -> [Field; 3] {
    let roles = view.roles_there(area.id).into_iter().filter(|role| role.role.is_some());
    let chosen: Vec<&str> = sent.fields.all("role").collect();
    let choices = roles
        .map(|role| Choice::new(role.id.to_string(), role.name.to_string(), chosen.contains(&&*role.id)));
    [
        Field::checks("role", "Roles", choices.collect())
            .hint("Which whoever accepts it has. None makes them a member who counts as Everyone.")
            .wrong(sent.wrong("/roles")),
        Field::line("mail", "Mail address", sent.typed("mail", ""))
            .of_kind("email")
            .hint("Where this server sends mail, the link is mailed there. Otherwise it is shown here once, to be handed over.")
            .wrong(sent.wrong("/mail")),
        Field::line("expires", "Last day", sent.typed("expires", &day_in(DAYS)))
            .of_kind("date")
            .required()
            .hint("At most 90 days from now.")
            .wrong(sent.wrong("/expires")),
    ]
}

/// Writes one, or takes one back.
pub(crate) async fn change(
    visitor: Visitor,
    rest: Rest,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let asked = match fields.get("take-back") {
        "" => {
            let said = |name: &str| Some(fields.get(name).trim()).filter(|it| !it.is_empty());
            let body = json!({
                "roles": fields.all("role").collect::<Vec<_>>(),
                "mail": said("mail"),
                // The day is the last one on which it can be accepted.
                "expires": said("expires").map(|day| format!("{day}T23:59:59Z")),
            });
            rest.ask(Verb::Post, &format!("{}/invitations", area.path()), &body).await
        }
        id => rest.ask(Verb::Delete, &format!("/invitations/{}", segment(id)), &Value::Null).await,
    };
    match asked {
        Ok(made) => match made["link"].as_str() {
            Some(link) => page(&visitor, &rest, &area, &Sent::default(), Some(link.to_owned())).await,
            None => Ok(Redirect::to(&area.tab("invitations")).into_response()),
        },
        Err(problem) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            let page = page(&visitor, &rest, &area, &sent, None).await?;
            Ok(again(&sent, page))
        }
    }
}
