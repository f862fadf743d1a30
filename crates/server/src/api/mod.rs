//! The REST API (docs/rest-api.md): every noun of the organisation document, and every command.
//!
//! A module for each noun registers its routes in one table ([`Api`]); from the table come what is served,
//! the OpenAPI document, bulk requests and what-if. A route that changes something only says which
//! [`governance::Command`] it means; [`carry_out`] does the rest for all of them.

mod access_group;
mod access_request;
pub(crate) mod access_token;
pub(crate) mod account;
pub(crate) mod acting_consumer;
mod approval;
mod area;
mod artefact;
mod audience;
mod baseline_run;
mod body;
mod bulk;
mod carry_out;
mod category;
pub(crate) mod chain;
mod changes;
mod component;
mod configuration;
mod consumer;
mod contribution;
mod csv;
mod csv_import;
mod cursor;
mod document_import;
mod documents;
mod edit_attributes;
mod edited_attributes;
mod etag;
mod events;
mod folder;
mod friend;
mod health;
mod hierarchy;
mod idempotency;
mod invitation;
mod item;
pub(crate) mod journal;
mod journal_lines;
mod kept;
mod keys;
mod licence;
pub(crate) mod licence_use;
mod lines;
pub(crate) mod lock_out;
pub(crate) mod log;
mod named_registry;
mod nested;
mod openapi;
mod operation;
mod owner;
mod picked;
mod plan;
mod posted;
mod process;
mod process_sharing;
mod question;
mod read;
mod refusals;
mod refused;
pub(crate) mod registry;
mod request;
mod resolve;
mod rest;
mod route;
mod search;
pub(crate) mod session;
mod settings;
mod shared_query;
mod source_control;
mod table;
mod tag;
mod test_artefact;
mod types;
mod user;
pub(crate) mod users_csv;
mod what_if;
pub(crate) mod word;
mod work_item;

use std::sync::{Arc, LazyLock};

use axum::routing::MethodRouter;

pub(crate) use access_request::decided as decide_access_request;
pub(crate) use account::do_besides;
pub(crate) use baseline_run::{begin_run, planned, resume_run, run_told};
pub(crate) use body::bad_value;
pub(crate) use csv::csv_lines;
pub(crate) use document_import::{ImportPlanned, document_told, may_exchange};
pub(crate) use edit_attributes::AttributeEdit;
pub(crate) use journal::{WhatChanged, first_changes, histories, instant, minute, what_changed};
pub(crate) use keys::allowed;
pub use openapi::openapi;
pub(crate) use posted::{Done, MOST as MOST_TOGETHER, Posted, read as representation};
pub(crate) use process_sharing::ProcessUse;
pub(crate) use refused::explanation;
pub(crate) use resolve::any_area;
pub(crate) use rest::Rest;
pub(crate) use route::Verb;
pub(crate) use search::{Searched, searched};
pub(crate) use shared_query::SharedQuery;

use crate::router::Server;
use crate::routes::Routes;
use route::{Api, Route, Work};

/// Where the API begins.
pub(crate) const ROOT: &str = "/api/v1";

/// Nouns and questions, what is said of each, and its routes.
type Nouns = [(&'static str, &'static str, fn(&mut Api))];

const NOUNS: &Nouns = &[
    ("users", "People and functional users, their repository groups and licences.", user::routes),
    ("users as tables", "People as CSV, as ELM's tools write and read them.", users_csv::routes),
    ("lock-outs", "Who has failed too often to sign in.", lock_out::routes),
    ("access tokens", "What programs have in place of a password.", access_token::routes),
    ("sessions", "Where people are signed in.", session::routes),
    (
        "consumers that act for people",
        "What has a person's approval to act for them.",
        acting_consumer::routes,
    ),
    ("passwords", "One's own password, and links to set one.", account::routes),
    ("registry", "The registry elsewhere that tells who people are.", registry::routes),
    ("settings", "What holds for the whole server.", settings::routes),
    ("licences", "Types of client access licence, and pools of floating ones.", licence::routes),
    (
        "use of licences",
        "What is assigned, leased and free; leases; use over time; what nobody uses.",
        licence_use::routes,
    ),
    ("access groups", "Users and members of areas, for restrictions on reading.", access_group::routes),
    ("invitations", "Invitations to project areas and team areas.", invitation::routes),
    (
        "access requests",
        "What those who were refused ask for, of those who may grant it.",
        access_request::routes,
    ),
    ("friends", "Servers that this one asks, and handshakes with them.", friend::routes),
    ("consumers", "Those that ask this server, and their keys.", consumer::routes),
    ("health", "How this server is doing, for those who manage it.", health::routes),
    ("process sharing", "Processes that servers share with one another.", process_sharing::routes),
    ("operations", "The catalogue: what roles and repository groups can be allowed.", operation::routes),
    ("components", "Components of global configuration management.", component::routes),
    ("configurations", "Global streams, baselines, staging and personal streams.", configuration::routes),
    ("contributions", "What configurations contain.", contribution::routes),
    ("hierarchies", "What configurations contain at any depth, and what contains them.", hierarchy::routes),
    ("search", "Searches of components and configurations.", search::routes),
    ("edit attributes", "Changes of the attributes of many items at once.", edit_attributes::routes),
    ("approvals", "Who has approved a stream or staging stream as it is.", approval::routes),
    ("baselines of hierarchies", "Plans and runs that baseline whole hierarchies.", baseline_run::routes),
    ("tables", "Components, configurations and contributions as CSV.", csv::routes),
    ("tags", "The tags of a project area.", tag::routes),
    ("types", "Types of attributes and links of a project area.", types::routes),
    ("shared queries", "Searches kept for everybody.", shared_query::routes),
    ("categories", "What work items are filed against.", category::routes),
    ("work items", "Work items and the steps of their workflow.", work_item::all_routes),
    ("plans", "Plans of teams, people and project areas.", plan::routes),
    ("source control", "Streams and components of source control.", source_control::routes),
    (
        "test artefacts",
        "Test plans, cases, scripts, suites, records, results and lab resources.",
        test_artefact::routes,
    ),
    ("folders", "Folders of requirements.", folder::routes),
    ("artefacts", "Requirements artefacts.", artefact::routes),
    ("items", "Items by reference, number and address.", item::routes),
    ("questions", "Who may what, why and why not, who can, and what can.", question::routes),
    ("documents", "Export, comparison, plan and import of whole organisations.", documents::routes),
    ("what if", "Changes that are only thought of.", what_if::routes),
    ("several requests", "Many requests in one, alone or as one change.", bulk::routes),
    ("journal", "Who changed what, when and by what right; histories.", journal::routes),
    ("chain", "Whether the journal is as it was written.", chain::routes),
    ("refusals", "What was refused, and who could not sign in.", refusals::routes),
    ("changes", "Revisions as they are made.", changes::routes),
];

/// Every route.
pub(crate) fn api() -> &'static Api {
    static API: LazyLock<Api> = LazyLock::new(|| {
        let mut api = Api::default();
        for (noun, said, routes) in NOUNS.iter().chain(process::NOUNS) {
            api.begin(noun, said);
            routes(&mut api);
        }
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
