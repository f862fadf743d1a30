//! Gate 6: the permission lookup, then the overrides (docs/decision.md#permission-lookup, #overrides).

use smallvec::SmallVec;

use crate::catalogue::{Action, ActionKind, OperationId, Special};
use crate::configuration::ConfigurationId;
use crate::index::{Law, Person, RoleSet, Standing};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Allowed, Basis, Decision, Gate, Refused, With};
use crate::settings::AdministrativeOverride;
use crate::user::UserId;

/// Everyone's role, and those assigned to the person in the areas that count for this one.
pub(crate) fn counted_roles(person: &Person, law: &Law) -> RoleSet {
    let mut roles = RoleSet::everyone();
    let counted = law.counted();
    for standing in person.standings_in(law.project) {
        if counted.contains(&standing.area) {
            roles.extend(&standing.roles);
        }
    }
    roles
}

/// Whether the entries of an area grant the person an action there.
pub(crate) fn grant_in(organisation: &Organisation, person: &Person, area: AreaId, action: &Action) -> bool {
    organisation.index.law(area).is_some_and(|law| law.grants.grant(&counted_roles(person, law), action))
}

/// What gate 6 is about.
pub(super) struct Asked<'a> {
    pub(super) item: Item,
    pub(super) operation: OperationId,
    pub(super) actions: &'a [Action],
    pub(super) with: With,
    /// The governing area.
    pub(super) area: AreaId,
    /// Who owns the item, of a personal stream.
    pub(super) owner: Option<UserId>,
}

/// Decides whether roles, the second path of a replacement or an override grant every action.
pub(super) fn permission(
    organisation: &Organisation,
    user: UserId,
    person: &Person,
    law: &Law,
    asked: &Asked<'_>,
) -> Decision {
    let Asked { item, operation, actions, with, area, owner } = *asked;
    let roles = counted_roles(person, law);
    let own = owner == Some(user);
    let by_role = |action: &Action| {
        law.grants.grant(&roles, action)
            && match owner {
                // Somebody else's personal stream takes, besides, the permission to manage others'.
                Some(_) if !own && !action.leaf.is(Special::ManageOthers) => {
                    law.grants.grant(&roles, &operation.known("manage-others"))
                }
                _ => true,
            }
            && match with {
                With::NewParent(_) if action.leaf.is(Special::Move) => {
                    parents(organisation, item, with).all(|it| grant_in(organisation, person, it, action))
                }
                _ => true,
            }
    };
    let mut missing: SmallVec<[u16; 4]> = SmallVec::new();
    for (at, action) in (0..).zip(actions) {
        if !by_role(action) {
            missing.push(at);
        }
    }
    if missing.is_empty() {
        let as_owner = own && actions.iter().any(|action| !action.leaf.is(Special::ManageOthers));
        let basis = if as_owner { Basis::Owner } else { Basis::Role };
        return Ok(Allowed { basis, area: Some(area) });
    }
    if let Some(team) = second_path(organisation, with)
        && missing.iter().all(|at| {
            let action = &actions[usize::from(*at)];
            action.leaf.is(Special::ReplaceContribution) && grant_in(organisation, person, team, action)
        })
    {
        return Ok(Allowed { basis: Basis::Role, area: Some(team) });
    }
    missing.retain(|at| {
        let action = &actions[usize::from(*at)];
        let reaches = |area: AreaId| overridden(organisation, person, area, operation, action);
        !match with {
            // By role or override in each of the three.
            With::NewParent(_) if action.leaf.is(Special::Move) => {
                asked_areas(organisation, item, area, with)
                    .all(|it| grant_in(organisation, person, it, action) || reaches(it))
            }
            _ => reaches(area),
        }
    });
    if missing.is_empty() {
        Ok(Allowed { basis: Basis::Override, area: Some(area) })
    } else {
        Err(Refused { gate: Gate::Permission, area: Some(area), missing })
    }
}

/// The other areas in which a move must be granted: the old parent and the new one.
fn parents(organisation: &Organisation, item: Item, with: With) -> impl Iterator<Item = AreaId> {
    let old = match item {
        Item::Area(id) => organisation.area(id).and_then(|area| area.parent()),
        _ => None,
    };
    let new = if let With::NewParent(area) = with { Some(area) } else { None };
    old.into_iter().chain(new)
}

/// Every area in which the actions are asked: the governing one and, of a move, both parents.
pub(crate) fn asked_areas(
    organisation: &Organisation,
    item: Item,
    area: AreaId,
    with: With,
) -> impl Iterator<Item = AreaId> {
    let parents = matches!(with, With::NewParent(_)).then(|| parents(organisation, item, with));
    std::iter::once(area).chain(parents.into_iter().flatten())
}

/// The team area in which a replacement may be granted instead: both sides are configurations of one
/// component and that team area governs both (docs/global-configurations.md#replace-second-path).
fn second_path(organisation: &Organisation, with: With) -> Option<AreaId> {
    let With::Replacement { old: Some(old), new: Some(new) } = with else { return None };
    let side = |id: ConfigurationId| {
        let configuration = organisation.index.configuration(id)?;
        let component = organisation.index.component(configuration.component)?;
        let home = configuration.home(component);
        (home != component.project).then_some((configuration.component, home))
    };
    let (old, new) = (side(old)?, side(new)?);
    (old == new).then_some(old.1)
}

/// Whether an administrator's reach grants an action that no role does (docs/decision.md#overrides).
pub(crate) fn overridden(
    organisation: &Organisation,
    person: &Person,
    area: AreaId,
    operation: OperationId,
    action: &Action,
) -> bool {
    if person.is_jazz_admin() && operation.is_process() {
        return true;
    }
    // Most people administer nothing at all.
    let administrator = |it: &Standing| it.administrator;
    if !person.is_jazz_admin()
        && !person.is_jazz_project_admin()
        && !person.standings.iter().any(administrator)
    {
        return false;
    }
    let Some(law) = organisation.index.law(area) else { return false };
    let administers = |area: &AreaId| {
        person.standings_in(law.project).iter().any(|it| it.administrator && it.area == *area)
    };
    if operation.is_process() {
        return person.is_jazz_project_admin() || law.path.iter().any(administers);
    }
    if action.leaf.is_team_area() && (person.is_jazz_admin() || administers(&law.project)) {
        return true;
    }
    match organisation.settings().administrative_override {
        AdministrativeOverride::Process => false,
        AdministrativeOverride::Artefacts => {
            let reached =
                matches!(action.leaf.kind(), ActionKind::Create | ActionKind::Modify | ActionKind::Run);
            person.is_jazz_admin() || (person.is_jazz_project_admin() && reached)
        }
    }
}
