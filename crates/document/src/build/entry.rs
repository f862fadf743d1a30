//! Roles and entries, of areas and of templates alike.

use governance::text::Name;
use governance::{
    ActionPattern, Cardinality, OperationId, Permission, PermissionKey, Precondition, PreconditionEntry,
    RepositoryOperation, Role, Slot,
};

use super::names::{canonical_path, decoded};
use super::process::laid_over;
use crate::raw;
use crate::reading::Text;
use crate::report::{Problems, quoted};
use crate::span::Spanned;

/// A role as written, over what there is of it already.
pub(super) fn role(written: &raw::Role, below: Option<&Role>) -> Role {
    let id = &written.id.value;
    let name = written.name.as_ref().map(|it| &it.0).or(below.map(|it| &it.name)).unwrap_or(id);
    let cardinality = written.cardinality.as_ref().map(|it| it.value).or(below.map(|it| it.cardinality));
    Role {
        id: id.clone(),
        name: name.clone(),
        cardinality: cardinality.unwrap_or(Cardinality::Many),
        carried: match below {
            Some(below) => laid_over(&below.carried, &written.carried),
            None => written.carried.clone(),
        },
    }
}

/// An entry; whether its role and its slot are known is for whoever knows them.
pub(super) fn read_entry(
    entry: &raw::Permission,
    problems: &mut Problems,
) -> Option<(PermissionKey, Permission)> {
    let operation = operation(&entry.operation, problems)?;
    let mut actions: Vec<ActionPattern> = Vec::with_capacity(entry.actions.len());
    for action in &entry.actions {
        match ActionPattern::parse(operation, action) {
            Ok(pattern) => {
                if actions.contains(&pattern) {
                    problems.add(action.span, "this action is there twice");
                }
                actions.push(pattern);
            }
            Err(unknown) => problems.add(action.span, unknown),
        }
    }
    let slot = read_slot(entry.at.as_ref(), problems)?;
    let key = PermissionKey { role: entry.role.value.clone(), operation, slot };
    let is_final = entry.is_final.as_ref().is_some_and(|it| it.value);
    Some((key, Permission { actions: actions.into(), is_final }))
}

/// A precondition; whether its roles and its slot are known is for whoever knows them.
pub(super) fn read_precondition(
    entry: &raw::Precondition,
    problems: &mut Problems,
) -> Option<PreconditionEntry> {
    let operation = operation(&entry.operation, problems)?;
    let mut require: Vec<Precondition> = Vec::with_capacity(entry.require.len());
    for requirement in &entry.require {
        let precondition = match &requirement.value {
            raw::Requirement::NoSkew => Precondition::NoSkew,
            raw::Requirement::NoArchivedContributions => Precondition::NoArchivedContributions,
            raw::Requirement::Approval(role) => Precondition::Approval(role.value.clone()),
            raw::Requirement::Attributes(names) => {
                Precondition::Attributes(names.iter().map(|it| it.value.clone()).collect())
            }
        };
        if !precondition.fits(operation) {
            let operations = precondition.operations().join("` and `");
            let message = format_args!("`{}` is only for `{operations}`", precondition.word());
            problems.add(requirement.span, message);
        }
        if require.contains(&precondition) {
            problems.add(requirement.span, "this is there twice");
        }
        require.push(precondition);
    }
    let slot = read_slot(entry.at.as_ref(), problems)?;
    let is_final = entry.is_final.as_ref().is_some_and(|it| it.value);
    let key = PermissionKey { role: entry.role.value.clone(), operation, slot };
    Some(PreconditionEntry { key, require: require.into(), is_final })
}

/// The roles that a precondition names, with their places.
pub(super) fn roles_of(entry: &raw::Precondition) -> impl Iterator<Item = &Text> {
    let approving = entry.require.iter().filter_map(|it| match &it.value {
        raw::Requirement::Approval(role) => Some(role),
        _ => None,
    });
    std::iter::once(&entry.role).chain(approving)
}

fn read_slot(at: Option<&Spanned<raw::Slot>>, problems: &mut Problems) -> Option<Slot> {
    Some(match at.map(|at| &at.value) {
        None => Slot::Always,
        Some(raw::Slot::Timeline(name)) => Slot::Timeline(name.value.clone()),
        Some(raw::Slot::IterationType(id)) => Slot::IterationType(id.value.clone()),
        Some(raw::Slot::Iteration(text)) => iteration_slot(text, problems)?,
    })
}

fn operation(name: &Text, problems: &mut Problems) -> Option<OperationId> {
    let found = OperationId::from_name(name);
    if found.is_none() {
        if RepositoryOperation::from_name(name).is_some() {
            let message =
                format_args!("{} is decided by repository groups alone: no entry grants it", quoted(name));
            problems.add(name.span, message);
        } else {
            problems.unknown(name.span, "operation", name, || OperationId::all().map(OperationId::name));
        }
    }
    found
}

/// `Timeline:path/of/iterations`.
fn iteration_slot(text: &Text, problems: &mut Problems) -> Option<Slot> {
    let Some((timeline, iteration)) = text.split_once(':') else {
        problems.add(text.span, "expected `TIMELINE:PATH OF ITERATIONS`, such as `Main:1.0/Sprint 2`");
        return None;
    };
    let timeline = decoded(timeline, text.span, problems)?;
    let iteration = canonical_path(iteration, text.span, problems)?;
    Some(Slot::Iteration { timeline: Name::from(timeline), iteration: Name::from(iteration) })
}
