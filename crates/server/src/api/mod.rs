//! The REST API (docs/rest-api.md): every noun of the organisation document, and every command.
//!
//! A module for each noun registers its routes in one table ([`Api`]); from the table come what is served,
//! the OpenAPI document, bulk requests and what-if. A route that changes something only says which
//! [`governance::Command`] it means; [`carry_out`] does the rest for all of them.

mod access_group;
mod account;
mod approval;
mod area;
mod artefact;
mod audience;
mod baseline_run;
mod body;
mod bulk;
mod carry_out;
mod category;
mod changes;
mod component;
mod configuration;
mod contribution;
mod csv;
mod cursor;
mod documents;
mod edit_attributes;
mod etag;
mod folder;
mod idempotency;
mod item;
mod journal;
mod kept;
mod licence;
mod lines;
mod nested;
mod openapi;
mod operation;
mod owner;
mod plan;
mod process;
mod question;
mod read;
mod refused;
mod request;
mod resolve;
mod route;
mod search;
mod settings;
mod shared_query;
mod source_control;
mod tag;
mod test_artefact;
mod types;
mod user;
mod what_if;
mod word;
mod work_item;

use std::sync::{Arc, LazyLock};

use axum::routing::MethodRouter;

pub use openapi::openapi;

use crate::router::Server;
use crate::routes::Routes;
use route::{Api, Route, Work};

/// Where the API begins.
pub(crate) const ROOT: &str = "/api/v1";

/// Every route.
pub(crate) fn api() -> &'static Api {
    static API: LazyLock<Api> = LazyLock::new(|| {
        let mut api = Api::default();
        user::routes(&mut api);
        account::routes(&mut api);
        component::routes(&mut api);
        journal::routes(&mut api);
        changes::routes(&mut api);
        bulk::routes(&mut api);
        settings::routes(&mut api);
        licence::routes(&mut api);
        operation::routes(&mut api);
        access_group::routes(&mut api);
        configuration::routes(&mut api);
        contribution::routes(&mut api);
        search::routes(&mut api);
        edit_attributes::routes(&mut api);
        approval::routes(&mut api);
        baseline_run::routes(&mut api);
        csv::routes(&mut api);
        tag::routes(&mut api);
        types::routes(&mut api);
        shared_query::routes(&mut api);
        category::routes(&mut api);
        work_item::routes(&mut api);
        work_item::workflow(&mut api);
        plan::routes(&mut api);
        source_control::routes(&mut api);
        test_artefact::routes(&mut api);
        folder::routes(&mut api);
        artefact::routes(&mut api);
        item::routes(&mut api);
        question::routes(&mut api);
        documents::routes(&mut api);
        what_if::routes(&mut api);
        process::routes(&mut api);
        api
    });
    &API
}

/// The routes, with what is told of them to everybody.
pub(crate) fn routes() -> Routes<Arc<Server>> {
    api().routes().iter().fold(openapi::routes(), |routes, route| {
        routes.on(route.method.method(), &format!("{ROOT}{}", route.path), handler(route))
    })
}

fn handler(route: &'static Route) -> MethodRouter<Arc<Server>> {
    match &route.work {
        Work::Read(_) | Work::List(_) => read::handler(route),
        Work::Change(_) => carry_out::handler(route),
        Work::Own(handler) => handler(),
    }
}
