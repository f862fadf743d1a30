//! Pages of global configurations: components, configurations and what they contain
//! (docs/global-configurations.md).

mod attributes;
mod baseline;
mod compare;
mod component;
mod configuration;
mod contribution;
mod described;
mod edit_attributes;
mod history;
mod lists;
mod new_configuration;
mod picture;
mod tables;
pub(super) mod team_area;
mod tree;
mod tree_rows;
mod types;
mod vocabulary;
mod where_used;

pub(super) use lists::query_address;

use std::sync::Arc;

use super::failure::Failure;
use super::saving::review_page;
use super::visitor::Visitor;
use super::words::count;
use crate::negotiate::Form;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;

pub(super) fn routes() -> Routes<Arc<Server>> {
    const CONFIGURATION: &str = "/configurations/{configuration}";
    Routes::new()
        .get("/components", lists::components)
        .get("/configurations", lists::configurations)
        .post("/edit-attributes", edit_attributes::edit)
        .get("/components/new", component::new)
        .post("/components/new", component::create)
        .get("/components/{component}", component::show)
        .post("/components/{component}", component::change)
        .post("/components/{component}/archive", component::archive)
        .get(CONFIGURATION, attributes::show)
        .post(CONFIGURATION, attributes::change)
        .post("/configurations/{configuration}/act", attributes::act)
        .get("/configurations/{configuration}/new", new_configuration::show)
        .post("/configurations/{configuration}/new", new_configuration::create)
        .get("/configurations/{configuration}/hierarchy", tree::show)
        .post("/configurations/{configuration}/hierarchy", contribution::change)
        .get("/configurations/{configuration}/picture", picture::show)
        .get("/configurations/{configuration}/where-used", where_used::show)
        .get("/configurations/{configuration}/compare", compare::show)
        .get("/configurations/{configuration}/baselines", baseline::show)
        .post("/configurations/{configuration}/baselines", baseline::begin)
        .get("/configurations/{configuration}/history", history::show)
        .get("/project-areas/{project_area}/vocabulary", vocabulary::show)
        .post("/project-areas/{project_area}/vocabulary", vocabulary::change)
        .get(IMPORT, tables::show)
        .get("/baseline-runs/{run}", baseline::run)
        .post("/baseline-runs/{run}", baseline::resume)
}

/// Where tables are imported.
pub(super) const IMPORT: &str = "/project-areas/{project_area}/tables";

/// What takes files that may be as large as an import.
pub(super) fn imports() -> Routes<Arc<Server>> {
    Routes::new().post(IMPORT, tables::import)
}

/// What is told beside a form of those who look at it; a program that sends one gets the problem itself.
fn beside_the_form(visitor: &Visitor, problem: Problem) -> Result<Failure, Problem> {
    if visitor.form == Form::Json { Err(problem) } else { Failure::of(problem) }
}
