//! The first user of a server, who came by the link that it printed.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use governance::{FirstUser, Refusal};
use store::Purpose;

use super::form::Fields;
use super::set_password::{good_link, private};
use super::sign_in::{enter_anew, sentence};
use super::{Frame, render};
use crate::new_password;
use crate::office::ChangeError;
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "first_start.html")]
struct FirstStartPage<'a> {
    frame: Frame,
    link: &'a str,
    id: &'a str,
    name: &'a str,
    mail: &'a str,
    shortest: usize,
    wrong: Option<String>,
}

impl<'a> FirstStartPage<'a> {
    fn new(server: &Server, link: &'a str, typed: &'a Fields, wrong: Option<String>) -> Self {
        Self {
            frame: Frame::plain("The first user"),
            link,
            id: typed.get("id"),
            name: typed.get("name"),
            mail: typed.get("mail"),
            shortest: server.config.sign_in.shortest_password,
            wrong,
        }
    }
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    place: Place,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let link = query.get("link");
    expect_first_start(&server, &place, link).await?;
    Ok(private(render(&FirstStartPage::new(&server, link, &Fields::default(), None))))
}

pub(crate) async fn make(
    State(server): State<Arc<Server>>,
    place: Place,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let link = fields.get("link");
    expect_first_start(&server, &place, link).await?;
    let (id, password) = (fields.get("id").trim(), fields.get("password"));
    let again = |wrong: String| {
        let page = render(&FirstStartPage::new(&server, link, &fields, Some(sentence(&wrong))));
        let mut page = private(page);
        *page.status_mut() = StatusCode::BAD_REQUEST;
        Ok(page)
    };
    let shortest = server.config.sign_in.shortest_password;
    if let Err(weak) = new_password::check_twice(password, fields.get("again"), id, shortest) {
        return again(weak.to_string());
    }
    let filled = |name: &str| Some(fields.get(name).trim()).filter(|text| !text.is_empty());
    let first = FirstUser {
        id: id.into(),
        name: filled("name").unwrap_or(id).into(),
        mail: filled("mail").map(Into::into),
    };
    match server.make_first_user(first, password.to_owned(), place.client).await {
        Ok(right) => enter_anew(&server, place.client, &headers, right, "/").await,
        Err(ChangeError::Refused(refusal @ Refusal::Rules(_))) => again(refusal.to_string()),
        Err(ChangeError::Refused(_)) => {
            Err(Problem::new(Kind::LinkGone, "somebody administers the server already"))
        }
        Err(error) => Err(Problem::not_made(error)),
    }
}

async fn expect_first_start(server: &Server, place: &Place, link: &str) -> Result<(), Problem> {
    match good_link(server, place, link).await? {
        Purpose::FirstStart => Ok(()),
        Purpose::SetPassword(_) => Err(Problem::link_gone()),
    }
}
