//! What is amiss in an organisation that decides as it should: what nobody administers, holds or may do.

use std::collections::BTreeSet;

use crate::catalogue::{Action, Class, LicenceSet, OperationId};
use crate::index::{Law, RoleSet};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process::EVERYONE;
use crate::process_area::{AreaId, Frozen, Provider};
use crate::settings::AdministrativeOverride;
use crate::text::Name;
use crate::user::UserId;

/// Something that somebody ought to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No active person is in JazzAdmins.
    NoRepositoryAdministrator,
    /// No active person has a client access licence: nobody may do what needs one.
    NobodyHasLicence,
    /// A project area has no active administrator.
    NoAdministrator(AreaId),
    /// A project area uses the process of another server, which is not here.
    ProcessElsewhere(AreaId),
    /// A project area uses the process of another server, which it does not follow any more.
    ProcessFrozen(AreaId, Frozen),
    /// A role that an area defines is assigned to no active user.
    RoleHeldByNobody(AreaId, Name),
    /// No role that anybody holds allows an operation, or anything of it, in any area of a project area.
    OperationOfNobody(AreaId, OperationId),
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It may be meant so.
    Advice,
    /// Something cannot be done that has to be.
    Wrong,
}

/// The active persons who administer the whole server.
pub fn repository_administrators(organisation: &Organisation) -> impl Iterator<Item = UserId> {
    let is_person = |user: &UserId| organisation.user(*user).is_some_and(|user| !user.functional);
    organisation
        .index
        .jazz_admins()
        .iter()
        .copied()
        .filter(move |user| is_active(organisation, *user) && is_person(user))
}

/// Everything that is amiss; what matters most first, then by project area.
pub fn health(organisation: &Organisation) -> Vec<Finding> {
    let mut findings = Vec::new();
    if repository_administrators(organisation).next().is_none() {
        findings.push(Finding::NoRepositoryAdministrator);
    }
    let mut people = organisation.users().filter(|(_, user)| !user.archived && !user.functional).peekable();
    if people.peek().is_some() && people.all(|(_, user)| user.licences == LicenceSet::NONE) {
        findings.push(Finding::NobodyHasLicence);
    }
    for (project, area, kind) in organisation.project_areas() {
        if area.archived {
            continue;
        }
        if !organisation.administrators(project).any(|user| is_active(organisation, user)) {
            findings.push(Finding::NoAdministrator(project));
        }
        if let Some(link) = &kind.uses_process
            && let Provider::Elsewhere { copy, .. } = &link.provider
        {
            match copy.and_then(|copy| organisation.area(copy)?.copy()) {
                None => findings.push(Finding::ProcessElsewhere(project)),
                Some(copy) => {
                    findings.extend(copy.frozen.map(|frozen| Finding::ProcessFrozen(project, frozen)));
                }
            }
        }
        roles_held_by_nobody(organisation, project, &mut findings);
        operations_of_nobody(organisation, project, &mut findings);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    findings
}

fn is_active(organisation: &Organisation, user: UserId) -> bool {
    organisation.index.person(user).is_some_and(|person| person.active)
}

fn roles_held_by_nobody(organisation: &Organisation, project: AreaId, findings: &mut Vec<Finding>) {
    let areas = organisation.subtree(project);
    for area in areas.iter().copied().filter(|area| !is_archived(organisation, *area)) {
        let roles = organisation.roles(area).iter().filter(|role| &*role.id != EVERYONE);
        let mut unheld: Vec<&Name> = roles.map(|role| &role.id).collect();
        if unheld.is_empty() {
            continue;
        }
        let consumers = organisation.consumers(area).flat_map(|consumer| organisation.subtree(consumer));
        for below in organisation.subtree(area).into_iter().chain(consumers) {
            for (user, held) in organisation.members(below) {
                if held.iter().any(|id| unheld.contains(&id)) && is_active(organisation, user) {
                    unheld.retain(|id| !held.contains(id));
                }
            }
        }
        findings.extend(unheld.into_iter().map(|id| Finding::RoleHeldByNobody(area, id.clone())));
    }
}

/// Process operations are always those of administrators, and an override may let them do everything.
fn operations_of_nobody(organisation: &Organisation, project: AreaId, findings: &mut Vec<Finding>) {
    let overrides = organisation.settings().administrative_override == AdministrativeOverride::Artefacts;
    if overrides && repository_administrators(organisation).next().is_some() {
        return;
    }
    let Some(application) = organisation.index.law(project).map(|law| law.application) else { return };
    let of_application =
        |operation: &OperationId| operation.application() == Some(application) && !operation.is_process();
    let mut nobodys: BTreeSet<OperationId> = OperationId::all().filter(of_application).collect();
    for area in organisation.subtree(project) {
        let Some(law) = organisation.index.law(area).filter(|law| !law.archived) else { continue };
        let held = held_roles(organisation, law);
        nobodys.retain(|operation| {
            let asked_here = area == project || operation.class() == Class::Team;
            !(asked_here && grants_any(law, &held, *operation))
        });
    }
    findings.extend(nobodys.into_iter().map(|operation| Finding::OperationOfNobody(project, operation)));
}

/// Everyone's role, and those that active users hold where it counts.
fn held_roles(organisation: &Organisation, law: &Law) -> RoleSet {
    let mut held = RoleSet::everyone();
    for area in law.counted() {
        for holders in organisation.index.role_holders(*area) {
            if holders.users.iter().any(|user| is_active(organisation, *user)) {
                held.extend(&holders.role);
            }
        }
    }
    held
}

fn grants_any(law: &Law, roles: &RoleSet, operation: OperationId) -> bool {
    let whole = |leaf| law.grants.grant(roles, &Action { leaf, identifier: None });
    let named = |action: &Action| action.leaf.operation() == operation && law.grants.grant(roles, action);
    operation.leaves().any(whole) || law.grants.named().any(|action| named(&action))
}

fn is_archived(organisation: &Organisation, area: AreaId) -> bool {
    organisation.index.law(area).is_none_or(|law| law.archived)
}

impl Finding {
    /// How much it matters.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NoRepositoryAdministrator | Self::NoAdministrator(_) => Severity::Wrong,
            Self::NobodyHasLicence
            | Self::ProcessElsewhere(_)
            | Self::ProcessFrozen(..)
            | Self::RoleHeldByNobody(..)
            | Self::OperationOfNobody(..) => Severity::Advice,
        }
    }

    /// The area that it is about; `None`: the whole server.
    pub const fn area(&self) -> Option<AreaId> {
        match self {
            Self::NoRepositoryAdministrator | Self::NobodyHasLicence => None,
            Self::NoAdministrator(area)
            | Self::ProcessElsewhere(area)
            | Self::ProcessFrozen(area, _)
            | Self::RoleHeldByNobody(area, _)
            | Self::OperationOfNobody(area, _) => Some(*area),
        }
    }

    /// What is amiss, for people, with the references of areas.
    pub fn text(&self, organisation: &Organisation) -> String {
        self.told(organisation, &|area| format!("`{}`", organisation.reference(Item::Area(area))))
    }

    /// The same, with areas as `of` calls them.
    pub(crate) fn told(&self, organisation: &Organisation, of: &dyn Fn(AreaId) -> String) -> String {
        match self {
            Self::NoRepositoryAdministrator => "no active user is in JazzAdmins".to_owned(),
            Self::NobodyHasLicence => "nobody has a client access licence".to_owned(),
            Self::NoAdministrator(area) => format!("{} has no active administrator", of(*area)),
            Self::ProcessElsewhere(area) => {
                format!("{} uses the process of another server, and its own till that is here", of(*area))
            }
            Self::ProcessFrozen(area, frozen) => {
                let why = match frozen {
                    Frozen::NotShared => "shares it no more",
                    Frozen::NotLetIn => "lets this server in no more",
                    Frozen::Replaced => "has another project area under its name",
                };
                format!("{} uses an old copy of the process of another server, which {why}", of(*area))
            }
            Self::RoleHeldByNobody(area, role) => {
                let name = organisation.role(*area, role).map_or(role, |(_, role)| &role.name);
                // A template may have a role of that name, and people take one for the other.
                let apart = match role.eq_ignore_ascii_case("administrator") {
                    true => ", which is another thing than to administer it",
                    false => "",
                };
                format!("nobody has the role {name} of {}{apart}", of(*area))
            }
            Self::OperationOfNobody(area, operation) => {
                format!("no role that anybody has in {} allows `{}`", of(*area), operation.name())
            }
        }
    }

    /// What to do about it, for people.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoRepositoryAdministrator => {
                "import a document that gives a user the group JazzAdmins, while the server is stopped"
            }
            Self::NobodyHasLicence => {
                "assign some: without one people only read, and do what needs none, whatever their roles allow"
            }
            Self::NoAdministrator(_) => "make somebody its administrator, or archive it",
            Self::ProcessElsewhere(_) => {
                "see whether that server is a friend and lets this one in (`bailiwick doctor --friend`)"
            }
            Self::ProcessFrozen(..) => {
                "let the provider share it and let this server in again, or unlink it, copied or not"
            }
            Self::RoleHeldByNobody(..) => "assign it to a member, or remove it from the process",
            Self::OperationOfNobody(..) => {
                "allow it to a role that somebody has, or leave it if it is meant so"
            }
        }
    }
}
