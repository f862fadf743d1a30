//! Baselining a hierarchy (docs/global-configurations.md#baselining-a-hierarchy).

mod content;
mod made_before;
mod name;
mod pass;
mod report;
mod settled;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{NamePattern, Needs, Step};
use crate::act::{Acted, Refusal, carried_out};
use crate::catalogue::LicenceSet;
use crate::configuration::ConfigurationId;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::text::Name;
use crate::user::UserId;

use pass::Pass;
pub use report::{BaselineLine, BaselineOutcome, BaselinePlan, LocalBaseline};

/// Baselines, bottom up, every stream reachable from a root that has changed since its last baseline, and the
/// root over those. What is refused leaves staging streams on the way down to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineHierarchy {
    /// A stream, or a staging stream, which is finished so.
    pub root: ConfigurationId,
    /// How the new baselines are called.
    pub names: NamePattern,
    /// What the applications have made of the local streams, by URI. What is not here and looks like a
    /// stream has no application.
    #[serde(default)]
    pub locals: BTreeMap<Name, LocalOutcome>,
}

/// What has become of a local configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalOutcome {
    /// Its baseline; the configuration itself if it is one.
    Baseline(Name),
    /// Its application refuses, or there is none; why.
    Refused(String),
}

/// Whether a local configuration is taken for a baseline where no application says what it is: a part of the
/// path tells so, as those of the applications of ELM do.
pub(crate) fn says_baseline(uri: &str) -> bool {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').skip(1).any(|part| part.to_ascii_lowercase().contains("baseline"))
}

impl BaselineHierarchy {
    /// What it comes to for this user, who holds or could lease these licences. Everything is asked, nothing
    /// is changed.
    pub fn plan(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> BaselinePlan {
        Pass::settled(self, organisation, by, leases).into_plan()
    }

    /// What it comes to, judged, with the plan for it: the hierarchy is walked once for both.
    pub fn judged(
        &self,
        organisation: &Organisation,
        by: UserId,
        leases: LicenceSet,
    ) -> (BaselinePlan, Result<Acted, Refusal>) {
        let mut pass = Pass::settled(self, organisation, by, organisation.leasable());
        let mut needs = Needs::new(organisation, by);
        needs.sees(Item::Configuration(self.root));
        let refused = pass.is_refused();
        if !refused {
            needs.list.append(&mut pass.needs);
        }
        let events = pass.events.clone();
        let plan = pass.into_plan();
        let events = if refused { Err(plan.why_nothing()) } else { Ok(events) };
        let acted = carried_out(needs, leases, events);
        (plan, acted)
    }
}

impl Step for BaselineHierarchy {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.sees(Item::Configuration(self.root));
        let leases = needs.organisation.leasable();
        // Each is of an item of its own: nothing to look for among those before.
        let pass = Pass::settled(self, needs.organisation, needs.by, leases);
        needs.list.extend(pass.into_needs());
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        let pass = Pass::settled(self, organisation, by, organisation.leasable());
        if pass.is_refused() {
            return Err(pass.into_plan().why_nothing());
        }
        Ok(pass.into_events())
    }
}
