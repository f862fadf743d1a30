//! Pages of the server itself: access groups, registries of people, settings.

mod access_groups;
mod documents;
mod registries;
mod settings;

use std::sync::Arc;

use crate::router::Server;
use crate::routes::Routes;

const LARGEST_FORM: usize = 256 << 10;

/// Where documents are imported.
pub(super) const IMPORT: &str = "/documents";

pub(super) fn routes() -> Routes<Arc<Server>> {
    let forms = Routes::new()
        .get("/access-groups", access_groups::list)
        .get("/access-groups/new", access_groups::new)
        .post("/access-groups/new", access_groups::make)
        .get("/access-groups/{access_group}", access_groups::show)
        .post("/access-groups/{access_group}", access_groups::change)
        .get("/registries", registries::show)
        .post("/registries/sync", registries::sync)
        .post("/registries/bindings", registries::bind)
        .get("/settings", settings::show)
        .post("/settings", settings::change)
        .get(IMPORT, documents::show)
        .with_bodies_up_to(LARGEST_FORM);
    // A document may be as large as an import.
    forms.merge(Routes::new().post(IMPORT, documents::take))
}
