//! What has become of an *Edit Attributes*, of each component and configuration.

use std::collections::{BTreeMap, BTreeSet};

use governance::{EditedAttributes, Impact, Item, Refusal, View};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::refused;
use crate::problem::Problem;

/// A line of the selection: what it says, and what that means.
pub(super) type Line = (String, Result<Item, Problem>);

/// What has become of an edit.
#[derive(Serialize, JsonSchema)]
pub(super) struct Edited {
    /// The revision that was made; null for a preview, and where nothing has changed.
    pub(super) revision: Option<u64>,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
    pub(super) refused: usize,
    /// One for each, in the order in which they were named and found.
    pub(super) results: Vec<OneResult>,
    /// Who would gain and who would lose, in a preview. What was done has it in the journal.
    pub(super) impact: Option<Impact>,
}

/// What has become of one.
#[derive(Serialize, JsonSchema)]
pub(super) struct OneResult {
    /// Its reference, or the text that means nothing.
    pub(super) item: String,
    pub(super) result: Outcome,
    /// Why it was refused: a problem document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Changed,
    Unchanged,
    Refused,
}

/// What has become of each line.
pub(super) struct Report {
    pub(super) lines: Vec<Line>,
    pub(super) edited: EditedAttributes,
}

impl Report {
    pub(super) fn told(self, view: &View) -> Edited {
        let results: BTreeMap<Item, Result<bool, Refusal>> = self.edited.results.into_iter().collect();
        let refused = |problem: Problem| (Outcome::Refused, Some(problem.json()));
        let one = |(item, meant): Line| {
            let (result, problem) = match meant.map(|meant| results.get(&meant)) {
                Ok(Some(Ok(true))) => (Outcome::Changed, None),
                Ok(Some(Ok(false))) => (Outcome::Unchanged, None),
                Ok(Some(Err(refusal))) => refused(refused::of_refusal(view, refusal.clone())),
                Ok(None) => refused(Problem::not_found()),
                Err(problem) => refused(problem),
            };
            OneResult { item, result, problem }
        };
        // What is named twice, or named and found, is one item.
        let mut seen = BTreeSet::new();
        let lines = self.lines.into_iter();
        let lines = lines.filter(|(_, meant)| meant.as_ref().map_or(true, |item| seen.insert(*item)));
        let results: Vec<OneResult> = lines.map(one).collect();
        let count = |outcome| results.iter().filter(|it| it.result == outcome).count();
        Edited {
            revision: None,
            changed: count(Outcome::Changed),
            unchanged: count(Outcome::Unchanged),
            refused: count(Outcome::Refused),
            impact: None,
            results,
        }
    }
}
