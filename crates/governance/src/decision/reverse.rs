//! The reverse questions: everyone who may, and everything one may
//! (docs/decision.md#questions-that-are-answered).
//!
//! Both agree with `decide` on every member: what narrows the search is only ever a superset, and what skips
//! `decide` reads the same gates.

use std::collections::BTreeSet;

use super::Case;
use super::applies::configuration_kinds;
use super::gates;
use super::permission::{counted_roles, overridden};
use super::placement::{Placement, governing_area};
use crate::catalogue::{Action, Application, Class, LicenceSet, OperationId, RepositoryOperation};
use crate::configuration::{ComponentId, ConfigurationId};
use crate::index::{ConfigurationPlace, Law, Person, RoleSet};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Allowed, Ask, Question, With};
use crate::user::UserId;

/// Everyone who may do what the question asks, whoever it names, with what each stands on; by user number.
pub fn users_who_may(organisation: &Organisation, question: &Question) -> Vec<(UserId, Allowed)> {
    let case = Case::new(organisation, &question.ask, question.item);
    let active = |user: UserId| Some((user, gates::active_account(organisation, Some(user))?));
    let may = |(user, person): (UserId, &Person)| {
        case.judge(user, person, question.leases).ok().map(|allowed| (user, allowed))
    };
    match candidates(organisation, question) {
        Some(mut users) => {
            users.sort_unstable();
            users.dedup();
            // First looked up, then judged, so that the memory of many is waited for together.
            let people: Vec<_> = users.into_iter().filter_map(active).collect();
            people.into_iter().filter_map(may).collect()
        }
        None => organisation.users().filter_map(|(user, _)| may(active(user)?)).collect(),
    }
}

/// The users whom anything but Everyone's role could allow it; `None`: it could be anybody.
fn candidates(organisation: &Organisation, question: &Question) -> Option<Vec<UserId>> {
    let Ask::Perform(operation, actions, with) = &question.ask else { return None };
    let governing = governing_area(organisation, *operation, question.item)?;
    let mut users: Vec<UserId> = Vec::new();
    let index = &organisation.index;
    users.extend(index.jazz_admins());
    users.extend(index.jazz_project_admins());
    let mut areas = vec![governing];
    if let With::Replacement { old, new } = with {
        let sides = [*old, *new].into_iter().flatten();
        areas
            .extend(sides.filter_map(|id| organisation.effective_team_area(organisation.configuration(id)?)));
    }
    // A move must be granted in the team itself, so that its parents add nobody.
    for area in areas {
        let law = index.law(area)?;
        if actions.iter().any(|action| law.grants.grant(&RoleSet::everyone(), action)) {
            return None;
        }
        for counted in law.counted() {
            let granting = index
                .role_holders(*counted)
                .iter()
                .filter(|it| actions.iter().any(|action| law.grants.grant(&it.role, action)));
            users.extend(granting.flat_map(|it| it.users.iter()));
        }
        if operation.is_process() || actions.iter().any(|action| action.leaf.is_team_area()) {
            users.extend(law.path.iter().flat_map(|area| organisation.administrators(*area)));
        }
    }
    Some(users)
}

/// Everything on which a user may do this, in order of kind and number. Items that the user may not see are
/// not there.
pub fn items_a_user_may(
    organisation: &Organisation,
    user: UserId,
    ask: &Ask,
    leases: LicenceSet,
) -> Vec<Item> {
    items_among(organisation, user, ask, leases, |_| true)
}

/// The same, of the items that are wanted.
pub fn items_among(
    organisation: &Organisation,
    user: UserId,
    ask: &Ask,
    leases: LicenceSet,
    wanted: impl Fn(Item) -> bool,
) -> Vec<Item> {
    if let Ask::Perform(operation, actions, With::Nothing) = ask
        && operation.class() == Class::Team
        && operation.application() == Some(Application::Gc)
    {
        let mut items = governed_items(organisation, user, *operation, actions, leases);
        items.retain(|item| wanted(*item));
        return items;
    }
    let Some(person) = gates::active_account(organisation, Some(user)) else { return Vec::new() };
    all_items(organisation)
        .filter(|item| wanted(*item) && asks_of(organisation, ask, *item))
        .filter(|item| Case::new(organisation, ask, *item).judge(user, person, leases).is_ok())
        .collect()
}

/// Everything that can be asked of an item, one action at a time, and what no text carries besides. An action
/// with `<…>` stands for every identifier; those that an entry names come besides.
pub(crate) fn asks_about(organisation: &Organisation, item: Item) -> Vec<Ask> {
    let leaves =
        OperationId::all().flat_map(OperationId::leaves).map(|leaf| Action { leaf, identifier: None });
    let areas = Placement::of(organisation, item).map(|it| [it.home, it.project]);
    let named = areas.into_iter().flatten().filter_map(|area| organisation.index.law(area));
    let named: BTreeSet<Action> = named.flat_map(|law| law.grants.named()).collect();
    let one = |action: Action| {
        Ask::Perform(action.leaf.operation(), std::iter::once(action).collect(), With::Nothing)
    };
    let mut asks: Vec<Ask> = vec![Ask::Read, Ask::SetContext];
    asks.extend(RepositoryOperation::all().map(Ask::Repository));
    asks.extend(leaves.chain(named).map(one));
    asks.retain(|ask| asks_of(organisation, ask, item));
    asks
}

/// Whether what is asked can be asked of the item.
pub(crate) fn asks_of(organisation: &Organisation, ask: &Ask, item: Item) -> bool {
    match ask {
        Ask::Read => item != Item::Repository,
        Ask::SetContext => matches!(item, Item::Configuration(_)),
        Ask::Repository(_) => item == Item::Repository,
        Ask::Perform(_, actions, _) => {
            actions.iter().all(|action| super::applies(organisation, action, item))
        }
    }
}

/// Every item of the organisation, the repository first.
pub(crate) fn all_items(organisation: &Organisation) -> impl Iterator<Item = Item> {
    std::iter::once(Item::Repository)
        .chain(organisation.areas().map(|(id, _)| Item::Area(id)))
        .chain(organisation.components().map(|(id, _)| Item::Component(id)))
        .chain(organisation.configurations().map(|(id, _)| Item::Configuration(id)))
        .chain(organisation.categories().map(|(id, _)| Item::Category(id)))
        .chain(organisation.work_items().map(|(id, _)| Item::WorkItem(id)))
        .chain(organisation.plans().map(|(id, _)| Item::Plan(id)))
        .chain(organisation.scm_items().map(|(id, _)| Item::ScmItem(id)))
        .chain(organisation.test_artefacts().map(|(id, _)| Item::TestArtefact(id)))
        .chain(organisation.folders().map(|(id, _)| Item::Folder(id)))
        .chain(organisation.artefacts().map(|(id, _)| Item::Artefact(id)))
}

/// What can be asked of an action's item at all, of gc.
struct Target {
    project_area: bool,
    component: bool,
    /// By the ordinal of the kind.
    kinds: [bool; 4],
}

impl Target {
    /// Where all of the actions apply.
    fn of(operation: OperationId, actions: &[Action]) -> Self {
        let creates = |wanted: bool| actions.iter().all(|it| (it.leaf.path() == "create") == wanted);
        let component = operation.name() == "gc.save-component";
        let of_each = actions.iter().map(configuration_kinds);
        Self {
            project_area: component && creates(true),
            component: component && creates(false),
            kinds: of_each.fold([true; 4], |all, of| std::array::from_fn(|at| all[at] && of[at])),
        }
    }
}

/// The gates area by area, then only what can differ from item to item: kind and archived.
fn governed_items(
    organisation: &Organisation,
    user: UserId,
    operation: OperationId,
    actions: &[Action],
    leases: LicenceSet,
) -> Vec<Item> {
    let Some(person) = gates::active_account(organisation, Some(user)) else { return Vec::new() };
    let ask = Ask::Perform(operation, actions.into(), With::Nothing);
    let licence = gates::licence(&ask, Item::Repository, person, leases);
    if gates::repository_group(person, &ask).is_err() || licence.is_err() {
        return Vec::new();
    }
    let target = Target::of(operation, actions);
    let unarchive = actions.iter().all(|action| action.leaf.path() == "unarchive");
    let mut found = Found::default();
    let mut areas = Vec::new();
    for area in areas_to_ask(organisation, person, operation, actions) {
        let Some(law) = organisation.index.law(area) else { continue };
        let allowed = !law.archived
            && law.application == Application::Gc
            && gates::visible(organisation, user, person, Item::Area(area), law)
            && granted(organisation, person, law, area, operation, actions);
        if !allowed {
            continue;
        }
        if target.project_area && area == law.project {
            areas.push(Item::Area(area));
        }
        found.collect(organisation, area, &target, unarchive);
    }
    // Each area's are in order, or nearly: sorting with what is in order already is a few merges.
    found.components.sort();
    found.configurations.sort();
    areas.extend(found.components.into_iter().map(Item::Component));
    areas.extend(found.configurations.into_iter().map(Item::Configuration));
    areas
}

fn granted(
    organisation: &Organisation,
    person: &Person,
    law: &Law,
    area: AreaId,
    operation: OperationId,
    actions: &[Action],
) -> bool {
    let roles = counted_roles(person, law);
    actions.iter().all(|action| {
        law.grants.grant(&roles, action) || overridden(organisation, person, area, operation, action)
    })
}

#[derive(Default)]
struct Found {
    components: Vec<ComponentId>,
    configurations: Vec<ConfigurationId>,
}

impl Found {
    fn collect(&mut self, organisation: &Organisation, area: AreaId, target: &Target, unarchive: bool) {
        let index = &organisation.index;
        let Some(governed) = index.governed(area) else { return };
        let any_kind = target.kinds.contains(&true);
        let fits = |it: &ConfigurationPlace| target.kinds[usize::from(it.kind)] & (unarchive | !it.archived);
        let first = self.configurations.len();
        for &id in &governed.components {
            let Some(component) = index.component(id) else { continue };
            if target.component && (unarchive || !component.archived) {
                self.components.push(id);
            }
            if any_kind && !component.archived {
                self.configurations.extend_from_slice(index.configurations_of(id));
            }
        }
        keep(&mut self.configurations, first, |id| {
            index.configuration(id).is_some_and(|it| it.inherits() & fits(it))
        });
        if any_kind {
            let first = self.configurations.len();
            self.configurations.extend(&governed.configurations);
            keep(&mut self.configurations, first, |id| {
                index.configuration(id).is_some_and(|it| {
                    fits(it) && index.component(it.component).is_some_and(|component| !component.archived)
                })
            });
        }
    }
}

/// Keeps, from a place on, those that are wanted. Each is written, be it only to be written over: which are
/// wanted is as good as chance, and a branch that is guessed wrongly takes longer than the rest.
fn keep<T: Copy>(list: &mut Vec<T>, first: usize, wanted: impl Fn(T) -> bool) {
    let mut kept = first;
    for at in first..list.len() {
        let it = list[at];
        list[kept] = it;
        kept += usize::from(wanted(it));
    }
    list.truncate(kept);
}

/// The areas in which something could grant the person one of the actions, by number.
fn areas_to_ask(
    organisation: &Organisation,
    person: &Person,
    operation: OperationId,
    actions: &[Action],
) -> Vec<AreaId> {
    let index = &organisation.index;
    let administrator = person.is_jazz_admin() || person.is_jazz_project_admin();
    let team_area = actions.iter().any(|action| action.leaf.is_team_area());
    if administrator || operation.is_process() {
        return organisation.areas().map(|(id, _)| id).collect();
    }
    let mut areas = Vec::new();
    for standing in &person.standings {
        if standing.member || (standing.administrator && team_area) {
            areas.extend(organisation.subtree(standing.area));
        }
    }
    // Where Everyone's role grants it: in areas with entries of their own, and in those that share their
    // table.
    for action in actions {
        for area in index.open_to_everyone(action.leaf) {
            let Some(law) = index.law(area) else { continue };
            let mut waiting = vec![area];
            while let Some(area) = waiting.pop() {
                areas.push(area);
                let shares = |child: &AreaId| {
                    index.law(*child).is_some_and(|below| below.grants.shares_table_with(&law.grants))
                };
                waiting.extend(index.children(area).filter(shares));
            }
        }
    }
    areas.sort_unstable();
    areas.dedup();
    areas
}
