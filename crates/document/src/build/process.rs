//! Roles, entries and timelines.

use std::collections::BTreeMap;
use std::sync::Arc;

use governance::text::{Name, encode};
use governance::{
    AreaId, Carried, Change, Event, Iteration, Permission, PermissionKey, PreconditionEntry, Role, Slot,
    Timeline,
};

use super::areas::{Draft, Written};
use super::entry::{read_entry, read_precondition, role, roles_of};
use super::names::canonical_path;
use super::{Builder, Mode};
use crate::overlay::Lay;
use crate::raw;
use crate::report::quoted;
use crate::span::Span;

impl Builder<'_> {
    /// The processes of the areas, and who stands in them.
    pub(super) fn processes(&mut self, drafts: &[Draft<'_>]) {
        for draft in drafts {
            self.roles(draft);
            if let Written::Project(area) = draft.written {
                self.timelines(draft, area);
            }
        }
        self.settle();
        for draft in drafts {
            self.permissions(draft);
            self.preconditions(draft);
            self.people_of(draft);
        }
        self.settle();
    }

    fn roles(&mut self, draft: &Draft<'_>) {
        let there = self.base.roles(draft.id);
        let mut roles: Vec<Role> = match self.template_to_begin_from(draft) {
            Some(template) => template.roles.to_vec(),
            None if self.mode == Mode::Overlay => there.to_vec(),
            None => Vec::new(),
        };
        let own = draft.written.roles().map(|it| &**it).unwrap_or_default();
        for written in own {
            let laid = roles.iter().position(|it| it.id == written.id.value);
            let role = role(written, laid.map(|at| &roles[at]));
            match laid {
                Some(at) => roles[at] = role,
                None => roles.push(role),
            }
        }
        let span = own.first().map_or(draft.written.name().span, |role| role.id.span);
        let list = |roles: &[Role]| (!roles.is_empty()).then(|| Arc::from(roles));
        let change = Change { key: draft.id, before: list(there), after: list(&roles) };
        self.put(span, Event::Roles(change));
    }

    fn permissions(&mut self, draft: &Draft<'_>) {
        let own = draft.written.permissions();
        let begins = self.template_to_begin_from(draft).is_some();
        if own.is_none() && !begins && self.mode == Mode::Overlay {
            return;
        }
        let there: Vec<_> =
            self.base.permissions(draft.id).map(|(key, it)| (key.clone(), it.clone())).collect();
        // A list of entries is replaced whole. What came from the template lies below it: of an area that is
        // there already, as it has become, for a template has no influence after the beginning.
        let mut entries: BTreeMap<PermissionKey, (Permission, Span)> = BTreeMap::new();
        let template = self.template(draft);
        for (key, permission) in template.iter().flat_map(|it| it.permissions.iter()) {
            let become_of = || there.iter().find(|(it, _)| it == key).map(|(_, permission)| permission);
            if let Some(below) = if begins { Some(permission) } else { become_of() } {
                entries.insert(key.clone(), (below.clone(), draft.written.name().span));
            }
        }
        let mut written: BTreeMap<PermissionKey, Span> = BTreeMap::new();
        for entry in own.into_iter().flatten() {
            let Some((key, permission)) = read_entry(entry, self.problems) else { continue };
            let place = entry.at.as_ref().map_or(entry.span, |it| it.span);
            if !self.knows_role(draft.id, &entry.role) || !self.knows_slot(draft.project, place, &key.slot) {
                continue;
            }
            if let Some(first) = written.insert(key.clone(), entry.span) {
                let message = format_args!(
                    "there are two entries for {} and {} in this slot, the first at {first}",
                    quoted(&entry.role),
                    quoted(&entry.operation)
                );
                self.problems.add(entry.span, message);
            }
            entries.insert(key, (permission, entry.span));
        }
        for (key, permission) in &there {
            if !entries.contains_key(key) {
                let gone =
                    Change { key: (draft.id, key.clone()), before: Some(permission.clone()), after: None };
                self.put(draft.written.name().span, Event::Permission(gone));
            }
        }
        for (key, (permission, span)) in entries {
            let before = there.iter().find(|(it, _)| *it == key).map(|(_, permission)| permission.clone());
            self.put(
                span,
                Event::Permission(Change { key: (draft.id, key), before, after: Some(permission) }),
            );
        }
    }

    /// The list is replaced whole where it is written.
    fn preconditions(&mut self, draft: &Draft<'_>) {
        let there = self.base.preconditions(draft.id);
        let (span, entries) = match draft.written.preconditions() {
            Some(written) => {
                let mut entries: Vec<PreconditionEntry> = Vec::with_capacity(written.len());
                for entry in written {
                    let Some(read) = read_precondition(entry, self.problems) else { continue };
                    let place = entry.at.as_ref().map_or(entry.span, |it| it.span);
                    let mut known = self.knows_slot(draft.project, place, &read.key.slot);
                    for role in roles_of(entry) {
                        known &= self.knows_role(draft.id, role);
                    }
                    if known {
                        entries.push(read);
                    }
                }
                (written.first().map(|it| it.span), entries)
            }
            None => (
                None,
                match self.template_to_begin_from(draft) {
                    Some(template) => template.preconditions.to_vec(),
                    None if self.mode == Mode::Overlay => there.to_vec(),
                    None => Vec::new(),
                },
            ),
        };
        let list = |entries: &[PreconditionEntry]| (!entries.is_empty()).then(|| Arc::from(entries));
        let change = Change { key: draft.id, before: list(there), after: list(&entries) };
        self.put(span.unwrap_or(draft.written.name().span), Event::Preconditions(change));
    }

    /// Whether the timeline or iteration of a slot is there; if not, says so. Iteration types are the rules'
    /// affair.
    fn knows_slot(&mut self, project: AreaId, span: Span, slot: &Slot) -> bool {
        let work = self.work.clone();
        let timelines = work.timelines(project);
        let (what, wanted, known): (_, &str, Vec<Name>) = match slot {
            Slot::Always | Slot::IterationType(_) => return true,
            Slot::Timeline(name) => ("timeline", name, timelines.iter().map(|it| it.name.clone()).collect()),
            Slot::Iteration { timeline, iteration } => match timelines.iter().find(|it| it.name == *timeline)
            {
                None => ("timeline", timeline, timelines.iter().map(|it| it.name.clone()).collect()),
                Some(found) if found.iteration(iteration).is_some() => return true,
                Some(found) => ("iteration", iteration, paths(&found.iterations, "")),
            },
        };
        if known.iter().any(|it| **it == *wanted) {
            return true;
        }
        self.problems.unknown(span, what, wanted, || known.iter());
        false
    }

    fn timelines(&mut self, draft: &Draft<'_>, area: &raw::ProjectArea) {
        let there = self.base.timelines(draft.id);
        let mut timelines: Vec<Timeline> =
            if self.mode == Mode::Overlay { there.to_vec() } else { Vec::new() };
        let written = area.timelines.as_deref().unwrap_or_default();
        for timeline in written {
            let laid = timelines.iter().position(|it| it.name == timeline.name.value);
            let before = laid.map(|at| timelines[at].clone());
            let current = match &timeline.current {
                Some(current) => {
                    canonical_path(current, current.span, self.problems).map(|path| Some(Name::from(path)))
                }
                None => None,
            };
            let project = timeline.project.as_ref().map(|it| it.value);
            let after = Timeline {
                name: timeline.name.value.clone(),
                project: project.or(before.as_ref().map(|it| it.project)).unwrap_or(false),
                current: current.unwrap_or_else(|| before.as_ref().and_then(|it| it.current.clone())),
                iterations: self.iterations(
                    timeline.iterations.as_deref().unwrap_or_default(),
                    before.as_ref().map(|it| &*it.iterations).unwrap_or_default(),
                ),
                carried: match &before {
                    Some(before) => laid_over(&before.carried, &timeline.carried),
                    None => timeline.carried.clone(),
                },
            };
            match laid {
                Some(at) => timelines[at] = after,
                None => timelines.push(after),
            }
        }
        // Of timelines of which none says anything of it, the first is the project timeline.
        let silent = written.iter().all(|it| it.project.is_none());
        if silent
            && !timelines.iter().any(|it| it.project)
            && let Some(first) = timelines.first_mut()
        {
            first.project = true;
        }
        let span = written
            .first()
            .map_or(area.name.span, |it| it.current.as_ref().map_or(it.name.span, |current| current.span));
        let list = |timelines: &[Timeline]| (!timelines.is_empty()).then(|| Arc::from(timelines));
        let change = Change { key: draft.id, before: list(there), after: list(&timelines) };
        self.put(span, Event::Timelines(change));
    }

    fn iterations(&mut self, written: &[raw::Iteration], there: &[Iteration]) -> Arc<[Iteration]> {
        let mut iterations = there.to_vec();
        for iteration in written {
            let laid = iterations.iter().position(|it| it.id == iteration.id.value);
            let before = laid.map(|at| iterations[at].clone());
            let after = Iteration {
                id: iteration.id.value.clone(),
                iteration_type: iteration
                    .iteration_type
                    .as_ref()
                    .map(|it| it.value.clone())
                    .or_else(|| before.as_ref().and_then(|it| it.iteration_type.clone())),
                iterations: self.iterations(
                    iteration.iterations.as_deref().unwrap_or_default(),
                    before.as_ref().map(|it| &*it.iterations).unwrap_or_default(),
                ),
                carried: match &before {
                    Some(before) => laid_over(&before.carried, &iteration.carried),
                    None => iteration.carried.clone(),
                },
            };
            match laid {
                Some(at) => iterations[at] = after,
                None => iterations.push(after),
            }
        }
        iterations.into()
    }
}

pub(super) fn laid_over(below: &Carried, over: &Carried) -> Carried {
    let mut carried = below.clone();
    carried.lay(over.clone());
    carried
}

/// The slash paths of iterations, encoded.
fn paths(iterations: &[Iteration], above: &str) -> Vec<Name> {
    iterations
        .iter()
        .flat_map(|iteration| {
            let path = format!("{above}{}", encode(&iteration.id));
            let below = paths(&iteration.iterations, &format!("{path}/"));
            std::iter::once(Name::from(path)).chain(below)
        })
        .collect()
}
