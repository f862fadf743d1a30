//! Approvals of streams and staging streams (docs/process.md#approvals).

use governance::text::Name;
use governance::{Approve, Command, Instant, View, WithdrawApproval};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Nothing;
use super::configuration::ConfigurationPath;
use super::journal::instant;
use super::resolve::found;
use super::route::{Api, Verb};
use crate::chance::now;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const AT: &str = "/configurations/{configuration}/approvals";
    api.read(AT, "List who has approved a configuration as it is.", list);
    api.mark(Verb::Post, AT, "Approve a configuration as it is.", approve);
    api.mark(Verb::Delete, AT, "Withdraw my approval of a configuration.", withdraw);
}

/// The approvals of a configuration, by the ids of users.
#[derive(Serialize, JsonSchema)]
struct Approvals {
    items: Vec<Approval>,
}

/// That somebody has approved a configuration as it is.
#[derive(Serialize, JsonSchema)]
struct Approval {
    /// The id of a user.
    user: String,
    /// The revision of the organisation that was approved.
    revision: u64,
    /// An instant (RFC 3339).
    at: String,
}

fn list(view: &View, path: ConfigurationPath) -> Result<Approvals, Problem> {
    let id = path.find(view)?;
    found(view.see(id))?;
    let approval = |(user, it): (governance::UserId, &governance::Approval)| Approval {
        user: view.id_of(user).to_string(),
        revision: it.revision,
        at: it.at.to_string(),
    };
    let mut items: Vec<_> = view.approvals(id).map(approval).collect();
    items.sort_by(|one, other| one.user.cmp(&other.user));
    Ok(Approvals { items })
}

fn approve(view: &View, path: ConfigurationPath, _: Nothing) -> Result<Command, Problem> {
    let at = Instant::try_from(Name::from(instant(now()))).map_err(|_| Problem::internal())?;
    Ok(Approve { configuration: path.find(view)?, revision: view.revision(), at }.into())
}

fn withdraw(view: &View, path: ConfigurationPath, _: Nothing) -> Result<Command, Problem> {
    Ok(WithdrawApproval { configuration: path.find(view)? }.into())
}
