//! What is told of a run that has ended.

use std::collections::BTreeMap;

use governance::{BaselineLine, BaselineOutcome, BaselinePlan};
use serde::{Deserialize, Serialize};

/// How many configurations have which outcome.
pub(crate) type Counts = BTreeMap<BaselineOutcome, usize>;

/// What a run has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// What stands for the root.
    pub(crate) result: Option<String>,
    /// Bottom up.
    pub(crate) lines: Vec<BaselineLine>,
    /// Why nothing was changed, if that is so.
    pub(crate) refusal: Option<String>,
}

impl Report {
    pub(crate) fn of(plan: BaselinePlan) -> Self {
        let result = plan.root.and_then(|_| plan.lines.last()?.result.clone());
        Self { result, lines: plan.lines, refusal: None }
    }

    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::default().with_refusal(why)
    }

    /// Nothing of it was done: no line tells of what would have come of it.
    #[must_use]
    pub(crate) fn with_refusal(mut self, why: impl Into<String>) -> Self {
        self.lines.retain(|line| line.outcome == BaselineOutcome::Refused);
        Self { refusal: Some(why.into()), result: None, ..self }
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::new();
        for line in &self.lines {
            *counts.entry(line.outcome).or_default() += 1;
        }
        counts
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was kept; nothing, where this program cannot read it.
    pub(crate) fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}
