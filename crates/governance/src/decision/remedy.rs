//! The smallest changes that would allow a refused question (docs/decision.md#what-would-allow-it).
//!
//! Candidates are proposed by what the refusing gate reads, made for real on a copy of the organisation, and kept
//! only when `decide` then allows the question.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use smallvec::smallvec;

use super::governing_area::governing_area;
use super::permission::counted_roles;
use super::reverse::{items_a_user_may, users_who_may};
use super::{decide, gates};
use crate::access_group::Audience;
use crate::catalogue::{Action, ActionPattern, Class, LicenceSet, OperationId, RepositoryOperation};
use crate::configuration::TeamAreaSetting;
use crate::event::{Change, Event, Holds};
use crate::index::RoleSet;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::{EVERYONE, Permission, PermissionKey, Slot};
use crate::process_area::{AreaId, ReadAccess};
use crate::question::{Ask, Gate, Question, Refused, With};
use crate::rules::violations;
use crate::user::{RepositoryGroup, UserId};

/// Changes that together would allow the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// What to do, a sentence a change.
    pub changes: Vec<String>,
    /// What else it opens.
    pub opens: Opens,
    /// The ids of those who may make every one of the changes, in order.
    pub who: Vec<String>,
}

/// What a remedy opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Opens {
    /// How many people gain the asked actions on the item, the one who asks among them.
    pub people: usize,
    /// On how many items the one who asks gains them, the asked one among them.
    pub items: usize,
}

/// One change that might help.
#[derive(Clone)]
struct Step {
    sentence: String,
    event: Event,
    /// What one must be allowed to make it.
    needs: (Ask, Item),
}

/// More than this many changes are no small remedy.
const MOST_CHANGES: usize = 3;
/// How many half-way organisations are followed up at each number of changes.
const MOST_FOLLOWED: usize = 60;

/// The remedies with the fewest changes, those that open least first; none for an allowed question.
pub(super) fn remedies(organisation: &Organisation, question: &Question) -> Vec<Remedy> {
    let mut frontier: Vec<(Organisation, Vec<Step>)> = vec![(organisation.clone(), Vec::new())];
    for _ in 0..MOST_CHANGES {
        let mut found = Vec::new();
        let mut next = Vec::new();
        for (made, steps) in frontier {
            let Err(refused) = decide(&made, question) else { return Vec::new() };
            for step in candidates(&made, question, &refused) {
                let after = made.after([&step.event]);
                if !violations(&after, std::slice::from_ref(&step.event)).is_empty() {
                    continue;
                }
                let steps = [steps.as_slice(), &[step]].concat();
                match decide(&after, question) {
                    Ok(_) => found.push(remedy(organisation, &after, question, steps)),
                    Err(still) if closer(&refused, &still) && next.len() < MOST_FOLLOWED => {
                        next.push((after, steps));
                    }
                    Err(_) => {}
                }
            }
        }
        if !found.is_empty() {
            found.sort_by_key(|remedy| (remedy.opens.people + remedy.opens.items, remedy.changes.clone()));
            found.dedup();
            return found;
        }
        frontier = next;
    }
    Vec::new()
}

/// Whether a refusal is nearer to being allowed than another.
fn closer(before: &Refused, after: &Refused) -> bool {
    after.gate > before.gate || (after.gate == before.gate && after.missing.len() < before.missing.len())
}

fn remedy(before: &Organisation, after: &Organisation, question: &Question, steps: Vec<Step>) -> Remedy {
    let people = |organisation: &Organisation| -> BTreeSet<UserId> {
        users_who_may(organisation, question).into_iter().map(|(user, _)| user).collect()
    };
    let items = |organisation: &Organisation| -> BTreeSet<Item> {
        let ask = match &question.ask {
            Ask::Perform(operation, actions, _) => Ask::Perform(*operation, actions.clone(), With::Nothing),
            other => other.clone(),
        };
        let user = question.user;
        user.map(|user| items_a_user_may(organisation, user, &ask, question.leases))
            .unwrap_or_default()
            .into_iter()
            .collect()
    };
    let opens = Opens {
        people: people(after).difference(&people(before)).count(),
        // What a replacement's second path allows is no list of items; the asked one counts at least.
        items: items(after).difference(&items(before)).count().max(1),
    };
    let who = steps
        .iter()
        .map(|step| who_may(before, &step.needs))
        .reduce(|all, some| all.intersection(&some).copied().collect())
        .unwrap_or_default();
    let id = |user: &UserId| before.user(*user).map(|it| it.id.to_string());
    Remedy {
        changes: steps.into_iter().map(|step| step.sentence).collect(),
        opens,
        who: who.iter().filter_map(id).collect(),
    }
}

fn who_may(organisation: &Organisation, (ask, item): &(Ask, Item)) -> BTreeSet<UserId> {
    let question = Question { user: None, ask: ask.clone(), item: *item, leases: organisation.leasable() };
    users_who_may(organisation, &question).into_iter().map(|(user, _)| user).collect()
}

fn repository(operation: RepositoryOperation) -> (Ask, Item) {
    (Ask::Repository(operation), Item::Repository)
}

/// The permission to save a process area, by the action.
fn save_area(organisation: &Organisation, area: AreaId, action: &'static str) -> (Ask, Item) {
    let project = organisation.area(area).is_some_and(|area| area.project().is_some());
    let name = if project { "process.save-project-area" } else { "process.save-team-area" };
    let operation = OperationId::from_name(name).unwrap_or(OperationId::first());
    (Ask::Perform(operation, smallvec![operation.known(action)], With::Nothing), Item::Area(area))
}

fn candidates(organisation: &Organisation, question: &Question, refused: &Refused) -> Vec<Step> {
    let Some(user) = question.user else { return Vec::new() };
    match refused.gate {
        Gate::Auth => unarchive_user(organisation, user).into_iter().collect(),
        Gate::RepositoryGroup => join_groups(organisation, question, user),
        Gate::NotVisible => let_see(organisation, question.item, user),
        Gate::License => give_licences(organisation, question, user),
        Gate::State => unarchive(organisation, question),
        Gate::Permission => match &question.ask {
            Ask::Perform(operation, actions, _) => {
                let area = refused.area.or_else(|| governing_area(organisation, *operation, question.item));
                let Some(area) = area else { return Vec::new() };
                let missing: Vec<_> =
                    refused.missing.iter().filter_map(|at| actions.get(usize::from(*at)).cloned()).collect();
                let mut steps = give_roles(organisation, user, area, &missing);
                steps.extend(grant_entries(organisation, user, area, *operation, &missing));
                steps.extend(make_administrator(organisation, user, area, *operation));
                steps.extend(assign_team_area(organisation, question.item, user, *operation, &missing));
                steps
            }
            Ask::Read | Ask::SetContext | Ask::Repository(_) => Vec::new(),
        },
    }
}

fn name_of(organisation: &Organisation, user: UserId) -> String {
    organisation.user(user).map(|user| user.name.to_string()).unwrap_or_default()
}

fn area_name(organisation: &Organisation, area: AreaId) -> String {
    organisation.area(area).map(|area| area.name.to_string()).unwrap_or_default()
}

/// The event that changes a user.
fn change_user(
    organisation: &Organisation,
    user: UserId,
    change: impl FnOnce(&mut crate::user::User),
) -> Option<Event> {
    let before = organisation.user(user)?;
    let mut after = before.clone();
    change(&mut after);
    Some(Event::User(Change {
        key: user,
        before: Some(Arc::new(before.clone())),
        after: Some(Arc::new(after)),
    }))
}

fn unarchive_user(organisation: &Organisation, user: UserId) -> Option<Step> {
    Some(Step {
        sentence: format!("Unarchive the user {}", name_of(organisation, user)),
        event: change_user(organisation, user, |user| user.archived = false)?,
        needs: repository(RepositoryOperation::manage_users()),
    })
}

fn join_groups(organisation: &Organisation, question: &Question, user: UserId) -> Vec<Step> {
    let groups: Vec<_> = match &question.ask {
        Ask::Repository(operation) => operation.groups().iter().collect(),
        _ => vec![RepositoryGroup::JazzUsers],
    };
    groups
        .into_iter()
        .filter_map(|group| {
            Some(Step {
                sentence: format!("Add {} to the group {}", name_of(organisation, user), group.id()),
                event: change_user(organisation, user, |user| user.groups = user.groups.with(group))?,
                needs: repository(RepositoryOperation::manage_users()),
            })
        })
        .collect()
}

fn give_licences(organisation: &Organisation, question: &Question, user: UserId) -> Vec<Step> {
    let unlocking = match &question.ask {
        Ask::Perform(operation, ..) => LicenceSet::that_unlock(*operation),
        _ => LicenceSet::that_unlock_plans(),
    };
    let mut types: Vec<_> = unlocking.iter().filter(|it| !it.is_functional()).collect();
    types.sort_by_key(|it| it.tokens());
    types
        .into_iter()
        .filter_map(|licence| {
            let with = |user: &mut crate::user::User| {
                user.licences = user.licences.union([licence].into_iter().collect());
            };
            Some(Step {
                sentence: format!("Assign the licence {} to {}", licence.id(), name_of(organisation, user)),
                event: change_user(organisation, user, with)?,
                needs: repository(RepositoryOperation::manage_licences()),
            })
        })
        .collect()
}

fn join(organisation: &Organisation, user: UserId, area: AreaId) -> Option<Step> {
    if organisation.member(area, user).is_some() {
        return None;
    }
    let event = Event::Member(Change { key: (area, user), before: None, after: Some(Arc::default()) });
    Some(Step {
        sentence: format!(
            "Make {} a member of {}, without a role",
            name_of(organisation, user),
            area_name(organisation, area)
        ),
        event,
        needs: save_area(organisation, area, "modify-members"),
    })
}

fn let_see(organisation: &Organisation, item: Item, user: UserId) -> Vec<Step> {
    let Some(project) = organisation.project_of_item(item) else { return Vec::new() };
    let Some(access) = organisation.area(project).and_then(|area| area.project()).map(|it| it.access) else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let mut audiences: Vec<Audience> = Vec::new();
    match gates::own_restriction(organisation, item) {
        Some(gates::Restriction::Audience(audience)) => audiences.push(audience),
        Some(gates::Restriction::Hierarchy) => steps.extend(join(organisation, user, project)),
        Some(gates::Restriction::User(_) | gates::Restriction::Nobody) | None => {}
    }
    let folder = match item {
        Item::Folder(id) => Some(id),
        Item::Artefact(id) => organisation.artefact(id).and_then(|it| it.folder),
        _ => None,
    };
    if let Some(folder) = folder {
        audiences.extend(organisation.folder_and_above(folder).filter_map(|(_, it)| it.read));
    }
    for audience in audiences {
        match audience {
            Audience::MembersOf(area) => {
                steps.extend(
                    organisation.subtree(area).into_iter().filter_map(|it| join(organisation, user, it)),
                );
            }
            Audience::AccessGroup(id) => {
                let Some(group) = organisation.access_group(id) else { continue };
                let mut after = group.clone();
                let users: BTreeSet<_> = group.users.iter().copied().chain([user]).collect();
                after.users = users.into_iter().collect();
                steps.push(Step {
                    sentence: format!(
                        "Add {} to the access group {}",
                        name_of(organisation, user),
                        group.name
                    ),
                    event: Event::AccessGroup(Change {
                        key: id,
                        before: Some(Arc::new(group.clone())),
                        after: Some(Arc::new(after)),
                    }),
                    needs: repository(RepositoryOperation::manage_access_groups()),
                });
            }
        }
    }
    if matches!(access, ReadAccess::Hierarchy | ReadAccess::HierarchyAndList) {
        steps.extend(organisation.subtree(project).into_iter().filter_map(|it| join(organisation, user, it)));
    }
    if matches!(access, ReadAccess::List | ReadAccess::HierarchyAndList) {
        steps.push(Step {
            sentence: format!(
                "Add {} to the access list of {}",
                name_of(organisation, user),
                area_name(organisation, project)
            ),
            event: Event::Listed(Change { key: (project, user), before: None, after: Some(Holds) }),
            needs: save_area(organisation, project, "modify-access-control"),
        });
    }
    steps
}

/// Giving the user, in an area whose assignments count, a role that grants one of the missing actions.
fn give_roles(organisation: &Organisation, user: UserId, area: AreaId, missing: &[Action]) -> Vec<Step> {
    let Some(law) = organisation.index.law(area) else { return Vec::new() };
    let mut steps = Vec::new();
    for (ordinal, id) in law.roles().skip(1) {
        let mut alone = RoleSet::default();
        alone.insert(ordinal);
        if !missing.iter().any(|action| law.grants.grant(&alone, action)) {
            continue;
        }
        for &target in law.counted() {
            let Some((_, role)) = organisation.role(target, id) else { continue };
            let before = organisation.member(target, user).cloned();
            if before.as_ref().is_some_and(|roles| roles.iter().any(|it| **it == *id)) {
                continue;
            }
            let after = before.iter().flat_map(|it| it.iter().cloned()).chain([role.id.clone()]).collect();
            steps.push(Step {
                sentence: format!(
                    "Give {} the role {} in {}",
                    name_of(organisation, user),
                    role.name,
                    area_name(organisation, target)
                ),
                event: Event::Member(Change { key: (target, user), before, after: Some(after) }),
                needs: save_area(organisation, target, "modify-members"),
            });
        }
    }
    steps
}

/// Letting a role that the user has in the governing area grant what is missing there.
fn grant_entries(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    operation: OperationId,
    missing: &[Action],
) -> Vec<Step> {
    let (Some(law), Some(person)) = (organisation.index.law(area), organisation.index.person(user)) else {
        return Vec::new();
    };
    let counted = counted_roles(person, law);
    let mut steps = Vec::new();
    for id in law.roles_in(&counted) {
        // What the role grants now comes along: an entry replaces what it overrides whole.
        let mut alone = RoleSet::default();
        if let Some(ordinal) = law.ordinal(id) {
            alone.insert(ordinal);
        }
        let granted = operation
            .leaves()
            .map(|leaf| Action { leaf, identifier: None })
            .filter(|action| !action.leaf.is_team_area() && law.grants.grant(&alone, action));
        let wanted: BTreeSet<String> = missing
            .iter()
            .map(|action| match action.leaf.is_team_area() {
                true => "modify-attributes".to_owned(),
                false => action.to_string(),
            })
            .collect();
        let kept: Vec<String> =
            granted.map(|it| node(it.leaf.path())).filter(|it| !wanted.contains(it)).collect();
        let added = wanted.iter().cloned().collect::<Vec<_>>().join(", ");
        let actions: Option<Arc<[ActionPattern]>> =
            kept.into_iter().chain(wanted).map(|path| ActionPattern::parse(operation, &path).ok()).collect();
        let Some(actions) = actions else { continue };
        for &target in law.path.iter() {
            let mut here: Vec<_> = organisation
                .permissions(target)
                .filter(|(key, _)| *key.role == *id && key.operation == operation)
                .filter_map(|(key, permission)| Some((law.rank(target, &key.slot)?, key, permission)))
                .collect();
            here.sort_by_key(|(rank, ..)| *rank);
            let (slot, before) = match here.first() {
                Some((_, key, permission)) => (key.slot.clone(), Some((*permission).clone())),
                None => (Slot::Always, None),
            };
            let Some(role) = role_id(organisation, target, id) else { continue };
            let after = Permission {
                actions: actions.clone(),
                is_final: before.as_ref().is_some_and(|it| it.is_final),
            };
            let title = organisation
                .role(target, id)
                .map_or("Everyone".to_owned(), |(_, role)| role.name.to_string());
            steps.push(Step {
                sentence: format!(
                    "Let {title} do {operation}/{added} in {}",
                    area_name(organisation, target)
                ),
                event: Event::Permission(Change {
                    key: (target, PermissionKey { role, operation, slot }),
                    before,
                    after: Some(after),
                }),
                needs: save_area(organisation, target, "modify-specification"),
            });
        }
    }
    steps
}

/// The node of the action tree above an identifier: `create/type/<type>` → `create/type`.
fn node(path: &str) -> String {
    path.split("/<").next().unwrap_or(path).to_owned()
}

/// The role's id as the area knows it; nothing where the role is not visible.
fn role_id(organisation: &Organisation, area: AreaId, id: &str) -> Option<crate::text::Name> {
    if id == EVERYONE {
        Some(EVERYONE.into())
    } else {
        organisation.role(area, id).map(|(_, role)| role.id.clone())
    }
}

/// Process operations are open to administrators of the area and of those above.
fn make_administrator(
    organisation: &Organisation,
    user: UserId,
    area: AreaId,
    operation: OperationId,
) -> Vec<Step> {
    if !operation.is_process() {
        return Vec::new();
    }
    organisation
        .path(area)
        .iter()
        .map(|&target| Step {
            sentence: format!(
                "Make {} an administrator of {}",
                name_of(organisation, user),
                area_name(organisation, target)
            ),
            event: Event::Administrator(Change { key: (target, user), before: None, after: Some(Holds) }),
            needs: save_area(organisation, target, "modify-administrators"),
        })
        .collect()
}

/// Handing the item, or the component that it inherits from, to a team area in which the user may.
fn assign_team_area(
    organisation: &Organisation,
    item: Item,
    user: UserId,
    operation: OperationId,
    missing: &[Action],
) -> Vec<Step> {
    if operation.class() != Class::Team {
        return Vec::new();
    }
    let (Some(project), Some(person)) = (organisation.project_of_item(item), organisation.index.person(user))
    else {
        return Vec::new();
    };
    let may_in = |area: &AreaId| {
        organisation.index.law(*area).is_some_and(|law| {
            let roles = counted_roles(person, law);
            !law.archived && missing.iter().all(|action| law.grants.grant(&roles, action))
        })
    };
    let teams: Vec<AreaId> = organisation.subtree(project).into_iter().filter(may_in).collect();
    teams.into_iter().flat_map(|team| hand_over(organisation, item, project, team)).collect()
}

fn hand_over(organisation: &Organisation, item: Item, project: AreaId, team: AreaId) -> Vec<Step> {
    let own = (team != project).then_some(team);
    let to = match own {
        Some(team) => format!("Assign {} to", area_name(organisation, team)),
        None => "Unassign the team area of".to_owned(),
    };
    let mut steps = Vec::new();
    let needs = |operation: &str, action: &'static str, item: Item| {
        let operation = OperationId::from_name(operation).unwrap_or(OperationId::first());
        (Ask::Perform(operation, smallvec![operation.known(action)], With::Nothing), item)
    };
    let mut change_component = |id| {
        let Some(component) = organisation.component(id) else { return };
        let after = crate::configuration::Component { team_area: own, ..component.clone() };
        steps.push(Step {
            sentence: format!("{to} the component {}", component.name),
            event: Event::Component(Change { key: id, before: Some(component.clone()), after: Some(after) }),
            needs: needs("gc.save-component", "modify-team-area", Item::Component(id)),
        });
    };
    match item {
        Item::Component(id) => change_component(id),
        Item::Configuration(id) => {
            let Some(configuration) = organisation.configuration(id) else { return steps };
            let Some(setting) = configuration.kind.team_area() else { return steps };
            if setting == TeamAreaSetting::Inherit {
                change_component(configuration.component);
            }
            let word = configuration.kind.word();
            let setting = own.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
            let kind = configuration.kind.with_team_area(setting);
            let after = crate::configuration::Configuration { kind, ..configuration.clone() };
            let operation = match word {
                "baseline" => "gc.save-baseline",
                "staging" => "gc.save-staging-stream",
                _ => "gc.save-stream",
            };
            steps.push(Step {
                sentence: format!("{to} the {word} {}", configuration.name),
                event: Event::Configuration(Change {
                    key: id,
                    before: Some(configuration.clone()),
                    after: Some(after),
                }),
                needs: needs(operation, "modify-team-area", item),
            });
        }
        Item::TestArtefact(id) => {
            let Some(artefact) = organisation.test_artefact(id) else { return steps };
            let after = crate::application_items::TestArtefact { team_area: own, ..artefact.clone() };
            let operation = format!("qm.save-{}", artefact.kind.word());
            steps.push(Step {
                sentence: format!("{to} the {} {}", artefact.kind.word(), artefact.name),
                event: Event::TestArtefact(Change {
                    key: id,
                    before: Some(Arc::new(artefact.clone())),
                    after: Some(Arc::new(after)),
                }),
                needs: needs(&operation, "modify", item),
            });
        }
        Item::Artefact(id) => {
            let Some(artefact) = organisation.artefact(id) else { return steps };
            let team_area = own.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
            let after = crate::application_items::Artefact { team_area, ..artefact.clone() };
            steps.push(Step {
                sentence: format!("{to} the artefact {} {}", artefact.number, artefact.title),
                event: Event::Artefact(Change {
                    key: id,
                    before: Some(Arc::new(artefact.clone())),
                    after: Some(Arc::new(after)),
                }),
                needs: needs("rm.save-artifact", "modify-team-ownership", item),
            });
        }
        Item::Folder(id) => {
            let Some(folder) = organisation.folder(id) else { return steps };
            let team_area = own.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
            let after = crate::application_items::Folder { team_area, ..folder.clone() };
            steps.push(Step {
                sentence: format!("{to} the folder {}", folder.name),
                event: Event::Folder(Change {
                    key: id,
                    before: Some(Arc::new(folder.clone())),
                    after: Some(Arc::new(after)),
                }),
                needs: needs("rm.save-folder", "modify-team-ownership", item),
            });
        }
        Item::Repository
        | Item::Area(_)
        | Item::Category(_)
        | Item::WorkItem(_)
        | Item::Plan(_)
        | Item::ScmItem(_) => {}
    }
    steps
}

/// Unarchiving what the state gate stumbles over: the item, then what contains it.
fn unarchive(organisation: &Organisation, question: &Question) -> Vec<Step> {
    let Ask::Perform(operation, ..) = &question.ask else { return Vec::new() };
    let mut steps = Vec::new();
    let mut areas: Vec<AreaId> =
        governing_area(organisation, *operation, question.item).into_iter().collect();
    if let Item::Configuration(id) = question.item
        && let Some(configuration) = organisation.configuration(id)
    {
        if configuration.archived {
            let after = crate::configuration::Configuration { archived: false, ..configuration.clone() };
            let save = match configuration.kind.word() {
                "baseline" => "gc.save-baseline",
                "staging" => "gc.save-staging-stream",
                "personal" => "gc.save-personal-stream",
                _ => "gc.save-stream",
            };
            let save = OperationId::from_name(save).unwrap_or(*operation);
            steps.push(Step {
                sentence: format!("Unarchive the {} {}", configuration.kind.word(), configuration.name),
                event: Event::Configuration(Change {
                    key: id,
                    before: Some(configuration.clone()),
                    after: Some(after),
                }),
                needs: (Ask::Perform(save, smallvec![save.known("unarchive")], With::Nothing), question.item),
            });
        }
        steps.extend(unarchive_component(organisation, configuration.component));
    }
    if let Item::Component(id) = question.item {
        steps.extend(unarchive_component(organisation, id));
    }
    if let Ask::Perform(_, _, With::NewParent(area)) = &question.ask {
        areas.push(*area);
    }
    let archived: BTreeSet<AreaId> =
        areas.iter().flat_map(|area| organisation.path(*area).iter().copied()).collect();
    for id in archived {
        let Some(area) = organisation.area(id).filter(|area| area.archived) else { continue };
        let mut after = area.clone();
        after.archived = false;
        steps.push(Step {
            sentence: format!("Unarchive {}", area.name),
            event: Event::Area(Change {
                key: id,
                before: Some(Arc::new(area.clone())),
                after: Some(Arc::new(after)),
            }),
            needs: save_area(organisation, id, "unarchive"),
        });
    }
    steps
}

fn unarchive_component(organisation: &Organisation, id: crate::configuration::ComponentId) -> Option<Step> {
    let component = organisation.component(id).filter(|component| component.archived)?;
    let save = OperationId::from_name("gc.save-component")?;
    Some(Step {
        sentence: format!("Unarchive the component {}", component.name),
        event: Event::Component(Change {
            key: id,
            before: Some(component.clone()),
            after: Some(crate::configuration::Component { archived: false, ..component.clone() }),
        }),
        needs: (Ask::Perform(save, smallvec![save.known("unarchive")], With::Nothing), Item::Component(id)),
    })
}
