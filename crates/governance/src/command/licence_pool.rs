//! Pools of floating licences (docs/process.md#how-a-licence-is-held).

use serde::{Deserialize, Serialize};

use super::account::administering;
use super::noun::found;
use super::{Needs, Step};
use crate::act::{Act, Acted, Refusal};
use crate::catalogue::{LicenceSet, LicenceType, RepositoryOperation};
use crate::event::{Change, Event};
use crate::licence_pool::LicencePool;
use crate::organisation::Organisation;
use crate::user::{User, UserId};

/// Makes or resizes a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetLicencePool {
    /// Of which type.
    pub licence: LicenceType,
    /// What it shall be.
    pub pool: LicencePool,
}

/// Removes a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveLicencePool {
    /// Of which type.
    pub licence: LicenceType,
}

fn set(organisation: &Organisation, key: LicenceType, after: Option<LicencePool>) -> Vec<Event> {
    let before = organisation.facts.licence_pools.get(&key).cloned();
    vec![Event::LicencePool(Change { key, before, after })]
}

impl Step for SetLicencePool {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_licences());
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(set(organisation, self.licence, Some(self.pool.clone())))
    }
}

impl Step for RemoveLicencePool {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_licences());
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(set(organisation, self.licence, None))
    }
}

/// Ends a lease before its time. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EndLease {
    /// Whose.
    pub user: UserId,
}

impl Act for EndLease {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let acted = administering(RepositoryOperation::manage_licences(), organisation, by, leases)?;
        found::<User>(organisation, self.user)?;
        Ok(acted)
    }
}
