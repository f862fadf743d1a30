//! How the processes of other servers that are used here are followed, friend by friend
//! (docs/cross-server.md#copies-of-a-provider).

use std::collections::HashMap;

use governance::{Elsewhere, Frozen, Organisation};
use store::{Friend, ProcessAsked, Store, StoreError, Trouble};

use super::consumers::seconds_since;
use crate::friends::same_server;

/// A server that this one asks, and what is used here of its processes.
#[derive(Clone, Debug)]
pub struct FriendProcesses {
    /// None: servers that are no friends, or not any more.
    pub friend: Option<Friend>,
    /// By application and name.
    pub processes: Vec<Followed>,
}

/// How a process of another server is followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Which one.
    pub of: Elsewhere,
    /// The version that is here; none before it was fetched.
    pub version: Option<String>,
    /// Why it is not told any more, if so.
    pub frozen: Option<Frozen>,
    /// How many seconds ago its server has told which version there is.
    pub age: Option<i64>,
    /// How many versions that has told of since then that could not be taken over.
    pub versions_behind: u64,
    /// What is in the way, if anything is.
    pub trouble: Option<Trouble>,
    /// What was in the way last.
    pub last_failure: Option<Trouble>,
}

/// How each process is followed that is used here, by whichever node; every friend is there, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn followed(
    organisation: &Organisation,
    store: &Store,
) -> Result<Vec<FriendProcesses>, StoreError> {
    let friends = store.friends().await?;
    let asked = store.processes_asked().await?;
    let mut asked: HashMap<Elsewhere, ProcessAsked> =
        asked.into_iter().map(|it| (it.of.clone(), it)).collect();
    let used = organisation.used_elsewhere().into_keys();
    let mut used: Vec<Followed> = used.map(|of| one(organisation, asked.remove(&of), of)).collect();
    let mut told = Vec::with_capacity(friends.len() + 1);
    for friend in friends {
        let is_theirs = |it: &Followed| same_server(&friend.root_services, &it.of.server);
        let (theirs, others) = used.into_iter().partition(is_theirs);
        used = others;
        told.push(FriendProcesses { friend: Some(friend), processes: theirs });
    }
    if !used.is_empty() {
        told.push(FriendProcesses { friend: None, processes: used });
    }
    Ok(told)
}

fn one(organisation: &Organisation, asked: Option<ProcessAsked>, of: Elsewhere) -> Followed {
    let copy = organisation.copy_of(&of).map(|(_, copy)| copy);
    Followed {
        version: copy.map(|copy| copy.version.to_string()),
        frozen: copy.and_then(|copy| copy.frozen),
        age: asked.as_ref().and_then(|it| it.told).map(seconds_since),
        versions_behind: asked.as_ref().map_or(0, |it| it.missed),
        trouble: asked.as_ref().and_then(|it| it.trouble.clone()),
        last_failure: asked.and_then(|it| it.failure),
        of,
    }
}

impl Followed {
    /// `ccm/Standard Process of https://elm.example.org`
    pub fn name(&self) -> String {
        name(&self.of)
    }
}

/// A process of another server, for people.
pub(crate) fn name(of: &Elsewhere) -> String {
    format!("{}/{} of {}", of.application.id(), of.project_area, of.server)
}
