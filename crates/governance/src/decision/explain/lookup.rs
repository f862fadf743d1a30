//! The permission lookup: every area, role and entry considered.

use std::collections::BTreeMap;

use super::super::gates;
use super::super::permission::{asked_areas, counted_roles, grant_in, overridden};
use super::super::placement::governing_area;
use super::{ActionReport, AreaReport, EntryReport, Fate, NamedRole, PermissionReport, RoleReport};
use crate::catalogue::{Action, Class, OperationId, Special};
use crate::index::{Law, Person};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::{Permission, PermissionKey, Slot};
use crate::process_area::AreaId;
use crate::question::{Ask, Decision, Question, Refused, With};

pub(super) fn permission_report(
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
                    format!("the Team Area of {name} is {team} (inherited from {component})")
                }
                Some(_) => format!("the Team Area of {name} is {team}"),
                None => format!("{name} is a personal stream"),
            }
        }
        Item::Area(_) => format!("a {} governs itself", kind.replace('-', " ")),
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

/// The areas looked at; then those of the same project area where the user has roles that do not count here.
fn area_reports(organisation: &Organisation, person: &Person, law: &Law) -> Vec<AreaReport> {
    let named = |area: AreaId, id: &str| {
        let name = organisation.role(area, id).map_or(id, |(_, role)| &role.name);
        NamedRole { role: id.to_owned(), name: name.to_owned() }
    };
    let assigned = |area: AreaId| -> Vec<NamedRole> {
        let standing = person.standings_in(law.project).iter().find(|it| it.area == area);
        standing.map(|it| law.roles_in(&it.roles).map(|id| named(area, id)).collect()).unwrap_or_default()
    };
    let isolating = || {
        let area = law.counted().first().and_then(|area| organisation.area(*area));
        area.map(|area| area.name.to_string()).unwrap_or_default()
    };
    let looked_at = law.areas_that_apply().map(|area| {
        let provider = law.provider.is_some_and(|(provider, _)| provider == area);
        let counts = !provider && law.counted().contains(&area);
        let because = match (provider, counts) {
            (true, _) => "it lends its roles and entries, never members".to_owned(),
            (false, true) => "roles assigned here count".to_owned(),
            (false, false) => format!("{} isolates: roles assigned above it do not count", isolating()),
        };
        AreaReport {
            area: organisation.area_text(area),
            provider,
            assignments_count: counts,
            assigned: if provider { Vec::new() } else { assigned(area) },
            because,
        }
    });
    let elsewhere = person
        .standings_in(law.project)
        .iter()
        .map(|it| it.area)
        .filter(|area| !law.path.contains(area) && !assigned(*area).is_empty());
    let elsewhere = elsewhere.map(|area| AreaReport {
        area: organisation.area_text(area),
        provider: false,
        assignments_count: false,
        assigned: assigned(area),
        because: if organisation.path(area).contains(law.path.last().unwrap_or(&law.project)) {
            "roles flow down, never up".to_owned()
        } else {
            "another branch of the team areas".to_owned()
        },
    });
    looked_at.chain(elsewhere).collect()
}

/// The areas in which a move is not granted, of the three in which it is asked; none for other questions.
pub(super) fn refusing_areas(
    organisation: &Organisation,
    question: &Question,
    refused: &Refused,
) -> Vec<String> {
    let Ask::Perform(operation, actions, with @ With::NewParent(_)) = &question.ask else {
        return Vec::new();
    };
    let (Some(person), Some(area)) = (gates::active_account(organisation, question.user), refused.area)
    else {
        return Vec::new();
    };
    let Some(action) = actions.iter().find(|action| action.leaf.is(Special::Move)) else { return Vec::new() };
    asked_areas(organisation, question.item, area, *with)
        .filter(|area| {
            !grant_in(organisation, person, *area, action)
                && !overridden(organisation, person, *area, *operation, action)
        })
        .filter_map(|area| Some(organisation.area(area)?.name.to_string()))
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

/// An entry that is looked at in an area, and what becomes of it there now.
pub(crate) struct LookedAt<'a> {
    pub(crate) area: AreaId,
    pub(crate) key: &'a PermissionKey,
    pub(crate) permission: &'a Permission,
    pub(crate) fate: Fate,
}

/// The entries for a role and an operation, from the area that lends its process down.
pub(crate) fn looked_at<'a>(
    organisation: &'a Organisation,
    law: &Law,
    role: &str,
    operation: OperationId,
) -> Vec<LookedAt<'a>> {
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
    let fate = |area: AreaId, rank: Option<usize>| match rank {
        None => Fate::NotNow,
        Some(rank) if winners.get(&area) != Some(&rank) => Fate::LessSpecific,
        Some(_) if decided == Some(area) => Fate::Decided,
        Some(_) if result.is_some_and(|(_, it)| it.is_final) && before(law, decided, area) => {
            Fate::FinalAbove
        }
        Some(_) => Fate::Overridden,
    };
    let looked_at = |(area, rank, key, permission): Ranked<'a>| LookedAt {
        area,
        key,
        permission,
        fate: fate(area, rank),
    };
    considered.into_iter().map(looked_at).collect()
}

fn entry_reports<'a>(
    organisation: &'a Organisation,
    law: &Law,
    role: &str,
    operation: OperationId,
) -> (Vec<EntryReport>, Option<&'a Permission>) {
    let entries = looked_at(organisation, law, role, operation);
    let decided = entries.iter().find(|it| it.fate == Fate::Decided);
    let deciding = decided.map(|it| organisation.area_text(it.area)).unwrap_or_default();
    let result = decided.map(|it| it.permission);
    let report = |it: &LookedAt<'_>| {
        let of_provider = law.provider.is_some_and(|(provider, _)| provider == it.area);
        let because = match it.fate {
            Fate::NotNow if of_provider && it.key.slot != Slot::Always => {
                "this slot of the provider does not hold here now".to_owned()
            }
            Fate::NotNow => "its slot does not hold now".to_owned(),
            Fate::LessSpecific => "a more specific slot of the same area wins".to_owned(),
            Fate::Decided => "it decides".to_owned(),
            Fate::FinalAbove => format!("final in {deciding}"),
            Fate::Overridden => format!("replaced by the entry in {deciding}"),
        };
        EntryReport {
            area: organisation.area_text(it.area),
            slot: slot_text(&it.key.slot),
            actions: it.permission.actions.iter().map(|it| it.path().to_owned()).collect(),
            is_final: it.permission.is_final,
            fate: it.fate,
            because,
        }
    };
    (entries.iter().map(report).collect(), result)
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
                (true, false) => "roles or overrides in every area asked",
                (false, true) if matches!(with, With::NewParent(_)) => {
                    "a role here, but not in the old or the new parent"
                }
                (false, true) => "a role, but not for somebody else's personal stream",
                (false, false) if matches!(with, With::NewParent(_)) => {
                    "not every area that a move is asked in"
                }
                (false, false) => "nothing",
            };
            ActionReport { action: action.to_string(), granted, by: by.to_owned() }
        })
        .collect()
}
