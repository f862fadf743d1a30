//! Pages of people: users, what each of them may do, repository groups, and files of users.

mod access;
mod groups;
mod import;
mod lock_outs;
mod new_user;
mod sign_in;
mod user;
mod users;

use std::sync::Arc;

use crate::router::Server;
use crate::routes::Routes;

/// A form may name everybody of a page.
const LARGEST_FORM: usize = 64 << 10;

/// Where a file of users is imported.
pub(super) const IMPORT: &str = "/user-import";

pub(super) fn routes() -> Routes<Arc<Server>> {
    let forms = Routes::new()
        .get("/users", users::list)
        .post("/users", users::edit)
        .get("/new-user", new_user::show)
        .post("/new-user", new_user::make)
        .get(IMPORT, import::show)
        .get("/users/{user}", user::show)
        .post("/users/{user}", user::change)
        .post("/users/{user}/archive", user::archive)
        .post("/users/{user}/erase", user::erase)
        .get("/users/{user}/access", access::show)
        .get("/users/{user}/sign-in", sign_in::show)
        .post("/users/{user}/sign-in", sign_in::change)
        .get("/lock-outs", lock_outs::show)
        .post("/lock-outs", lock_outs::release)
        .get("/groups", groups::show)
        .with_bodies_up_to(LARGEST_FORM);
    // A file may be as large as an import.
    forms.merge(Routes::new().post(IMPORT, import::take))
}
