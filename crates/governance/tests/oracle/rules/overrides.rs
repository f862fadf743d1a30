//! docs/decision.md#overrides: tried only when the lookup has left actions missing.

use governance::{Action, ActionKind, AdministrativeOverride, AreaId, RepositoryGroup};

use super::Asked;
use super::gates::is_in;
use super::governing_area::upwards;
use super::permission::{areas_of_move, granted_in};

pub(super) fn granted(asked: Asked, action: &Action) -> bool {
    if asked.operation.is_process() {
        if action.leaf.path() == "move" {
            // By role or by override in each of the three.
            let role = |area| granted_in(asked.organisation, asked.by, area, asked.operation, action);
            return areas_of_move(asked).into_iter().all(|area| role(area) || process(asked, area));
        }
        return process(asked, asked.area);
    }
    if action.leaf.path() == "modify-team-area" && team_area(asked) {
        return true;
    }
    artefact(asked, action)
}

/// docs/decision.md#process-override. JazzProjectAdmins see the project area: the visible gate has let them
/// pass.
fn process(asked: Asked, area: AreaId) -> bool {
    let administers = |area: AreaId| asked.organisation.administrators(area).any(|it| it == asked.by);
    is_in(asked.user, RepositoryGroup::JazzAdmins)
        || is_in(asked.user, RepositoryGroup::JazzProjectAdmins)
        || upwards(asked.organisation, area).into_iter().any(administers)
}

/// docs/decision.md#team-area-override: whatever the setting says.
fn team_area(asked: Asked) -> bool {
    is_in(asked.user, RepositoryGroup::JazzAdmins)
        || asked.organisation.administrators(asked.project).any(|it| it == asked.by)
}

/// docs/decision.md#artefact-override: the table.
fn artefact(asked: Asked, action: &Action) -> bool {
    match asked.organisation.settings().administrative_override {
        AdministrativeOverride::Process => false,
        AdministrativeOverride::Artefacts => {
            let reached = match action.leaf.kind() {
                ActionKind::Create | ActionKind::Modify | ActionKind::Run => true,
                ActionKind::Delete | ActionKind::Grant => false,
            };
            is_in(asked.user, RepositoryGroup::JazzAdmins)
                || reached && is_in(asked.user, RepositoryGroup::JazzProjectAdmins)
        }
    }
}
