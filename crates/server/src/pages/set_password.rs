//! Setting a password, by a link that somebody was given.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::REFERRER_POLICY;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use governance::UserId;
use store::Purpose;

use super::form::Fields;
use super::sign_in::{enter_anew, sentence};
use super::{Frame, Person, render};
use crate::link;
use crate::new_password;
use crate::place::Place;
use crate::problem::Problem;
use crate::router::Server;
use crate::sign_in::NoEntry;

#[derive(Template)]
#[template(path = "set_password.html")]
struct SetPasswordPage<'a> {
    frame: Frame,
    link: &'a str,
    person: Person,
    shortest: usize,
    wrong: Option<String>,
}

impl<'a> SetPasswordPage<'a> {
    fn new(server: &Server, link: &'a str, person: Person, wrong: Option<String>) -> Self {
        let shortest = server.config.sign_in.shortest_password;
        Self { frame: Frame::plain("Set your password"), link, person, shortest, wrong }
    }
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    place: Place,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let link = query.get("link");
    let (_, person) = of_user(&server, &place, link).await?;
    Ok(private(render(&SetPasswordPage::new(&server, link, person, None))))
}

pub(crate) async fn set(
    State(server): State<Arc<Server>>,
    place: Place,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let (link, password) = (fields.get("link"), fields.get("password"));
    let (_, person) = of_user(&server, &place, link).await?;
    let shortest = server.config.sign_in.shortest_password;
    if let Err(weak) = new_password::check_twice(password, fields.get("again"), &person.id, shortest) {
        let wrong = Some(sentence(&weak.to_string()));
        let mut page = private(render(&SetPasswordPage::new(&server, link, person, wrong)));
        *page.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(page);
    }
    let set = server.set_password_by_link(link.to_owned(), password.to_owned()).await?;
    let right = set.ok_or_else(Problem::link_gone)?;
    enter_anew(&server, place.client, &headers, right, "/").await
}

async fn of_user(server: &Server, place: &Place, link: &str) -> Result<(UserId, Person), Problem> {
    let Purpose::SetPassword(user) = good_link(server, place, link).await? else {
        return Err(Problem::link_gone());
    };
    let (view, _) = server.office.view(user).ok_or_else(Problem::link_gone)?;
    Ok((user, Person::from(view.asker())))
}

/// What a link is good for; any that is good for nothing gets one answer.
pub(super) async fn good_link(server: &Server, place: &Place, link: &str) -> Result<Purpose, Problem> {
    link::find(server, place, link).await.map_err(|no_entry| match no_entry {
        NoEntry::Wrong => Problem::link_gone(),
        other => other.into(),
    })
}

/// The address of such a page is nobody else's business.
pub(super) fn private(mut page: Response) -> Response {
    page.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    page
}
