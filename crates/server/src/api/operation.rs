//! What a role can be allowed to do: the operations of the catalogue (docs/operations-catalogue.md).

use governance::{
    ActionKind, Application, Class, LicenceSet, LicenceType, OperationId, RepositoryGroup,
    RepositoryOperation as RepositoryOperationId, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::NoParameters;
use super::resolve::texts;
use super::route::{Api, Rows};
use super::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.list("/operations", "List the operations that a role can be allowed.", list);
    api.list(
        "/repository-operations",
        "List the operations that repository groups decide.",
        list_of_repository,
    );
}

/// An operation that a role can be allowed to perform.
#[derive(Serialize, JsonSchema)]
struct Operation {
    name: &'static str,
    /// The application whose project areas know it; null: all of them do.
    application: Option<Word<Application>>,
    /// Whose roles decide it: the project area's, or those of the process area that governs the item.
    class: Word<Class>,
    /// Whether it is about process data, for which administrators need no role and nobody a licence.
    process: bool,
    /// Whether it is never granted in a team area.
    tagless: bool,
    /// The leaves of its action tree. An entry names one, a node above some of them, or `*`.
    actions: Vec<OperationAction>,
    /// The licence types that unlock it.
    licenses: Vec<&'static str>,
}

/// A leaf of an operation's action tree.
#[derive(Serialize, JsonSchema)]
struct OperationAction {
    /// Its path, such as `create/type/<type>`; any identifier stands for `<…>`.
    action: &'static str,
    kind: Word<ActionKind>,
    /// Whether an entry can name it.
    grantable: bool,
}

/// Which operations.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OperationFilter {
    /// Only those that project areas of this application know.
    application: Option<Word<Application>>,
}

fn list(_view: &View, filter: OperationFilter, first: u64) -> Result<Rows<'_, Operation>, Problem> {
    let wanted = filter.application.map(|Word(application)| application);
    let known = move |operation: OperationId| {
        wanted.is_none() || operation.application().is_none() || operation.application() == wanted
    };
    let all = (0..).zip(OperationId::all()).skip_while(move |(place, _)| *place < first);
    Ok(Box::new(all.filter(move |(_, it)| known(*it)).map(|(place, it)| (place, operation(it)))))
}

fn operation(it: OperationId) -> Operation {
    let actions = it.leaves().map(|leaf| OperationAction {
        action: leaf.path(),
        kind: Word(leaf.kind()),
        grantable: !leaf.is_team_area(),
    });
    Operation {
        name: it.name(),
        application: it.application().map(Word),
        class: Word(it.class()),
        process: it.is_process(),
        tagless: it.is_tagless(),
        actions: actions.collect(),
        licenses: LicenceSet::that_unlock(it).iter().map(LicenceType::id).collect(),
    }
}

/// An operation that a repository group alone decides.
#[derive(Serialize, JsonSchema)]
struct RepositoryOperation {
    name: &'static str,
    /// The repository groups whose members may.
    groups: Vec<String>,
}

fn list_of_repository(
    _view: &View,
    _: NoParameters,
    first: u64,
) -> Result<Rows<'_, RepositoryOperation>, Problem> {
    let all = (0..).zip(RepositoryOperationId::all()).skip_while(move |(place, _)| *place < first);
    Ok(Box::new(all.map(|(place, it)| {
        let groups = texts(it.groups().iter().map(RepositoryGroup::id));
        (place, RepositoryOperation { name: it.name(), groups })
    })))
}
