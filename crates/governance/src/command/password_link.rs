//! Letting people in: the first user, and links with which others set their passwords
//! (docs/process.md#changing-name-mail-and-password).

use super::Noun as _;
use super::account::administering;
use super::functional_user::Employer;
use super::noun::{created, found};
use crate::act::{Act, Acted, Refusal};
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::event::Event;
use crate::organisation::Organisation;
use crate::rules::violations;
use crate::text::Name;
use crate::user::{GroupSet, RepositoryGroup, User, UserId};

/// The user with whom a server begins, and who administers it.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstUser {
    /// The id to sign in with.
    pub id: Name,
    /// The name for people.
    pub name: Name,
    /// The mail address.
    pub mail: Option<Name>,
}

impl FirstUser {
    /// What makes the user, as long as nobody administers the server: others may be there, whom a registry
    /// has let in or a document has brought. Nobody needs to be allowed it.
    ///
    /// # Errors
    /// When somebody administers the server already, or the user breaks a rule.
    pub fn events(&self, organisation: &Organisation) -> Result<(UserId, Vec<Event>), Refusal> {
        if organisation.server_administrators().next().is_some() {
            let text = "somebody administers the server already: ask them for a link";
            return Err(Refusal::Precondition(text.to_owned()));
        }
        let groups = GroupSet::of(&[RepositoryGroup::JazzAdmins, RepositoryGroup::JazzUsers]);
        let user = User { mail: self.mail.clone(), groups, ..User::new(self.id.clone(), self.name.clone()) };
        let mut events = vec![created(organisation, user)];
        events.extend(Employer::Server.employ(&organisation.after(&events)));
        let broken = violations(&organisation.after(&events), &events);
        if !broken.is_empty() {
            return Err(Refusal::Rules(broken.into_iter().map(|it| it.rule).collect()));
        }
        Ok((User::next(organisation), events))
    }
}

/// Gives out a link with which a user sets a password. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuePasswordLink {
    /// Whose password.
    pub user: UserId,
}

impl Act for IssuePasswordLink {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let acted = for_who_signs_in(self.user, organisation, by, leases)?;
        let user = found::<User>(organisation, self.user)?;
        if let Some(registered) = &user.registered {
            let (id, registry) = (&user.id, &registered.registry);
            let text = format!("the registry `{registry}` keeps the password of `{id}`: change it there");
            return Err(Refusal::Precondition(text));
        }
        Ok(acted)
    }
}

/// Lets somebody try to sign in again who has failed too often. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseLockOut {
    /// Who; none: whoever comes from a network, or with an id that nobody has.
    pub user: Option<UserId>,
}

impl Act for ReleaseLockOut {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        match self.user {
            Some(user) => for_who_signs_in(user, organisation, by, leases),
            None => administering(RepositoryOperation::manage_users(), organisation, by, leases),
        }
    }
}

/// What whoever manages users does for somebody who signs in.
fn for_who_signs_in(
    user: UserId,
    organisation: &Organisation,
    by: UserId,
    leases: LicenceSet,
) -> Result<Acted, Refusal> {
    let acted = administering(RepositoryOperation::manage_users(), organisation, by, leases)?;
    let user = found::<User>(organisation, user)?;
    if organisation.user_who_signs_in(&user.id).is_none() {
        let text = format!("`{}` is archived or functional, and never signs in", user.id);
        return Err(Refusal::Precondition(text));
    }
    Ok(acted)
}

impl Organisation {
    /// The people who administer the server, and can sign in.
    pub fn server_administrators(&self) -> impl Iterator<Item = (UserId, &User)> {
        let members = self.index.jazz_admins().iter();
        members.filter_map(|id| {
            let user = self.user(*id).filter(|user| user.administers())?;
            Some((*id, user))
        })
    }
}
