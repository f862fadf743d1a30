//! Why: the same answer as `decide`, with every gate, area and entry considered (docs/decision.md#explaining).
//!
//! A separate, slower path: the verdict comes from `decide`, the trace shows what it read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::decide;
use super::gates;
use super::governing_area::governing_area;
use super::permission::{counted_roles, overridden};
use super::remedy::{Remedy, remedies};
use crate::answer::AnswerText;
use crate::catalogue::{Action, Class, LicenceSet, OperationId};
use crate::index::{Law, Person};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::{Permission, PermissionKey, Slot};
use crate::process_area::AreaId;
use crate::question::{Ask, Decision, Gate, Question, With};

/// An answer, and everything that led to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateReport {
    /// Which.
    pub gate: Gate,
    /// Whether it was passed.
    pub passed: bool,
    /// Why.
    pub because: String,
}

/// What the permission lookup read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionReport {
    /// The governing area.
    pub area: String,
    /// Why that one governs.
    pub because: String,
    /// What is current there: timeline and iteration; null without a timeline.
    pub now: Option<String>,
    /// Every area looked at, from the top.
    pub areas: Vec<AreaReport>,
    /// Every role that counts, with the entries considered.
    pub roles: Vec<RoleReport>,
    /// For each action asked, what grants it.
    pub actions: Vec<ActionReport>,
}

/// An area that the lookup looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaReport {
    /// The area.
    pub area: String,
    /// Whether it lends its process only, as a provider.
    pub provider: bool,
    /// Whether roles assigned there count.
    pub assignments_count: bool,
    /// The roles assigned to the user there.
    pub assigned: Vec<String>,
}

/// A role that counts, and what it grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
        gates: gate_reports(organisation, question, decision),
        permission: permission_report(organisation, question, decision),
        remedies: Vec::new(),
    }
}

/// `modify-attributes` → `modify attributes`; a slash path stays one.
fn in_words(action: &str) -> String {
    if action.contains('/') { action.to_owned() } else { action.replace('-', " ") }
}

fn sentence(organisation: &Organisation, question: &Question, name: &str, decision: &Decision) -> String {
    let item = format!("{} {}", organisation.kind_of(question.item), organisation.name_of(question.item));
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
                crate::question::Basis::Role => format!(": a role held in {} grants it", area(allowed.area)),
                crate::question::Basis::Override => ", by an administrative override".to_owned(),
                crate::question::Basis::Owner => ": it is their own personal stream".to_owned(),
                crate::question::Basis::Group | crate::question::Basis::Read => String::new(),
            };
            format!("{name} may {deed}{why}.")
        }
        Err(refused) => {
            let why = match refused.gate {
                Gate::Auth => "there is no active user with this id".to_owned(),
                Gate::RepositoryGroup => "no repository group of theirs allows it".to_owned(),
                Gate::NotVisible => "they cannot see it".to_owned(),
                Gate::License => "no licence that they hold or could lease unlocks it".to_owned(),
                Gate::State => "something that it belongs to, or it itself, is archived".to_owned(),
                Gate::Permission => {
                    let actions = question.actions();
                    let missing: Vec<_> = refused
                        .missing
                        .iter()
                        .filter_map(|at| actions.get(usize::from(*at)))
                        .map(|action| in_words(&action.to_string()))
                        .collect();
                    format!(
                        "no role of theirs that counts in {} grants {}",
                        area(refused.area),
                        missing.join(" or ")
                    )
                }
            };
            format!("{name} may not {deed}: {why}.")
        }
    }
}

fn gate_reports(organisation: &Organisation, question: &Question, decision: &Decision) -> Vec<GateReport> {
    let refused = decision.as_ref().err().map(|refused| refused.gate);
    let person = gates::active_account(organisation, question.user);
    let mut reports = Vec::new();
    for gate in Gate::ALL {
        let skipped = match (&question.ask, gate) {
            (Ask::Repository(_), gate) => gate > Gate::RepositoryGroup,
            (Ask::Read | Ask::SetContext, gate) => {
                gate > Gate::License || gate == Gate::License && !matches!(question.item, Item::Plan(_))
            }
            (Ask::Perform(..), _) => false,
        };
        if skipped {
            break;
        }
        let passed = refused != Some(gate);
        let because = because(organisation, question, person, gate, passed);
        reports.push(GateReport { gate, passed, because });
        if !passed {
            break;
        }
    }
    reports
}

fn because(
    organisation: &Organisation,
    question: &Question,
    person: Option<&Person>,
    gate: Gate,
    passed: bool,
) -> String {
    let user = question.user.and_then(|id| organisation.user(id));
    match gate {
        Gate::Auth => match user {
            None => "no user has this id".to_owned(),
            Some(user) if user.archived => format!("{} is archived", user.id),
            Some(user) => format!("{} is an active user", user.id),
        },
        Gate::RepositoryGroup => {
            let groups: Vec<_> =
                user.into_iter().flat_map(|user| user.groups.iter()).map(|it| it.id()).collect();
            let groups = if groups.is_empty() { "no group".to_owned() } else { groups.join(", ") };
            match (&question.ask, passed) {
                (Ask::Read | Ask::SetContext, _) => "reading needs no group".to_owned(),
                (Ask::Repository(operation), _) => {
                    let needed: Vec<_> = operation.groups().iter().map(|it| it.id()).collect();
                    format!("{} needs {}; in {groups}", operation.name(), needed.join(" or "))
                }
                (Ask::Perform(..), true) => format!("in {groups}, who may write"),
                (Ask::Perform(..), false) => {
                    format!("in {groups}; writing needs JazzUsers, JazzProjectAdmins or JazzAdmins")
                }
            }
        }
        Gate::NotVisible => visible_because(organisation, question, person, passed),
        Gate::License => licence_because(question, person),
        Gate::State => state_because(organisation, question),
        Gate::Permission => match passed {
            true => "every action is granted".to_owned(),
            false => "an action is granted neither by a role that counts nor by an override".to_owned(),
        },
    }
}

fn visible_because(
    organisation: &Organisation,
    question: &Question,
    person: Option<&Person>,
    passed: bool,
) -> String {
    let Some(project) = organisation.project_of_item(question.item) else {
        return "there is no such item".to_owned();
    };
    let area = organisation.area(project);
    let (name, access) = match area {
        Some(area) => (area.name.to_string(), area.project().map(|it| it.access.name()).unwrap_or_default()),
        None => (String::new(), ""),
    };
    let restricted = match gates::own_restriction(organisation, question.item) {
        Some(_) => ", and the item is restricted further",
        None => "",
    };
    match person {
        Some(person) if passed && person.is_jazz_admin() => "JazzAdmins see everything".to_owned(),
        _ => format!("{name} is read by: {access}{restricted}"),
    }
}

fn licence_because(question: &Question, person: Option<&Person>) -> String {
    let unlocking = match &question.ask {
        Ask::Perform(operation, ..) if operation.is_process() => {
            return "process operations need no licence".to_owned();
        }
        Ask::Perform(operation, ..) => LicenceSet::that_unlock(*operation),
        _ => LicenceSet::that_unlock_plans(),
    };
    let held = person.map(|person| person.licences).unwrap_or_default();
    let first = |set: LicenceSet| set.iter().find(|licence| unlocking.contains(*licence));
    match (first(held), first(question.leases)) {
        (Some(licence), _) => format!("holds {}", licence.id()),
        (None, Some(licence)) => format!("could lease {}", licence.id()),
        (None, None) => {
            let ids: Vec<_> = unlocking.iter().filter(|it| !it.is_functional()).map(|it| it.id()).collect();
            format!("unlocked by {}", ids.join(", "))
        }
    }
}

fn state_because(organisation: &Organisation, question: &Question) -> String {
    let Ask::Perform(operation, _, with) = &question.ask else { return String::new() };
    let governing = governing_area(organisation, *operation, question.item);
    let above = governing.map(|area| gates::above(organisation, question.item, area));
    if gates::archived(organisation, question.item) {
        "it is archived".to_owned()
    } else if above == Some(gates::Above::Archived) {
        "something that contains or governs it is archived".to_owned()
    } else if matches!(with, With::NewParent(_)) {
        "nothing of it is archived, nor of the new parent, unless refused".to_owned()
    } else {
        "nothing that it belongs to is archived".to_owned()
    }
}

fn permission_report(
    organisation: &Organisation,
    question: &Question,
    decision: &Decision,
) -> Option<PermissionReport> {
    let Ask::Perform(operation, actions, with) = &question.ask else { return None };
    let reached = match decision {
        Ok(allowed) => allowed.area,
        Err(refused) => refused.area,
    };
    // The area of the answer: for a replacement granted on the second path that is the team area.
    let area = reached?;
    let law = organisation.index.law(area)?;
    let person = gates::active_account(organisation, question.user)?;
    let by_parent = governing_area(organisation, *operation, question.item);
    Some(PermissionReport {
        area: organisation.area_text(area),
        because: if by_parent == Some(area) {
            governing_because(organisation, question.item, *operation)
        } else {
            "both sides of the replacement belong to this team area, and it is granted there".to_owned()
        },
        now: law.now.describe(),
        areas: area_reports(organisation, person, law),
        roles: role_reports(organisation, person, law, *operation, actions),
        actions: action_reports(organisation, person, law, area, actions, decision, *with),
    })
}

fn governing_because(organisation: &Organisation, item: Item, operation: OperationId) -> String {
    let kind = organisation.kind_of(item);
    let name = organisation.name_of(item);
    if operation.class() == Class::Project {
        return format!("{operation} is always decided in the project area");
    }
    match item {
        Item::Configuration(id) => {
            let setting = organisation.configuration(id).and_then(|it| it.kind.team_area());
            let component = organisation
                .configuration(id)
                .and_then(|it| organisation.component(it.component))
                .map(|it| it.name.to_string())
                .unwrap_or_default();
            let team = organisation
                .configuration(id)
                .and_then(|it| organisation.effective_team_area(it))
                .and_then(|team| organisation.area(team))
                .map_or("Unassigned".to_owned(), |team| team.name.to_string());
            match setting {
                Some(crate::configuration::TeamAreaSetting::Inherit) => {
                    format!("{name} is {team} (inherited from {component})")
                }
                Some(_) => format!("{name} is {team}"),
                None => format!("{name} is a personal stream"),
            }
        }
        Item::Area(_) => format!("a {kind} governs itself"),
        Item::Repository
        | Item::Component(_)
        | Item::Category(_)
        | Item::WorkItem(_)
        | Item::Plan(_)
        | Item::ScmItem(_)
        | Item::TestArtefact(_)
        | Item::Folder(_)
        | Item::Artefact(_) => format!("the {kind} {name} belongs there"),
    }
}

fn area_reports(organisation: &Organisation, person: &Person, law: &Law) -> Vec<AreaReport> {
    law.areas_that_apply()
        .map(|area| {
            let provider = law.provider.is_some_and(|(provider, _)| provider == area);
            let standing = person.standings_in(law.project).iter().find(|it| it.area == area);
            AreaReport {
                area: organisation.area_text(area),
                provider,
                assignments_count: !provider && law.counted().contains(&area),
                assigned: standing
                    .filter(|_| !provider)
                    .map(|it| law.roles_in(&it.roles).map(str::to_owned).collect())
                    .unwrap_or_default(),
            }
        })
        .collect()
}

fn role_reports(
    organisation: &Organisation,
    person: &Person,
    law: &Law,
    operation: OperationId,
    actions: &[Action],
) -> Vec<RoleReport> {
    let counted = counted_roles(person, law);
    let here = *law.path.last().unwrap_or(&law.project);
    law.roles_in(&counted)
        .map(|role| {
            let assigned = |standing: &&crate::index::Standing| {
                law.counted().contains(&standing.area) && law.roles_in(&standing.roles).any(|it| it == role)
            };
            let areas = person.standings_in(law.project).iter().filter(assigned);
            let (entries, result) = entry_reports(organisation, law, role, operation);
            let name = organisation.role(here, role).map(|(_, role)| role.name.to_string());
            RoleReport {
                role: role.to_owned(),
                name: name.unwrap_or_else(|| "Everyone".to_owned()),
                assigned_in: areas.map(|it| organisation.area_text(it.area)).collect(),
                entries,
                grants: actions
                    .iter()
                    .filter(|action| result.is_some_and(|result| grants(result, operation, action)))
                    .map(ToString::to_string)
                    .collect(),
            }
        })
        .collect()
}

/// Whether an entry grants an action, `modify-team-area` going with `modify-attributes`.
fn grants(entry: &Permission, operation: OperationId, action: &Action) -> bool {
    if action.leaf.is_team_area() {
        entry.grants(&operation.known("modify-attributes"))
    } else {
        entry.grants(action)
    }
}

fn entry_reports<'a>(
    organisation: &'a Organisation,
    law: &Law,
    role: &str,
    operation: OperationId,
) -> (Vec<EntryReport>, Option<&'a Permission>) {
    type Ranked<'a> = (AreaId, Option<usize>, &'a PermissionKey, &'a Permission);
    let mut considered: Vec<Ranked<'a>> = Vec::new();
    let mut winners: BTreeMap<AreaId, usize> = BTreeMap::new();
    let mut result: Option<(AreaId, &Permission)> = None;
    for area in law.areas_that_apply() {
        let mut here: Vec<Ranked<'a>> = organisation
            .permissions(area)
            .filter(|(key, _)| *key.role == *role && key.operation == operation)
            .map(|(key, permission)| (area, law.rank(area, &key.slot), key, permission))
            .collect();
        here.sort_by_key(|(_, rank, ..)| rank.unwrap_or(usize::MAX));
        if let Some((_, Some(rank), _, permission)) = here.first() {
            winners.insert(area, *rank);
            if !result.is_some_and(|(_, above)| above.is_final) {
                result = Some((area, permission));
            }
        }
        considered.extend(here);
    }
    let decided = result.map(|(area, _)| area);
    let reports = considered
        .into_iter()
        .map(|(area, rank, key, permission)| {
            let deciding = decided.map(|area| organisation.area_text(area)).unwrap_or_default();
            let (fate, because) = match rank {
                None if law.provider.is_some_and(|(provider, _)| provider == area)
                    && key.slot != Slot::Always =>
                {
                    (Fate::NotNow, "this slot of the provider does not hold here now".to_owned())
                }
                None => (Fate::NotNow, "its slot does not hold now".to_owned()),
                Some(rank) if winners.get(&area) != Some(&rank) => {
                    (Fate::LessSpecific, "a more specific slot of the same area wins".to_owned())
                }
                Some(_) if decided == Some(area) => (Fate::Decided, "it decides".to_owned()),
                Some(_) if result.is_some_and(|(_, it)| it.is_final) && before(law, decided, area) => {
                    (Fate::FinalAbove, format!("final in {deciding}"))
                }
                Some(_) => (Fate::Overridden, format!("replaced by the entry in {deciding}")),
            };
            EntryReport {
                area: organisation.area_text(area),
                slot: slot_text(&key.slot),
                actions: permission.actions.iter().map(|it| it.path().to_owned()).collect(),
                is_final: permission.is_final,
                fate,
                because,
            }
        })
        .collect();
    (reports, result.map(|(_, permission)| permission))
}

/// Whether the deciding area lies above the other.
fn before(law: &Law, decided: Option<AreaId>, area: AreaId) -> bool {
    let position = |wanted: AreaId| law.areas_that_apply().position(|it| it == wanted);
    decided.is_some_and(|decided| position(decided) < position(area))
}

/// A slot in words: `always`, `timeline Main`, `iteration type sprint`, `iteration Main:1.0/Sprint 1`.
pub(crate) fn slot_text(slot: &Slot) -> String {
    match slot {
        Slot::Always => "always".to_owned(),
        Slot::Timeline(name) => format!("timeline {name}"),
        Slot::IterationType(id) => format!("iteration type {id}"),
        Slot::Iteration { timeline, iteration } => format!("iteration {timeline}:{iteration}"),
    }
}

fn action_reports(
    organisation: &Organisation,
    person: &Person,
    law: &Law,
    area: AreaId,
    actions: &[Action],
    decision: &Decision,
    with: With,
) -> Vec<ActionReport> {
    let roles = counted_roles(person, law);
    let missing = decision.as_ref().err().map(|refused| refused.missing.clone()).unwrap_or_default();
    actions
        .iter()
        .enumerate()
        .map(|(at, action)| {
            let granted = !missing.contains(&(at as u16));
            let by_role = law.grants.grant(&roles, action);
            let by = match (granted, by_role) {
                (true, true) => "a role",
                (true, false) if overridden(organisation, person, area, action.leaf.operation(), action) => {
                    "an administrative override"
                }
                (true, false) => "the roles or overrides of every area asked",
                (false, true) if matches!(with, With::NewParent(_)) => {
                    "a role here, but not in the old or the new parent"
                }
                (false, true) => "a role, but not for somebody else's personal stream",
                (false, false) => "nothing",
            };
            ActionReport { action: action.to_string(), granted, by: by.to_owned() }
        })
        .collect()
}
