//! Answers as text, the same on every interface (docs/command-line.md#check).

use serde::{Deserialize, Serialize};

use crate::organisation::Organisation;
use crate::question::{Decision, Question};

/// The answer to a question, in the form of a line of `check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerText {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The gate that refused; null when allowed.
    pub gate: Option<String>,
    /// What the permission stands on; null when refused.
    pub basis: Option<String>,
    /// The governing area; null before the last gate is reached, and for reads and repository operations.
    pub area: Option<String>,
    /// The actions that neither a role nor an override grants, in the order asked.
    pub missing: Vec<String>,
}

impl Organisation {
    /// The answer in words.
    pub fn answer(&self, question: &Question, decision: &Decision) -> AnswerText {
        let area = match decision {
            Ok(allowed) => allowed.area,
            Err(refused) => refused.area,
        };
        let missing = decision.as_ref().err().map(|refused| {
            let actions = question.actions();
            refused
                .missing
                .iter()
                .filter_map(|at| actions.get(usize::from(*at)))
                .map(ToString::to_string)
                .collect()
        });
        AnswerText {
            allowed: decision.is_ok(),
            gate: decision.as_ref().err().map(|refused| refused.gate.word().to_owned()),
            basis: decision.as_ref().ok().map(|allowed| allowed.basis.word().to_owned()),
            area: area.map(|area| self.area_text(area)),
            missing: missing.unwrap_or_default(),
        }
    }
}
