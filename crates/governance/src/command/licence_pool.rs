//! Pools of floating licences (docs/process.md#how-a-licence-is-held).

use serde::{Deserialize, Serialize};

use super::{Needs, Step};
use crate::act::Refusal;
use crate::catalogue::{LicenceType, RepositoryOperation};
use crate::event::{Change, Event};
use crate::organisation::Organisation;
use crate::settings::LicencePool;
use crate::user::UserId;

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
