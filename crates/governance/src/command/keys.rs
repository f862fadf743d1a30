//! What those who administer the server do with friends and consumers
//! (docs/cross-server.md#friends-and-consumers).

use super::account::administering;
use super::noun::found;
use crate::act::{Act, Acted, Refusal};
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::organisation::Organisation;
use crate::user::{User, UserId};

/// Adds, changes or removes a friend. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ManageFriends;

/// Adds, approves, rejects, changes or deletes a consumer. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ManageConsumers {
    /// As whom it shall act, if that is to be somebody else than before.
    pub functional_user: Option<UserId>,
}

impl Act for ManageFriends {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        administering(RepositoryOperation::manage_friends(), organisation, by, leases)
    }
}

impl Act for ManageConsumers {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let acted = administering(RepositoryOperation::manage_consumers(), organisation, by, leases)?;
        if let Some(user) = self.functional_user {
            let user = found::<User>(organisation, user)?;
            let wrong = match (user.functional, user.archived) {
                (false, _) => "is a person: a key acts as a functional user, such as `ccm_user`",
                (true, true) => "is archived: choose another functional user, or bring it back first",
                (true, false) => return Ok(acted),
            };
            return Err(Refusal::Precondition(format!("`{}` {wrong}", user.id)));
        }
        Ok(acted)
    }
}
