//! Baselines that a server makes, and approvals that it keeps.

use std::collections::BTreeMap;

use governance::{BaselineLine, BaselineOutcome};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::hierarchy::segment;
use super::{JSON, LONG, QUESTION, Remote};
use crate::failure::Failure;

/// What baselining a hierarchy would come to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BaselinePlan {
    pub(crate) changes: bool,
    pub(crate) counts: BTreeMap<BaselineOutcome, usize>,
    pub(crate) lines: Vec<BaselineLine>,
}

/// A run that baselines a hierarchy.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BaselineRun {
    pub(crate) id: String,
    pub(crate) configuration: String,
    pub(crate) state: String,
    pub(crate) revision: Option<u64>,
    pub(crate) result: Option<String>,
    pub(crate) refusal: Option<String>,
    pub(crate) counts: BTreeMap<BaselineOutcome, usize>,
    pub(crate) lines: Vec<BaselineLine>,
}

/// How far a run is.
#[derive(Debug, Deserialize)]
pub(crate) struct RunProgress {
    pub(crate) done: usize,
    pub(crate) of: usize,
    pub(crate) current: Option<String>,
}

/// Who has approved a configuration as it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Approval {
    pub(crate) user: String,
    pub(crate) revision: u64,
    pub(crate) at: String,
}

#[derive(Deserialize)]
struct Approvals {
    items: Vec<Approval>,
}

impl Remote {
    /// What baselining a hierarchy would come to.
    pub(crate) fn baseline_plan(
        &self,
        configuration: &str,
        names: Option<&str>,
    ) -> anyhow::Result<BaselinePlan> {
        let query: Vec<_> = names.map(|names| ("names", names)).into_iter().collect();
        let path = format!("configurations/{}/baseline-plan", segment(configuration));
        self.json(self.request(Method::GET, &path, &query).timeout(LONG))
    }

    /// Begins a run.
    pub(crate) fn baseline_hierarchy(
        &self,
        configuration: &str,
        names: Option<&str>,
    ) -> anyhow::Result<BaselineRun> {
        let path = format!("configurations/{}/baseline-hierarchy", segment(configuration));
        let body = json!({"names": names}).to_string();
        let request = self.request(Method::POST, &path, &[]).header(CONTENT_TYPE, JSON).body(body);
        self.json(request.timeout(LONG))
    }

    /// Goes on with a run that was interrupted.
    pub(crate) fn resume_baseline_run(&self, run: &str) -> anyhow::Result<BaselineRun> {
        let path = format!("baseline-runs/{}/resume", segment(run));
        self.json(self.request(Method::POST, &path, &[]).timeout(LONG))
    }

    /// Waits until a run has ended, and tells meanwhile how far it is.
    pub(crate) fn follow_baseline_run(
        &self,
        run: &str,
        tell: impl Fn(&RunProgress),
    ) -> anyhow::Result<BaselineRun> {
        loop {
            let path = format!("baseline-runs/{}/events", segment(run));
            let request = self.request(Method::GET, &path, &[]).timeout(LONG);
            let run = self.follow(request, |event, data| {
                let not_understood = |error: serde_json::Error| self.not_understood(&error);
                match event {
                    "progress" => tell(&serde_json::from_str(data).map_err(not_understood)?),
                    "run" => return Ok(Some(serde_json::from_str(data).map_err(not_understood)?)),
                    _ => {}
                }
                Ok(None)
            })?;
            if let Some(run) = run {
                return Ok(run);
            }
            // The server ends what lasts long; whoever comes back is judged anew.
        }
    }

    /// Approves a configuration as it is, or takes that back; answers who has approved it.
    pub(crate) fn approve(&self, configuration: &str, approves: bool) -> anyhow::Result<Vec<Approval>> {
        let path = format!("configurations/{}/approvals", segment(configuration));
        let method = if approves { Method::POST } else { Method::DELETE };
        let request = self.request(method, &path, &[]).header(IF_MATCH, "*").timeout(QUESTION);
        Ok(self.json::<Approvals>(request)?.items)
    }
}

impl BaselineRun {
    /// The run, if it has come to its end.
    pub(crate) fn ended(self) -> anyhow::Result<Self> {
        match self.state.as_str() {
            "interrupted" => {
                let cause = "the server was stopped, or could not go on; what it has done is kept";
                let help = format!("go on with `bailiwick hierarchy baseline --resume {}`", self.id);
                Err(Failure::new(cause, help).into())
            }
            _ => Ok(self),
        }
    }
}
