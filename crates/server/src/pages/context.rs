//! The current configuration: chosen on a page, kept by the browser, and said by `context` in an address
//! (docs/pages.md#current-configuration).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::{Configuration, ConfigurationId, Dates, Item, SearchCriteria, View};

use super::ability::Ability;
use super::address::Address;
use super::form::Fields;
use super::frame::Frame;
use super::part::{Empty, Mark};
use super::render;
use super::sign_in::within;
use super::visitor::Visitor;
use crate::cookie::{CONTEXT, is_secure};
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// A configuration as the current one.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) name: String,
    pub(crate) kind: String,
}

impl Chosen {
    pub(crate) fn of(_view: &View, configuration: &Configuration) -> Self {
        Self { name: configuration.name.to_string(), kind: configuration.kind.word().to_owned() }
    }
}

#[derive(Template)]
#[template(path = "context.html")]
struct ContextPage {
    frame: Frame,
    text: String,
    back: String,
    found: Vec<Found>,
    total: usize,
    chosen: bool,
    /// To choose one or none.
    choose: Ability,
}

struct Found {
    number: u32,
    mark: Mark,
    component: String,
    area: String,
    is_chosen: bool,
}

const OFFERED: usize = 50;

pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let (view, text) = (visitor.view(), visitor.query.get("q").trim().to_owned());
    let criteria = SearchCriteria {
        name: (!text.is_empty()).then(|| text.clone()),
        archived: Some(false),
        ..SearchCriteria::default()
    };
    let found = view.search_configurations(&criteria, &Dates::default(), None, OFFERED);
    let (ids, total) = found.map(|found| (found.ids, found.total)).unwrap_or_default();
    let now = visitor.context().map(|(id, _)| id);
    let found = ids.into_iter().filter_map(|id| shown(view, id, now)).collect();
    let back = within(visitor.query.get("back")).to_owned();
    let frame = visitor.frame("Choose a configuration");
    let choose = visitor.only_in_earnest(Ability::Allowed);
    Ok(render(&ContextPage { frame, text, back, found, total, chosen: now.is_some(), choose }))
}

fn shown(view: &View, id: ConfigurationId, now: Option<ConfigurationId>) -> Option<Found> {
    let configuration = view.see(id)?;
    let area = view.project_of_item(Item::Configuration(id))?;
    Some(Found {
        number: id.number(),
        mark: Mark::of(&view.item_text(Item::Configuration(id))),
        component: view.see(configuration.component)?.name.to_string(),
        area: view.see(area)?.name.to_string(),
        is_chosen: now == Some(id),
    })
}

/// Chooses one, if the visitor may, or none.
pub(crate) async fn choose(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let secure = is_secure(&server.config, visitor.caller.client);
    let back = within(fields.get("back")).parse().map_or_else(|_| Address::new("/"), |uri| Address::of(&uri));
    let wanted = fields.get("configuration");
    if wanted.is_empty() {
        let back = Redirect::to(&back.without("context").to_string());
        return Ok(([(SET_COOKIE, CONTEXT.set("", 0, secure))], back).into_response());
    }
    let id = visitor.view().find::<Configuration>(wanted).ok_or_else(Problem::not_found)?;
    let ability = Ability::to_do(visitor.view(), "context.set", &visitor.view().reference_of(id));
    if !ability.is_allowed() {
        return Err(Problem::new(Kind::Refused, ability.because()));
    }
    // In the address, too, so that it can be sent to somebody.
    let back = Redirect::to(&back.with("context", id.number()).to_string());
    let lasts = server.config.sessions.absolute.as_secs();
    Ok(([(SET_COOKIE, CONTEXT.set(&id.number().to_string(), lasts, secure))], back).into_response())
}
