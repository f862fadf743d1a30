//! Pages of licences: how many there are, who has them, how they are used, and which nobody uses.

mod at_home;
mod overview;
mod pool;
mod unused;

use std::sync::Arc;

use governance::LicenceType;

pub(super) use at_home::{LicenceUse, at_home};

use crate::router::Server;
use crate::routes::Routes;

/// The operations that a licence unlocks, for people.
pub(super) fn unlocked(licence: LicenceType) -> String {
    match licence.unlocks() {
        [] => "reading".to_owned(),
        ["*"] => "everything".to_owned(),
        patterns => patterns.join(", "),
    }
}

const LARGEST_FORM: usize = 64 << 10;

pub(super) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/licences", overview::show)
        .get("/licences/unused", unused::show)
        .post("/licences/unused", unused::take)
        .get("/licences/{license}", pool::show)
        .post("/licences/{license}", pool::change)
        .post("/licences/{license}/leases", pool::end_lease)
        .post("/licences/{license}/assigned", pool::assign)
        .with_bodies_up_to(LARGEST_FORM)
}
