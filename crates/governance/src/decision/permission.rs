//! Gate 6: the permission lookup, then the overrides (docs/decision.md#permission-lookup, #overrides).

use smallvec::SmallVec;

use crate::catalogue::{Action, ActionKind, OperationId};
use crate::configuration::ConfigurationId;
use crate::index::{Law, Person, RoleSet};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Allowed, Basis, Decision, Gate, Question, Refused, With};
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

/// Decides whether roles, the second path of a replacement or an override grant every action.
pub(super) fn permission(
    organisation: &Organisation,
    question: &Question,
    person: &Person,
    operation: OperationId,
    actions: &[Action],
    with: With,
    area: AreaId,
) -> Decision {
    let refuse = |missing| Err(Refused { gate: Gate::Permission, area: Some(area), missing });
    let Some(law) = organisation.index.law(area) else { return refuse(SmallVec::new()) };
    let roles = counted_roles(person, law);
    let owner = owner_of(organisation, question.item);
    let own = owner.is_some() && owner == question.user;
    let by_role = |action: &Action| {
        let granted = law.grants.grant(&roles, action);
        match (&with, owner) {
            (With::NewParent(_), _) if action.leaf.path() == "move" => {
                granted
                    && parents(organisation, question.item, with)
                        .all(|it| grant_in(organisation, person, it, action))
            }
            // Somebody else's personal stream takes, besides, the permission to manage others'.
            (_, Some(_)) if !own && !is_manage_others(action) => {
                granted && law.grants.grant(&roles, &operation.known("manage-others"))
            }
            _ => granted,
        }
    };
    let mut missing: SmallVec<[u16; 4]> =
        (0..).zip(actions).filter(|(_, action)| !by_role(action)).map(|(at, _)| at).collect();
    if missing.is_empty() {
        let as_owner = own && actions.iter().any(|action| !is_manage_others(action));
        let basis = if as_owner { Basis::Owner } else { Basis::Role };
        return Ok(Allowed { basis, area: Some(area) });
    }
    if let Some(team) = second_path(organisation, with)
        && missing.iter().all(|at| {
            let action = &actions[usize::from(*at)];
            action.leaf.path() == "replace-contribution" && grant_in(organisation, person, team, action)
        })
    {
        return Ok(Allowed { basis: Basis::Role, area: Some(team) });
    }
    missing.retain(|at| {
        let action = &actions[usize::from(*at)];
        let everywhere = |reaches: &dyn Fn(AreaId) -> bool| match with {
            With::NewParent(_) if action.leaf.path() == "move" => {
                // By role or override in each of the three.
                std::iter::once(area)
                    .chain(parents(organisation, question.item, with))
                    .all(|it| grant_in(organisation, person, it, action) || reaches(it))
            }
            _ => reaches(area),
        };
        !everywhere(&|area| overridden(organisation, person, area, operation, action))
    });
    if missing.is_empty() {
        Ok(Allowed { basis: Basis::Override, area: Some(area) })
    } else {
        refuse(missing)
    }
}

fn is_manage_others(action: &Action) -> bool {
    action.leaf.path() == "manage-others"
}

/// Who owns the item, if it is a personal stream.
fn owner_of(organisation: &Organisation, item: Item) -> Option<UserId> {
    let Item::Configuration(id) = item else { return None };
    organisation.configuration(id)?.kind.owner()
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

/// The team area in which a replacement may be granted instead: both sides are configurations of one component
/// and that team area governs both (docs/global-configurations.md#replacing-the-second-path).
fn second_path(organisation: &Organisation, with: With) -> Option<AreaId> {
    let With::Replacement { old: Some(old), new: Some(new) } = with else { return None };
    let side = |id: ConfigurationId| {
        let configuration = organisation.configuration(id)?;
        Some((configuration.component, organisation.effective_team_area(configuration)?))
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
