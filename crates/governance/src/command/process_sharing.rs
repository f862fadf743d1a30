//! Beginning to use another's process, and ending it without losing that
//! (docs/cross-server.md#beginning-a-link, #ending-a-link).

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::changed;
use super::permissions::set;
use super::project_area::needs_provider;
use super::{Needs, Noun, Step};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::PreconditionEntry;
use crate::process::{PermissionKey, Role, Slot};
use crate::process_area::{AreaId, AreaKind, ProcessArea, ProcessLink, Provider};
use crate::process_copy::{Elsewhere, ToldProcess, taken};
use crate::process_template::ProcessTemplate;
use crate::user::UserId;

/// Has a project area use the process of another. What another server has told of it comes along, so that it
/// decides at once, and that everything it changes is known beforehand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UseProcess {
    /// The consumer.
    pub area: AreaId,
    /// Whose process.
    pub link: ProcessLink,
    /// The process, where it is another server's; passed over where a copy of it is followed here already.
    #[serde(default)]
    pub told: Option<Box<ToldProcess>>,
    /// What becomes of the consumer's own.
    pub own: OwnProcess,
}

/// What becomes of what a project area has itself, when it uses the process of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OwnProcess {
    /// It lies over what the other says.
    #[default]
    Keep,
    /// Its entries and preconditions go, and those of its roles that the other defines, too.
    Drop,
}

impl UseProcess {
    /// The other project areas that follow the copy which is fetched anew: what it becomes decides there,
    /// too.
    fn others_led(&self, organisation: &Organisation) -> Vec<AreaId> {
        let project = organisation.area(self.area).and_then(ProcessArea::project);
        let (Provider::Elsewhere { server, project_area, copy: None }, Some(project)) =
            (&self.link.provider, project)
        else {
            return Vec::new();
        };
        let of = Elsewhere {
            server: server.clone(),
            application: project.application,
            project_area: project_area.clone(),
        };
        let copy = organisation.copy_of(&of).map(|(copy, _)| copy);
        let led = copy.into_iter().flat_map(|copy| organisation.consumers(copy));
        led.filter(|other| *other != self.area).collect()
    }
}

impl Step for UseProcess {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-specification", Item::Area(self.area));
        needs_provider(Some(&self.link), needs);
        for other in self.others_led(needs.organisation) {
            needs.save("modify-specification", Item::Area(other));
        }
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let linked = changed(organisation, self.area, |area: &mut ProcessArea| match &mut area.kind {
            AreaKind::Project(project) => {
                project.uses_process = Some(self.link.clone());
                Ok(())
            }
            AreaKind::Team(_) | AreaKind::Copy(_) => Err(Refusal::NotThere("project area")),
        })?;
        let mut events = vec![linked];
        let mut after = organisation.after(&events);
        if let (Some(told), None) = (&self.told, self.link.lender()) {
            let copied = taken(&after, self.area, told);
            after.apply(&copied);
            events.extend(copied);
        }
        if self.own == OwnProcess::Drop {
            events.extend(without_own(&after, self.area)?);
        }
        Ok(events)
    }
}

/// Takes away what a consumer has itself. A role of its own that the provider does not define stays, since
/// members may have it.
fn without_own(organisation: &Organisation, area: AreaId) -> Result<Vec<Event>, Refusal> {
    let link = organisation.area(area).and_then(|it| it.project()?.uses_process.as_ref());
    let lender = link.and_then(ProcessLink::lender).ok_or_else(|| {
        let text = "the process is not here yet, and nothing of the own one is dropped before it is";
        Refusal::Precondition(text.to_owned())
    })?;
    let entries = organisation.permissions(area).map(|(key, _)| set(organisation, area, key, None));
    let mut events: Vec<_> = entries.collect();
    events.push(super::preconditions::set(organisation, area, &[]));
    let theirs = |role: &&Role| organisation.roles(lender).iter().any(|it| it.id == role.id);
    let kept: Arc<[Role]> = organisation.roles(area).iter().filter(|it| !theirs(it)).cloned().collect();
    let before = organisation.facts.roles.get(&area).cloned();
    let after = Some(kept).filter(|roles| !roles.is_empty());
    events.push(Event::Roles(Change { key: area, before, after }));
    Ok(events)
}

/// Writes the effective process into a consumer, then unlinks it.
///
/// Copied are the provider's role definitions and entries that apply here, unless an entry of the area's own
/// would have hidden them; a final one of the provider replaces the area's own for the same role and
/// operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CopyProcessAndUnlink {
    /// The consumer.
    pub area: AreaId,
}

impl Step for CopyProcessAndUnlink {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.save("modify-specification", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let project = organisation.area(self.area).and_then(ProcessArea::project);
        if project.and_then(|it| it.uses_process.as_ref()).is_some_and(|link| link.lender().is_none()) {
            let text = "the process is not here yet: there is nothing to copy; unlink it instead";
            return Err(Refusal::Precondition(text.into()));
        }
        unlinking(organisation, self.area).ok_or_else(|| {
            let text = "the project area uses nobody else's process: there is nothing to unlink";
            Refusal::Precondition(text.into())
        })
    }
}

/// The organisation as it would be if the project area had done that; `None` where there is nothing to
/// unlink.
pub(crate) fn unlinked(organisation: &Organisation, area: AreaId) -> Option<Organisation> {
    Some(organisation.after(&unlinking(organisation, area)?))
}

/// The provider's preconditions that apply, below the own: an own entry for the same role and operation hides
/// the provider's where it holds always or in the same slot, unless there is one that is final always.
fn effective_preconditions(
    organisation: &Organisation,
    area: AreaId,
    provider: AreaId,
    applies: impl Fn(&Slot) -> bool,
) -> Vec<PreconditionEntry> {
    let own = organisation.preconditions(area);
    let shared = organisation.preconditions(provider).iter().filter(|it| applies(&it.key.slot));
    let same = |one: &PreconditionEntry, other: &PreconditionEntry| {
        (&one.key.role, one.key.operation) == (&other.key.role, other.key.operation)
    };
    let shared: Vec<_> = shared.collect();
    let is_bound = |it: &PreconditionEntry| {
        shared.iter().any(|of| of.is_final && of.key.slot == Slot::Always && same(of, it))
    };
    let hides = |own: &PreconditionEntry, it: &PreconditionEntry| {
        same(own, it) && (own.key.slot == Slot::Always || own.key.slot == it.key.slot)
    };
    let kept = own.iter().filter(|own| !is_bound(own));
    let below = shared.iter().copied().filter(|it| is_bound(it) || !own.iter().any(|own| hides(own, it)));
    kept.chain(below).cloned().collect()
}

/// What a consumer carries of its process, and of the provider's where it says nothing itself.
fn carried_with(own: &Carried, shared: &Carried) -> Carried {
    ProcessTemplate::PROCESS_KEYS.into_iter().fold(own.clone(), |carried, key| {
        match carried_value(key, &carried, Some(shared)) {
            Some(value) => carried.with(key, Some(value)),
            None => carried,
        }
    })
}

/// What a project area carries under a key of its process, with what it uses of another's: types of
/// attributes and links are each project area's own, and not lent.
pub(crate) fn carried_value(key: &str, own: &Carried, shared: Option<&Carried>) -> Option<Value> {
    let lent = !["attribute_types", "link_types"].contains(&key);
    let shared = shared.filter(|_| lent).and_then(|shared| shared.get(key));
    match (own.get(key), shared) {
        // One text for each operation.
        (Some(Value::Object(own)), Some(Value::Object(shared))) => {
            let both = shared.iter().chain(own).map(|(key, text)| (key.clone(), text.clone()));
            Some(Value::Object(both.collect()))
        }
        // One type for each id, the own ones first.
        (Some(Value::Array(own)), Some(Value::Array(shared))) => {
            let is_own = |it: &&Value| own.iter().any(|own| id_of_type(own) == id_of_type(it));
            Some(own.iter().chain(shared.iter().filter(|it| !is_own(it))).cloned().collect())
        }
        (own, shared) => own.or(shared).cloned(),
    }
}

/// A type is its id, or has one.
fn id_of_type(it: &Value) -> Option<&str> {
    it.as_str().or_else(|| it.get("id")?.as_str())
}

fn unlinking(organisation: &Organisation, area: AreaId) -> Option<Vec<Event>> {
    let project = organisation.area(area)?.project()?;
    let link = project.uses_process.as_ref()?;
    let mut types = project.iteration_types.to_vec();
    let mut events = Vec::new();
    // A provider elsewhere that was never fetched has nothing to copy.
    if let Some(provider) = link.lender() {
        let own: BTreeSet<_> = organisation.roles(area).iter().map(|role| &role.id).collect();
        let copied = organisation.roles(provider).iter().filter(|role| !own.contains(&role.id));
        let roles: Vec<_> = organisation.roles(area).iter().chain(copied).cloned().collect();
        let before = organisation.facts.roles.get(&area).cloned();
        let after = (!roles.is_empty()).then(|| roles.into());
        events.push(Event::Roles(Change { key: area, before, after }));

        if link.iteration_types
            && let Some((_, shared)) = organisation.area(provider).and_then(|it| it.process())
        {
            let more: Vec<_> = shared.iter().filter(|it| !types.contains(it)).cloned().collect();
            types.extend(more);
        }
        let applies = |slot: &Slot| match slot {
            Slot::Always => true,
            Slot::IterationType(_) => link.iteration_types,
            Slot::Timeline(_) | Slot::Iteration { .. } => false,
        };
        let shared: Vec<_> =
            organisation.permissions(provider).filter(|(key, _)| applies(&key.slot)).collect();
        let bound: BTreeSet<_> = shared
            .iter()
            .filter(|(key, permission)| permission.is_final && key.slot == Slot::Always)
            .map(|(key, _)| (&key.role, key.operation))
            .collect();
        for (key, _) in organisation.permissions(area) {
            if bound.contains(&(&key.role, key.operation)) {
                events.push(set(organisation, area, key, None));
            }
        }
        let demanded = effective_preconditions(organisation, area, provider, applies);
        events.push(super::preconditions::set(organisation, area, &demanded));
        for (key, permission) in shared {
            let always = PermissionKey { slot: Slot::Always, ..key.clone() };
            let hidden = [&always, key]
                .iter()
                .any(|key| organisation.facts.permissions.contains_key(&(area, (*key).clone())));
            if !hidden || bound.contains(&(&key.role, key.operation)) {
                events.push(set(organisation, area, key, Some(permission.clone())));
            }
        }
    }
    let before = organisation.area(area)?.clone();
    let mut after = before.clone();
    if let Some(provider) = link.lender().and_then(|provider| organisation.area(provider)) {
        after.carried = carried_with(&before.carried, &provider.carried);
    }
    if let AreaKind::Project(project) = &mut after.kind {
        project.uses_process = None;
        project.iteration_types = types.into();
    }
    events.push(ProcessArea::event(area, Some(before), Some(after)));
    Some(events)
}
