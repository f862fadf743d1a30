//! Who has failed too often to sign in and must wait, for those who manage users
//! (docs/guide/operating.md#guessing).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::View;
use store::{LockOut, LockedOut};

use crate::api::lock_out::{let_those_try_again, locked_out};
use crate::api::log::may;
use crate::pages::ability::Ability;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::user_page;
use crate::pages::part::{Empty, Person, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "people/lock_outs.html")]
struct LockOutsPage {
    frame: Frame,
    release: Ability,
    rows: Vec<Row>,
}

/// Somebody who must wait.
struct Row {
    id: String,
    who: Who,
    network: Option<String>,
    until: Time,
}

enum Who {
    User { page: String, person: Person },
    Nobody,
    Everybody,
}

impl Row {
    fn of(view: &View, LockOut { subject, until, whom }: LockOut) -> Self {
        let (who, network) = match whom {
            LockedOut::Network(network) => (Who::Everybody, Some(network)),
            LockedOut::Id { user: None, network } => (Who::Nobody, network),
            LockedOut::Id { user: Some(user), network } => {
                let id = view.id_of(user).to_string();
                let page = format!("{}/sign-in", user_page(&id));
                let person = view.person(&id).map_or(Person { name: id.clone(), id }, Person::from);
                (Who::User { page, person }, network)
            }
        };
        Self { id: subject, who, network, until: until.into() }
    }
}

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    visitor.both(|view| may(view, "repository.manage-users"))?;
    let found = locked_out(&server, &visitor.caller).await?;
    Ok(render(&LockOutsPage {
        release: visitor.may("repository.manage-users", "repository"),
        rows: found.into_iter().map(|it| Row::of(visitor.view(), it)).collect(),
        frame: visitor
            .frame("Lock-outs")
            .by_way_of([("/users".to_owned(), "Users".to_owned())])
            .in_part("/users"),
    }))
}

pub(crate) async fn release(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let_those_try_again(&server, &visitor.caller, &headers, fields.get("lock-out")).await?;
    Ok(Redirect::to("/lock-outs").into_response())
}
