//! Answers as text, the same on every interface (docs/command-line.md#check).

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Allowed, Basis, Decision, Question};
use crate::user::UserId;

/// The answer to a question, in the form of a line of `check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Somebody who may, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhoMay {
    /// The user's id.
    pub user: String,
    /// The user's name.
    pub name: String,
    /// What the permission stands on.
    pub basis: Basis,
    /// The governing area; null for reads, context.set and repository operations.
    pub area: Option<String>,
}

/// An item for people and for references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemText {
    /// `stream`, `project-area` …
    pub kind: Cow<'static, str>,
    /// Its bare name.
    pub name: String,
    /// What questions call it.
    #[serde(rename = "item")]
    pub reference: String,
}

impl Organisation {
    /// Who may, in words.
    pub fn who_may(&self, user: UserId, allowed: &Allowed) -> Option<WhoMay> {
        let user = self.user(user)?;
        Some(WhoMay {
            user: user.id.to_string(),
            name: user.name.to_string(),
            basis: allowed.basis,
            area: allowed.area.map(|area| self.area_text(area)),
        })
    }

    /// An item in words.
    pub fn item_text(&self, item: Item) -> ItemText {
        ItemText {
            kind: self.kind_of(item).into(),
            name: self.name_of(item),
            reference: self.reference(item),
        }
    }

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
