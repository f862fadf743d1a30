//! Following the process of a project area of another server (docs/cross-server.md#copies-of-a-provider).
//!
//! What the provider tells is kept as facts, so that decisions, explanations, the journal and *as of* know of
//! it what they know of any other process. Nobody decides about it here: what the provider says is taken
//! over, unless it would break a rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::Application;
use crate::command::Noun as _;
use crate::decision::{Impact, Told, impact_told};
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::Precondition;
use crate::process::{PermissionKey, Role};
use crate::process_area::{
    AreaId, AreaKind, Frozen, ProcessArea, ProcessCopy, ProcessLink, ProjectArea, Provider,
};
use crate::process_template::ProcessTemplate;
use crate::rules::violations;
use crate::text::Name;

/// A process of another server that project areas here use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Elsewhere {
    /// The server's public URI.
    pub server: Name,
    /// Its application, and that of those who use it.
    pub application: Application,
    /// The project area's name there.
    pub project_area: Name,
}

/// A process that a provider shares, as it tells others of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldProcess {
    /// What this version of it is called: the same only for the same process.
    pub version: Name,
    /// The provider's revision.
    pub revision: u64,
    /// Which history of the provider's that belongs to.
    pub history: Name,
    /// The number of the project area in that history; names pass from one to another.
    #[serde(default)]
    pub project_area: Option<u32>,
    /// The process.
    pub process: ProcessTemplate,
}

/// What became of asking a provider.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessTelling {
    /// This is the process.
    Process(Box<ToldProcess>),
    /// It is not told any more.
    Withheld(Frozen),
}

/// What taking over a process comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakenProcess {
    /// What changes; nothing if it is here already.
    pub events: Vec<Event>,
    /// The roles that the provider has removed and that somebody here still has or an entry speaks of: they
    /// stay, without an entry of the provider's.
    pub kept_roles: Vec<Name>,
    /// Whether the provider's revisions began anew, as after a restore.
    pub restored: bool,
}

/// Why a process cannot be taken over: the rules that it would break here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the process does not fit here: {}", .0.join("; "))]
pub struct DoesNotFit(pub Vec<String>);

impl Organisation {
    /// Every process of another server that active project areas use, with those that do.
    pub fn used_elsewhere(&self) -> BTreeMap<Elsewhere, Vec<AreaId>> {
        let mut used: BTreeMap<Elsewhere, Vec<AreaId>> = BTreeMap::new();
        for (id, area, project) in self.project_areas() {
            if let Some(of) = elsewhere(project).filter(|_| !area.archived) {
                used.entry(of).or_default().push(id);
            }
        }
        used
    }

    /// The copy that is kept of a process, as long as somebody uses it: one that nobody follows may be old.
    pub fn copy_of(&self, of: &Elsewhere) -> Option<(AreaId, &ProcessCopy)> {
        self.copy_ever_of(of).filter(|(id, _)| self.consumers(*id).next().is_some())
    }

    /// Whether an item is the copy of another server's process.
    pub(crate) fn is_copy(&self, item: Item) -> bool {
        matches!(item, Item::Area(id) if self.area(id).is_some_and(|area| area.copy().is_some()))
    }

    fn copy_ever_of(&self, of: &Elsewhere) -> Option<(AreaId, &ProcessCopy)> {
        let same = |name: &Name, copy: &ProcessCopy| {
            (name, &copy.server, copy.application) == (&of.project_area, &of.server, of.application)
        };
        self.process_copies().find(|(_, name, copy)| same(name, copy)).map(|(id, _, copy)| (id, copy))
    }

    /// The link to a process elsewhere: pending, unless a project area that uses it has had it fetched.
    pub fn link_elsewhere(&self, of: &Elsewhere, iteration_types: bool) -> ProcessLink {
        let copy = self.copy_of(of).map(|(id, _)| id);
        let (server, project_area) = (of.server.clone(), of.project_area.clone());
        ProcessLink { provider: Provider::Elsewhere { server, project_area, copy }, iteration_types }
    }
}

fn elsewhere(project: &ProjectArea) -> Option<Elsewhere> {
    let Provider::Elsewhere { server, project_area, .. } = &project.uses_process.as_ref()?.provider else {
        return None;
    };
    let (server, project_area) = (server.clone(), project_area.clone());
    Some(Elsewhere { server, application: project.application, project_area })
}

/// Who would gain and who would lose if a provider told of this process; nothing if nobody here uses it.
/// `go_on` is asked now and then whether there is time left.
///
/// # Errors
/// When it would break rules here, so that it would not be taken over.
pub fn impact_of_process(
    organisation: &Organisation,
    of: &Elsewhere,
    process: ProcessTemplate,
    go_on: impl FnMut() -> bool,
) -> Result<Option<Impact>, DoesNotFit> {
    let Some((_, copy)) = organisation.copy_of(of) else { return Ok(None) };
    let told = ToldProcess {
        version: "".into(),
        revision: copy.revision,
        history: copy.history.clone(),
        project_area: copy.project_area,
        process,
    };
    let taken = take_process(organisation, of, &ProcessTelling::Process(Box::new(told)))?;
    let after = organisation.after(&taken.events);
    Ok(Some(impact_told(organisation, &after, &taken.events, |_| Told::Everybody, go_on)))
}

/// Takes over what a provider tells.
///
/// # Errors
/// When it would break rules here: everything then stays as it is.
pub fn take_process(
    organisation: &Organisation,
    of: &Elsewhere,
    telling: &ProcessTelling,
) -> Result<TakenProcess, DoesNotFit> {
    let users = users(organisation, of);
    if users.is_empty() {
        return Ok(TakenProcess::default());
    }
    let taken = match telling {
        ProcessTelling::Process(told) if is_of_another_area(organisation, of, told) => TakenProcess {
            events: freeze(organisation, of, Frozen::Replaced).into_iter().collect(),
            ..TakenProcess::default()
        },
        ProcessTelling::Process(told) => take(organisation, of, told, &users),
        ProcessTelling::Withheld(frozen) => TakenProcess {
            events: freeze(organisation, of, *frozen).into_iter().collect(),
            ..TakenProcess::default()
        },
    };
    let broken = violations(&organisation.after(&taken.events), &taken.events);
    if broken.is_empty() {
        return Ok(taken);
    }
    let told: BTreeSet<String> = broken.iter().map(|it| it.rule.to_string()).collect();
    Err(DoesNotFit(told.into_iter().collect()))
}

/// What comes of taking over a process that a project area uses, whether it breaks a rule or not.
pub(crate) fn taken(organisation: &Organisation, user: AreaId, told: &ToldProcess) -> Vec<Event> {
    let of = organisation.area(user).and_then(|it| elsewhere(it.project()?));
    of.map(|of| take(organisation, &of, told, &users(organisation, &of)).events).unwrap_or_default()
}

/// The project areas that use it.
fn users(organisation: &Organisation, of: &Elsewhere) -> Vec<AreaId> {
    let all = organisation.project_areas();
    all.filter(|(.., project)| elsewhere(project).as_ref() == Some(of)).map(|(id, ..)| id).collect()
}

/// Whether a process is told under the name of the one that is used, and is of another project area: whoever
/// makes one at the provider decides nothing here by what they call it. Those who use it link anew, if
/// they mean that one (docs/cross-server.md#copies-of-a-provider).
pub fn is_of_another_area(organisation: &Organisation, of: &Elsewhere, told: &ToldProcess) -> bool {
    organisation.copy_of(of).is_some_and(|(_, copy)| {
        let areas = copy.project_area.zip(told.project_area);
        copy.history == told.history && areas.is_some_and(|(known, told)| known != told)
    })
}

fn freeze(organisation: &Organisation, of: &Elsewhere, frozen: Frozen) -> Option<Event> {
    let (id, copy) = organisation.copy_of(of).filter(|(_, copy)| copy.frozen != Some(frozen))?;
    let before = organisation.area(id)?;
    let kind = AreaKind::Copy(ProcessCopy { frozen: Some(frozen), ..copy.clone() });
    let after = ProcessArea { kind, ..before.clone() };
    Some(ProcessArea::event(id, Some(before.clone()), Some(after)))
}

fn take(organisation: &Organisation, of: &Elsewhere, told: &ToldProcess, users: &[AreaId]) -> TakenProcess {
    let there = organisation.copy_ever_of(of);
    let id = there.map_or_else(|| ProcessArea::next(organisation), |(id, _)| id);
    let process = &told.process;
    let copy = ProcessCopy {
        application: of.application,
        server: of.server.clone(),
        version: told.version.clone(),
        revision: told.revision,
        history: told.history.clone(),
        project_area: told.project_area,
        iteration_types: Arc::clone(&process.iteration_types),
        frozen: None,
    };
    // Of the same version no earlier revision is told, save by an earlier release.
    let restored = there.is_some_and(|(_, before)| {
        before.history != copy.history || (before.revision > copy.revision && before.version != copy.version)
    });
    let mut taken = TakenProcess { restored, ..TakenProcess::default() };
    let same = there.is_some_and(|(_, before)| before.version == copy.version);
    // The same process of a later revision is nothing that anybody would want to read about.
    if !same || restored || there.is_some_and(|(_, before)| before.frozen.is_some()) {
        let before = organisation.area(id).cloned();
        let after = ProcessArea {
            name: of.project_area.clone(),
            archived: false,
            kind: AreaKind::Copy(copy),
            carried: process.carried.clone(),
        };
        taken.events.push(ProcessArea::event(id, before, Some(after)));
    }
    if !same {
        let kept = roles_in_use(organisation, id, process);
        taken.kept_roles = kept.iter().map(|role| role.id.clone()).collect();
        let roles: Arc<[Role]> = process.roles.iter().cloned().chain(kept).collect();
        let before = organisation.facts.roles.get(&id).cloned();
        let after = Some(roles).filter(|roles| !roles.is_empty());
        if before != after {
            taken.events.push(Event::Roles(Change { key: id, before, after }));
        }
        taken.events.extend(entries(organisation, id, process));
        let before = organisation.facts.preconditions.get(&id).cloned();
        let after = Some(process.preconditions.clone()).filter(|all| !all.is_empty());
        if before != after {
            taken.events.push(Event::Preconditions(Change { key: id, before, after }));
        }
    }
    taken.events.extend(users.iter().filter_map(|user| linked(organisation, *user, id)));
    taken
}

/// The link of a project area that leads to the copy, if it has led to none.
fn linked(organisation: &Organisation, user: AreaId, to: AreaId) -> Option<Event> {
    let before = organisation.area(user)?;
    let mut after = before.clone();
    let AreaKind::Project(ProjectArea { uses_process: Some(link), .. }) = &mut after.kind else {
        return None;
    };
    let Provider::Elsewhere { copy, .. } = &mut link.provider else { return None };
    if copy.replace(to) == Some(to) {
        return None;
    }
    Some(ProcessArea::event(user, Some(before.clone()), Some(after)))
}

fn entries(organisation: &Organisation, id: AreaId, process: &ProcessTemplate) -> Vec<Event> {
    let told: BTreeMap<&PermissionKey, _> =
        process.permissions.iter().map(|(key, permission)| (key, permission)).collect();
    let gone = organisation.permissions(id).filter(|(key, _)| !told.contains_key(key));
    let gone = gone.map(|(key, before)| (key, Some(before.clone()), None));
    let now = told.iter().map(|(key, permission)| {
        let before = organisation.facts.permissions.get(&(id, (*key).clone())).cloned();
        (*key, before, Some((*permission).clone()))
    });
    gone.chain(now)
        .filter(|(_, before, after)| before != after)
        .map(|(key, before, after)| Event::Permission(Change { key: (id, key.clone()), before, after }))
        .collect()
}

/// The roles of the copy that the provider tells of no more, and that are spoken of where it is used.
fn roles_in_use(organisation: &Organisation, copy: AreaId, process: &ProcessTemplate) -> Vec<Role> {
    let told = |id: &Name| process.roles.iter().any(|role| role.id == *id);
    let mut dropped: Vec<&Role> = organisation.roles(copy).iter().filter(|role| !told(&role.id)).collect();
    let mut used = BTreeSet::new();
    for area in organisation.consumers(copy).flat_map(|user| organisation.subtree(user)) {
        let approvers = |precondition: &Precondition| match precondition {
            Precondition::Approval(role) => Some(role.clone()),
            _ => None,
        };
        used.extend(organisation.members(area).flat_map(|(_, roles)| roles.iter().cloned()));
        used.extend(organisation.permissions(area).map(|(key, _)| key.role.clone()));
        for entry in organisation.preconditions(area) {
            used.insert(entry.key.role.clone());
            used.extend(entry.require.iter().filter_map(approvers));
        }
    }
    let bindings = organisation.settings().group_bindings;
    used.extend(bindings.iter().map(|binding| binding.role.clone()));
    dropped.retain(|role| used.contains(&role.id));
    dropped.into_iter().cloned().collect()
}
