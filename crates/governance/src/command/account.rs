//! What those who manage users do with the sessions and tokens of others
//! (docs/process.md#changing-name-mail-and-password).

use super::Needs;
use super::noun::found;
use crate::act::{Act, Acted, Refusal, allowed};
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::organisation::Organisation;
use crate::user::{User, UserId};

/// Ends sessions or revokes access tokens of a user. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EndAccess {
    /// Whose.
    pub user: UserId,
}

impl Act for EndAccess {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let acted = administering(RepositoryOperation::manage_users(), organisation, by, leases)?;
        found::<User>(organisation, self.user)?;
        Ok(acted)
    }
}

/// What changes no fact, and is for those who may do this to the repository.
pub(super) fn administering(
    operation: RepositoryOperation,
    organisation: &Organisation,
    by: UserId,
    leases: LicenceSet,
) -> Result<Acted, Refusal> {
    let mut needs = Needs::new(organisation, by);
    needs.repository(operation);
    allowed(needs, leases)
}
