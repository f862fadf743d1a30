//! How each gate was passed, or why it was not.

use super::super::gates;
use super::super::placement::Placement;
use super::GateReport;
use crate::catalogue::LicenceSet;
use crate::index::Person;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Ask, Decision, Gate, Question, With};

pub(super) fn gate_reports(
    organisation: &Organisation,
    question: &Question,
    decision: &Decision,
) -> Vec<GateReport> {
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
        Gate::License => licence_because(organisation, question, person),
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

fn licence_because(organisation: &Organisation, question: &Question, person: Option<&Person>) -> String {
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
            let ids = |set: LicenceSet| {
                let ids: Vec<_> = set.iter().filter(|it| !it.is_functional()).map(|it| it.id()).collect();
                ids.join(", ")
            };
            let pools =
                organisation.licence_pools().filter(|(_, pool)| pool.seats > 0 || pool.tokens.is_some());
            let pools: LicenceSet =
                pools.map(|(licence, _)| licence).filter(|it| unlocking.contains(*it)).collect();
            let free = if pools == LicenceSet::NONE { "" } else { "; none is free of " };
            format!("unlocked by {}{free}{}", ids(unlocking), ids(pools))
        }
    }
}

/// What the state gate found.
pub(super) fn state_because(organisation: &Organisation, question: &Question) -> String {
    let Ask::Perform(operation, _, with) = &question.ask else { return String::new() };
    let Some(placement) = Placement::of(organisation, question.item) else {
        return "there is no such item".to_owned();
    };
    let law = |area| organisation.index.law(area);
    let new_parent = match with {
        With::NewParent(parent) if law(*parent).is_none_or(|law| law.archived) => organisation.area(*parent),
        _ => None,
    };
    if let Some(parent) = new_parent {
        format!("the new parent {} is archived, or something above it", parent.name)
    } else if law(placement.governing(*operation)).is_none_or(|law| placement.below_archived(law)) {
        "something that contains or governs it is archived".to_owned()
    } else if placement.archived {
        "it is archived".to_owned()
    } else {
        "nothing that it belongs to is archived".to_owned()
    }
}
