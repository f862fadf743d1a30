//! How somebody signs in: their password, sessions, access tokens, lock-outs and what consumers do for them,
//! for those who manage users.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::user::{Subject, UserPath};
use crate::api::access_token::revoke_token_of;
use crate::api::account::{PasswordLink, password_link};
use crate::api::acting_consumer::end_consumer_of;
use crate::api::lock_out::let_try_again;
use crate::api::log::may;
use crate::api::session::{end_session_of, end_sessions_of};
use crate::pages::ability::Ability;
use crate::pages::done::done_to;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::friends::time;
use crate::pages::part::Time;
use crate::pages::profile::{
    ConsumerRow, SessionRow, TokenRow, begun, consumer_name, consumers_of, sessions_of, token_name, tokens_of,
};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "people/sign_in.html")]
struct SignInPage {
    frame: Frame,
    path: String,
    manage: Ability,
    /// What manages the password, where it is another registry.
    registry: Option<String>,
    /// Told once.
    link: Option<String>,
    /// How long it is good.
    until: Option<Time>,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
    consumers: Vec<ConsumerRow>,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: UserPath,
) -> Result<Response, Problem> {
    let subject = Subject::of(visitor.view(), &path)?;
    page(&server, &visitor, &subject, None).await
}

async fn page(
    server: &Server,
    visitor: &Visitor,
    subject: &Subject,
    link: Option<PasswordLink>,
) -> Result<Response, Problem> {
    // Where somebody is signed in is told to those alone who manage users.
    visitor.both(|view| may(view, "repository.manage-users"))?;
    let manage = visitor.may("repository.manage-users", "repository");
    let manage = match subject.user.functional {
        true => manage.and(Ability::refused("functional users do not sign in", None)),
        false => manage,
    };
    Ok(render(&SignInPage {
        frame: subject.frame(visitor, "/sign-in"),
        path: subject.path(),
        manage,
        registry: subject.user.registered.as_ref().map(|it| it.registry.to_string()),
        until: link.as_ref().and_then(|it| time(&it.expires.as_str().into())),
        link: link.map(|it| it.link),
        sessions: sessions_of(server, &visitor.caller, subject.id).await?,
        tokens: tokens_of(server, subject.id).await?,
        consumers: consumers_of(server, subject.id).await?,
    }))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: UserPath,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let subject = Subject::of(visitor.view(), &path)?;
    let caller = &visitor.caller;
    let one = |name: &str| Some(fields.get(name)).filter(|text| !text.is_empty());
    let (word, of) = if let Some(session) = one("session") {
        let begun = begun(&server, caller, subject.id, session).await?;
        end_session_of(&server, caller, &headers, subject.id, session).await?;
        ("session-ended", begun)
    } else if let Some(token) = one("token") {
        let name = token_name(&server, subject.id, token).await?;
        revoke_token_of(&server, caller, &headers, subject.id, token).await?;
        ("token-revoked", name)
    } else if let Some(consumer) = one("consumer") {
        let name = consumer_name(&server, subject.id, consumer).await?;
        end_consumer_of(&server, caller, &headers, subject.id, consumer).await?;
        ("consumer-ended", name)
    } else {
        match fields.get("do") {
            "link" => {
                let link = password_link(&server, caller, &headers, subject.id).await?;
                return page(&server, &visitor, &subject, Some(link)).await;
            }
            "end" => {
                end_sessions_of(&server, caller, &headers, subject.id).await?;
                ("all-ended", String::new())
            }
            "release" => {
                let_try_again(&server, caller, &headers, subject.id).await?;
                ("lock-out-released", String::new())
            }
            _ => {
                return Err(Problem::new(
                    Kind::BadValue,
                    "say what is to be done: `link`, `end` or `release`",
                ));
            }
        }
    };
    Ok(done_to(&format!("{}/sign-in", subject.path()), word, &of))
}
