//! Changing one's own password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::ability::Ability;
use super::form::Fields;
use super::sign_in::{enter, sentence};
use super::visitor::Visitor;
use super::{Frame, render, with_status_of};
use crate::own_password::{self, NotChanged};
use crate::place::Place;
use crate::problem::Problem;
use crate::router::Server;
use crate::session::By;
use crate::throttle::Marks;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    id: String,
    shortest: usize,
    changed: bool,
    wrong: Option<String>,
    /// Nobody changes theirs in a preview, nor that of whom they look as.
    change: Ability,
}

impl PasswordPage {
    fn new(server: &Server, visitor: &Visitor) -> Self {
        let caller = &visitor.caller;
        Self {
            frame: visitor.frame("Change your password"),
            id: caller.view.asker().id.to_string(),
            shortest: server.config.sign_in.shortest_password,
            changed: false,
            wrong: None,
            change: visitor.only_in_earnest(Ability::Allowed),
        }
    }
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Problem> {
    visitor.caller.is_in_person(&server).await?;
    let changed = uri.query() == Some("changed");
    Ok(render(&PasswordPage { changed, ..PasswordPage::new(&server, &visitor) }))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    place: Place,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let client = place.client;
    let new = (fields.get("password"), Some(fields.get("again")));
    let change =
        own_password::change(&server, &visitor.caller, place, Marks::Browser, fields.get("old"), new).await;
    let wrong = |problem: Problem| {
        let wrong = Some(sentence(&problem.detail));
        let page = render(&PasswordPage { wrong, ..PasswordPage::new(&server, &visitor) });
        Ok(with_status_of(problem, page))
    };
    match change {
        Ok(entered) => {
            let (who, by) = ((entered.user, entered.browser), By::Own(entered.proof));
            enter(&server, client, &headers, who, by, "/password?changed").await
        }
        Err(not_changed @ (NotChanged::Weak(_) | NotChanged::OldIsWrong | NotChanged::Wait(_))) => {
            wrong(not_changed.into())
        }
        Err(other) => Err(other.into()),
    }
}
