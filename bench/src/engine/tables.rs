//! The organisation as rows of numbers: what a hand-written relational schema would keep.

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};
use governance::{
    ActionKind, AdministrativeOverride, AreaId, ConfigurationKind, Contribution, EVERYONE, LicenceSet,
    LicenceType, Now, OperationId, Organisation, ReadAccess, RepositoryGroup, RoleInheritance, Slot,
    TeamAreaSetting,
};

/// The rows of one table, one after the other.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) width: usize,
    pub(crate) cells: Vec<Option<i32>>,
}

impl Table {
    fn new(name: &'static str, width: usize) -> Self {
        Self { name, width, cells: Vec::new() }
    }
    fn push<const N: usize>(&mut self, row: [Option<i32>; N]) {
        debug_assert_eq!(N, self.width);
        self.cells.extend(row);
    }
}

/// The numbers that stand for words.
#[derive(Default)]
pub(crate) struct Numbers {
    operations: HashMap<&'static str, i32>,
    actions: HashMap<(&'static str, String), i32>,
    /// 0 is Everyone's.
    roles: HashMap<String, i32>,
    slots: Vec<Slot>,
}

impl Numbers {
    pub(crate) fn operation(&self, operation: OperationId) -> Result<i32> {
        self.operations.get(operation.name()).copied().context("an operation without a number")
    }
    pub(crate) fn action(&self, operation: OperationId, path: &str) -> Result<i32> {
        let key = (operation.name(), path.to_owned());
        self.actions.get(&key).copied().context("an action without a number")
    }
    fn role(&mut self, id: &str) -> i32 {
        let next = self.roles.len() as i32;
        *self.roles.entry(id.to_owned()).or_insert(next)
    }
    fn slot(&mut self, slot: &Slot) -> i32 {
        let known = self.slots.iter().position(|it| it == slot);
        known.unwrap_or_else(|| {
            self.slots.push(slot.clone());
            self.slots.len() - 1
        }) as i32
    }
}

/// The kinds of configuration, by number.
pub(crate) fn kind_number(kind: ConfigurationKind) -> i32 {
    match kind {
        ConfigurationKind::Stream(_) => 0,
        ConfigurationKind::Baseline(_) => 1,
        ConfigurationKind::Staging(_) => 2,
        ConfigurationKind::Personal(_) => 3,
    }
}

/// Everything that a question of the mix can touch.
pub(crate) fn tables(organisation: &Organisation, leases: LicenceSet) -> Result<(Numbers, Vec<Table>)> {
    let mut numbers = Numbers::default();
    numbers.role(EVERYONE);
    let mut tables = catalogue(&mut numbers, leases);
    tables.extend(people(organisation, &mut numbers));
    tables.extend(areas(organisation)?);
    tables.extend(entries(organisation, &mut numbers));
    tables.extend(configurations(organisation));
    let mut settings = Table::new("settings", 1);
    let artefacts = organisation.settings().administrative_override == AdministrativeOverride::Artefacts;
    settings.push([yes(artefacts)]);
    tables.push(settings);
    Ok((numbers, tables))
}

fn catalogue(numbers: &mut Numbers, leases: LicenceSet) -> Vec<Table> {
    let (mut actions, mut unlocks, mut leasable) =
        (Table::new("action", 2), Table::new("unlocks", 2), Table::new("leasable", 1));
    for (number, operation) in (0..).zip(OperationId::all()) {
        numbers.operations.insert(operation.name(), number);
        for leaf in operation.leaves() {
            let action = numbers.actions.len() as i32;
            numbers.actions.insert((operation.name(), leaf.path().to_owned()), action);
            let reached = matches!(leaf.kind(), ActionKind::Create | ActionKind::Modify | ActionKind::Run);
            actions.push([Some(action), yes(reached)]);
        }
        for licence in LicenceSet::that_unlock(operation).iter() {
            unlocks.push([Some(number), licence_number(licence)]);
        }
    }
    leases.iter().for_each(|licence| leasable.push([licence_number(licence)]));
    vec![actions, unlocks, leasable]
}

fn people(organisation: &Organisation, numbers: &mut Numbers) -> Vec<Table> {
    let (mut users, mut licences) = (Table::new("users", 5), Table::new("user_licence", 2));
    for (id, user) in organisation.users() {
        let in_group = |group| user.groups.contains(group);
        let admin = [RepositoryGroup::JazzAdmins, RepositoryGroup::JazzProjectAdmins].map(in_group);
        let writer = user.groups.intersects(governance::GroupSet::WRITERS);
        users.push([number(id), yes(!user.archived), yes(writer), yes(admin[0]), yes(admin[1])]);
        for licence in user.held().iter() {
            licences.push([number(id), licence_number(licence)]);
        }
    }
    let mut members = Table::new("member", 2);
    let mut roles = Table::new("member_role", 3);
    let mut administrators = Table::new("administrator", 2);
    let mut listed = Table::new("access_list", 2);
    for (area, _) in organisation.areas() {
        for (user, assigned) in organisation.members(area) {
            members.push([number(area), number(user)]);
            for role in assigned.iter() {
                roles.push([number(area), number(user), Some(numbers.role(role))]);
            }
        }
        organisation.administrators(area).for_each(|user| administrators.push([number(area), number(user)]));
        organisation.access_list(area).for_each(|user| listed.push([number(area), number(user)]));
    }
    vec![users, licences, members, roles, administrators, listed]
}

fn areas(organisation: &Organisation) -> Result<Vec<Table>> {
    let (mut areas, mut above) = (Table::new("area", 4), Table::new("above", 4));
    for (id, area) in organisation.areas() {
        let project = organisation.project_of(id);
        let access = organisation.area(project).and_then(|it| it.project()).map(|it| it.access);
        let access = ReadAccess::ALL.iter().position(|it| Some(*it) == access).map(|at| at as i32);
        areas.push([number(id), number(project), access, yes(area.archived)]);
        let mut counts = true;
        for (distance, ancestor) in (0..).zip(organisation.path(id).iter().rev()) {
            above.push([number(id), number(*ancestor), Some(distance), yes(counts)]);
            let team = organisation.area(*ancestor).and_then(|it| it.team());
            counts &= team.is_none_or(|it| it.role_inheritance == RoleInheritance::Inherit);
            ensure!(team.is_none_or(|it| it.timeline.is_none()), "timelines of team areas are not modelled");
        }
    }
    Ok(vec![areas, above])
}

fn entries(organisation: &Organisation, numbers: &mut Numbers) -> Vec<Table> {
    let (mut entries, mut actions) = (Table::new("entry", 6), Table::new("entry_action", 2));
    let every = organisation.areas().flat_map(|(area, _)| {
        organisation.permissions(area).map(move |(key, permission)| (area, key, permission))
    });
    for (entry, (area, key, permission)) in (0..).zip(every) {
        let role = Some(numbers.role(&key.role));
        let operation = numbers.operations.get(key.operation.name()).copied();
        let slot = Some(numbers.slot(&key.slot));
        entries.push([Some(entry), number(area), role, operation, slot, yes(permission.is_final)]);
        for leaf in key.operation.leaves() {
            // A leaf that takes an identifier is not asked for by the mix.
            let Ok(action) = key.operation.action(leaf.path()) else { continue };
            if permission.grants(&action) {
                let key = (key.operation.name(), leaf.path().to_owned());
                actions.push([Some(entry), numbers.actions.get(&key).copied()]);
            }
        }
    }
    let mut current = Table::new("current_slot", 3);
    for (project, ..) in organisation.project_areas() {
        let now = organisation.timeline_of(project).map(Now::on).unwrap_or_default();
        for (slot, what) in (0..).zip(&numbers.slots) {
            if let Some(rank) = now.rank(what) {
                current.push([number(project), Some(slot), Some(rank as i32)]);
            }
        }
    }
    vec![entries, actions, current]
}

fn configurations(organisation: &Organisation) -> Vec<Table> {
    let mut components = Table::new("component", 5);
    for (id, it) in organisation.components() {
        let home = it.team_area.unwrap_or(it.project_area);
        let team = it.team_area.and_then(number);
        let row = [number(id), number(it.project_area), team, number(home), yes(it.archived)];
        components.push(row);
    }
    let mut configurations = Table::new("configuration", 7);
    for (id, it) in organisation.configurations() {
        let (setting, team): (i32, Option<AreaId>) = match it.kind.team_area() {
            Some(TeamAreaSetting::Inherit) => (0, None),
            Some(TeamAreaSetting::Unassigned) | None => (1, None),
            Some(TeamAreaSetting::Assigned(team)) => (2, Some(team)),
        };
        configurations.push([
            number(id),
            number(it.component),
            Some(kind_number(it.kind)),
            Some(setting),
            team.and_then(number),
            it.kind.owner().and_then(number),
            yes(it.archived),
        ]);
    }
    let mut contributions = Table::new("contribution", 3);
    for (parent, all) in organisation.all_contributions() {
        let global = all.iter().filter_map(Contribution::configuration);
        for (place, child) in (0..).zip(global) {
            contributions.push([number(parent), Some(place), number(child)]);
        }
    }
    vec![components, configurations, contributions]
}

fn number<T>(id: governance::Id<T>) -> Option<i32> {
    i32::try_from(id.number()).ok()
}

fn yes(it: bool) -> Option<i32> {
    Some(i32::from(it))
}

fn licence_number(licence: LicenceType) -> Option<i32> {
    LicenceType::all().position(|it| it == licence).map(|at| at as i32)
}
