//! Changing one's own password: the old one is asked, and everything else that was begun with it ends.

use std::sync::Arc;
use std::time::Duration;

use crate::caller::Caller;
use crate::new_password::{self, Weak};
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::sign_in::{Entered, NoEntry, by_password};
use crate::throttle::Marks;

/// Why a password was not changed.
#[derive(Debug)]
pub(crate) enum NotChanged {
    /// The new one cannot be one.
    Weak(Weak),
    /// The old one is not this.
    OldIsWrong,
    /// Too many have failed.
    Wait(Duration),
    /// Something else.
    Problem(Problem),
}

impl From<NotChanged> for Problem {
    fn from(not_changed: NotChanged) -> Self {
        match not_changed {
            NotChanged::Weak(weak) => Self::new(Kind::BadValue, weak.to_string()).with("pointer", "/new"),
            NotChanged::OldIsWrong => {
                Self::new(Kind::Refused, "the old password is not this one").with("pointer", "/old")
            }
            NotChanged::Wait(wait) => NoEntry::Wait(wait).into(),
            NotChanged::Problem(problem) => problem,
        }
    }
}

/// Changes the caller's password, which ends all their sessions; the new one may have to be typed twice.
pub(crate) async fn change(
    server: &Arc<Server>,
    caller: &Caller,
    place: Place,
    marks: Marks,
    old: &str,
    (new, again): (&str, Option<&str>),
) -> Result<Entered, NotChanged> {
    caller.is_in_person(server).await.map_err(NotChanged::Problem)?;
    if let Some(registered) = &caller.view.asker().registered {
        let said = format!("the registry `{}` keeps your password; change it there", registered.registry);
        return Err(NotChanged::Problem(Problem::new(Kind::Conflict, said)));
    }
    let id = caller.view.asker().id.to_string();
    let shortest = server.config.sign_in.shortest_password;
    new_password::check_twice(new, again.unwrap_or(new), &id, shortest).map_err(NotChanged::Weak)?;
    let entered = by_password(server, "change the password", place, marks, id, old.to_owned()).await;
    let entered = entered.map_err(|no_entry| match no_entry {
        NoEntry::Wrong => NotChanged::OldIsWrong,
        NoEntry::Wait(wait) => NotChanged::Wait(wait),
        other => NotChanged::Problem(other.into()),
    })?;
    let proof = server.renew_password(entered.user, new.to_owned()).await.map_err(NotChanged::Problem)?;
    Ok(Entered { proof, ..entered })
}
