//! Users (docs/process.md#users).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::{changed, found};
use super::{Created, Edited, Needs, Step};
use crate::act::Refusal;
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::registry::Registered;
use crate::text::Name;
use crate::user::{GroupSet, User, UserId};

/// A key of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum UserKey {
    Name(Name),
    Mail(Option<Name>),
    Groups(GroupSet),
    Licences(LicenceSet),
    Registered(Option<Registered>),
    Carried(Name, Option<Value>),
}

impl Created for User {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_users());
        if self.licences != LicenceSet::NONE {
            needs.repository(RepositoryOperation::manage_licences());
        }
    }
}

impl Edited for User {
    type Key = UserKey;
    fn item(_id: UserId) -> Option<Item> {
        None
    }
    fn change_needs(&self, id: UserId, key: &UserKey, needs: &mut Needs<'_>) {
        match key {
            // One's own: docs/process.md#changing-name-mail-and-password.
            // What a registry says of somebody is not theirs to say here.
            // Nor is it a functional user's: who acts as one is another server.
            UserKey::Name(_) | UserKey::Mail(_)
                if needs.by == id && self.registered.is_none() && !self.functional => {}
            UserKey::Name(_)
            | UserKey::Mail(_)
            | UserKey::Groups(_)
            | UserKey::Registered(_)
            | UserKey::Carried(..) => {
                needs.repository(RepositoryOperation::manage_users());
            }
            UserKey::Licences(_) => needs.repository(RepositoryOperation::manage_licences()),
        }
    }
    fn put(&mut self, _organisation: &Organisation, key: &UserKey) -> Result<(), Refusal> {
        match key {
            UserKey::Name(name) => {
                self.name = name.clone();
                self.erased = false;
            }
            UserKey::Mail(mail) => {
                self.mail.clone_from(mail);
                self.erased = false;
            }
            UserKey::Groups(groups) => self.groups = *groups,
            UserKey::Licences(licences) if self.archived && *licences != self.licences => {
                let text = format!("`{}` is archived and holds no licence: restore the user first", self.id);
                return Err(Refusal::Precondition(text));
            }
            UserKey::Licences(licences) => self.licences = *licences,
            UserKey::Registered(registered) => self.registered.clone_from(registered),
            UserKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
        Ok(())
    }
}

/// Erases the name and mail of an archived user, now and in the past; the id stays
/// (docs/process.md#erasing-personal-data).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EraseUser {
    /// Whose.
    pub user: UserId,
}

impl Step for EraseUser {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_users());
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let user = found::<User>(organisation, self.user)?;
        if !user.archived {
            let text = format!("`{}` is active: archive the user first", user.id);
            return Err(Refusal::Precondition(text));
        }
        let event = changed(organisation, self.user, |user: &mut User| {
            user.name = user.id.clone();
            user.mail = None;
            user.erased = true;
            Ok(())
        })?;
        Ok(vec![event])
    }
}
