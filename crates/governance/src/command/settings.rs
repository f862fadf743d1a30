//! The server's settings.

use serde::{Deserialize, Serialize};

use super::{Needs, Step};
use crate::act::Refusal;
use crate::catalogue::RepositoryOperation;
use crate::event::{Change, Event};
use crate::organisation::Organisation;
use crate::settings::Settings;
use crate::user::UserId;

/// Changes the server's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeSettings {
    /// What they shall be.
    pub settings: Settings,
}

impl Step for ChangeSettings {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_server());
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        if organisation.settings() == self.settings {
            return Ok(Vec::new());
        }
        let before = organisation.facts.settings.get(&()).cloned();
        Ok(vec![Event::Settings(Change { key: (), before, after: Some(self.settings.clone()) })])
    }
}
