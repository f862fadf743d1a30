//! What those who manage users do with the sessions and tokens of others
//! (docs/process.md#changing-name-mail-and-password).

use super::Needs;
use super::noun::found;
use crate::act::{Act, Acted, Refusal};
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::decision::decide;
use crate::organisation::Organisation;
use crate::question::Basis;
use crate::user::{User, UserId};

/// Ends sessions or revokes access tokens of a user. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EndAccess {
    /// Whose.
    pub user: UserId,
}

impl Act for EndAccess {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let acted = managing_users(organisation, by, leases)?;
        found::<User>(organisation, self.user)?;
        Ok(acted)
    }
}

/// What changes no fact, and is for those who manage users.
pub(super) fn managing_users(
    organisation: &Organisation,
    by: UserId,
    leases: LicenceSet,
) -> Result<Acted, Refusal> {
    let mut needs = Needs::new(organisation, by);
    needs.repository(RepositoryOperation::manage_users());
    let asked: Vec<_> = needs.list.iter().map(|need| need.question(by, leases)).collect();
    for question in &asked {
        if let Err(refused) = decide(organisation, question) {
            return Err(Refusal::Decision { question: Box::new(question.clone()), refused });
        }
    }
    Ok(Acted { events: Vec::new(), basis: Basis::Group, asked })
}
