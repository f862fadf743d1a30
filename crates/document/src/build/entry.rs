//! Roles and entries, of areas and of templates alike.

use governance::text::Name;
use governance::{
    ActionPattern, Cardinality, OperationId, Permission, PermissionKey, RepositoryOperation, Role, Slot,
};

use super::names::{canonical_path, decoded};
use super::process::laid_over;
use crate::raw;
use crate::reading::Text;
use crate::report::{Problems, quoted};

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
    let slot = match &entry.at {
        None => Slot::Always,
        Some(at) => match &at.value {
            raw::Slot::Timeline(name) => Slot::Timeline(name.value.clone()),
            raw::Slot::IterationType(id) => Slot::IterationType(id.value.clone()),
            raw::Slot::Iteration(text) => iteration_slot(text, problems)?,
        },
    };
    let key = PermissionKey { role: entry.role.value.clone(), operation, slot };
    let is_final = entry.is_final.as_ref().is_some_and(|it| it.value);
    Some((key, Permission { actions: actions.into(), is_final }))
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
