//! Pages of project areas and team areas, with their process.

mod access;
pub(super) mod area;
mod associations;
mod cells;
mod difference;
mod history;
mod invitations;
mod item_form;
pub(super) mod item_kind;
mod items;
mod linking;
mod matrix;
mod matrix_table;
mod members;
mod moving;
mod overview;
mod permissions;
mod picture;
mod preconditions;
mod project_areas;
mod roles;
mod sharing;
mod slot;
mod team_areas;
mod templates;
mod timeline_form;
mod timeline_use;
mod timelines;
mod types;
mod used;
mod used_process;

use std::sync::Arc;

use governance::ProcessArea;
use serde_json::Value;

use crate::router::Server;
use crate::routes::Routes;

pub(super) use types::{LISTS as TYPE_LISTS, declared};
pub(super) use used::used_elsewhere;

/// Below the address of an area of either kind.
macro_rules! of_area {
    ($routes:expr, $at:literal) => {
        $routes
            .get($at, overview::show)
            .post($at, overview::change)
            .post(concat!($at, "/archive"), overview::archive)
            .get(concat!($at, "/members"), members::show)
            .post(concat!($at, "/members"), members::change)
            .post(concat!($at, "/administrators"), members::administrators)
            .get(concat!($at, "/invitations"), invitations::show)
            .post(concat!($at, "/invitations"), invitations::change)
            .get(concat!($at, "/roles"), roles::show)
            .post(concat!($at, "/roles"), roles::change)
            .get(concat!($at, "/permissions"), permissions::show)
            .post(concat!($at, "/permissions"), permissions::change)
            .get(concat!($at, "/preconditions"), preconditions::show)
            .post(concat!($at, "/preconditions"), preconditions::change)
            .get(concat!($at, "/permissions/export"), matrix_table::export)
            .get(concat!($at, "/team-areas"), team_areas::show)
            .post(concat!($at, "/team-areas"), team_areas::create)
            .get(concat!($at, "/history"), history::show)
    };
}

pub(super) fn routes() -> Routes<Arc<Server>> {
    let routes = Routes::new()
        .get("/project-areas", project_areas::list)
        .get("/project-areas/new", project_areas::new)
        .post("/project-areas/new", project_areas::create)
        .get("/process-templates", templates::list)
        .post("/process-templates", templates::keep)
        .post("/process-template-import", templates::import)
        .get("/process-templates/{template}", templates::show)
        .post("/process-templates/{template}", templates::change);
    let routes = of_area!(routes, "/project-areas/{project_area}")
        .post("/project-areas/{project_area}/denial-texts", permissions::deny)
        .get("/project-areas/{project_area}/timelines", timelines::show)
        .post("/project-areas/{project_area}/timelines", timelines::change)
        .get("/project-areas/{project_area}/types", types::show)
        .post("/project-areas/{project_area}/types", types::change)
        .post("/project-areas/{project_area}/associations", associations::change)
        .get("/project-areas/{project_area}/items", items::show)
        .post("/project-areas/{project_area}/items", items::change)
        .get("/project-areas/{project_area}/access", access::show)
        .post("/project-areas/{project_area}/access", access::change)
        .get("/project-areas/{project_area}/sharing", sharing::show)
        .post("/project-areas/{project_area}/sharing", sharing::change)
        .post("/project-areas/{project_area}/copy-process", sharing::copy);
    of_area!(routes, "/team-areas/{team_area}").post("/team-areas/{team_area}/move", moving::change)
}

/// A text that an area carries; empty where it has none.
fn carried(area: &ProcessArea, key: &str) -> String {
    area.carried.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
