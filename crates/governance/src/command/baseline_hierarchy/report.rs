//! What baselining a hierarchy comes to, line by line.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::act::Refusal;
use crate::configuration::ConfigurationId;
use crate::text::Name;

/// What becomes of one configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineOutcome {
    /// A baseline is made of it.
    Baselined,
    /// Nothing has changed since a baseline, which stands for it.
    Reused,
    /// The staging stream becomes a baseline.
    Committed,
    /// Something below is refused: a staging stream holds what succeeded.
    Staged,
    /// The staging stream goes on being one; what succeeded is in it.
    Continued,
    /// It is refused, and stays where it is.
    Refused,
}

impl BaselineOutcome {
    /// Every outcome.
    pub const ALL: [Self; 6] =
        [Self::Baselined, Self::Reused, Self::Committed, Self::Staged, Self::Continued, Self::Refused];
    /// `baselined`, `reused`, `committed`, `staged`, `continued` or `refused`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Baselined => "baselined",
            Self::Reused => "reused",
            Self::Committed => "committed",
            Self::Staged => "staged",
            Self::Continued => "continued",
            Self::Refused => "refused",
        }
    }
}

/// One configuration, bottom up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineLine {
    /// What questions call it; a URI of a local one.
    pub configuration: Cow<'static, str>,
    /// What becomes of it.
    pub outcome: BaselineOutcome,
    /// What questions call the baseline or staging stream that comes of it, or stands for it.
    pub result: Option<String>,
    /// Why it is refused; one line for each reason.
    pub refusals: Vec<String>,
}

/// A local stream that its application is to baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalBaseline {
    /// Which.
    pub uri: Name,
    /// How its baseline is called.
    pub name: Name,
}

/// What baselining a hierarchy comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselinePlan {
    /// One for each configuration that is no baseline already, bottom up.
    pub lines: Vec<BaselineLine>,
    /// The local streams of what is baselined, for their applications, in the same order.
    pub locals: Vec<LocalBaseline>,
    /// What stands for the root afterwards; `None` where nothing can be done.
    pub root: Option<ConfigurationId>,
    /// Whether anything would change.
    pub changes: bool,
    /// The first decision that stands in the way of the root, where nothing can be done for it.
    pub refusal: Option<Refusal>,
}

impl BaselinePlan {
    /// Every refusal, with what is refused.
    pub fn refusals(&self) -> impl Iterator<Item = String> {
        self.lines
            .iter()
            .flat_map(|line| line.refusals.iter().map(|refusal| format!("{}: {refusal}", line.configuration)))
    }
    /// Why nothing can be done: the decision that stands in the way of the root, if it is one.
    pub(super) fn why_nothing(&self) -> Refusal {
        self.refusal.clone().unwrap_or_else(|| {
            let told: Vec<String> = self.refusals().collect();
            Refusal::Precondition(format!("nothing was baselined: {}", told.join("; ")))
        })
    }
    /// How many lines have this outcome.
    pub fn count(&self, outcome: BaselineOutcome) -> usize {
        self.lines.iter().filter(|line| line.outcome == outcome).count()
    }
}
