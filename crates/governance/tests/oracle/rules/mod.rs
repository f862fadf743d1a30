//! A slow, literal transcription of docs/decision.md: plain loops over the facts, a function for each
//! section. It shares nothing with `governance::decision`, so that a mistake there is no mistake here. Change
//! it only together with the text.

mod gates;
mod governing_area;
mod overrides;
mod permission;
mod read_access;
mod state;

use governance::{
    Action, Allowed, AreaId, Ask, Basis, ConfigurationKind, Decision, Gate, Item, OperationId, Organisation,
    Question, Refused, User, UserId, With,
};

/// A question about an artefact or a process area, with what every section needs of it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    organisation: &'a Organisation,
    by: UserId,
    user: &'a User,
    operation: OperationId,
    actions: &'a [Action],
    with: With,
    item: Item,
    /// The project area that keeps the item.
    project: AreaId,
    /// The governing area.
    area: AreaId,
}

/// docs/decision.md#the-gates: in this order, the first that refuses ends the matter.
pub(crate) fn decision(organisation: &Organisation, question: &Question) -> Decision {
    let Some((by, user)) = gates::account(organisation, question.user) else { return refuse(Gate::Auth) };
    if !gates::group(user, &question.ask) {
        return refuse(Gate::RepositoryGroup);
    }
    let (operation, actions, with) = match &question.ask {
        // Decided by the group gate and nowhere else.
        Ask::Repository(_) => return Ok(Allowed { basis: Basis::Group, area: None }),
        Ask::Read | Ask::SetContext => {
            if !read_access::visible(organisation, by, user, question.item) {
                return refuse(Gate::NotVisible);
            }
            if question.ask == Ask::Read && !gates::reading_licence(user, question.leases, question.item) {
                return refuse(Gate::License);
            }
            return Ok(Allowed { basis: Basis::Read, area: None });
        }
        Ask::Perform(operation, actions, with) => (*operation, actions.as_slice(), *with),
    };
    if !read_access::visible(organisation, by, user, question.item) {
        return refuse(Gate::NotVisible);
    }
    if !gates::licence(user, question.leases, operation) {
        return refuse(Gate::License);
    }
    let (Some(project), Some(area)) = (
        governing_area::project_area(organisation, question.item),
        governing_area::governing_area(organisation, operation, question.item),
    ) else {
        return refuse(Gate::NotVisible);
    };
    let asked =
        Asked { organisation, by, user, operation, actions, with, item: question.item, project, area };
    if !state::allows(asked) {
        return refuse(Gate::State);
    }
    permission_gate(asked)
}

/// docs/decision.md#permission-gate: the lookup, then the second path of a replacement, then the overrides.
fn permission_gate(asked: Asked) -> Decision {
    let by_role = |action: &&Action| permission::granted_by_role(asked, action);
    let missing: Vec<&Action> = asked.actions.iter().filter(|action| !by_role(action)).collect();
    if missing.is_empty() {
        return Ok(Allowed { basis: basis_of_entries(asked), area: Some(asked.area) });
    }
    if let Some(team) = permission::second_path(asked, &missing) {
        return Ok(Allowed { basis: Basis::Role, area: Some(team) });
    }
    let granted = |action: &Action| by_role(&action) || overrides::granted(asked, action);
    let missing: Vec<u16> =
        (0..asked.actions.len()).filter(|at| !granted(&asked.actions[*at])).map(|at| at as u16).collect();
    if missing.is_empty() {
        return Ok(Allowed { basis: Basis::Override, area: Some(asked.area) });
    }
    Err(Refused { gate: Gate::Permission, area: Some(asked.area), missing: missing.into_iter().collect() })
}

/// docs/decision.md#basis: `owner` where modify, archive or unarchive of one's own personal stream was asked.
fn basis_of_entries(asked: Asked) -> Basis {
    let own = personal_stream_of(asked).is_some_and(|owner| owner == asked.by);
    let about_the_stream = |action: &Action| needs_ownership(action);
    if own && asked.actions.iter().any(about_the_stream) { Basis::Owner } else { Basis::Role }
}

/// Whose personal stream the question is about, if it is about one.
fn personal_stream_of(asked: Asked) -> Option<UserId> {
    let Item::Configuration(id) = asked.item else { return None };
    match asked.organisation.configuration(id)?.kind {
        ConfigurationKind::Personal(owner) if asked.operation.name() == "gc.save-personal-stream" => {
            Some(owner)
        }
        _ => None,
    }
}

/// docs/decision.md#personal-streams.
fn needs_ownership(action: &Action) -> bool {
    ["modify", "archive", "unarchive"].contains(&action.leaf.path())
}

fn refuse(gate: Gate) -> Decision {
    Err(Refused { gate, area: None, missing: [].into_iter().collect() })
}
