//! Approvals (docs/process.md#approvals).

use serde::{Deserialize, Serialize};

use super::noun::found;
use super::{Needs, Step};
use crate::act::Refusal;
use crate::configuration::{Configuration, ConfigurationId, ConfigurationKind};
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::{Approval, Instant};
use crate::user::UserId;

/// Approves a stream or staging stream as it is, in the name of whoever gives the command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approve {
    /// Which.
    pub configuration: ConfigurationId,
    /// The revision of the organisation that was looked at.
    pub revision: u64,
    /// When.
    pub at: Instant,
}

/// Takes the own approval back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithdrawApproval {
    /// Of which configuration.
    pub configuration: ConfigurationId,
}

/// What can still be approved, or not be any more.
fn open(organisation: &Organisation, id: ConfigurationId) -> Result<&Configuration, Refusal> {
    let configuration = found::<Configuration>(organisation, id)?;
    let said = match configuration.kind {
        _ if configuration.archived => "is archived: unarchive it first",
        ConfigurationKind::Stream(_) | ConfigurationKind::Staging(_) => return Ok(configuration),
        ConfigurationKind::Baseline(_) => "is a baseline, which is frozen: approve the stream before",
        ConfigurationKind::Personal(_) => "is a personal stream, which nobody approves: approve a stream",
    };
    Err(Refusal::Precondition(format!("`{}` {said}", configuration.name)))
}

fn set(organisation: &Organisation, of: ConfigurationId, by: UserId, after: Option<Approval>) -> Event {
    let key = (of, by);
    Event::Approval(Change { key, before: organisation.facts.approvals.get(&key).cloned(), after })
}

impl Step for Approve {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.sees(Item::Configuration(self.configuration));
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        open(organisation, self.configuration)?;
        let approval = Approval { revision: self.revision, at: self.at.clone() };
        Ok(vec![set(organisation, self.configuration, by, Some(approval))])
    }
}

impl Step for WithdrawApproval {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.sees(Item::Configuration(self.configuration));
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        open(organisation, self.configuration)?;
        let gone = set(organisation, self.configuration, by, None);
        if gone.is_void() {
            let text = "you have not approved it, or it has changed since, which ended your approval";
            return Err(Refusal::Precondition(text.into()));
        }
        Ok(vec![gone])
    }
}
