//! A person of a registry becomes a user.

use std::sync::Arc;

use governance::{GroupSet, NotTaken, Person, RepositoryGroup, UserId};
use store::Entry;
use thiserror::Error;

use crate::chance::now;
use crate::client_address::ClientAddress;
use crate::office::ChangeError;
use crate::router::Server;

/// Which groups of a registry stand for which repository groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupMapping(Vec<MappedGroup>);

/// A group of a registry that stands for a repository group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedGroup {
    /// As it was written.
    pub name: String,
    /// The form in which it is compared.
    pub compared: String,
    stands_for: RepositoryGroup,
}

impl GroupMapping {
    /// Each group of the registry with what it stands for, and the form in which they are compared.
    pub fn new(
        pairs: impl IntoIterator<Item = (String, RepositoryGroup)>,
        compared: impl Fn(&str) -> String,
    ) -> Self {
        let mapped =
            |(name, stands_for): (String, _)| MappedGroup { compared: compared(&name), name, stands_for };
        Self(pairs.into_iter().map(mapped).collect())
    }

    /// The groups of the registry that stand for any.
    pub fn groups(&self) -> impl Iterator<Item = &MappedGroup> {
        self.0.iter()
    }

    /// Whether the registry is not asked about groups.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The repository groups of somebody who is in these groups of the registry; `None` where the registry is
    /// not asked about them.
    pub(crate) fn of(&self, is_in: impl Fn(&str) -> bool) -> Option<GroupSet> {
        if self.is_empty() {
            return None;
        }
        Some(self.groups().filter(|group| is_in(&group.compared)).map(|group| group.stands_for).collect())
    }
}

/// Why somebody whom a registry knows does not get in.
#[derive(Debug, Error)]
pub(crate) enum NotLetIn {
    /// In none of the groups of the registry that stand for one here, archived, or functional.
    #[error("the registry's groups, or this server's administrators, keep them out")]
    KeptOut,
    /// There is no user for them.
    #[error(transparent)]
    NotTaken(NotTaken),
    /// The user was not kept.
    #[error(transparent)]
    Change(ChangeError<NotTaken>),
}

/// The user of a person who has shown a registry that they are it: made, or made equal to what the registry
/// says, where that is not so already.
pub(crate) async fn let_in(
    server: &Arc<Server>,
    person: Person,
    client: ClientAddress,
) -> Result<UserId, NotLetIn> {
    let newest = server.office.published();
    let (user, event) = person.taken(&newest.organisation).map_err(NotLetIn::NotTaken)?;
    let keeps_out = person.groups == Some(GroupSet::default());
    // Whoever was kept out until now comes back by this.
    let known = newest.organisation.user(user);
    if keeps_out || known.is_some_and(|known| known.archived || known.functional) {
        return Err(NotLetIn::KeptOut);
    }
    if event.is_none() {
        return Ok(user);
    }
    let entry = Entry {
        at: now(),
        by: person.id.to_string(),
        via: Some(format!("registry {}", person.registry)),
        address: Some(client.to_string()),
        basis: "registry".to_owned(),
        summary: "Take over what the registry says of whoever signs in".to_owned(),
        impact: None,
    };
    let made = server
        .office
        .make(entry, move |organisation| person.events(organisation).map_err(ChangeError::Composed));
    match made.await {
        Ok((user, _)) => Ok(user),
        Err(ChangeError::Composed(not_taken)) => Err(NotLetIn::NotTaken(not_taken)),
        Err(error) => Err(NotLetIn::Change(error)),
    }
}
