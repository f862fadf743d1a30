//! A link that invites somebody to an area: they sign in, or make an account where the one who invites may
//! make users, and accept.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use governance::{Invited, View};
use store::Invitation;

use super::form::Fields;
use super::set_password::private;
use super::sign_in::{enter_anew, sentence};
use super::visitor::Visitor;
use super::{Frame, Person, Time, render};
use crate::invitation::{self, NotAccepted, Told};
use crate::new_password;
use crate::password::Right;
use crate::place::Place;
use crate::problem::Problem;
use crate::router::Server;
use crate::sign_in::NoEntry;

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    frame: Frame,
    link: &'a str,
    by: Person,
    told: Told,
    until: Time,
    /// Where somebody comes back who signs in or out.
    back: String,
    /// What was typed for a new account, where one can be made.
    account: Option<Account<'a>>,
    wrong: Option<String>,
}

struct Account<'a> {
    id: &'a str,
    name: &'a str,
    mail: &'a str,
    shortest: usize,
}

#[derive(Template)]
#[template(path = "accepted.html")]
struct AcceptedPage {
    frame: Frame,
    told: Told,
}

/// The invitation of a link, as whoever has written it sees it.
async fn of_link(server: &Server, place: &Place, link: &str) -> Result<(Invitation, View), Problem> {
    let found = invitation::find(server, place, link).await.map_err(|no_entry| match no_entry {
        NoEntry::Wrong => Problem::link_gone(),
        other => other.into(),
    })?;
    let view = server.signs_in(found.by).then(|| server.office.view(found.by)).flatten();
    match view {
        Some((view, _)) if invitation::may_invite(&view, found.area) => Ok((found, view)),
        Some(_) | None => Err(NotAccepted::NotNow.into()),
    }
}

fn page<'a>(
    server: &Server,
    (found, view): (&Invitation, &View),
    visitor: Option<&Visitor>,
    (link, typed): (&'a str, &'a Fields),
    wrong: Option<String>,
) -> Response {
    let account = (visitor.is_none() && view.may_manage_users().is_ok()).then(|| Account {
        id: typed.get("id"),
        name: typed.get("name"),
        mail: typed.get("mail"),
        shortest: server.config.sign_in.shortest_password,
    });
    let told = invitation::told(view, found);
    let title = format!("Invitation to {}", told.area);
    private(render(&InvitationPage {
        frame: match visitor {
            Some(visitor) => visitor.frame(title),
            None => Frame::plain(title),
        },
        link,
        by: Person::from(view.asker()),
        told,
        until: found.expires.into(),
        back: invitation::path(link),
        account,
        wrong,
    }))
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Option<Visitor>,
    place: Place,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let link = query.get("link");
    let (found, view) = of_link(&server, &place, link).await?;
    Ok(page(&server, (&found, &view), visitor.as_ref(), (link, &Fields::default()), None))
}

pub(crate) async fn accept(
    State(server): State<Arc<Server>>,
    visitor: Option<Visitor>,
    place: Place,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let link = fields.get("link");
    let (found, view) = of_link(&server, &place, link).await?;
    let client = place.client;
    let told = invitation::told(&view, &found);
    if let Some(visitor) = visitor {
        let user = visitor.in_earnest()?.caller.view.asker_number();
        invitation::accept(&server, &found, Invited::Known(user), client).await?;
        let frame = Frame::plain(format!("Member of {}", told.area));
        return Ok(private(render(&AcceptedPage { frame, told })));
    }
    let again = |wrong: String| {
        let wrong = Some(sentence(&wrong));
        let mut page = page(&server, (&found, &view), None, (link, &fields), wrong);
        *page.status_mut() = StatusCode::BAD_REQUEST;
        Ok(page)
    };
    let (id, password) = (fields.get("id").trim(), fields.get("password"));
    if id.is_empty() {
        return again("sign in first, or choose a user id for a new account".to_owned());
    }
    let shortest = server.config.sign_in.shortest_password;
    if let Err(weak) = new_password::check_twice(password, fields.get("again"), id, shortest) {
        return again(weak.to_string());
    }
    let filled = |name: &str| Some(fields.get(name).trim()).filter(|text| !text.is_empty());
    let user = governance::invited_user(id, filled("name").unwrap_or(id), filled("mail"));
    let hash = server.hash(password.to_owned()).await?;
    match invitation::accept(&server, &found, Invited::New(Box::new(user)), client).await {
        Ok((user, _)) => {
            // Should this fail, somebody who manages users makes a link to set one.
            server.office.store().set_password_hash(user, &hash).await?;
            enter_anew(&server, client, &headers, Right::by(user, &hash), "/").await
        }
        Err(NotAccepted::Account(said)) => again(said),
        Err(not_accepted) => Err(not_accepted.into()),
    }
}
