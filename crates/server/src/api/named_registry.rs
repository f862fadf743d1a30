//! Registries that changes of users name: a slip of the pen would leave somebody without any way in
//! (docs/process.md#registries).

use serde_json::Value;

use super::body::bad_value;
use super::carry_out::{USERS, Wanted};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::router::Server;

/// Whether this server knows every registry that changes give to users, or they are of it already. A document
/// may name one before it is configured.
pub(super) fn is_known(server: &Server, caller: &Caller, changes: &[Wanted]) -> Result<(), Problem> {
    let of_users = |path: &str| path == USERS || path == "/users/{user}";
    for wanted in changes.iter().filter(|wanted| of_users(wanted.route.path)) {
        let body = serde_json::from_slice::<Value>(&wanted.body).unwrap_or_default();
        let Some(named) = body["registry"].as_str() else { continue };
        let user = wanted.asked.pairs.iter().find(|(name, _)| name == "user");
        let user = user.and_then(|(_, id)| caller.view.user(caller.view.user_by_id(id)?));
        let now = user.and_then(|user| user.registered.as_ref());
        if !server.knows_registry(named) && now.is_none_or(|it| *it.registry != *named) {
            let said = format!(
                "the configuration names no registry `{named}`: say one that it does, or null for the built-in one"
            );
            return Err(bad_value("/registry", said));
        }
    }
    Ok(())
}
