//! A person of a registry, and the user that stands for them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Registered;
use crate::act::Refusal;
use crate::command::{Needs, Noun as _, Step};
use crate::event::{Change, Event};
use crate::organisation::Organisation;
use crate::rules::{LONGEST_ID, Rule, bad_name, violations};
use crate::text::Name;
use crate::user::{GroupSet, User, UserId};

/// A person as a registry tells of them.
///
/// As a command it makes the user who stands for the person, or makes the user equal. It needs no permission
/// of its own: only the server gives it, upon what the registry says, together with what its author needs
/// permission for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The registry.
    pub registry: Name,
    /// The id to sign in with.
    pub id: Name,
    /// The name for people.
    pub name: Name,
    /// The mail address.
    pub mail: Option<Name>,
    /// The repository groups; `None` where the registry is not asked about them: whoever is new gets
    /// JazzUsers, and then administrators say.
    pub groups: Option<GroupSet>,
}

/// Why no user stands for a person of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotTaken {
    /// The registry tells of somebody who can be no user here.
    #[error(transparent)]
    Flawed(Rule),
    /// Whoever is called so is not of this registry. Who knows a password there must not become who they are
    /// here.
    #[error(
        "the user `{id}` is of {}: give one of the two another id, or say that the user is of the registry \
         `{registry}`", of.as_ref().map_or("the built-in registry".to_owned(), |of| format!("the registry `{of}`"))
    )]
    Elsewhere {
        /// The user's id.
        id: Name,
        /// The registry that is asked.
        registry: Name,
        /// The one that the user is of, unless it is the built-in one.
        of: Option<Name>,
    },
}

impl From<NotTaken> for Refusal {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Flawed(rule) => Self::Rules(vec![rule]),
            NotTaken::Elsewhere { .. } => Self::Precondition(not_taken.to_string()),
        }
    }
}

impl Person {
    /// The person, if nothing is wrong with what is told of them by itself.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn checked(self) -> Result<Self, Rule> {
        let kind = "user id";
        if self.id.chars().count() > LONGEST_ID {
            return Err(Rule::NameTooLong { kind, longest: LONGEST_ID });
        }
        let mail = self.mail.iter().map(|mail| ("mail address", mail));
        let broken = [(kind, &self.id), ("user", &self.name)]
            .into_iter()
            .chain(mail)
            .find_map(|(k, it)| bad_name(k, it));
        broken.map_or(Ok(self), Err)
    }

    /// The user of this person, and what makes the user equal to what the registry says: nothing where that
    /// is so, or the user is archived. Rules are not checked.
    ///
    /// # Errors
    /// When somebody else is called so.
    pub fn taken(&self, organisation: &Organisation) -> Result<(UserId, Option<Event>), NotTaken> {
        let Some(id) = organisation.user_by_id(&self.id) else {
            let change = Change { key: User::next(organisation), before: None, after: Some(self.as_new()) };
            return Ok((change.key, Some(Event::User(change))));
        };
        let known = organisation.facts.users.get(id);
        let event = known.map(|known| self.renewed(id, known)).transpose()?.flatten();
        Ok((id, event))
    }

    /// Whom the registry puts into none of its groups for us is not for us.
    pub(super) fn is_for_others(&self) -> bool {
        self.groups == Some(GroupSet::default())
    }

    /// The user that somebody new becomes.
    pub(crate) fn as_new(&self) -> Arc<User> {
        let new = User::new(self.id.clone(), self.name.clone());
        Arc::new(User {
            mail: self.mail.clone(),
            groups: self.groups.unwrap_or(new.groups),
            registered: Some(Registered { registry: self.registry.clone(), vanished: false }),
            ..new
        })
    }

    /// What makes a user equal who stands for the person already.
    pub(crate) fn renewed(&self, key: UserId, known: &Arc<User>) -> Result<Option<Event>, NotTaken> {
        let of = known.registered.as_ref().map(|it| &it.registry);
        if of != Some(&self.registry) {
            let (id, registry) = (known.id.clone(), self.registry.clone());
            return Err(NotTaken::Elsewhere { id, registry, of: of.cloned() });
        }
        let groups = self.groups.unwrap_or(known.groups);
        let vanished = known.registered.as_ref().is_some_and(|it| it.vanished);
        let equal = known.name == self.name && known.mail == self.mail && known.groups == groups && !vanished;
        if equal || known.archived {
            return Ok(None);
        }
        let mut after = User::clone(known);
        after.name.clone_from(&self.name);
        after.mail.clone_from(&self.mail);
        after.groups = groups;
        after.registered = Some(Registered { registry: self.registry.clone(), vanished: false });
        let change = Change { key, before: Some(Arc::clone(known)), after: Some(Arc::new(after)) };
        Ok(Some(Event::User(change)))
    }

    /// The user of this person, and what makes them so, by the rules. Nobody needs to be allowed it.
    ///
    /// # Errors
    /// When somebody else is called so, or a rule would be broken.
    pub fn events(&self, organisation: &Organisation) -> Result<(UserId, Vec<Event>), NotTaken> {
        let (user, event) = self.taken(organisation)?;
        let events: Vec<_> = event.into_iter().collect();
        let broken = violations(&organisation.after(&events), &events).into_iter().next();
        match broken.map(|it| it.rule) {
            // Somebody must go on administering the server, whatever the registry says of groups.
            Some(Rule::LastAdministrator) if self.groups.is_some() => {
                Self { groups: None, ..self.clone() }.events(organisation)
            }
            Some(rule) => Err(NotTaken::Flawed(rule)),
            None => Ok((user, events)),
        }
    }
}

impl Step for Person {
    fn needs(&self, _needs: &mut Needs<'_>) {}
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(Self::events(self, organisation)?.1)
    }
}
