//! Why: the same answer as `decide`, with every gate, area and entry considered
//! (docs/decision.md#questions-that-are-answered).
//!
//! A separate, slower path: the verdict comes from `decide`, the trace shows what it read.

mod gate;
mod lookup;

use std::fmt;

pub(crate) use lookup::looked_at;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decide;
use super::remedy::{Remedy, remedies};
use crate::answer::AnswerText;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Ask, Basis, Decision, Gate, Question, Refused};

/// An answer, and everything that led to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// Who asked for it: the user's id.
    pub user: String,
    /// The operation.
    pub operation: String,
    /// The actions asked.
    pub actions: Vec<String>,
    /// The item's reference.
    pub item: String,
    /// The answer, as `check` gives it.
    #[serde(flatten)]
    pub answer: AnswerText,
    /// The answer in one sentence.
    pub sentence: String,
    /// The gates up to the one that refused, in order.
    pub gates: Vec<GateReport>,
    /// The permission lookup; null when an earlier gate refused, or nothing was looked up.
    pub permission: Option<PermissionReport>,
    /// The smallest changes that would allow it: fewest changes first, then what opens least to others.
    pub remedies: Vec<Remedy>,
}

/// How one gate was passed, or why it was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateReport {
    /// Which.
    pub gate: Gate,
    /// Whether it was passed.
    pub passed: bool,
    /// Why.
    pub because: String,
}

/// What the permission lookup read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PermissionReport {
    /// The governing area.
    pub area: String,
    /// Why that one governs.
    pub because: String,
    /// What is current there: timeline and iteration; null without a timeline.
    pub now: Option<String>,
    /// Every area looked at, from the top; then those where the user has roles that do not count.
    pub areas: Vec<AreaReport>,
    /// Every role that counts, with the entries considered.
    pub roles: Vec<RoleReport>,
    /// For each action asked, what grants it.
    pub actions: Vec<ActionReport>,
}

/// An area that the lookup looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreaReport {
    /// The area.
    pub area: String,
    /// Whether it lends its process only, as a provider.
    pub provider: bool,
    /// Whether roles assigned there count.
    pub assignments_count: bool,
    /// The roles assigned to the user there.
    pub assigned: Vec<NamedRole>,
    /// Why they count or do not.
    pub because: String,
}

/// A role as people know it; in text, with its id where that is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedRole {
    /// The role's id.
    pub role: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for NamedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, name } = self;
        if role == name { f.write_str(name) } else { write!(f, "{name} ({role})") }
    }
}

/// A role that counts, and what it grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleReport {
    /// The role's id; `default` is Everyone.
    pub role: String,
    /// Its name.
    pub name: String,
    /// The areas where it is assigned to the user; none for Everyone.
    pub assigned_in: Vec<String>,
    /// The entries considered for it, from the top area down, the most specific slot first.
    pub entries: Vec<EntryReport>,
    /// The asked actions that it grants.
    pub grants: Vec<String>,
}

/// An entry that was considered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryReport {
    /// The area that has it.
    pub area: String,
    /// When it holds.
    pub slot: String,
    /// What it grants.
    pub actions: Vec<String>,
    /// Whether it binds the areas below.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// What became of it.
    pub fate: Fate,
    /// The same in words.
    pub because: String,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is the result for its role.
    Decided,
    /// Its slot does not hold now, or does not come along from the provider.
    NotNow,
    /// A more specific slot of the same area won.
    LessSpecific,
    /// A nearer area has an entry that replaces it.
    Overridden,
    /// An area above has a final entry.
    FinalAbove,
}

/// What grants an action, or that nothing does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionReport {
    /// The action.
    pub action: String,
    /// Whether it is granted.
    pub granted: bool,
    /// By what.
    pub by: String,
}

/// Explains. `leases` of the question count as in `decide`.
pub fn explain(organisation: &Organisation, question: &Question, user: &str) -> Explanation {
    let decision = decide(organisation, question);
    let mut explanation = explain_without_remedies(organisation, question, user, &decision);
    explanation.remedies = remedies(organisation, question);
    explanation
}

/// A refusal in one sentence.
pub(crate) fn refused_in_words(
    organisation: &Organisation,
    question: &Question,
    refused: &Refused,
) -> String {
    let user = question.user.and_then(|id| organisation.user(id));
    let name = user.map_or("Nobody", |user| &user.name);
    sentence(organisation, question, name, &Err(refused.clone()))
}

fn explain_without_remedies(
    organisation: &Organisation,
    question: &Question,
    user: &str,
    decision: &Decision,
) -> Explanation {
    let shown = |id| organisation.user(id).map(|it| it.name.to_string());
    let name = question.user.and_then(shown).unwrap_or_else(|| user.to_owned());
    Explanation {
        user: user.to_owned(),
        operation: question.operation_name().to_owned(),
        actions: question.actions().iter().map(ToString::to_string).collect(),
        item: organisation.reference(question.item),
        answer: organisation.answer(question, decision),
        sentence: sentence(organisation, question, &name, decision),
        gates: gate::gate_reports(organisation, question, decision),
        permission: lookup::permission_report(organisation, question, decision),
        remedies: Vec::new(),
    }
}

/// `modify-attributes` → `modify attributes`; a slash path stays one.
fn in_words(action: &str) -> String {
    if action.contains('/') { action.to_owned() } else { action.replace('-', " ") }
}

/// `project-area` → `project area`; a kind that is only an adjective gets its noun.
fn kind_in_words(kind: &str) -> String {
    match kind {
        "personal" | "staging" => format!("{kind} stream"),
        kind => kind.replace('-', " "),
    }
}

fn sentence(organisation: &Organisation, question: &Question, name: &str, decision: &Decision) -> String {
    let kind = kind_in_words(organisation.kind_of(question.item));
    let item = format!("{kind} {}", organisation.name_of(question.item));
    let deed = match &question.ask {
        Ask::Read => format!("see the {item}"),
        Ask::SetContext => format!("choose the {item} as configuration context"),
        Ask::Repository(operation) => operation.name().trim_start_matches("repository.").replace('-', " "),
        Ask::Perform(operation, actions, _) => {
            let actions: Vec<_> = actions.iter().map(|action| in_words(&action.to_string())).collect();
            format!("{} ({operation}) on the {item}", actions.join(" and "))
        }
    };
    let area = |area: Option<AreaId>| {
        area.and_then(|area| organisation.area(area)).map(|area| area.name.to_string()).unwrap_or_default()
    };
    match decision {
        Ok(allowed) => {
            let why = match allowed.basis {
                Basis::Role => format!(": a role held in {} grants it", area(allowed.area)),
                Basis::Override => ", by an administrative override".to_owned(),
                Basis::Owner => ": it is their own personal stream".to_owned(),
                Basis::Group | Basis::Read => String::new(),
            };
            format!("{name} may {deed}{why}.")
        }
        Err(refused) => {
            let why = match refused.gate {
                Gate::Auth => "there is no active user with this id".to_owned(),
                Gate::RepositoryGroup => "no repository group of theirs allows it".to_owned(),
                Gate::NotVisible => "they cannot see it".to_owned(),
                Gate::License => "no licence that they hold or could lease unlocks it".to_owned(),
                Gate::State => gate::state_because(organisation, question),
                Gate::Permission => {
                    let actions = question.actions();
                    let missing: Vec<_> = refused
                        .missing
                        .iter()
                        .filter_map(|at| actions.get(usize::from(*at)))
                        .map(|action| in_words(&action.to_string()))
                        .collect();
                    // A move is asked in three areas; the one that refuses is told.
                    let within = lookup::refusing_areas(organisation, question, refused);
                    let within = if within.is_empty() { area(refused.area) } else { within.join(" and in ") };
                    format!("no role of theirs that counts in {within} grants {}", missing.join(" or "))
                }
            };
            format!("{name} may not {deed}: {why}.")
        }
    }
}
